/*
 * colour.h - what is written for a person on a terminal, with its labels in colour.
 */
#ifndef TARE_CLI_COLOUR_H
#define TARE_CLI_COLOUR_H

#include "cli/buffer.h"

#include <stdbool.h>

/* True for a terminal that has colours, unless NO_COLOR (no-color.org) forbids them. */
bool colour_wanted(int fd);

/*
 * The text of failure_text() with colours: red for "tare:" of an error, yellow for a warning's,
 * bold for the labels below. False if it does not fit. What it quotes cannot add any: that is
 * escaped already.
 */
bool colour_paint(const struct buffer *text, struct buffer *out);

#endif
