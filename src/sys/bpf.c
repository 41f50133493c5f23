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

static const char own_name[] = "tare_devices";

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
	memcpy(attr.prog_name, own_name, sizeof(own_name));
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

static void attachment(union bpf_attr *attr, int cgroup, int program, uint32_t flags)
{
	memset(attr, 0, sizeof(*attr));
	attr->attach_type = BPF_CGROUP_DEVICE;
	attr->target_fd = (uint32_t)cgroup;
	attr->attach_bpf_fd = (uint32_t)program;
	attr->attach_flags = flags;
}

int bpf_attach_device_filter(int cgroup, int program)
{
	union bpf_attr attr;

	attachment(&attr, cgroup, program, BPF_F_ALLOW_MULTI);
	return bpf_call(BPF_PROG_ATTACH, &attr);
}

int bpf_replace_device_filter(int cgroup, int program, int old)
{
	union bpf_attr attr;

	attachment(&attr, cgroup, program, BPF_F_ALLOW_MULTI | BPF_F_REPLACE);
	attr.replace_bpf_fd = (uint32_t)old;
	return bpf_call(BPF_PROG_ATTACH, &attr);
}

int bpf_detach_device_filter(int cgroup, int program)
{
	union bpf_attr attr;

	attachment(&attr, cgroup, program, 0);
	return bpf_call(BPF_PROG_DETACH, &attr);
}

/* The program of this number, if its name is ours. */
static int open_own(uint32_t id)
{
	struct bpf_prog_info info;
	union bpf_attr attr;
	owned_fd fd = FD_NONE;
	int rc;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = bpf_call(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return fd;
	memset(&attr, 0, sizeof(attr));
	memset(&info, 0, sizeof(info));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = address(&info);
	rc = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (rc < 0)
		return rc;
	return strncmp(info.name, own_name, sizeof(info.name)) == 0 ? take_fd(&fd) : -ENOENT;
}

int bpf_own_device_filters(int cgroup, int fds[BPF_FILTERS_MAX])
{
	uint32_t ids[BPF_FILTERS_MAX] = { 0 };
	union bpf_attr attr;
	int rc, count = 0;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = address(ids);
	attr.query.prog_cnt = BPF_FILTERS_MAX;
	rc = bpf_call(BPF_PROG_QUERY, &attr);
	for (uint32_t i = 0; rc == 0 && i < attr.query.prog_cnt; i++) {
		int fd = open_own(ids[i]);

		if (fd >= 0)
			fds[count++] = fd;
		else if (fd != -ENOENT) /* neither another's, nor gone meanwhile */
			rc = fd;
	}
	while (rc < 0 && count > 0)
		close_fd(&fds[--count]);
	return rc < 0 ? rc : count;
}
