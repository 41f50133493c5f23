/*
 * version.h - what --version prints.
 */
#ifndef TARE_CLI_VERSION_H
#define TARE_CLI_VERSION_H

#include "base/error.h"

#define VERSION_SPEC "1.3.0" /* of the runtime-spec that is implemented */

const char *version_number(void); /* of tare: "0.1.0" */
const char *version_commit(void); /* it was built from, or "unknown" */

int version_print(const char *program, struct error *err) MUST_CHECK;

#endif
