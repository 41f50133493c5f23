/*
 * bpf.c - see bpf.h.
 *
 * The attribute passed is always the full union, zeroed: Linux 6.17 to 7.1 may write behind a
 * shorter one whatever size it is told.
 */
#include "sys/bpf.h"

#include "base/fd.h"

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

static int bpf_call(enum bpf_cmd command, union bpf_attr *attr)
{
	long rc = -1;

	/* The verifier gives up with EAGAIN when a signal is pending. */
	for (int attempt = 0; attempt < 5; attempt++) {
		rc = syscall(SYS_bpf, command, attr, sizeof(*attr));
		if (rc >= 0 || errno != EAGAIN)
			break;
	}
	return rc < 0 ? -errno : (int)rc;
}

static uint64_t address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

int bpf_load_device_filter(const struct bpf_insn *program, size_t count, char *log, size_t log_size)
{
	union bpf_attr attr;
	int fd;
	int again;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.expected_attach_type = BPF_CGROUP_DEVICE;
	attr.insns = address(program);
	attr.insn_cnt = (uint32_t)count;
	attr.license = address("Apache-2.0");
	log[0] = '\0';
	fd = bpf_call(BPF_PROG_LOAD, &attr);
	if (fd >= 0 || fd == -EPERM)
		return fd;
	/* Once more, to hear why: a log asked for from the start would cost time at every start. */
	attr.log_buf = address(log);
	attr.log_size = (uint32_t)log_size;
	attr.log_level = 1;
	again = bpf_call(BPF_PROG_LOAD, &attr);
	log[log_size - 1] = '\0';
	return again == -ENOSPC ? fd : again; /* ENOSPC: the log did not fit */
}

int bpf_attach_device_filter(int cgroup, int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return bpf_call(BPF_PROG_ATTACH, &attr);
}
