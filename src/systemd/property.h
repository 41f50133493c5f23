/*
 * property.h - properties of units, from the command line to D-Bus.
 *
 * NAME=KIND:VALUE. KIND is a D-Bus type (b, i, u, x, t, s), "ay" (bytes as hexadecimal digits),
 * "ss" (a list of one pair, "A B", or of none), "st" (of a text and a number), or "v": text as in
 * an annotation org.systemd.property.NAME, which says its type itself: true, 'text',
 * ['a', 'b'], uint64 5, 5 (int32).
 */
#ifndef TARE_SYSTEMD_PROPERTY_H
#define TARE_SYSTEMD_PROPERTY_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Append one as (sv). A negative errno; -EINVAL for what is not understood (said on stderr). */
int property_append(sd_bus_message *m, const char *text);

/* Is there one of this name in the NULL-ended list? */
bool property_is_given(char **list, const char *name);

#endif
