/* cmd_features.c - tare features: what this version can do, as JSON. */
#include "cli/commands.h"
#include "cli/features.h"
#include "cli/output.h"
#include "host/host.h"

#define ERROR_CODE CODE_OUTPUT

int cmd_features(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct arena arena = ARENA_INIT;
	struct host_facts facts = { 0 };
	struct oci_features features;
	int ret = host_read(&facts, err);

	(void)args;
	(void)report; /* engines read standard error as well: it stays empty */
	if (ret < 0)
		return ret;
	ret = features_fill(facts.last_capability, &arena, &features);
	if (ret < 0)
		ret = error_sys(err, -ret, "", NULL, "cannot list the features");
	else
		ret = output_object(&arena, oci_features_type, &features, err);
	arena_free(&arena);
	host_free(&facts);
	return ret;
}
