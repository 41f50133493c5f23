/* floor.h - what floor.c and floor_exec.c share: an end at the first error, and who the program is.
 */
#ifndef TARE_BENCH_FLOOR_H
#define TARE_BENCH_FLOOR_H

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MUST(call)                                                                                 \
	__extension__({                                                                            \
		const long result = (long)(call);                                                  \
		if (result < 0)                                                                    \
			die(#call);                                                                \
		(int)result;                                                                       \
	})

static _Noreturn void die(const char *call)
{
	dprintf(2, "floor: %s: errno %d\n", call, errno);
	_exit(99);
}

/* Limits, capabilities and session of the default spec. */
static inline void floor_privileges(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	const uint32_t kept = 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE | 1u << CAP_AUDIT_WRITE;
	struct __user_cap_data_struct data[2] = { { .effective = kept, .permitted = kept } };
	const struct rlimit files = { 1024, 1024 };

	MUST(setrlimit(RLIMIT_NOFILE, &files));
	for (unsigned cap = 0; cap <= CAP_LAST_CAP; cap++) {
		if (cap >= 32 || !(kept >> cap & 1))
			MUST(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0));
	}
	MUST(syscall(SYS_capset, &header, data));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(setsid());
}

#endif
