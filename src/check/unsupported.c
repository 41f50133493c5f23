/*
 * unsupported.c - what the runtime-spec has and this version of tare does not do yet.
 *
 * Nothing that is asked for is dropped silently: each is an error. Empty, zero and false values do
 * not ask for anything. To support a property, remove its row (and its case in test_check.c).
 */
#include "check/names.h"
#include "check/rules.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void unsupported_error(const struct check *check, const char *pointer, const char *what)
{
	finding_error(check, pointer, "%s is not supported by this version of tare", what);
}

static bool unsupported_asks_rdt(const struct oci_intel_rdt *rdt)
{
	return rdt && (names_is_set(rdt->clos_id) || rdt->schemata.count > 0 ||
		       names_is_set(rdt->l3_cache_schema) || names_is_set(rdt->mem_bw_schema) ||
		       rdt->enable_monitoring);
}

void check_unsupported_properties(const struct check *check)
{
	const struct oci_linux *linux = check->linux;
	const struct {
		const char *pointer;
		bool asked;
	} rows[] = {
		{ "/linux/intelRdt", unsupported_asks_rdt(linux->intel_rdt) },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].asked)
			unsupported_error(check, rows[i].pointer,
					  strrchr(rows[i].pointer, '/') + 1);
	}
}
