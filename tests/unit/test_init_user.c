/*
 * test_init_user.c - the steps that make the process who it is: limits, ids, capabilities, filter.
 * The kernel is asked afterwards what has become of the process.
 */
#include "test_init.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sys/resource.h>

#define BIT(cap) (1ull << (cap))

enum { SOME_UID = 1234, SOME_GID = 5678 };

struct sets {
	uint64_t effective, permitted, inheritable;
};

static struct sets sets_now(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	CHECK_INT(sys_call2(__NR_capget, &header, data), 0);
	return (struct sets){
		data[0].effective | (uint64_t)data[1].effective << 32,
		data[0].permitted | (uint64_t)data[1].permitted << 32,
		data[0].inheritable | (uint64_t)data[1].inheritable << 32,
	};
}

static bool is_ambient(int cap)
{
	return sys_call5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1;
}

static void change_ids(struct stage *s)
{
	struct step_ids *step = stage_step(s, STEP_IDS);

	step->uid = SOME_UID;
	step->gid = SOME_GID;
	CHECK_INT(step_run_ids(&s->init, step), 0);
}

static int set_caps(struct stage *s, struct sets sets, uint64_t ambient)
{
	struct step_caps *step = stage_step(s, STEP_CAPS);

	step->effective = sets.effective;
	step->permitted = sets.permitted;
	step->inheritable = sets.inheritable;
	step->ambient = ambient;
	return step_run_caps(&s->init, step);
}

static void ids_are_changed_for_good(struct stage *s)
{
	uint32_t ids[3];

	change_ids(s);
	CHECK_INT(sys_call3(__NR_getresuid, &ids[0], &ids[1], &ids[2]), 0);
	CHECK(ids[0] == SOME_UID && ids[1] == SOME_UID && ids[2] == SOME_UID);
	CHECK_INT(sys_call3(__NR_getresgid, &ids[0], &ids[1], &ids[2]), 0);
	CHECK(ids[0] == SOME_GID && ids[1] == SOME_GID && ids[2] == SOME_GID);
	CHECK_INT(sys_call3(__NR_setresuid, 0, 0, 0), -EPERM);
	CHECK_INT(sets_now().permitted, 0);
}

static void groups_replace_the_callers(struct stage *s)
{
	static const uint32_t wanted[] = { 10, 70000, 20 };
	struct step_groups *step = stage_step(s, STEP_GROUPS);
	uint32_t now[8];

	step->gids = program_data(&s->program, wanted, sizeof(wanted));
	CHECK_INT(step_run_groups(&s->init, step), 0);
	CHECK_INT(sys_call2(__NR_getgroups, 8, now), 3);
	CHECK(now[0] == 10 && now[1] == 20 && now[2] == 70000); /* the kernel sorts */
	step = stage_step(s, STEP_GROUPS);
	step->gids = program_data(&s->program, NULL, 0);
	CHECK_INT(step_run_groups(&s->init, step), 0);
	CHECK_INT(sys_call2(__NR_getgroups, 8, now), 0);
}

static void groups_are_no_option(struct stage *s)
{
	struct step_groups *step;

	change_ids(s); /* without capabilities setgroups is refused */
	step = stage_step(s, STEP_GROUPS);
	step->gids = program_data(&s->program, NULL, 0);
	CHECK_INT(step_run_groups(&s->init, step), -EPERM);
	step->optional = true;
	CHECK_INT(step_run_groups(&s->init, step), 0);
}

static void bounding_set_keeps_what_it_names(struct stage *s)
{
	struct step_bound *step = stage_step(s, STEP_BOUND);

	step->bounding = BIT(CAP_CHOWN) | BIT(CAP_SYS_ADMIN) | BIT(CAP_AUDIT_READ);
	CHECK_INT(step_run_bound(&s->init, step), 0);
	for (int cap = 0; sys_prctl(PR_CAPBSET_READ, cap, 0) >= 0; cap++)
		CHECK_INT(sys_prctl(PR_CAPBSET_READ, cap, 0), step->bounding & BIT(cap) ? 1 : 0);
	/* what we hold ourselves is another matter */
	CHECK(sets_now().effective & BIT(CAP_KILL));
}

