/* property.c - see property.h. */
#include "systemd/property.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 128, LIST_MAX = 64, BYTES_MAX = 1024 };

static int not_understood(const char *name, const char *value)
{
	(void)fprintf(stderr, "the property %s has a value that is not understood: %s\n", name,
		      value);
	return -EINVAL;
}

static int parse_unsigned(const char *text, uint64_t *out)
{
	return text_to_u64(text, UINT64_MAX, out);
}

static int parse_number(const char *text, int64_t *out)
{
	const bool negative = text[0] == '-';
	uint64_t value = 0;
	int rc = text_to_u64(text + negative, INT64_MAX, &value);

	*out = negative ? -(int64_t)value : (int64_t)value;
	return rc;
}

/* Two hexadecimal digits, or -1. */
static int parse_byte(const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = strchr(digits, hex[0]);
	const char *low = high && hex[1] ? strchr(digits, hex[1]) : NULL;

	return low ? (int)(high - digits) * 16 + (int)(low - digits) : -1;
}

/* All kinds of numbers, by the letter of D-Bus. */
static int append_number(sd_bus_message *m, const char *name, char type, const char *value)
{
	uint64_t plain = 0;
	int64_t number = 0;

	if ((type == 't' || type == 'u') ? parse_unsigned(value, &plain) < 0
					 : parse_number(value, &number) < 0)
		return not_understood(name, value);
	switch (type) {
	case 'b':
		return sd_bus_message_append(m, "(sv)", name, "b", (int)(number != 0));
	case 'i':
		return sd_bus_message_append(m, "(sv)", name, "i", (int32_t)number);
	case 'u':
		return sd_bus_message_append(m, "(sv)", name, "u", (uint32_t)plain);
	case 'x':
		return sd_bus_message_append(m, "(sv)", name, "x", (int64_t)number);
	default:
		return sd_bus_message_append(m, "(sv)", name, "t", (uint64_t)plain);
	}
}

static int append_bytes(sd_bus_message *m, const char *name, const char *hex)
{
	unsigned char bytes[BYTES_MAX];
	size_t count = strlen(hex) / 2;
	int rc;

	for (size_t i = 0; i < count && i < sizeof(bytes); i++) {
		const int byte = parse_byte(hex + 2 * i);

		if (byte < 0)
			return not_understood(name, hex);
		bytes[i] = (unsigned char)byte;
	}
	if (count > sizeof(bytes))
		return not_understood(name, hex);
	rc = sd_bus_message_open_container(m, 'r', "sv");
	if (rc >= 0)
		rc = sd_bus_message_append(m, "s", name);
	if (rc >= 0)
		rc = sd_bus_message_open_container(m, 'v', "ay");
	if (rc >= 0)
		rc = sd_bus_message_append_array(m, 'y', bytes, count);
	if (rc >= 0)
		rc = sd_bus_message_close_container(m);
	return rc < 0 ? rc : sd_bus_message_close_container(m);
}

/* A list a(ss) of one pair, "A B"; or of none, which takes back those that were there. */
static int append_pair(sd_bus_message *m, const char *name, char *value)
{
	char *second = strchr(value, ' ');

	if (value[0] == '\0')
		return sd_bus_message_append(m, "(sv)", name, "a(ss)", 0);
	if (!second)
		return not_understood(name, value);
	*second++ = '\0';
	return sd_bus_message_append(m, "(sv)", name, "a(ss)", 1, value, second);
}

static int append_pair_with_number(sd_bus_message *m, const char *name, char *value)
{
	char *second = strchr(value, ' ');
	uint64_t number = 0;

	if (!second || parse_unsigned(second + 1, &number) < 0)
		return not_understood(name, value);
	*second = '\0';
	return sd_bus_message_append(m, "(sv)", name, "a(st)", 1, value, number);
}

/* The text between quotes, unescaped in place; *at moves behind it. NULL if it is none. */
static char *take_quoted(char **at)
{
	const char quote = **at;
	char *to = *at, *begin = *at;

	if (quote != '\'' && quote != '"')
		return NULL;
	for (char *from = *at + 1; *from != '\0'; from++) {
		if (*from == quote) {
			*to = '\0';
			*at = from + 1;
			return begin;
		}
		if (*from == '\\' && from[1] != '\0')
			from++;
		*to++ = *from;
	}
	return NULL;
}

