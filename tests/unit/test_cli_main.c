/*
 * The program from argv to exit status, over a container of our own: what reaches it, what is
 * printed where, and which status comes out.
 */
#include "test_cli.h"
#include "container/plan.h"

static int (*container)(struct container_report *report, struct error *err); /* NULL: exit 0 */
static int program_status;

int container_run(const struct container_options *o, struct container_report *report,
		  int *exit_status, struct error *err)
{
	char text[1024];
	int ret = 0;

	show_options(o, text, sizeof(text));
	(void)fputs(text, stdout);
	(void)fflush(stdout);
	ret = container ? container(report, err) : 0;
	*exit_status = program_status;
	return ret;
}

/* A plan of one step, whose name says what was asked for. */
int container_plan(const struct container_options *o, struct container_report *report,
		   struct plan *plan, struct error *err)
{
	static char name[128];

	(void)snprintf(name, sizeof(name), "plan of %s for %s", o->bundle, o->id ? o->id : "-");
	*plan = (struct plan){ .file = o->config, .steps = calloc(1, sizeof(*plan->steps)) };
	if (!plan->steps)
		return error_set(err, ENOMEM, NULL, "out of memory");
	plan->steps[plan->count++] =
	    (struct plan_step){ .number = 1, .name = name, .title = name, .pointer = "" };
	return container ? container(report, err) : 0;
}

#define PLAN_OF(bundle, id)                                                                        \
	"tare, on the host:\n   1  plan of " bundle " for " id "\n\ntare-init, inside:\n"

static void read_file(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", path, strerror(errno));
	collect(fd, to, size);
}

/* Times differ from run to run; their form does not. */
static void blank_times(char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	for (char *p = strstr(text, "20"); p; p = strstr(p + 1, "20")) {
		size_t i = 0;

		while (form[i] != '\0' &&
		       (form[i] == 'd' ? p[i] >= '0' && p[i] <= '9' : p[i] == form[i]))
			i++;
		if (form[i] == '\0')
			memset(p, 'T', i);
	}
}

#define TIME "TTTTTTTTTTTTTTTTTTTT"

static int enter(void **state)
{
	static char directory[] = "/tmp/tare-cli-XXXXXX";

	container = NULL;
	program_status = 0;
	(void)snprintf(directory, sizeof(directory), "/tmp/tare-cli-XXXXXX");
	*state = mkdtemp(directory);
	return *state ? chdir(directory) : -1;
}

static int leave(void **state)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", (const char *)*state);
	return chdir("/") + system(command);
}

static void passes_the_options_on(void **state)
{
	struct result r;

	(void)state;
	run("run --root /r -b /b -f c.json --pid-file p --no-pivot --no-new-keyring --no-subreaper "
	    "--keep -d --console-socket s --pidfd-socket=t c1",
	    &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_string_equal(r.out,
			    "root=/r id=c1 bundle=/b config=c.json pid-file=p fds=0 console=s "
			    "pidfd=t no-pivot no-new-keyring no-subreaper keep detach\n");
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "", 1), 0);
	run("run c1", &r);
	assert_string_equal(r.out,
			    "root=/run/tare id=c1 bundle=. config=config.json pid-file=- fds=0\n");
}

static void gives_the_status_of_the_program(void **state)
{
	struct result r;

	(void)state;
	program_status = 143;
	run("run c1", &r);
	assert_int_equal(r.status, 143);
	assert_string_equal(r.err, "");
}

static int fail_to_mount(struct container_report *report, struct error *err)
{
	log_warn(&report->log, "/mounts/0", "a bit odd");
	(void)error_sys(err, ENOENT, "open_tree", "/mounts/3/source", "cannot mount /a on /b");
	error_add_step(err, "make the mounts");
	error_add_hint(err, "create /a");
	return -ENOENT;
}

#define MOUNT_MESSAGE "run failed: cannot mount /a on /b: it does not exist (ENOENT)"
#define MOUNT_TEXT                                                                                 \
	"tare: " MOUNT_MESSAGE "\n"                                                                \
	"  config: /mounts/3/source (config.json)   step: make the mounts\n"                       \
	"  hint:   create /a\n"                                                                    \
	"  see:    tare explain system\n"
