/* suggest.h - "did you mean ...?" */
#ifndef OCISPEC_SUGGEST_H
#define OCISPEC_SUGGEST_H

#include <stddef.h>

#include "ocispec/tables.h"

/* The name that somebody who wrote this probably meant, or NULL. */
const char *suggest_value(const struct oci_values *values, const char *text, size_t len);

#endif
