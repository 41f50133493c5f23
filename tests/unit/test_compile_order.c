/*
 * test_compile_order.c - what must hold of every program, whatever the golden files say: the order
 * that safety rests on (docs/design.md, "Rules that keep it safe"); and the compiler's own errors.
 */
#include "test_compile.h"

#include <errno.h>

#define TEXT_MAX 65536

/* JSON is written with ' for ". */
static void compile_json(struct compiled *c, const char *json, enum test_host host)
{
	static const struct compile_options run = { .run = true };
	char *text = strdup(json);

	assert_non_null(text);
	for (char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	test_compile(c, text, host, &run);
	free(text);
}

#define PROCESS(more) "'process': {'args': ['/bin/true'], 'cwd': '/work'" more "}"
#define CONFIG(process, namespaces, more)                                                          \
	"{'ociVersion': '1.3.0', 'root': {'path': 'rootfs', 'readonly': true}, "                   \
	"'mounts': [{'destination': '/proc', 'type': 'proc', 'source': 'proc'}, "                  \
	"{'destination': '/dev', 'type': 'tmpfs', 'source': 'tmpfs', 'options': "                  \
	"['ro']}], " process                                                                       \
	", 'linux': {'namespaces': [{'type': 'mount'}, {'type': 'network'}, " namespaces           \
	"], 'sysctl': {'net.core.somaxconn': '9'}, "                                               \
	"'maskedPaths': ['/proc/kcore'], 'readonlyPaths': ['/proc/sys']" more "}}"
#define FILTER ", 'seccomp': {'defaultAction': 'SCMP_ACT_ALLOW'}"
#define NNP    ", 'noNewPrivileges': true"
#define USER                                                                                       \
	", 'uidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 10}], "                      \
	"'gidMappings': [{'containerID': 0, 'hostID': 1000, 'size': 10}]"

static const struct order_config {
	const char *name;
	const char *json;
	enum test_host host;
} configs[] = {
	{ "plain", CONFIG(PROCESS(), "{'type': 'pid'}", ), V2 },
	{ "with_no_new_privs", CONFIG(PROCESS(NNP), "{'type': 'pid'}", ), V1 },
	{ "with_a_filter", CONFIG(PROCESS(NNP), "{'type': 'pid'}", FILTER), V2 },
	{ "with_a_filter_and_privileges", CONFIG(PROCESS(), "{'type': 'pid'}", FILTER), V2 },
	{ "with_a_user_namespace", CONFIG(PROCESS(), "{'type': 'user'}", USER), V2 },
	{ "with_a_user_namespace_and_a_filter",
	  CONFIG(PROCESS(NNP), "{'type': 'user'}", USER FILTER), V2 },
	{ "with_a_pid_namespace_that_is_joined",
	  CONFIG(PROCESS(NNP), "{'type': 'pid', 'path': '/ns/pid'}", FILTER), V2 },
	{ "with_a_terminal", CONFIG(PROCESS(", 'terminal': true"), "{'type': 'pid'}", ), V2 },
	{ "with_mounts_that_copy",
	  "{'ociVersion': '1.3.0', 'root': {'path': 'rootfs'}, " PROCESS() ", 'mounts': ["
									   "{'destination': "
									   "'/etc', 'type': "
									   "'tmpfs', 'options': "
									   "['tmpcopyup']}, "
									   "{'destination': "
									   "'/var', 'type': "
									   "'tmpfs', 'options': "
									   "['tmpcopyup']}], "
									   "'linux': "
									   "{'namespaces': "
									   "[{'type': 'mount'}]}}",
	  V1 },
};

/* ---- looking at programs */

static const struct step *nth(const struct program *program, enum step_kind kind, unsigned n)
{
	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		if (s->kind == kind && n-- == 0)
			return s;
	}
	return NULL;
}

static const struct step *only(const struct program *program, enum step_kind kind)
{
	const struct step *s = nth(program, kind, 0);

	if (!s || nth(program, kind, 1))
		fail_msg("there is not exactly one step %s", program_step_name(kind));
	return s;
}

/* If both are there at all: every step of the first kind comes before every one of the second. */
static void comes_before(const struct program *program, enum step_kind first, enum step_kind second)
{
	const struct step *later = nth(program, second, 0);

	for (const struct step *s = program_first(program); s; s = program_next(program, s)) {
		if (later && s->kind == first && s->index > later->index)
			fail_msg("%s comes after %s", program_step_name(first),
				 program_step_name(second));
	}
}

