/*
 * see.c - a static program that prints what a container is like from within, as one JSON object.
 *
 * What it is to look at beside itself stands in /see, a line each:
 *
 *   path PATH     type, mode, owner, device number; whether it can be read and written
 *   read PATH     the content of a file, or null
 *   call NUMBER   the errno of a system call without arguments, 0 for none
 *
 * compare.py holds it against the config that the container was made from.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static void put_string(const char *text)
{
	putchar('"');
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (*p < 32)
			printf("\\u%04x", *p);
		else
			putchar(*p);
	}
	putchar('"');
}

static void put_strings(const char *name, char **list)
{
	printf(",\"%s\":[", name);
	for (size_t i = 0; list[i]; i++) {
		printf("%s", i ? "," : "");
		put_string(list[i]);
	}
	putchar(']');
}

/* The whole of a small file; NULL if it cannot be read. */
static char *content(const char *path)
{
	static char text[1 << 18];
	size_t len = 0;
	ssize_t got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	while (len < sizeof(text) - 1 && (got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	close(fd);
	text[len] = '\0';
	return got < 0 ? NULL : text;
}

static void put_content(const char *path)
{
	char *text = content(path);

	if (text)
		put_string(text);
	else
		printf("null");
}

static void put_file(const char *name, const char *path)
{
	printf(",\"%s\":", name);
	put_content(path);
}

static void put_ids(void)
{
	uid_t u[3];
	gid_t g[3], groups[256];
	int count = getgroups(256, groups);

	getresuid(&u[0], &u[1], &u[2]);
	getresgid(&g[0], &g[1], &g[2]);
	printf(",\"uids\":[%u,%u,%u],\"gids\":[%u,%u,%u],\"groups\":[", u[0], u[1], u[2], g[0],
	       g[1], g[2]);
	for (int i = 0; i < count; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	printf("],\"umask\":%u", umask(0));
}

static void put_set(const char *name, uint64_t set)
{
	const char *comma = "";

	printf(",\"%s\":[", name);
	for (int i = 0; i < 64; i++) {
		if (set >> i & 1) {
			printf("%s%d", comma, i);
			comma = ",";
		}
	}
	putchar(']');
}

static void put_capabilities(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t bounding = 0, ambient = 0;

	syscall(SYS_capget, &head, data);
	for (int i = 0; i < 64; i++) {
		bounding |= (uint64_t)(prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) << i;
		ambient |= (uint64_t)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			   << i;
	}
	put_set("effective", (uint64_t)data[1].effective << 32 | data[0].effective);
	put_set("permitted", (uint64_t)data[1].permitted << 32 | data[0].permitted);
	put_set("inheritable", (uint64_t)data[1].inheritable << 32 | data[0].inheritable);
	put_set("bounding", bounding);
	put_set("ambient", ambient);
}

static void put_rlimits(void)
{
	printf(",\"rlimits\":[");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit = { 0 };

		getrlimit(i, &limit);
		printf("%s[%llu,%llu]", i ? "," : "", (unsigned long long)limit.rlim_cur,
		       (unsigned long long)limit.rlim_max);
	}
	putchar(']');
}

static void put_scheduling(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = { .size = sizeof(attr) };
	cpu_set_t cpus;
	const char *comma = "";

	syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0);
	printf(",\"policy\":%u,\"nice\":%d,\"priority\":%u,\"flags\":%llu", attr.policy, attr.nice,
	       attr.priority, (unsigned long long)attr.flags);
	printf(",\"ioprio\":%ld,\"personality\":%d", syscall(SYS_ioprio_get, 1, 0),
	       personality(0xffffffff));
	printf(",\"cpus\":[");
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, &cpus)) {
			printf("%s%d", comma, i);
			comma = ",";
		}
	}
	putchar(']');
}

static void put_namespaces(void)
{
	static const char *const names[] = { "cgroup", "ipc",  "mnt",  "net",
					     "pid",    "time", "user", "uts" };

	printf(",\"namespaces\":{");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], link[64] = "";
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		len = readlink(path, link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		printf("%s\"%s\":", i ? "," : "", names[i]);
		put_string(link);
	}
	putchar('}');
}