#define MOUNT_JSON                                                                                 \
	"{\"level\":\"error\",\"msg\":\"" MOUNT_MESSAGE "\",\"time\":\"" TIME                      \
	"\",\"code\":\"system\",\"errno\":\"ENOENT\",\"syscall\":\"open_tree\",\"pointer\":\"/"    \
	"mounts/3/source\","                                                                       \
	"\"step\":\"make the mounts\",\"hint\":\"create /a\"}\n"

static void tells_a_failure_on_stderr(void **state)
{
	struct result r;

	(void)state;
	container = fail_to_mount;
	run("run c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, MOUNT_TEXT);
}

static void writes_a_failure_to_the_log_too(void **state)
{
	struct result r;
	struct stat st;
	char log[8192];

	(void)state;
	container = fail_to_mount;
	(void)umask(0022);
	run("--log log --log-format json run c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, MOUNT_TEXT);
	read_file("log", log, sizeof(log));
	blank_times(log);
	assert_string_equal(log, MOUNT_JSON);
	assert_int_equal(stat("log", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);

	/* appended, in the other format */
	run("--log file:log run c1", &r);
	read_file("log", log, sizeof(log));
	blank_times(log);
	assert_string_equal(
	    log,
	    MOUNT_JSON "time=\"" TIME "\" level=error msg=\"" MOUNT_MESSAGE
		       "\" code=\"system\" pointer=\"/mounts/3/source\" step=\"make the mounts\" "
		       "hint=\"create /a\"\n");
}

static void json_without_a_log_goes_to_stderr(void **state)
{
	struct result r;

	(void)state;
	container = fail_to_mount;
	run("--log-format json run c1", &r);
	blank_times(r.err);
	assert_string_equal(r.err, MOUNT_JSON);
	run("--log-format json run", &r);
	blank_times(r.err);
	assert_string_equal(
	    r.err, "{\"level\":\"error\",\"msg\":\"run failed: ID is missing\",\"time\":\"" TIME
		   "\",\"code\":\"usage\",\"errno\":\"EINVAL\"}\n");
}

static void debug_adds_the_warnings_of_a_failure(void **state)
{
	struct result r;
	char log[8192];

	(void)state;
	container = fail_to_mount;
	run("--debug --log log run c1", &r);
	assert_string_equal(r.err, "tare: warning: a bit odd\n"
				   "  config: /mounts/0 (config.json)\n" MOUNT_TEXT);
	read_file("log", log, sizeof(log));
	assert_non_null(strstr(
	    log, " level=warning msg=\"a bit odd\" code=\"system\" pointer=\"/mounts/0\"\ntime="));
}

static int only_warn(struct container_report *report, struct error *err)
{
	struct problem *p = problems_add(&report->problems, PROBLEM_WARNING, "/a", "first");

	(void)err;
	p->line = 3;
	p->column = 4;
	log_warn(&report->log, NULL, "second");
	return 0;
}

static void warns_after_success(void **state)
{
	struct result r;
	char log[8192];

	(void)state;
	container = only_warn;
	program_status = 7;
	run("--log log run -f x.json c1", &r);
	assert_int_equal(r.status, 7);
	assert_string_equal(r.err, "tare: warning: first\n"
				   "  config: /a (x.json:3:4)\n"
				   "tare: warning: second\n");
	read_file("log", log, sizeof(log));
	blank_times(log);
	assert_string_equal(log,
			    "time=\"" TIME "\" level=warning msg=\"first\" pointer=\"/a\"\n"
			    "time=\"" TIME "\" level=warning msg=\"second\" code=\"system\"\n");
	run("--log-format json plan", &r);
	blank_times(r.err);
	assert_string_equal(r.err, "{\"level\":\"warning\",\"msg\":\"first\",\"time\":\"" TIME
				   "\",\"pointer\":\"/a\",\"location\":\"config.json:3:4\"}\n"
				   "{\"level\":\"warning\",\"msg\":\"second\",\"time\":\"" TIME
				   "\",\"code\":\"system\"}\n");
}

static int refuse_config(struct container_report *report, struct error *err)
{
	(void)problems_add(&report->problems, PROBLEM_WARNING, "/x", "odd");
	(void)problems_add(&report->problems, PROBLEM_ERROR, "/root", "must be an object");
	(void)problems_add(&report->problems, PROBLEM_ERROR, "/hooks", "must be an object");
	(void)error_set(err, EINVAL, NULL, "summary");
	(void)snprintf(err->file, sizeof(err->file), "/b/config.json");
	return -EINVAL;
}

static void shows_the_mistakes_of_a_config(void **state)
{
	struct result r;

	(void)state;
	container = refuse_config;
	run("plan", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err,
			    "tare: plan failed: /b/config.json has 2 mistakes, the first: /root: "
			    "must be an object\n"
			    "  config: /root (/b/config.json): must be an object\n"
			    "  config: /hooks (/b/config.json): must be an object\n"
			    "  see:    tare explain system\n");
}

static int warn_a_lot(struct container_report *report, struct error *err)
{
	for (int i = 0; i < 1000; i++)
		log_warn(&report->log, NULL, "warning number %d of a thousand", i);
	return fail_to_mount(report, err);
}

static void a_failure_stays_below_4_kib(void **state)
{
	struct result r;

	(void)state;
	container = warn_a_lot;
	run("--debug run c1", &r);
	assert_true(strlen(r.err) > 3500 && strlen(r.err) < 4096);
	assert_string_equal(r.err + strlen(r.err) - strlen(MOUNT_TEXT), MOUNT_TEXT);
}

static void a_usage_error_shows_the_usage(void **state)
{
	struct result r;

	(void)state;
	run("run --kepe c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err, "tare: run failed: unknown option --kepe\n"
				   "  hint:   did you mean --keep?\n"
				   "  see:    tare explain unknown-option\n"
				   "usage: tare run [options] ID\n"
				   "tare run --help says more\n");
	run("rnu", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, "tare: unknown command \"rnu\"\n"
				   "  hint:   did you mean run?\n"
				   "  see:    tare explain unknown-command\n"
				   "usage: tare [global options] COMMAND [options] [arguments]\n"
				   "tare --help says more\n");
	run("--log log run", &r);
	assert_int_equal(access("log", F_OK), 0);
}

static void refuses_a_bad_id(void **state)
{
	struct result r;

	(void)state;
	run("run a/b", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_string_equal(
	    r.err, "tare: run failed: invalid container ID format: \"a/b\" contains '/'\n"
		   "  hint:   use letters, digits and _ + . - (no . in front), at most 200 bytes\n"
		   "  see:    tare explain container-id\n");
	run("plan .x", &r);
	assert_int_equal(r.status, 1);
	run("plan x", &r);
	assert_string_equal(r.out, PLAN_OF(".", "x"));
	run("plan", &r);
	assert_string_equal(r.out, PLAN_OF(".", "-"));
}

static void refuses_what_cannot_be_opened(void **state)
{
	struct result r;

	(void)state;
	run("--log /nowhere/log run c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_string_equal(r.err,
			    "tare: run failed: cannot open the log /nowhere/log: it does not "
			    "exist (ENOENT)\n"
			    "  hint:   make the directory of the log beforehand\n"
			    "  see:    tare explain log-file\n");
	run("--trace /nowhere/t run c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_non_null(strstr(r.err, "/nowhere/t"));
	run("run --root / c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, "tare: run failed: --root must not be / itself\n"
				   "  see:    tare explain state-root\n");
}

/* What the fence refuses is told in the log as well. */
static void a_missing_descriptor_is_told_everywhere(void **state)
{
	struct result r;
	char log[8192];

	(void)state;
	run("--log log run --preserve-fds 500 c1", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.out, "");
	assert_non_null(strstr(r.err, "tare: run failed: "));
	read_file("log", log, sizeof(log));
	assert_non_null(strstr(log, "level=error msg=\"run failed: "));
}

static void traces(void **state)
{
	struct result r;
	char trace[8192];

	(void)state;
	run("run --trace t c1", &r);
	assert_int_equal(r.status, 0);
	read_file("t", trace, sizeof(trace));
	assert_non_null(strstr(trace, "traceEvents"));
	/* also when the command fails: the steps until then are what one wants to see */
	container = fail_to_mount;
	run("--trace t2 run c1", &r);
	assert_string_equal(r.err, MOUNT_TEXT);
	read_file("t2", trace, sizeof(trace));
	assert_non_null(strstr(trace, "traceEvents"));
}

/* A trace that was asked for and is not there is no success. */
static void a_lost_trace_is_a_failure(void **state)
{
	struct result r;

	(void)state;
	run("run --trace /dev/full c1", &r);
	assert_int_equal(r.status, 1);
	assert_non_null(strstr(r.err, "/dev/full"));
	/* but the first failure is the one that is told */
	container = fail_to_mount;
	run("run --trace /dev/full c1", &r);
	assert_string_equal(r.err, MOUNT_TEXT);
}

static void prints_the_version(void **state)
{
	struct result r;
	unsigned a, b, c;
	int end = 0;

	(void)state;
	run("--version", &r);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.err, "");
	assert_int_equal(
	    sscanf(r.out, "tare version %u.%u.%u\ncommit: %*s\nspec: 1.3.0\n%n", &a, &b, &c, &end),
	    3);
	assert_true(end > 0);
	assert_int_equal(sscanf(r.out + end, "libseccomp: %u.%u.%u%n", &a, &b, &c, &end), 3);
	assert_null(strstr(strstr(r.out, "version") + 1, "version"));
	run("run -v", &r);
	assert_ptr_equal(strstr(r.out, "tare version "), r.out);
}

/* Help of everything: complete, on standard output, at most 80 columns wide. */
static void prints_help(void **state)
{
	static const char *const lines[] = { "--help",   "",         "run --help",  "plan -h",
					     "spec -h",  "help run", "create -h",   "start -h",
					     "state -h", "kill -h",  "delete -h",   "list -h",
					     "pause -h", "ps -h",    "features -h", "resume -h",
					     "help",     "run -?" };
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		run(lines[i], &r);
		assert_int_equal(r.status, 0);
		assert_string_equal(r.err, "");
		assert_non_null(strstr(r.out, "\nUsage: tare "));
		assert_non_null(
		    strstr(r.out, "\n      --log-format FORMAT   text (default) or json\n"));
		assert_non_null(strstr(r.out, "\n  -h, -?, --help            print this help\n"));
		for (char *line = strtok(r.out, "\n"); line; line = strtok(NULL, "\n"))
			assert_true(strlen(line) <= 80);
	}
	run("--help", &r);
	assert_non_null(strstr(r.out, "\n  run         create a container, start it, "));
	assert_null(strstr(r.out, "--bundle"));
	run("run --help", &r);
	assert_non_null(strstr(r.out, "\nUsage: tare run [options] ID\n"));
	assert_non_null(strstr(r.out, "\n  -b, --bundle DIR          directory of the bundle"));
	assert_null(strstr(r.out, "--force"));
	run("help nothing", &r);
	assert_int_equal(r.status, 1);
	assert_string_equal(r.err, "tare: help failed: there is no command \"nothing\"\n"
				   "  see:    tare explain unknown-command\n");
}

static void a_full_standard_output_is_a_failure(void **state)
{
	static const char *const lines[] = { "--version", "--help", "plan", "help", "run -?" };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct result r;

	(void)state;
	assert_true(full >= 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		run_to(lines[i], full, &r);
		assert_int_equal(r.status, 1);
		assert_non_null(strstr(r.err, "cannot write to standard output: "));
	}
	(void)close(full);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(passes_the_options_on),
		TEST(gives_the_status_of_the_program),
		TEST(tells_a_failure_on_stderr),
		TEST(writes_a_failure_to_the_log_too),
		TEST(json_without_a_log_goes_to_stderr),
		TEST(debug_adds_the_warnings_of_a_failure),
		TEST(warns_after_success),
		TEST(shows_the_mistakes_of_a_config),
		TEST(a_failure_stays_below_4_kib),
		TEST(a_usage_error_shows_the_usage),
		TEST(refuses_a_bad_id),
		TEST(refuses_what_cannot_be_opened),
		TEST(a_missing_descriptor_is_told_everywhere),
		TEST(traces),
		TEST(a_lost_trace_is_a_failure),
		TEST(prints_the_version),
		TEST(prints_help),
		TEST(a_full_standard_output_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