/* ---- the rules */

static void check_mounts(const struct program *p)
{
	comes_before(p, STEP_PROPAGATE, STEP_ROOT);
	comes_before(p, STEP_ROOT, STEP_MOUNT);
	comes_before(p, STEP_MOUNT, STEP_DEVICE);
	comes_before(p, STEP_MOUNT, STEP_MASK);
	comes_before(p, STEP_MOUNT, STEP_SYSCTL);
	comes_before(p, STEP_DEVICE, STEP_REMOUNT);
	comes_before(p, STEP_DEVICE_BIND, STEP_REMOUNT);
	comes_before(p, STEP_CONSOLE, STEP_REMOUNT);
	comes_before(p, STEP_SYSCTL, STEP_MASK); /* or the masks would hide them */
	comes_before(p, STEP_SYSCTL, STEP_READONLY);
	comes_before(p, STEP_SYSCTL, STEP_REMOUNT);
	comes_before(p, STEP_MAKE_CWD, STEP_ROOT_READONLY);
	comes_before(p, STEP_MASK, STEP_PIVOT);
	comes_before(p, STEP_READONLY, STEP_PIVOT);
	comes_before(p, STEP_REMOUNT, STEP_PIVOT);
	comes_before(p, STEP_ROOT_READONLY, STEP_PIVOT);
	(void)only(p, STEP_PIVOT);
}

static void check_privileges(const struct program *p)
{
	comes_before(p, STEP_PIVOT, STEP_BOUND);
	comes_before(p, STEP_RLIMIT, STEP_IDS);
	comes_before(p, STEP_BOUND, STEP_IDS);
	comes_before(p, STEP_GROUPS, STEP_IDS);
	comes_before(p, STEP_KEEP_CAPS, STEP_IDS);
	comes_before(p, STEP_IDS, STEP_CAPS);
	comes_before(p, STEP_CAPS, STEP_FIND);
	comes_before(p, STEP_CAPS, STEP_VERIFY);
	comes_before(p, STEP_NO_NEW_PRIVS, STEP_SECCOMP);
	comes_before(p, STEP_NO_NEW_PRIVS, STEP_VERIFY);
	comes_before(p, STEP_SECCOMP, STEP_DROP_CAPS);
	comes_before(p, STEP_ANNOUNCE, STEP_EXEC);
	(void)only(p, STEP_VERIFY);
	(void)only(p, STEP_BOUND);
	assert_null(program_next(p, only(p, STEP_EXEC)));
}

/* Descriptors that leaked in: marked by the first step, closed by the last before the filter. */
static void check_fences(const struct program *p)
{
	const struct step_fence *early = (const void *)nth(p, STEP_FENCE, 0);
	const struct step_fence *late = (const void *)nth(p, STEP_FENCE, 1);

	/* with a joined pid namespace there is one more, before the last clone */
	if (nth(p, STEP_FENCE, 2))
		late = (const void *)nth(p, STEP_FENCE, 2);

	assert_ptr_equal(&early->head, program_first(p));
	assert_int_equal(early->now, 0);
	assert_non_null(late);
	assert_int_equal(late->now, 1);
	for (const struct step *s = program_next(p, &late->head); s; s = program_next(p, s))
		assert_true(s->kind == STEP_ANNOUNCE || s->kind == STEP_SECCOMP ||
			    s->kind == STEP_DROP_CAPS || s->kind == STEP_ENTER_PID ||
			    s->kind == STEP_SESSION || s->kind == STEP_EXEC);
}

/* newuidmap may not write the maps of a process that hides; without maps hiding comes first. */
static void check_hiding(const struct program *p)
{
	const struct step *hide = only(p, STEP_HIDE);

	if (p->host.uid_map)
		assert_true(hide->index > only(p, STEP_BECOME)->index);
	else
		assert_int_equal(hide->index, 1);
	comes_before(p, STEP_HIDE, STEP_MOUNT);
}

static const struct step *await(const struct program *p, enum milestone milestone)
{
	for (const struct step *s = program_first(p); s; s = program_next(p, s)) {
		if (s->kind == STEP_AWAIT &&
		    ((const struct step_await *)(const void *)s)->milestone == milestone)
			return s;
	}
	return NULL;
}

