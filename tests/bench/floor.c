/*
 * floor.c - what a container costs the kernel: the work of `tare run` with the default spec, done
 * straight through system calls by a program that knows everything beforehand.
 *
 *   floor ROOTFS v1|v2|none FILTER|- PROGRAM [ARGUMENT...]
 *
 * No config, no checks, no state, no errors but "it failed": the lower bound that the benchmark
 * measures runtimes against. FILTER is a file of raw BPF (struct sock_filter). ROOTFS needs
 * /proc, /dev and /sys. Cgroups: a fresh one below the root of each hierarchy of /proc/self/cgroup.
 */
#include "floor.h"
#include "sys/vclone.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HIERARCHIES = 16, FILTER_MAX = 4096 };

static struct {
	const char *rootfs;
	char **argv;
	bool v2;
	int cgroup;                /* v2: the directory to clone into */
	char own[HIERARCHIES][96]; /* the directories that were made */
	int tasks[HIERARCHIES]; /* v1: their tasks, open: who moves only itself waits for nobody */
	int count;
	int tree; /* the root filesystem */
	int null; /* what covers masked files */
	struct sock_filter filter[FILTER_MAX];
	struct sock_fprog program;
} run;

/* ---- inside */

static int fresh(const char *type, const char *const options[], unsigned attr)
{
	const int fs = MUST(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
	int mount;

	for (; options && options[0]; options += 2)
		MUST(syscall(SYS_fsconfig, fs, options[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			     options[0], options[1], 0));
	MUST(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	mount = MUST(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr));
	close(fs);
	return mount;
}

static int find(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	return (int)syscall(SYS_openat2, run.tree, path, &how, sizeof(how));
}

static void attach(int mount, int at)
{
	MUST(syscall(SYS_move_mount, mount, "", at, "",
		     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
	close(at);
}

static void put(const char *type, const char *const options[], unsigned attr, const char *path)
{
	const int mount = fresh(type, options, attr);

	attach(mount, MUST(find(path)));
	close(mount);
}

static void make(const char *path)
{
	MUST(mkdirat(MUST(find("/dev")), path, 0755));
}

static void mounts(void)
{
	const char *const dev[] = { "mode", "755", "size", "65536k", NULL, NULL };
	const char *const pts[] = { "newinstance", NULL,  "ptmxmode", "0666", "mode",
				    "0620",        "gid", "5",        NULL,   NULL };
	const char *const shm[] = { "mode", "1777", "size", "65536k", NULL, NULL };
	const unsigned quiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	put("proc", NULL, 0, "/proc");
	put("tmpfs", dev, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, "/dev");
	make("pts");
	put("devpts", pts, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "/dev/pts");
	make("shm");
	put("tmpfs", shm, quiet, "/dev/shm");
	make("mqueue");
	put("mqueue", NULL, quiet, "/dev/mqueue");
	put("sysfs", NULL, quiet | MOUNT_ATTR_RDONLY, "/sys");
}

static void cgroup_mounts(void)
{
	const unsigned quiet = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	const char *const mode[] = { "mode", "755", NULL, NULL };
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY | quiet };

	if (run.v2) {
		put("cgroup2", NULL, quiet | MOUNT_ATTR_RDONLY, "/sys/fs/cgroup");
		return;
	}
	put("tmpfs", mode, quiet, "/sys/fs/cgroup");
	for (int i = 0; i < run.count; i++) {
		const char *name = run.own[i] + strlen("/sys/fs/cgroup/");
		char inside[128];
		int tree = MUST(syscall(SYS_open_tree, AT_FDCWD, run.own[i],
					OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));

		(void)snprintf(inside, sizeof(inside), "/sys/fs/cgroup/%.*s",
			       (int)strcspn(name, "/"), name);
		MUST(mkdirat(MUST(find("/sys/fs/cgroup")), strrchr(inside, '/') + 1, 0755));
		MUST(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &ro, sizeof(ro)));
		attach(tree, MUST(find(inside)));
	}
}

static void devices(void)
{
	static const struct {
		const char *name;
		unsigned major, minor;
	} nodes[] = { { "null", 1, 3 },   { "zero", 1, 5 },    { "full", 1, 7 },
		      { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 } };
	static const char *const links[][2] = { { "/proc/self/fd", "fd" },
						{ "/proc/self/fd/0", "stdin" },
						{ "/proc/self/fd/1", "stdout" },
						{ "/proc/self/fd/2", "stderr" },
						{ "pts/ptmx", "ptmx" } };
	const int dev = MUST(find("/dev"));

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		MUST(mknodat(dev, nodes[i].name, S_IFCHR | 0666,
			     makedev(nodes[i].major, nodes[i].minor)));
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		MUST(symlinkat(links[i][0], dev, links[i][1]));
	close(dev);
}

static void masks(void)
{
	static const char *const masked[] = { "acpi",        "asound",        "kcore",
					      "keys",        "latency_stats", "timer_list",
					      "timer_stats", "sched_debug",   "scsi" };
	static const char *const fixed[] = { "bus", "fs", "irq", "sys", "sysrq-trigger" };
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };
	struct stat st;
	char path[64];
	int cover[2] = { -1, -1 }; /* of files, of directories; attached once, cloned after */

	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		int at, from, *kind;

		(void)snprintf(path, sizeof(path), "/proc/%s", masked[i]);
		at = find(path);
		if (at < 0)
			continue;
		MUST(fstat(at, &st));
		kind = &cover[S_ISDIR(st.st_mode)];
		if (*kind >= 0)
			from = MUST(syscall(SYS_open_tree, *kind, "",
					    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
		else
			from = *kind = S_ISDIR(st.st_mode) ? fresh("tmpfs", NULL, MOUNT_ATTR_RDONLY)
							   : run.null;
		attach(from, at);
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		int at, tree;

		(void)snprintf(path, sizeof(path), "/proc/%s", fixed[i]);
		at = find(path);
		if (at < 0)
			continue;
		tree = MUST(
		    syscall(SYS_open_tree, at, "",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE));
		MUST(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &ro,
			     sizeof(ro)));
		attach(tree, at);
	}
	MUST(syscall(SYS_mount_setattr, run.tree, "", AT_EMPTY_PATH, &ro, sizeof(ro)));
}

static void names(void)
{
	struct mount_attr slave = { .propagation = MS_SLAVE };
	struct ifreq lo = { .ifr_flags = IFF_UP };
	const int fd = MUST(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	int root;

	memcpy(lo.ifr_name, "lo", 3);
	MUST(ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
	MUST(sethostname("floor", 5));
	MUST(syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &slave, sizeof(slave)));
	root = MUST(open("/", O_PATH | O_CLOEXEC));
	attach(run.tree, root);
}

static _Noreturn void inside(void *unused)
{
	static char *environment[] = { (char *)"PATH=/bin", NULL };

	(void)unused;
	for (int i = 0; !run.v2 && i < run.count; i++)
		MUST(write(run.tasks[i], "0", 1));
	names();
	mounts();
	if (run.count > 0)
		cgroup_mounts();
	devices();
	masks();
	MUST(fchdir(run.tree));
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(syscall(SYS_umount2, ".", 2 /* MNT_DETACH */));
	MUST(chdir("/"));
	floor_privileges();
	if (run.program.len > 0)
		MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
			     &run.program));
	(void)execve(run.argv[0], run.argv, environment);
	die("execve");
}