static void bounding_set_needs_a_capability(struct stage *s)
{
	struct step_bound *step;

	change_ids(s);
	step = stage_step(s, STEP_BOUND);
	CHECK_INT(step_run_bound(&s->init, step), -EPERM);
}

static void capabilities_survive_the_change_of_user(struct stage *s)
{
	const struct sets wanted = { BIT(CAP_CHOWN),
				     BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_AUDIT_READ),
				     BIT(CAP_CHOWN) | BIT(CAP_NET_RAW) };
	struct sets now;

	CHECK_INT(step_run_keep_caps(&s->init, stage_step(s, STEP_KEEP_CAPS)), 0);
	change_ids(s);
	CHECK_INT(sets_now().effective, 0);
	CHECK_INT(set_caps(s, wanted, BIT(CAP_CHOWN)), 0);
	now = sets_now();
	CHECK(now.effective == wanted.effective);
	CHECK(now.permitted == wanted.permitted);
	CHECK(now.inheritable == wanted.inheritable);
	CHECK(is_ambient(CAP_CHOWN));
	CHECK(!is_ambient(CAP_KILL));
}

/* A new user namespace is entered with everything in the ambient set (clone.c): none may stay. */
static void ambient_set_is_cleared_first(struct stage *s)
{
	const struct sets sets = { BIT(CAP_KILL), BIT(CAP_KILL) | BIT(CAP_CHOWN),
				   BIT(CAP_KILL) | BIT(CAP_CHOWN) };

	CHECK_INT(set_caps(s, sets, BIT(CAP_KILL) | BIT(CAP_CHOWN)), 0);
	CHECK(is_ambient(CAP_KILL) && is_ambient(CAP_CHOWN));
	CHECK_INT(set_caps(s, sets, BIT(CAP_CHOWN)), 0);
	CHECK(!is_ambient(CAP_KILL) && is_ambient(CAP_CHOWN));
	CHECK_INT(set_caps(s, sets, 0), 0);
	CHECK(!is_ambient(CAP_KILL) && !is_ambient(CAP_CHOWN));
}

static void capabilities_cannot_be_gained(struct stage *s)
{
	const struct sets little = { BIT(CAP_KILL), BIT(CAP_KILL), 0 };
	const struct sets more = { BIT(CAP_KILL), BIT(CAP_KILL) | BIT(CAP_CHOWN), 0 };

	CHECK_INT(set_caps(s, little, 0), 0);
	CHECK_INT(set_caps(s, more, 0), -EPERM);
	/* neither permitted nor inheritable: not ambient */
	CHECK_INT(set_caps(s, little, BIT(CAP_KILL)), -EPERM);
	CHECK_INT(set_caps(s, little, BIT(CAP_CHOWN)), -EPERM);
}

static void borrowed_capability_is_given_back(struct stage *s)
{
	const struct sets held = { BIT(CAP_KILL) | BIT(CAP_SYS_ADMIN),
				   BIT(CAP_KILL) | BIT(CAP_SYS_ADMIN), BIT(CAP_KILL) };
	struct step_drop_caps *step;

	CHECK_INT(set_caps(s, held, BIT(CAP_KILL)), 0);
	step = stage_step(s, STEP_DROP_CAPS);
	step->effective = step->permitted = step->inheritable = BIT(CAP_KILL);
	CHECK_INT(step_run_drop_caps(&s->init, step), 0);
	CHECK(sets_now().effective == BIT(CAP_KILL) && sets_now().permitted == BIT(CAP_KILL));
	CHECK(is_ambient(CAP_KILL));
}

static void limits(struct stage *s)
{
	struct step_rlimit *step = stage_step(s, STEP_RLIMIT);
	struct rlimit now;

	step->resource = RLIMIT_NOFILE;
	step->soft = 123;
	step->hard = 234;
	CHECK_INT(step_run_rlimit(&s->init, step), 0);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &now), 0);
	CHECK(now.rlim_cur == 123 && now.rlim_max == 234);
	step->resource = RLIMIT_CORE;
	step->soft = 0;
	step->hard = UINT64_MAX; /* RLIM_INFINITY */
	CHECK_INT(step_run_rlimit(&s->init, step), 0);
	CHECK_INT(getrlimit(RLIMIT_CORE, &now), 0);
	CHECK(now.rlim_cur == 0 && now.rlim_max == RLIM_INFINITY);
	step->resource = RLIMIT_NOFILE;
	step->soft = 300;
	step->hard = 200;
	CHECK_INT(step_run_rlimit(&s->init, step), -EINVAL);
}