static bool is_made_within_limits(const struct step *step)
{
	const enum step_kind kind = step->kind;

	if (kind == STEP_MOUNT)
		return ((const struct step_mount *)(const void *)step)->flags & MOUNT_COPY_UP;
	return kind == STEP_DEVICE || kind == STEP_DEVICE_BIND || kind == STEP_CONSOLE ||
	       kind == STEP_HOOK || kind == STEP_READY || kind == STEP_EXEC;
}

static void check_before(const struct program *p, const struct step *first, enum step_kind kind)
{
	for (const struct step *s = program_first(p); s; s = program_next(p, s))
		assert_true(s->kind != kind || s->index > first->index);
}

/* Ids are mapped before they are taken; nothing of the container's runs or is made unlimited. */
static void check_waiting(const struct program *p)
{
	const struct step *cloned = await(p, MILESTONE_CLONED);
	const struct step *limited = await(p, MILESTONE_LIMITED), *entered = NULL;

	assert_int_equal(p->host.awaits, cloned != NULL);
	assert_int_equal(p->host.awaits_limits, limited != NULL);
	assert_non_null(limited);
	if (p->host.uid_map) {
		assert_non_null(cloned);
		assert_true(cloned->index < only(p, STEP_BECOME)->index);
	}
	for (const struct step *s = program_first(p); s; s = program_next(p, s)) {
		assert_true(!is_made_within_limits(s) || s->index > limited->index);
		/* a cgroup namespace is a view from there, and another user may not move us */
		assert_true(s->kind != STEP_CGROUP || !cloned || s->index > cloned->index);
		if (s->kind == STEP_CGROUP)
			entered = s;
	}
	if (entered) {
		check_before(p, entered, STEP_BECOME);
		check_before(p, entered, STEP_UNSHARE);
	}
}

static void test_rules(void **state)
{
	const struct order_config *config = *state;
	struct compiled c;

	compile_json(&c, config->json, config->host);
	assert_int_equal(c.rc, 0);
	check_mounts(&c.program);
	check_privileges(&c.program);
	check_fences(&c.program);
	check_hiding(&c.program);
	check_waiting(&c.program);
	test_release(&c);
}

/* The sets that a process would have when it reaches the step. */
static struct step_drop_caps sets_at(const struct program *p, const struct step *at)
{
	struct step_drop_caps sets = { .effective = UINT64_MAX };

	for (const struct step *s = program_first(p); s && s != at; s = program_next(p, s)) {
		const struct step_caps *caps = (const void *)s;

		if (s->kind == STEP_DROP_CAPS)
			memcpy(&sets, s, sizeof(sets));
		if (s->kind != STEP_CAPS)
			continue;
		sets.effective = caps->effective;
		sets.permitted = caps->permitted;
		sets.inheritable = caps->inheritable;
	}
	return sets;
}

/*
 * A tracer in the joined pid namespace may take over whoever appears there (KERNEL.md, sentence
 * 13): it must hold no more than the program will, not even what loading the filter needs.
 */
static void pid_namespace_is_entered_with_final_privileges(void **state)
{
	static const char *const jsons[] = {
		CONFIG(PROCESS(NNP), "{'type': 'pid', 'path': '/ns/pid'}", FILTER),
		CONFIG(PROCESS(), "{'type': 'pid', 'path': '/ns/pid'}", ),
		CONFIG(PROCESS(), "{'type': 'pid', 'path': '/ns/pid'}", FILTER),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(jsons) / sizeof(jsons[0]); i++) {
		struct step_drop_caps sets;
		struct compiled c;

		compile_json(&c, jsons[i], V2);
		sets = sets_at(&c.program, only(&c.program, STEP_ENTER_PID));
		test_release(&c);
		assert_int_equal(sets.effective, 0);
		assert_int_equal(sets.permitted, 0);
		assert_int_equal(sets.inheritable, 0);
	}
}

/* The sets that the program gets are those of the config, borrowed or not. */
static void program_gets_what_the_config_says(void **state)
{
	struct step_drop_caps sets;
	struct compiled c;

	(void)state;
	compile_json(&c,
		     CONFIG(PROCESS(", 'capabilities': {'bounding': ['CAP_KILL'], 'permitted': "
				    "['CAP_KILL', 'CAP_CHOWN'], 'effective': ['CAP_CHOWN']}"),
			    "{'type': 'pid'}", FILTER),
		     V2);
	sets = sets_at(&c.program, only(&c.program, STEP_EXEC));
	test_release(&c);
	assert_int_equal(sets.effective, 1 << 0);
	assert_int_equal(sets.permitted, 1 << 0 | 1 << 5);
	assert_int_equal(sets.inheritable, 0);
}