/* ---- outside */

static void guard_devices(void)
{
	/* as long as the program that guards the default list of devices, and as quick */
	struct bpf_insn code[25];
	union bpf_attr attr;
	int program;

	for (size_t i = 0; i + 1 < 25; i++)
		code[i] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 };
	code[24] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)code;
	attr.insn_cnt = 25;
	attr.license = (uintptr_t) "Apache-2.0";
	program = MUST(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)run.cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	MUST(syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)));
	close(program);
}

static void allow_devices(const char *own)
{
	static const char *const allowed[] = {
		"c *:* m",   "b *:* m",   "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm",
		"c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm",
	};
	char path[160];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/devices.deny", own);
	fd = MUST(open(path, O_WRONLY | O_CLOEXEC));
	MUST(write(fd, "a", 1));
	close(fd);
	(void)snprintf(path, sizeof(path), "%s/devices.allow", own);
	fd = MUST(open(path, O_WRONLY | O_CLOEXEC));
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		MUST(write(fd, allowed[i], strlen(allowed[i])));
	close(fd);
}

/* A new cpuset takes no process before it has cpus and memory. */
static void inherit(const char *own, const char *name)
{
	char path[160], value[128];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/../%s", own, name);
	fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	n = MUST(read(fd, value, sizeof(value)));
	close(fd);
	(void)snprintf(path, sizeof(path), "%s/%s", own, name);
	fd = MUST(open(path, O_WRONLY | O_CLOEXEC));
	MUST(write(fd, value, (size_t)n));
	close(fd);
}

