/*
 * capabilities.h - names of capabilities, exactly as the specification writes them.
 */
#ifndef TARE_HOST_CAPABILITIES_H
#define TARE_HOST_CAPABILITIES_H

#include <stddef.h>

/* The number of "CAP_CHOWN"; -1 for a name that libcap does not know (or knows only loosely). */
int capabilities_number(const char *name);

/* Write "CAP_CHOWN" for 0 and so on; "CAP_<n>" for a number without a name. */
void capabilities_name(int number, char *out, size_t size);

#endif
