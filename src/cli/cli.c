/*
 * cli.c - see cli.h. In order: understand the command line, put up the fence around inherited
 * descriptors, open log and trace, run the command, tell what went wrong.
 */
#include "cli/cli.h"

#include "base/fd.h"
#include "base/text.h"
#include "base/trace.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/listen.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "container/root.h"
#include "cli/version.h"
#include "container/hints.h"
#include "sys/fence.h"

#include <stddef.h>

#define EXIT_STATUS_FAILURE      1
#define EXIT_STATUS_NOT_COMPARED 2 /* plan --diff: 1 is a result, as of diff(1) */
#define EXIT_STATUS_EXEC_FAILURE 255

static int complete_arguments(struct arguments *args, struct error *err)
{
	struct container_options *options = &args->container;
	struct root_facts facts;

	if (args->systemd_cgroup)
		options->manager = CONTAINER_SYSTEMD;
	if (!options->bundle)
		options->bundle = ".";
	if (!options->config)
		options->config = "config.json";
	options->root = args->root_buffer;
	root_facts_collect(&facts);
	return root_resolve(args->root, args->program, &facts, args->root_buffer, err);
}

static int run_command(struct arguments *args, struct container_report *report, struct error *err)
{
	struct error trace_error;
	int status = complete_arguments(args, err);

	if (status == 0 && args->trace)
		status = trace_open(args->trace, err);
	if (status < 0)
		return status;
	status = args->command->function(args, report, err);
	error_clear(&trace_error);
	if (args->trace && trace_close(&trace_error) < 0 && status >= 0) {
		*err = trace_error; /* what was asked for is not there: no success */
		return -trace_error.errnum;
	}
	return status;
}

/* Of what does not come to running the command; and of commands of which 1 is no result. */
static int refusal_status(const struct arguments *args)
{
	return args->plan_diff ? EXIT_STATUS_NOT_COMPARED : EXIT_STATUS_FAILURE;
}

/* Who executes a program that may end with 1 wants to know whether it was started at all. */
static int failure_status(const struct arguments *args)
{
	return args->command->function == cmd_exec ? EXIT_STATUS_EXEC_FAILURE
						   : refusal_status(args);
}

static int report_and_run(struct arguments *args, struct output *out)
{
	struct container_report report;
	struct error err;
	int status = 0;

	error_clear(&err);
	log_init(&report.log);
	problems_init(&report.problems);
	status = run_command(args, &report, &err);
	if (status < 0)
		hints_add(&err);
	if (status < 0)
		output_failure(out, &err, &report);
	else
		output_warnings(out, &report);
	log_free(&report.log);
	problems_free(&report.problems);
	return status < 0 ? failure_status(args) : status;
}

static bool asks_for_information(const struct arguments *args)
{
	return args->help || args->usage || args->version || !args->command;
}

static int print_information(const struct arguments *args, struct error *err)
{
	if (args->usage && !args->help)
		return help_print_usage(args->program, args->command, err);
	if (args->version && !args->help)
		return version_print(args->program, err);
	return help_print(args->program, args->command, err);
}

static bool passes_descriptors(const struct command *command)
{
	return command && (text_equal(command->name, "create") ||
			   text_equal(command->name, "run") || text_equal(command->name, "exec"));
}

/*
 * The fence first: a closed standard error must not become the log. When it fails, the log is to
 * hear of that, too.
 */
static int prepare(struct arguments *args, struct output *out, struct error *err)
{
	int rc = 0, fenced, opened;

	if (passes_descriptors(args->command))
		rc = listen_read(&args->container, err);
	fenced = rc < 0 ? rc : fence_start(args->container.preserve_fds, &args->fence, err);
	opened = logsink_open(&out->log, args->log, fenced < 0 ? NULL : err);

	args->container.nofile_soft = args->fence.nofile.rlim_cur;
	args->container.nofile_hard = args->fence.nofile.rlim_max;
	return fenced < 0 ? fenced : opened;
}

static int fail(const struct arguments *args, const struct output *out, struct error *err)
{
	hints_add(err);
	output_failure(out, err, NULL);
	return refusal_status(args);
}

/* `parse_err`: what was wrong with the command line, or NULL. */
static int follow(struct arguments *args, struct output *out, struct error *parse_err)
{
	struct error err;
	char usage[256];

	error_clear(&err);
	if (!parse_err && asks_for_information(args))
		return print_information(args, &err) < 0 ? fail(args, out, &err) : 0;
	if (prepare(args, out, &err) < 0)
		return fail(args, out, &err);
	if (!parse_err)
		return report_and_run(args, out);
	help_usage(args->program, args->command, usage, sizeof(usage));
	out->usage = usage;
	(void)fail(args, out, parse_err);
	out->usage = NULL;
	return refusal_status(args);
}

int cli_main(int argc, char **argv)
{
	struct output out = { .log = { .fd = FD_NONE } };
	struct arguments args;
	struct error parse_err;
	int parsed = 0, status = 0;

	error_clear(&parse_err);
	parsed = parse_arguments(&args, argc, argv, &parse_err);
	out.program = args.program;
	out.command = args.command ? args.command->name : NULL;
	out.config = args.container.config ? args.container.config : "config.json";
	out.json = args.log_json;
	out.debug = args.debug;
	out.only_errors = args.only_errors;
	status = follow(&args, &out, parsed < 0 ? &parse_err : NULL);
	logsink_close(&out.log);
	parse_free(&args);
	return status;
}