static int append_list(sd_bus_message *m, const char *name, char *text)
{
	char *items[LIST_MAX + 1] = { NULL }, *at = text + 1;
	size_t count = 0;
	int rc;

	for (at += strspn(at, " "); *at != ']'; at += strspn(at, ", ")) {
		if (count == LIST_MAX || !(items[count++] = take_quoted(&at)))
			return not_understood(name, text);
	}
	rc = sd_bus_message_open_container(m, 'r', "sv");
	if (rc >= 0)
		rc = sd_bus_message_append(m, "s", name);
	if (rc >= 0)
		rc = sd_bus_message_open_container(m, 'v', "as");
	if (rc >= 0)
		rc = sd_bus_message_append_strv(m, items);
	if (rc >= 0)
		rc = sd_bus_message_close_container(m);
	return rc < 0 ? rc : sd_bus_message_close_container(m);
}

static const struct {
	const char *prefix;
	char type;
} typed[] = {
	{ "uint64 ", 't' }, { "int64 ", 'x' },   { "uint32 ", 'u' },
	{ "int32 ", 'i' },  { "boolean ", 'b' },
};

static int append_text(sd_bus_message *m, const char *name, char *value)
{
	char *at = value, *quoted;

	if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
		return sd_bus_message_append(m, "(sv)", name, "b", value[0] == 't');
	if (value[0] == '[')
		return append_list(m, name, value);
	quoted = take_quoted(&at);
	if (quoted)
		return sd_bus_message_append(m, "(sv)", name, "s", quoted);
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		const size_t len = strlen(typed[i].prefix);

		if (strncmp(value, typed[i].prefix, len) == 0)
			return append_number(m, name, typed[i].type, value + len);
	}
	return append_number(m, name, 'i', value);
}

/* systemd's own name of "TimeoutStopSec=10" on the bus is TimeoutStopUSec, in microseconds. */
static int append_seconds(sd_bus_message *m, char *name, const char *value)
{
	char longer[NAME_MAX_LENGTH + 2];
	const char *number = strrchr(value, ' ') ? strrchr(value, ' ') + 1 : value;
	uint64_t seconds = 0;

	if (parse_unsigned(number, &seconds) < 0 || seconds > UINT64_MAX / 1000000)
		return not_understood(name, value);
	(void)snprintf(longer, sizeof(longer), "%.*sUSec", (int)strlen(name) - 3, name);
	return sd_bus_message_append(m, "(sv)", longer, "t", (uint64_t)seconds * 1000000);
}

static bool ends_in_sec(const char *name)
{
	const size_t len = strlen(name);

	return len > 3 && strcmp(name + len - 3, "Sec") == 0 &&
	       !(len > 4 && strcmp(name + len - 4, "USec") == 0);
}

static int append_split(sd_bus_message *m, char *name, const char *kind, char *value)
{
	if (strcmp(kind, "v") == 0)
		return ends_in_sec(name) ? append_seconds(m, name, value)
					 : append_text(m, name, value);
	if (strcmp(kind, "s") == 0)
		return sd_bus_message_append(m, "(sv)", name, "s", value);
	if (strcmp(kind, "ss") == 0)
		return append_pair(m, name, value);
	if (strcmp(kind, "st") == 0)
		return append_pair_with_number(m, name, value);
	if (strcmp(kind, "ay") == 0)
		return append_bytes(m, name, value);
	if (strlen(kind) == 1 && strchr("biuxt", kind[0]))
		return append_number(m, name, kind[0], value);
	return not_understood(name, value);
}

int property_append(sd_bus_message *m, const char *text)
{
	char *copy = strdup(text), *kind, *value;
	int rc;

	if (!copy)
		return -ENOMEM;
	kind = strchr(copy, '=');
	value = kind ? strchr(kind, ':') : NULL;
	if (!value || kind - copy > NAME_MAX_LENGTH) {
		free(copy);
		return not_understood(text, "");
	}
	*kind++ = '\0';
	*value++ = '\0';
	rc = append_split(m, copy, kind, value);
	free(copy);
	return rc;
}

bool property_is_given(char **list, const char *name)
{
	const size_t len = strlen(name);

	for (; *list; list++) {
		if (strncmp(*list, name, len) == 0 && (*list)[len] == '=')
			return true;
	}
	return false;
}
