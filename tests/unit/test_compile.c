/*
 * test_compile.c - golden tests of the compiler: tests/golden/plan/NAME.txt is the program that
 * a config becomes on a certain host. After a change that is meant: tests/golden/update.sh, then
 * read the difference.
 */
#include "test_compile.h"

#include "compile/print.h"

static const struct golden {
	const char *name;
	const char *config; /* below tests/golden, without ".json"; NULL: plan/NAME */
	enum test_host host;
	struct compile_options options;
} goldens[] = {
	{ "default", "spec/root-cgroup2", V2, { .run = true } },
	{ "default-created", "spec/root-cgroup2", V2, { 0 } },
	{ "default-v1", "spec/root", V1, { .run = true } },
	{ "default-hybrid", "spec/root", HYBRID, { .run = true } },
	{ "default-without-cgroups", "spec/root-cgroup2", NOTHING, { .run = true } },
	{ "default-options",
	  "spec/root-cgroup2",
	  V2,
	  { .preserve_fds = 2, .no_pivot = true, .no_new_keyring = true, .nofile_hard = 1024 } },
	{ "rootless", "spec/rootless-cgroup2", ROOTLESS, { .run = true } },
	{ "minimal", NULL, V2, { .run = true } },
	{ "user-namespace", NULL, V2, { .run = true } },
	{ "user-namespace-v1", "plan/user-namespace", V1, { .run = true } },
	{ "user-namespace-without-root", NULL, V2, { .run = true } },
	{ "joined", NULL, V2, { .run = true } },
	{ "joined-pid", NULL, V2, { 0 } },
	{ "joined-pid-seccomp", NULL, V2, { 0 } },
	{ "time", NULL, V2, { .run = true } },
	{ "no-mount-namespace", NULL, V2, { .run = true } },
	{ "shared-root", NULL, V2, { .run = true } },
	{ "binds", NULL, V2, { .run = true } },
	{ "bound-dev", NULL, V2, { .run = true } },
	{ "filesystems", NULL, V2, { .run = true } },
	{ "cgroup-mounts", NULL, V2, { .run = true } },
	{ "cgroup-mounts-v1", "plan/cgroup-mounts", V1, { .run = true } },
	{ "covered", NULL, V2, { .run = true } },
	{ "devices", NULL, V2, { .run = true } },
	{ "paths", NULL, V2, { .run = true } },
	{ "sysctl", NULL, V2, { .run = true } },
	{ "terminal", NULL, V2, { 0 } },
	{ "process", NULL, V2, { .run = true } },
	{ "scheduling", NULL, APPARMOR, { .run = true } },
	{ "labels", NULL, SELINUX, { .run = true } },
	{ "search", NULL, V2, { .run = true } },
	{ "search-nowhere", NULL, V2, { .run = true } },
	{ "seccomp", NULL, V2, { .run = true } },
	{ "seccomp-privileges", NULL, V2, { .run = true } },
	{ "no-process", NULL, V2, { 0 } },
};

/* ---- files */

static const char *source_path(const char *name, const char *suffix)
{
	static char path[4096];
	const char *root = getenv("TARE_SOURCE_DIR");

	(void)snprintf(path, sizeof(path), "%s/tests/golden/%s%s", root ? root : ".", name, suffix);
	return path;
}

static const char *golden_path(const struct golden *golden)
{
	char name[128];

	(void)snprintf(name, sizeof(name), "plan/%s", golden->name);
	return source_path(name, ".txt");
}

static char *read_file(const char *path)
{
	enum { MOST = 256 * 1024 };
	FILE *file = fopen(path, "re");
	char *text = calloc(1, MOST);
	size_t len;

	assert_non_null(text);
	if (!file) {
		free(text);
		return NULL;
	}
	len = fread(text, 1, MOST, file);
	(void)fclose(file);
	assert_true(len < MOST);
	return text;
}

static void compile(struct compiled *c, const struct golden *golden)
{
	char name[128], *text;
	const char *path;

	(void)snprintf(name, sizeof(name), "plan/%s", golden->name);
	path = source_path(golden->config ? golden->config : name, ".json");
	text = read_file(path);
	if (!text)
		fail_msg("cannot read %s: is TARE_SOURCE_DIR right?", path);
	test_compile(c, text, golden->host, &golden->options);
	free(text);
	if (c->rc < 0)
		fail_msg("%s: %s", c->err.pointer, c->err.message);
}

/* How a filter looks depends on the version of libseccomp: it is left open. */
static void hide_filter(char *text)
{
	static const char field[] = " instructions=";
	char *at = strstr(text, field), *end;

	if (!at)
		return;
	at += strlen(field);
	end = strstr(at, " flags=");
	assert_non_null(end);
	*at++ = '*';
	memmove(at, end, strlen(end) + 1);
}

static char *text_of(const struct compiled *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	print_host(&c->program, out);
	print_steps(&c->program, out);
	for (const struct log_warning *w = c->log.first; w; w = w->next)
		(void)fprintf(out, "warning: %s  <- %s\n", w->text, w->pointer ? w->pointer : "");
	assert_int_equal(fclose(out), 0);
	hide_filter(text);
	return text;
}

/* ---- tests */

static void write_golden(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* diff(1) says best what has changed. */
static void show_difference(const char *path, const char *text)
{
	char command[4200];
	FILE *diff;

	(void)snprintf(command, sizeof(command), "diff -u '%s' - >&2", path);
	diff = popen(command, "we");
	if (!diff)
		return;
	(void)fputs(text, diff);
	(void)pclose(diff);
}

static void test_golden(void **state)
{
	const struct golden *golden = *state;
	const char *update = getenv("TARE_UPDATE_GOLDEN");
	struct compiled c;
	const char *path;
	char *text, *want;
	bool same;

	compile(&c, golden);
	text = text_of(&c);
	path = golden_path(golden);
	if (update && strcmp(update, "1") == 0)
		write_golden(path, text);
	want = read_file(path);
	same = want && strcmp(text, want) == 0;
	if (!same)
		show_difference(want ? path : "/dev/null", text);
	free(want);
	free(text);
	test_release(&c);
	if (!same)
		fail_msg("the program differs from %s (update with tests/golden/update.sh)", path);
}

/* A pure function: the same bytes each time, whatever the environment and the heap look like. */
static void test_pure(void **state)
{
	const struct golden *golden = *state;
	struct compiled a, b;

	compile(&a, golden);
	assert_int_equal(setenv("HOME", "/changed", 1), 0);
	assert_int_equal(setenv("PATH", "/changed:/bin:/usr/bin", 1), 0);
	compile(&b, golden);
	assert_int_equal(a.program.used, b.program.used);
	assert_memory_equal(a.program.base, b.program.base, a.program.used);
	test_release(&a);
	test_release(&b);
}

int main(void)
{
	enum { COUNT = sizeof(goldens) / sizeof(goldens[0]) };
	static char names[COUNT][64]; /* each case has a name of its own */
	struct CMUnitTest tests[2 * COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		tests[i] = (struct CMUnitTest){ goldens[i].name, test_golden, NULL, NULL,
						(void *)(uintptr_t)&goldens[i] };
		tests[COUNT + i] = tests[i];
		(void)snprintf(names[i], sizeof(names[i]), "pure/%s", goldens[i].name);
		tests[COUNT + i].name = names[i];
		tests[COUNT + i].test_func = test_pure;
	}
	return cmocka_run_group_tests_name("golden, then pure", tests, NULL, NULL);
}