static void make_v1(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[256], tasks[128];

	while (file && fgets(line, sizeof(line), file)) {
		char *name = strchr(line, ':') + 1;
		char *own = run.own[run.count];

		*strchr(name, ':') = '\0';
		if (name[0] == '\0')
			continue;
		if (strncmp(name, "name=", 5) == 0)
			name += 5;
		(void)snprintf(own, sizeof(run.own[0]), "/sys/fs/cgroup/%s/floor-%d", name,
			       getpid());
		MUST(mkdir(own, 0755));
		if (strcmp(name, "devices") == 0)
			allow_devices(own);
		if (strcmp(name, "cpuset") == 0) {
			inherit(own, "cpuset.cpus");
			inherit(own, "cpuset.mems");
		}
		(void)snprintf(tasks, sizeof(tasks), "%s/tasks", own);
		run.tasks[run.count++] = MUST(open(tasks, O_WRONLY | O_CLOEXEC));
	}
	if (file)
		(void)fclose(file);
}

static void make_cgroups(const char *version)
{
	run.v2 = strcmp(version, "v2") == 0;
	if (strcmp(version, "v1") == 0)
		make_v1();
	if (!run.v2)
		return;
	(void)snprintf(run.own[0], sizeof(run.own[0]), "/sys/fs/cgroup/floor-%d", getpid());
	run.count = 1;
	MUST(mkdir(run.own[0], 0755));
	run.cgroup = MUST(open(run.own[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	guard_devices();
}

static void read_filter(const char *path)
{
	const int fd = MUST(open(path, O_RDONLY | O_CLOEXEC));
	const ssize_t size = MUST(read(fd, run.filter, sizeof(run.filter)));

	run.program.len = (unsigned short)((size_t)size / sizeof(run.filter[0]));
	run.program.filter = run.filter;
	close(fd);
}

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC |
					    CLONE_NEWPID | CLONE_NEWNET,
				   .exit_signal = SIGCHLD };
	int status, pid;

	if (argc < 5) {
		dprintf(2, "usage: floor ROOTFS v1|v2|none FILTER|- PROGRAM [ARGUMENT...]\n");
		return 98;
	}
	run.argv = argv + 4;
	if (strcmp(argv[3], "-") != 0)
		read_filter(argv[3]);
	run.tree = MUST(syscall(SYS_open_tree, AT_FDCWD, argv[1],
				OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
	run.null = MUST(
	    syscall(SYS_open_tree, AT_FDCWD, "/dev/null", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
	make_cgroups(argv[2]);
	if (run.v2) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)run.cgroup;
	}
	pid = MUST(vclone(&args, inside, NULL));
	MUST(waitpid(pid, &status, 0));
	for (int i = 0; i < run.count; i++)
		MUST(rmdir(run.own[i]));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
