/*
 * print.h - a program as text: what the golden tests compare.
 */
#ifndef TARE_COMPILE_PRINT_H
#define TARE_COMPILE_PRINT_H

#include "compile/program.h"

#include <stdio.h>

/* The inside steps, one per line: number, name, fields that are set, "<- origin". */
void print_steps(const struct program *program, FILE *out);

/* What the host does around the clone: namespaces, id maps, limits. */
void print_host(const struct program *program, FILE *out);

#endif
