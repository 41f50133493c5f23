/*
 * user.c - who the process is and what it may: session, limits, ids, capabilities, filter.
 *
 * The order is that of src/compile/process.c; everything that needs a privilege comes before the
 * privilege goes.
 */
#include "init/init.h"
#include "init/listener.h"

#include <asm/ioctls.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

/*
 * By the process that will be the program: when the leader of a session ends, its terminal hangs
 * up, and a helper that put a process into another pid namespace does end.
 */
int step_run_session(struct init *init, struct step_session *step)
{
	long rc = sys_call0(__NR_setsid);

	(void)init;
	if (rc < 0 && rc != -EPERM) /* EPERM: leader already */
		return (int)rc;
	return step->terminal ? (int)sys_call3(__NR_ioctl, 0, TIOCSCTTY, 0) : 0;
}

int step_run_umask(struct init *init, struct step_umask *step)
{
	(void)init;
	sys_call1(__NR_umask, step->umask);
	return 0;
}

int step_run_rlimit(struct init *init, struct step_rlimit *step)
{
	uint64_t limit[2] = { step->soft, step->hard };

	(void)init;
	return (int)sys_call4(__NR_prlimit64, 0, step->resource, limit, NULL);
}

int step_run_groups(struct init *init, struct step_groups *step)
{
	int rc = (int)sys_call2(__NR_setgroups, step->gids.length / sizeof(uint32_t),
				init_text(init, step->gids));

	/* in a user namespace of others that forbids it, and no other group was asked for: none is
	 * lost */
	return rc == -EPERM && step->optional ? 0 : rc;
}

int step_run_bound(struct init *init, struct step_bound *step)
{
	(void)init;
	for (int cap = 0; cap < 64; cap++) {
		int rc;

		if (step->bounding & 1ull << cap)
			continue;
		rc = sys_prctl(PR_CAPBSET_DROP, cap, 0);
		if (rc == -EINVAL)
			return 0; /* behind the last one of this kernel */
		if (rc < 0)
			return rc;
	}
	return 0;
}

int step_run_keep_caps(struct init *init, struct step_keep_caps *step)
{
	(void)init;
	(void)step;
	return sys_prctl(PR_SET_KEEPCAPS, 1, 0);
}

/* The group first: a user other than root may not change it any more. */
int step_run_ids(struct init *init, struct step_ids *step)
{
	int rc = (int)sys_call3(__NR_setresgid, step->gid, step->gid, step->gid);

	(void)init;
	if (rc == 0)
		rc = (int)sys_call3(__NR_setresuid, step->uid, step->uid, step->uid);
	return rc;
}

/* The kernel's layout: for each half of 32 bits effective, permitted, inheritable. */
static const struct __user_cap_header_struct this_process = { _LINUX_CAPABILITY_VERSION_3, 0 };

int step_run_caps(struct init *init, struct step_caps *step)
{
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)step->effective, (uint32_t)step->permitted,
		  (uint32_t)step->inheritable },
		{ (uint32_t)(step->effective >> 32), (uint32_t)(step->permitted >> 32),
		  (uint32_t)(step->inheritable >> 32) },
	};
	int rc = (int)sys_call5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);

	(void)init;
	if (rc == 0)
		rc = (int)sys_call2(__NR_capset, &this_process, data);
	for (int cap = 0; rc == 0 && cap < 64; cap++) {
		if (step->ambient & 1ull << cap)
			rc = (int)sys_call5(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap,
					    0, 0);
	}
	return rc;
}

/* Under the filter already: one call, which the profile has to allow. */
int step_run_drop_caps(struct init *init, struct step_drop_caps *step)
{
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)step->effective, (uint32_t)step->permitted,
		  (uint32_t)step->inheritable },
		{ (uint32_t)(step->effective >> 32), (uint32_t)(step->permitted >> 32),
		  (uint32_t)(step->inheritable >> 32) },
	};

	(void)init;
	return (int)sys_call2(__NR_capset, &this_process, data);
}

int step_run_no_new_privs(struct init *init, struct step_no_new_privs *step)
{
	(void)init;
	(void)step;
	return sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0);
}

/* Close everything from `first` on but `keep`, which is sorted here. */
int fence_keep_only(unsigned first, unsigned *keep, unsigned count)
{
	int rc = 0;

	for (unsigned i = 1; i < count; i++) {
		for (unsigned k = i; k > 0 && keep[k] < keep[k - 1]; k--) {
			unsigned swap = keep[k];

			keep[k] = keep[k - 1];
			keep[k - 1] = swap;
		}
	}
	for (unsigned i = 0; rc == 0 && i < count; i++) {
		if (keep[i] > first)
			rc = (int)sys_call3(__NR_close_range, first, keep[i] - 1, 0);
		if (keep[i] >= first)
			first = keep[i] + 1;
	}
	return rc < 0 ? rc : (int)sys_call3(__NR_close_range, first, ~0u, 0);
}

/*
 * Early: whatever leaked in gets close-on-exec. Late (`now`), before the filter: all but the
 * preserved ones, our socket and those of a gate still to come is closed. Failing is fatal
 * (CVE-2024-21626).
 */
int step_run_fence(struct init *init, struct step_fence *step)
{
	const struct step_gate *gate = (const void *)(init->base + step->gate);
	unsigned first = 3 + (unsigned)step->preserve, count = 0, keep[1 + GATE_FILES];

	if (!step->now)
		return (int)sys_call3(__NR_close_range, first, ~0u, CLOSE_RANGE_CLOEXEC);
	keep[count++] = (unsigned)init->socket;
	if (step->gate)
		count += gate_files(gate, keep + count);
	return fence_keep_only(first, keep, count);
}

int step_run_seccomp(struct init *init, struct step_seccomp *step)
{
	struct sock_fprog program = {
		(unsigned short)(step->filter.length / sizeof(struct sock_filter)),
		(struct sock_filter *)(void *)(init->base + step->filter.offset),
	};

	if (step->no_clock) /* the trace goes without what follows */
		init->times = NULL;
	if (step->no_clock && init->page)
		init->page->traced = 0;
	if (step->notify)
		return listener_load(init, step->flags, &program);
	return (int)sys_call3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, step->flags, &program);
}

static bool ids_are(long nr, uint64_t id)
{
	uint32_t real, effective, saved;

	return sys_call3(nr, &real, &effective, &saved) == 0 && real == id && effective == id &&
	       saved == id;
}

/* What was silently not done would be a hole: ask the kernel what we are now. */
int step_run_verify(struct init *init, struct step_verify *step)
{
	struct __user_cap_data_struct data[2];
	uint64_t effective, permitted, inheritable;

	if (!ids_are(__NR_getresuid, step->uid) || !ids_are(__NR_getresgid, step->gid))
		return init_fail(init, PART_DIFFERS, -EPERM);
	if (sys_call2(__NR_capget, &this_process, data) < 0)
		return init_fail(init, PART_DIFFERS, -EPERM);
	effective = data[0].effective | (uint64_t)data[1].effective << 32;
	permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	if (effective != step->effective || permitted != step->permitted ||
	    inheritable != step->inheritable)
		return init_fail(init, PART_DIFFERS, -EPERM);
	if (sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0) != (int)step->no_new_privs)
		return init_fail(init, PART_DIFFERS, -EPERM);
	return 0;
}