/* ---- what the compiler itself refuses */

static void refuse(const char *json, enum test_host host, int errnum, const char *pointer)
{
	struct compiled c;

	compile_json(&c, json, host);
	assert_int_equal(c.rc, -errnum);
	assert_int_equal(c.err.errnum, errnum);
	assert_string_equal(c.err.pointer, pointer);
	assert_true(c.err.message[0] != '\0');
	assert_null(c.program.base); /* nothing is left of it */
	test_release(&c);
}

static char *with_mount(const char *type, const char *option, size_t size)
{
	char *json = calloc(1, TEXT_MAX), *long_option = calloc(1, size + 1);

	assert_non_null(json);
	assert_non_null(long_option);
	memset(long_option, 'x', size);
	memcpy(long_option, option, strlen(option));
	(void)snprintf(json, TEXT_MAX,
		       "{'ociVersion': '1.3.0', 'root': {'path': 'rootfs'}, 'mounts': "
		       "[{'destination': '/m', 'type': '%s', 'source': 's', 'options': ['%s']}], "
		       "'linux': {'namespaces': [{'type': 'mount'}, {'type': 'cgroup'}]}}",
		       type, long_option);
	free(long_option);
	return json;
}

/* mount(2) cuts off what does not fit into a page, without an error. */
static void refuses_options_that_the_kernel_would_cut(void **state)
{
	char *fits = with_mount("overlay", "lowerdir=/", 4095);
	char *cut = with_mount("overlay", "lowerdir=/", 4096);
	struct compiled c;

	(void)state;
	compile_json(&c, fits, V2);
	assert_int_equal(c.rc, 0);
	assert_int_equal(((const struct step_mount *)only(&c.program, STEP_MOUNT))->flags &
			     MOUNT_OLD_CALL,
			 MOUNT_OLD_CALL);
	test_release(&c);
	refuse(cut, V2, E2BIG, "/mounts/0");
	free(fits);
	free(cut);
}

/* 255 bytes are what fsconfig takes. */
static void long_options_go_by_the_old_call(void **state)
{
	static const char key[] = "lowerdir=";
	const size_t most = sizeof(key) - 1 + 255;

	(void)state;
	for (size_t size = most; size <= most + 1; size++) {
		char *json = with_mount("overlay", key, size);
		struct compiled c;

		compile_json(&c, json, V2);
		assert_int_equal(c.rc, 0);
		assert_int_equal(
		    !!(((const struct step_mount *)only(&c.program, STEP_MOUNT))->flags &
		       MOUNT_OLD_CALL),
		    size > most);
		test_release(&c);
		free(json);
	}
}

static void refuses_options_that_v1_has_not(void **state)
{
	char *json = with_mount("cgroup", "nsdelegate", strlen("nsdelegate"));
	struct compiled c;

	(void)state;
	compile_json(&c, json, V2);
	assert_int_equal(c.rc, 0);
	test_release(&c);
	refuse(json, V1, EINVAL, "/mounts/0");
	refuse(json, HYBRID, EINVAL, "/mounts/0");
	free(json);
}

int main(void)
{
	enum { COUNT = sizeof(configs) / sizeof(configs[0]) };
	const struct CMUnitTest others[] = {
		cmocka_unit_test(pid_namespace_is_entered_with_final_privileges),
		cmocka_unit_test(program_gets_what_the_config_says),
		cmocka_unit_test(refuses_options_that_the_kernel_would_cut),
		cmocka_unit_test(long_options_go_by_the_old_call),
		cmocka_unit_test(refuses_options_that_v1_has_not),
	};
	struct CMUnitTest rules[COUNT];

	for (size_t i = 0; i < COUNT; i++)
		rules[i] = (struct CMUnitTest){ configs[i].name, test_rules, NULL, NULL,
						(void *)(uintptr_t)&configs[i] };
	return cmocka_run_group_tests_name("rules", rules, NULL, NULL) +
	       cmocka_run_group_tests_name("others", others, NULL, NULL);
}