static void put_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	const char *comma = "";

	printf(",\"descriptors\":[");
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir))
			continue;
		printf("%s%s", comma, entry->d_name);
		comma = ",";
	}
	putchar(']');
	if (dir)
		closedir(dir);
}

/* ---- what /see asks for */

static int can_read(const char *path, const struct stat *st)
{
	char byte;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), count = 0;

	if (fd < 0)
		return -errno;
	if (S_ISDIR(st->st_mode)) {
		DIR *dir = fdopendir(fd);

		while (dir && readdir(dir))
			count++;
		if (dir)
			closedir(dir);
		return count - 2; /* without . and .. */
	}
	count = (int)read(fd, &byte, 1);
	count = count < 0 ? -errno : count;
	close(fd);
	return count;
}

static int can_write(const char *path, const struct stat *st)
{
	int fd;

	if (S_ISDIR(st->st_mode)) {
		char name[4200];

		snprintf(name, sizeof(name), "%s/.see", path);
		fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd >= 0)
			unlink(name);
	} else {
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	close(fd);
	return 1;
}

static void put_path(const char *path)
{
	struct stat st, target;

	if (lstat(path, &st) < 0) {
		printf("{\"errno\":%d}", errno);
		return;
	}
	printf("{\"type\":%u,\"mode\":%u,\"uid\":%u,\"gid\":%u,\"major\":%u,\"minor\":%u",
	       st.st_mode & S_IFMT, st.st_mode & 07777, st.st_uid, st.st_gid, major(st.st_rdev),
	       minor(st.st_rdev));
	if (stat(path, &target) == 0)
		printf(",\"read\":%d,\"write\":%d", can_read(path, &target),
		       can_write(path, &target));
	putchar('}');
}

static void put_asked(const char *kind, char *list)
{
	const size_t len = strlen(kind);
	const char *comma = "";

	printf(",\"%s\":{", kind);
	for (char *line = list; *line; line += strlen(line) + 1) {
		if (strncmp(line, kind, len) != 0 || line[len] != ' ')
			continue;
		printf("%s", comma);
		put_string(line + len + 1);
		putchar(':');
		comma = ",";
		if (strcmp(kind, "path") == 0)
			put_path(line + len + 1);
		else if (strcmp(kind, "read") == 0)
			put_content(line + len + 1);
		else
			printf("%d",
			       syscall(atol(line + len + 1), 0, 0, 0, 0, 0, 0) < 0 ? errno : 0);
	}
	putchar('}');
}

static void put_all_asked(void)
{
	char *text = content("/see"), *list = text ? strdup(text) : NULL;
	size_t len = list ? strlen(list) : 0;

	if (!list)
		return;
	list = realloc(list, len + 2);
	list[len + 1] = '\0';
	for (size_t i = 0; i < len; i++)
		list[i] = list[i] == '\n' ? '\0' : list[i];
	put_asked("path", list);
	put_asked("read", list);
	put_asked("call", list);
}

int main(int argc, char **argv)
{
	struct utsname names;
	char cwd[4096];

	(void)argc;
	uname(&names);
	printf("{\"hostname\":");
	put_string(names.nodename);
	printf(",\"domainname\":");
	put_string(names.domainname);
	printf(",\"cwd\":");
	put_string(getcwd(cwd, sizeof(cwd)) ? cwd : "");
	put_strings("args", argv);
	put_strings("env", environ);
	put_ids();
	put_capabilities();
	put_rlimits();
	put_scheduling();
	put_namespaces();
	put_descriptors();
	printf(",\"noNewPrivileges\":%d,\"seccomp\":%d,\"terminal\":%d,\"pid\":%d",
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0), isatty(0),
	       getpid());
	put_file("oomScoreAdj", "/proc/self/oom_score_adj");
	put_file("uidMap", "/proc/self/uid_map");
	put_file("gidMap", "/proc/self/gid_map");
	put_file("timeOffsets", "/proc/self/timens_offsets");
	put_file("mounts", "/proc/self/mountinfo");
	put_file("cgroup", "/proc/self/cgroup");
	put_all_asked();
	printf("}\n");
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
