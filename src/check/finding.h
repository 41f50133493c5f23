/*
 * finding.h - how a rule says what it found.
 *
 * Each finding has the exact JSON pointer of the property at fault, a sentence that shows the
 * offending value, and a hint where one helps. What the reader of config.json has refused already
 * is not judged a second time.
 */
#ifndef TARE_CHECK_FINDING_H
#define TARE_CHECK_FINDING_H

#include "base/nearest.h"
#include "base/problems.h"
#include "host/host.h"
#include "ocispec/config.h"

#include <stdint.h>

/* What a rule looks at. process, linux: never NULL, empty where the config has none. */
struct check {
	const struct oci_config *config;
	const struct oci_process *process;
	const struct oci_linux *linux;
	const struct oci_resources *resources;
	const struct host_facts *facts;
	const struct problems *reader; /* what the reader refused */
	struct problems *found;        /* what the rules found */
};

/* After this many findings of one severity the rest is not listed: a hostile file has a million. */
#define FINDING_MAX 500

struct problem *finding_error(const struct check *check, const char *pointer, const char *format,
			      ...) PRINTF_LIKE(3, 4);
struct problem *finding_warning(const struct check *check, const char *pointer, const char *format,
				...) PRINTF_LIKE(3, 4);

/* False if the reader refused something here: then nothing can be concluded from its absence. */
bool finding_known(const struct check *check, const char *pointer);

/* Short texts by value, so that an expression can hold several; over-long ones are cut. */
struct finding_text {
	char text[1024];
};

/* AT("/mounts/%zu/source", i): a pointer of fixed names and indices. */
struct finding_text finding_at(const char *format, ...) PRINTF_LIKE(1, 2);
#define AT(...) (finding_at(__VA_ARGS__).text)

/* AT_KEY("/linux/sysctl", "net.x"): a pointer to a key of a map, escaped as RFC 6901 says. */
struct finding_text finding_below(const char *pointer, const char *key);
#define AT_KEY(pointer, key) (finding_below(pointer, key).text)

/* "value" in quotes, control characters escaped, cut after some 64 bytes. */
struct finding_text finding_quote(const char *value);
#define QUOTE(value) (finding_quote(value).text)

/* The name that was meant, if one of those that were offered is near. */
void finding_hint_guess(struct problem *problem, const struct nearest *guess);

#endif