static void mask_of_new_files(struct stage *s)
{
	struct step_umask *step = stage_step(s, STEP_UMASK);

	step->umask = 0027;
	CHECK_INT(step_run_umask(&s->init, step), 0);
	CHECK_INT(sys_call1(__NR_umask, 0), 0027);
}

static void session(struct stage *s)
{
	CHECK_INT(step_run_session(&s->init, stage_step(s, STEP_SESSION)), 0);
	CHECK_INT(getsid(0), getpid());
	/* a leader stays what it is */
	CHECK_INT(step_run_session(&s->init, stage_step(s, STEP_SESSION)), 0);
}

static void no_new_privileges(struct stage *s)
{
	CHECK_INT(sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0), 0);
	CHECK_INT(step_run_no_new_privs(&s->init, stage_step(s, STEP_NO_NEW_PRIVS)), 0);
	CHECK_INT(sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0), 1);
}

/* ---- descriptors */

static bool is_open(int fd)
{
	return sys_call3(__NR_fcntl, fd, F_GETFD, 0) >= 0;
}

/* /dev/null at exactly these numbers, everything else from 3 on closed. */
static void open_at(const int *numbers, size_t count)
{
	CHECK_INT(sys_call3(__NR_close_range, 3, ~0u, 0), 0);
	for (size_t i = 0; i < count; i++) {
		int fd = sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0);

		CHECK(fd >= 0);
		if (fd == numbers[i])
			continue;
		CHECK_INT(sys_call3(__NR_dup3, fd, numbers[i], 0), numbers[i]);
		sys_close(fd);
	}
}

static void early_fence_marks(struct stage *s)
{
	static const int numbers[] = { 20, 5, 4, 3 };
	struct step_fence *step = stage_step(s, STEP_FENCE);

	open_at(numbers, 4);
	step->preserve = 2;
	CHECK_INT(step_run_fence(&s->init, step), 0);
	CHECK_INT(sys_call3(__NR_fcntl, 2, F_GETFD, 0), 0);
	CHECK_INT(sys_call3(__NR_fcntl, 3, F_GETFD, 0), 0);
	CHECK_INT(sys_call3(__NR_fcntl, 4, F_GETFD, 0), 0);
	CHECK_INT(sys_call3(__NR_fcntl, 5, F_GETFD, 0), 1);
	CHECK_INT(sys_call3(__NR_fcntl, 20, F_GETFD, 0), 1);
}

/* CVE-2024-21626: nothing that leaked in reaches the program. */
static void late_fence_closes(struct stage *s)
{
	static const int numbers[] = { 20, 9, 8, 7, 6, 5, 4, 3 };
	struct step_fence *step = stage_step(s, STEP_FENCE);

	open_at(numbers, 8);
	s->init.socket = 7;
	step->preserve = 2;
	step->now = true;
	CHECK_INT(step_run_fence(&s->init, step), 0);
	for (int fd = 0; fd < 24; fd++)
		CHECK_INT(is_open(fd), fd <= 4 || fd == 7);
}

static void late_fence_beside_the_socket(struct stage *s)
{
	static const int numbers[] = { 9, 4, 3 };
	struct step_fence *step = stage_step(s, STEP_FENCE);

	open_at(numbers, 3);
	s->init.socket = 3;
	step->now = true;
	CHECK_INT(step_run_fence(&s->init, step), 0);
	CHECK(is_open(3) && !is_open(4) && !is_open(9));
}

/* ---- filter */

/* getppid() fails with 77, everything else is allowed. */
static struct step_seccomp *filter_step(struct stage *s)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 77),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct step_seccomp *step = stage_step(s, STEP_SECCOMP);

	step->filter = program_data(&s->program, code, sizeof(code));
	return step;
}

static void filter_is_loaded(struct stage *s)
{
	struct step_seccomp *step = filter_step(s);

	CHECK(sys_call0(__NR_getppid) > 0);
	step->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_LOG;
	CHECK_INT(step_run_seccomp(&s->init, step), 0);
	CHECK_INT(sys_call0(__NR_getppid), -77);
}

