/* capabilities.c - see capabilities.h. */
#include "host/capabilities.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>

/* libcap also takes lower case, numbers and prefixes: not so the specification. */
int capabilities_number(const char *name)
{
	cap_value_t number;

	if (strncmp(name, "CAP_", 4) != 0 ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != strlen(name))
		return -1;
	return cap_from_name(name, &number) == 0 && number < 64 ? (int)number : -1;
}

void capabilities_name(int number, char *out, size_t size)
{
	char *known = cap_to_name(number);

	if (!known || strncmp(known, "cap_", 4) != 0)
		(void)snprintf(out, size, "CAP_%d", number);
	else
		(void)snprintf(out, size, "%s", known);
	for (char *c = out; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	if (known)
		(void)cap_free(known);
}
