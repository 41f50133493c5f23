/* commands.c - see commands.h. */
#include "cli/commands.h"

#include <string.h>

#define COMMAND_ROW(name, operands, min, max, summary, details)                                    \
	{ #name, operands, min, max, summary, details, cmd_##name },

static const struct command table[] = { COMMANDS(COMMAND_ROW) };

const struct command *commands_at(size_t index)
{
	return index < sizeof(table) / sizeof(table[0]) ? &table[index] : NULL;
}

const struct command *commands_find(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}