static void filter_needs_a_right(struct stage *s)
{
	change_ids(s);
	CHECK_INT(step_run_seccomp(&s->init, filter_step(s)), -EACCES);
	CHECK_INT(step_run_no_new_privs(&s->init, stage_step(s, STEP_NO_NEW_PRIVS)), 0);
	CHECK_INT(step_run_seccomp(&s->init, filter_step(s)), 0);
	CHECK_INT(sys_call0(__NR_getppid), -77);
}

static void filter_with_wrong_flags(struct stage *s)
{
	struct step_seccomp *step = filter_step(s);

	step->flags = 1u << 30;
	CHECK_INT(step_run_seccomp(&s->init, step), -EINVAL);
	step->flags = 0;
	step->filter.length = 0;
	CHECK_INT(step_run_seccomp(&s->init, step), -EINVAL);
}

/* ---- verify */

static struct step_verify *verify_step(struct stage *s)
{
	struct step_verify *step = stage_step(s, STEP_VERIFY);
	struct sets now = sets_now();

	step->uid = SOME_UID;
	step->gid = SOME_GID;
	step->effective = now.effective;
	step->permitted = now.permitted;
	step->inheritable = now.inheritable;
	stage_reset(s);
	return step;
}

static void refused(struct stage *s, struct step_verify *step)
{
	CHECK_INT(step_run_verify(&s->init, step), -EPERM);
	CHECK_INT(s->init.part, PART_DIFFERS);
	stage_reset(s);
}

static void verifies_what_was_set(struct stage *s)
{
	const struct sets sets = { BIT(CAP_KILL), BIT(CAP_KILL) | BIT(CAP_AUDIT_READ),
				   BIT(CAP_CHOWN) };
	struct step_verify *step;

	CHECK_INT(step_run_keep_caps(&s->init, stage_step(s, STEP_KEEP_CAPS)), 0);
	change_ids(s);
	CHECK_INT(set_caps(s, sets, 0), 0);
	step = verify_step(s);
	CHECK_INT(step_run_verify(&s->init, step), 0);
	step->uid++;
	refused(s, step);
	step = verify_step(s);
	step->gid++;
	refused(s, step);
	step = verify_step(s);
	step->effective |= BIT(CAP_AUDIT_READ);
	refused(s, step);
	step = verify_step(s);
	step->permitted &= ~BIT(CAP_AUDIT_READ);
	refused(s, step);
	step = verify_step(s);
	step->inheritable = 0;
	refused(s, step);
	step = verify_step(s);
	step->no_new_privs = true;
	refused(s, step);
}

/* Only one of the three ids differs: a saved id of 0 would be a way back. */
static void verifies_every_id(struct stage *s)
{
	struct step_verify *step;

	CHECK_INT(step_run_keep_caps(&s->init, stage_step(s, STEP_KEEP_CAPS)), 0);
	CHECK_INT(sys_call3(__NR_setresgid, SOME_GID, SOME_GID, SOME_GID), 0);
	CHECK_INT(sys_call3(__NR_setresuid, SOME_UID, SOME_UID, 0), 0);
	step = verify_step(s);
	refused(s, step);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(ids_are_changed_for_good),
		STAGE_TEST(groups_replace_the_callers),
		STAGE_TEST(groups_are_no_option),
		STAGE_TEST(bounding_set_keeps_what_it_names),
		STAGE_TEST(bounding_set_needs_a_capability),
		STAGE_TEST(capabilities_survive_the_change_of_user),
		STAGE_TEST(ambient_set_is_cleared_first),
		STAGE_TEST(capabilities_cannot_be_gained),
		STAGE_TEST(borrowed_capability_is_given_back),
		STAGE_TEST(limits),
		STAGE_TEST(mask_of_new_files),
		STAGE_TEST(session),
		STAGE_TEST(no_new_privileges),
		STAGE_TEST(early_fence_marks),
		STAGE_TEST(late_fence_closes),
		STAGE_TEST(late_fence_beside_the_socket),
		STAGE_TEST(filter_is_loaded),
		STAGE_TEST(filter_needs_a_right),
		STAGE_TEST(filter_with_wrong_flags),
		STAGE_TEST(verifies_what_was_set),
		STAGE_TEST(verifies_every_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
