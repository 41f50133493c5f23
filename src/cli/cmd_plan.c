/*
 * cmd_plan.c - tare plan: what run would do, as text or JSON; with --diff, what it would do
 * otherwise with another config.
 */
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/output.h"
#include "cli/plan_write.h"

static int write_text(FILE *to, const void *plan, struct error *err)
{
	(void)err;
	plan_write_text(to, plan);
	return 0;
}

static int write_json(FILE *to, const void *plan, struct error *err)
{
	(void)err;
	plan_write_json(to, plan);
	return 0;
}

static int write_diff_text(FILE *to, const void *comparison, struct error *err)
{
	(void)err;
	plan_write_diff_text(to, comparison);
	return 0;
}

static int write_diff_json(FILE *to, const void *comparison, struct error *err)
{
	(void)err;
	plan_write_diff_json(to, comparison);
	return 0;
}

/*
 * The other config has a report of its own: a report names one config. What is wrong with the other
 * one takes the place of what there is to say about the bundle's; its warnings are for a plan of
 * it.
 */
static int plan_other(const struct arguments *args, const struct container_options *options,
		      struct container_report *report, struct plan *plan, struct error *err)
{
	struct container_options other = *options;
	struct container_report own;
	int ret;

	other.config = args->plan_diff;
	other.config_apart = true;
	log_init(&own.log);
	problems_init(&own.problems);
	ret = container_plan(&other, &own, plan, err);
	if (ret < 0) {
		problems_free(&report->problems);
		problems_init(&report->problems);
		if (own.problems.first)
			report->problems = own.problems; /* moved: nothing is added any more */
		problems_init(&own.problems);
	}
	log_free(&own.log);
	problems_free(&own.problems);
	return ret;
}

/* 1: there is a difference. */
static int compare(const struct arguments *args, const struct plan *before,
		   const struct plan *after, struct error *err)
{
	struct plan_comparison comparison = { .before = before, .after = after };
	int ret = plan_compare(before, after, &comparison.differences, err);

	if (ret < 0)
		return ret;
	ret = output_written(args->json ? write_diff_json : write_diff_text, &comparison, err);
	if (ret == 0)
		ret = comparison.differences.count > 0;
	plan_differences_free(&comparison.differences);
	return ret;
}

int cmd_plan(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct container_options options = args->container;
	struct plan plan = { 0 }, other = { 0 };
	int ret = 0;

	if (args->count > 0) {
		options.id = args->positionals[0];
		ret = id_check(options.id, err);
	}
	if (ret == 0)
		ret = container_plan(&options, report, &plan, err);
	if (ret == 0 && args->plan_diff)
		ret = plan_other(args, &options, report, &other, err);
	if (ret == 0)
		ret = args->plan_diff
			  ? compare(args, &plan, &other, err)
			  : output_written(args->json ? write_json : write_text, &plan, err);
	plan_free(&other);
	plan_free(&plan);
	return ret;
}
