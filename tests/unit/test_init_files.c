/*
 * test_init_files.c - the steps that make devices and links, hide paths and make them read-only,
 * and set kernel parameters.
 */
#include "test_init.h"

#include <linux/capability.h>

static struct step_device *device_step(struct stage *s, const char *target, unsigned mode)
{
	struct step_device *step = stage_step(s, STEP_DEVICE);

	step->target = stage_str(s, target);
	step->mode = mode;
	step->major = 1;
	step->minor = 3;
	stage_reset(s);
	return step;
}

static struct step_mask *mask_step(struct stage *s, const char *path)
{
	struct step_mask *step = stage_step(s, STEP_MASK);

	step->path = stage_str(s, path);
	stage_reset(s);
	return step;
}

static struct step_readonly *readonly_step(struct stage *s, const char *path)
{
	struct step_readonly *step = stage_step(s, STEP_READONLY);

	step->path = stage_str(s, path);
	stage_reset(s);
	return step;
}

/* tare-init clears its umask when it attaches the root; here the stage stands for that. */
static void no_umask(void)
{
	sys_call1(__NR_umask, 0);
}

static struct sys_stat stat_of(struct stage *s, const char *path)
{
	struct sys_stat stat;

	CHECK_INT(sys_stat(s->init.root, path, AT_SYMLINK_NOFOLLOW, &stat), 0);
	return stat;
}

/* ---- devices */

static void makes_devices(struct stage *s)
{
	struct step_device *step = device_step(s, "/dev/deep/null", S_CHR | 0666);
	struct sys_stat stat;

	no_umask();
	CHECK_INT(step_run_device(&s->init, step), 0);
	stat = stat_of(s, "dev/deep/null");
	CHECK_INT(stat.mode, S_CHR | 0666);
	CHECK_INT(stat.major, 1);
	CHECK_INT(stat.minor, 3);
	step = device_step(s, "/dev/big", S_BLK | 0640);
	step->major = 0xabc;
	step->minor = 0xfedcb;
	step->uid = 12;
	step->gid = 34;
	CHECK_INT(step_run_device(&s->init, step), 0);
	stat = stat_of(s, "dev/big");
	CHECK_INT(stat.mode, S_BLK | 0640);
	CHECK_INT(stat.major, 0xabc);
	CHECK_INT(stat.minor, 0xfedcb);
	CHECK_INT(stat.uid, 12);
	CHECK_INT(stat.gid, 34);
	CHECK_INT(step_run_device(&s->init, device_step(s, "/dev/pipe", S_FIFO | 0600)), 0);
	CHECK_INT(stat_of(s, "dev/pipe").mode, S_FIFO | 0600);
}

/* config-linux.md: a file that is there already is fine if it is what was asked for. */
static void accepts_the_very_device_only(struct stage *s)
{
	struct step_device *other;

	CHECK_INT(step_run_device(&s->init, device_step(s, "/null", S_CHR | 0600)), 0);
	CHECK_INT(step_run_device(&s->init, device_step(s, "/null", S_CHR | 0600)), 0);
	other = device_step(s, "/null", S_CHR | 0600);
	other->minor = 5;
	CHECK_INT(step_run_device(&s->init, other), -EEXIST);
	CHECK_INT(s->init.part, PART_EXISTS);
	CHECK_INT(step_run_device(&s->init, device_step(s, "/null", S_BLK | 0600)), -EEXIST);
	stage_file(s, "file", "", 0644);
	CHECK_INT(step_run_device(&s->init, device_step(s, "/file", S_CHR | 0600)), -EEXIST);
	stage_link(s, "null", "link");
	CHECK_INT(step_run_device(&s->init, device_step(s, "/link", S_CHR | 0600)), -EEXIST);
	CHECK_INT(step_run_device(&s->init, device_step(s, "/pipe", S_FIFO | 0600)), 0);
	CHECK_INT(step_run_device(&s->init, device_step(s, "/pipe", S_FIFO | 0600)), 0);
}

static void device_directory_is_resolved_inside(struct stage *s)
{
	stage_link(s, "../../../elsewhere", "dev");
	CHECK_INT(step_run_device(&s->init, device_step(s, "/dev/null", S_CHR | 0666)), 0);
	CHECK_INT(S_TYPE(stat_of(s, "elsewhere/null").mode), S_CHR);
}

static void drop_capability(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	CHECK_INT(sys_call2(__NR_capget, &header, data), 0);
	data[cap / 32].effective &= ~(1u << cap % 32);
	CHECK_INT(sys_call2(__NR_capset, &header, data), 0);
}

/* That the directory was made first must not end up in the sentence about the device. */
static void blames_the_device_not_its_directory(struct stage *s)
{
	drop_capability(CAP_MKNOD);
	CHECK_INT(step_run_device(&s->init, device_step(s, "/new/null", S_CHR | 0666)), -EPERM);
	CHECK(stage_is_directory(s, "new"));
	CHECK_INT(s->init.part, PART_NONE);
}

static struct step_device_bind *device_bind_step(struct stage *s, const char *target,
						 const char *source)
{
	struct step_device_bind *step = stage_step(s, STEP_DEVICE_BIND);

	step->target = stage_str(s, target);
	step->source = stage_str(s, source);
	stage_reset(s);
	return step;
}

static void binds_devices_of_the_host(struct stage *s)
{
	struct step_device_bind *step = device_bind_step(s, "/dev/null", "/dev/null");

	CHECK_INT(step_run_device_bind(&s->init, step), 0);
	CHECK_INT(stat_of(s, "dev/null").mode & 0170000, S_CHR);
	CHECK_INT(stat_of(s, "dev/null").minor, 3);
	step = device_bind_step(s, "/dev/zero", "/nowhere");
	step->tree = mount_clone_path("/dev/zero", 0);
	CHECK(step->tree >= 0);
	CHECK_INT(step_run_device_bind(&s->init, step), 0);
	CHECK_INT(stat_of(s, "dev/zero").minor, 5);
	step = device_bind_step(s, "/dev/x", "/nowhere");
	CHECK_INT(step_run_device_bind(&s->init, step), -ENOENT);
	CHECK_INT(s->init.part, PART_OPEN_SOURCE);
	CHECK_INT(stage_mode(s, "dev/x"), 0);
}

/* ---- symbolic links */

static struct step_symlink *symlink_step(struct stage *s, const char *target, const char *content)
{
	struct step_symlink *step = stage_step(s, STEP_SYMLINK);

	step->target = stage_str(s, target);
	step->content = stage_str(s, content);
	stage_reset(s);
	return step;
}

static void makes_links(struct stage *s)
{
	char text[64] = "";

	CHECK_INT(step_run_symlink(&s->init, symlink_step(s, "/dev/fd", "/proc/self/fd")), 0);
	CHECK(sys_call4(__NR_readlinkat, s->init.root, "dev/fd", text, sizeof(text) - 1) > 0);
	CHECK_TEXT(text, "/proc/self/fd");
	/* a link in the way of the directory leads inside */
	stage_link(s, "/elsewhere", "away");
	CHECK_INT(step_run_symlink(&s->init, symlink_step(s, "/away/ptmx", "pts/ptmx")), 0);
	CHECK_INT(S_TYPE(stage_mode(s, "elsewhere/ptmx")), S_LNK);
}

static void check_link(struct stage *s, const char *path, const char *content)
{
	char text[64] = "";

	CHECK(sys_call4(__NR_readlinkat, s->init.root, path, text, sizeof(text) - 1) > 0);
	CHECK_TEXT(text, content);
}

/* What the image has by that name is replaced, and never followed. */
static void replaces_what_the_image_has(struct stage *s)
{
	stage_mkdir(s, "dev");
	stage_mkdir(s, "outside");
	stage_file(s, "dev/stdin", "image", 0644);
	stage_link(s, "/outside/trap", "dev/stdout");
	stage_link(s, "/proc/self/fd/2", "dev/stderr");
	CHECK_INT(step_run_symlink(&s->init, symlink_step(s, "/dev/stdin", "/x")), 0);
	CHECK_INT(step_run_symlink(&s->init, symlink_step(s, "/dev/stdout", "/y")), 0);
	CHECK_INT(step_run_symlink(&s->init, symlink_step(s, "/dev/stderr", "/proc/self/fd/2")), 0);
	check_link(s, "dev/stdin", "/x");
	check_link(s, "dev/stdout", "/y");
	check_link(s, "dev/stderr", "/proc/self/fd/2");
	CHECK_INT(stage_mode(s, "outside/trap"), 0);
	stage_mkdir(s, "dev/fd");
	CHECK_INT(step_run_symlink(&s->init, symlink_step(s, "/dev/fd", "/z")), -EISDIR);
	CHECK_INT(s->init.part, PART_EXISTS);
}

static void blames_the_link_not_its_directory(struct stage *s)
{
	char name[300] = "/new/";

	memset(name + 5, 'n', 256);
	CHECK_INT(step_run_symlink(&s->init, symlink_step(s, name, "x")), -ENAMETOOLONG);
	CHECK(stage_is_directory(s, "new"));
	CHECK_INT(s->init.part, PART_NONE);
}

/* ---- masks */

static void masks_files_and_directories(struct stage *s)
{
	char text[32];

	stage_mkdir(s, "secret");
	stage_file(s, "secret/key", "x", 0644);
	stage_mkdir(s, "more");
	stage_file(s, "more/key", "x", 0644);
	stage_file(s, "kcore", "memory", 0644);
	stage_file(s, "keys", "keys", 0644);
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/secret")), 0);
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/kcore")), 0);
	/* the second of each kind is cloned from the first */
	CHECK(s->init.empty >= 0 && s->init.null >= 0);
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/more")), 0);
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/keys")), 0);
	CHECK_INT(stage_mode(s, "secret/key"), 0);
	CHECK_INT(stage_mode(s, "more/key"), 0);
	CHECK_INT(stage_create(s, "secret/new"), -EROFS);
	CHECK_INT(stage_create(s, "more/new"), -EROFS);
	stage_read(s, "kcore", text, sizeof(text));
	CHECK_TEXT(text, "");
	stage_read(s, "keys", text, sizeof(text));
	CHECK_TEXT(text, "");
	CHECK_INT(stat_of(s, "keys").major, 1);
	CHECK_INT(stat_of(s, "keys").minor, 3);
}

static void passes_over_what_is_missing(struct stage *s)
{
	stage_file(s, "file", "", 0644);
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/proc/latency_stats")), 0);
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/file/below")), 0);
	CHECK_INT(step_run_readonly(&s->init, readonly_step(s, "/proc/irq")), 0);
	CHECK_INT(step_run_readonly(&s->init, readonly_step(s, "/file/below")), 0);
	CHECK_INT(s->init.empty, NO_FD);
	CHECK_INT(s->init.null, NO_FD);
}

/* Only what is missing may be passed over: a loop could be a secret that somebody hid from us. */
static void fails_on_what_cannot_be_resolved(struct stage *s)
{
	stage_link(s, "loop", "loop");
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/loop")), -ELOOP);
	CHECK_INT(s->init.part, PART_RESOLVE);
	CHECK_INT(step_run_readonly(&s->init, readonly_step(s, "/loop")), -ELOOP);
	CHECK_INT(s->init.part, PART_RESOLVE);
}

static void masks_where_a_link_leads(struct stage *s)
{
	stage_mkdir(s, "real");
	stage_file(s, "real/key", "x", 0644);
	stage_link(s, "/real", "alias");
	CHECK_INT(step_run_mask(&s->init, mask_step(s, "/alias")), 0);
	CHECK_INT(stage_mode(s, "real/key"), 0);
}

/* A /dev/null that is something else (CVE-2025-31133) is not bound over anything. */
static void refuses_a_false_null(struct stage *s)
{
	struct step_mask *step;

	stage_file(s, "kcore", "memory", 0644);
	step = mask_step(s, "/kcore");
	step->null = mount_clone_path("/dev/zero", 0);
	CHECK(step->null >= 0);
	CHECK_INT(step_run_mask(&s->init, step), -ENODEV);
	CHECK_INT(s->init.part, PART_NOT_NULL);
	stage_file(s, "null", "not a device", 0666);
	step = mask_step(s, "/kcore");
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	step->null = mount_clone_path("null", 0);
	CHECK(step->null >= 0);
	CHECK_INT(step_run_mask(&s->init, step), -ENODEV);
	CHECK_INT(s->init.part, PART_NOT_NULL);
}

/* A tmpfs that a step keeps, as the compiler does for /proc and /sys. */
static struct step_mount *kept_mount(struct stage *s, const char *target)
{
	struct step_mount *step = stage_step(s, STEP_MOUNT);

	step->type = stage_str(s, "tmpfs");
	step->target = stage_str(s, target);
	step->flags = MOUNT_KEEP;
	CHECK_INT(step_run_mount(&s->init, step), 0);
	return step;
}

/* Whoever shares the rootfs may move what lies between; the mount is still the same. */
static void resolves_from_the_mount_it_made(struct stage *s)
{
	struct step_mount *mount = kept_mount(s, "/sys");
	struct step_readonly *readonly;
	struct step_mask *mask;

	stage_mkdir(s, "sys/firmware");
	stage_file(s, "sys/firmware/key", "x", 0644);
	stage_mkdir(s, "sys/fs");
	CHECK_INT(sys_call4(__NR_renameat, s->init.root, "sys", s->init.root, "moved"), -EBUSY);
	stage_mkdir(s, "sys/trap");
	mask = mask_step(s, "firmware");
	mask->base = program_offset(&s->program, mount);
	CHECK_INT(step_run_mask(&s->init, mask), 0);
	CHECK_INT(stage_mode(s, "sys/firmware/key"), 0);
	readonly = readonly_step(s, "fs");
	readonly->base = program_offset(&s->program, mount);
	CHECK_INT(step_run_readonly(&s->init, readonly), 0);
	CHECK_INT(stage_create(s, "sys/fs/new"), -EROFS);
	/* links in there stay in there */
	stage_link(s, "/../trap", "sys/link");
	mask = mask_step(s, "link");
	mask->base = program_offset(&s->program, mount);
	CHECK_INT(step_run_mask(&s->init, mask), 0);
	CHECK_INT(stage_create(s, "sys/trap/new"), -EROFS);
}

static void makes_trees_read_only(struct stage *s)
{
	stage_mkdir(s, "bus");
	(void)kept_mount(s, "/bus/sub");
	stage_file(s, "file", "", 0644);
	CHECK_INT(step_run_readonly(&s->init, readonly_step(s, "/bus")), 0);
	CHECK_INT(stage_create(s, "bus/new"), -EROFS);
	CHECK_INT(stage_create(s, "bus/sub/new"), -EROFS);
	CHECK_INT(step_run_readonly(&s->init, readonly_step(s, "/file")), 0);
	CHECK_INT(sys_openat(s->init.root, "file", O_WRONLY | O_CLOEXEC, 0), -EROFS);
	CHECK_INT(stage_create(s, "beside"), 0);
}

/* ---- kernel parameters, in an ipc namespace of the child's own */

static struct step_sysctl *sysctl_step(struct stage *s, const char *key, const char *value)
{
	struct step_sysctl *step = stage_step(s, STEP_SYSCTL);

	step->key = stage_str(s, key);
	step->value = stage_str(s, value);
	stage_reset(s);
	return step;
}

static void open_procfs(struct stage *s)
{
	CHECK_INT(sys_call1(__NR_unshare, CLONE_NEWIPC), 0);
	CHECK_INT(step_run_procfs(&s->init, stage_step(s, STEP_PROCFS)), 0);
	CHECK(s->init.proc >= 0);
}

static void sets_kernel_parameters(struct stage *s)
{
	char text[32] = "";
	int fd;

	open_procfs(s);
	CHECK_INT(step_run_sysctl(&s->init, sysctl_step(s, "kernel/shmmni", "1234")), 0);
	fd = sys_openat(s->init.proc, "sys/kernel/shmmni", O_RDONLY | O_CLOEXEC, 0);
	CHECK(fd >= 0 && sys_read(fd, text, sizeof(text) - 1) > 0);
	CHECK_TEXT(text, "1234\n");
}

static void refuses_parameters_that_are_none(struct stage *s)
{
	char key[600];

	open_procfs(s);
	CHECK_INT(step_run_sysctl(&s->init, sysctl_step(s, "kernel/nosuch", "1")), -ENOENT);
	CHECK_INT(s->init.part, PART_RESOLVE);
	CHECK_INT(step_run_sysctl(&s->init, sysctl_step(s, "../self/oom_score_adj", "1")), -ELOOP);
	CHECK_INT(step_run_sysctl(&s->init, sysctl_step(s, "../../etc/passwd", "1")), -EXDEV);
	CHECK_INT(step_run_sysctl(&s->init, sysctl_step(s, "kernel/shmmni", "many")), -EINVAL);
	CHECK_INT(s->init.part, PART_WRITE);
	memset(key, 'k', sizeof(key));
	key[599] = '\0';
	CHECK_INT(step_run_sysctl(&s->init, sysctl_step(s, key, "1")), -ENAMETOOLONG);
	CHECK_INT(s->init.part, PART_RESOLVE);
}

/* Mounts in another namespace, one after the other, as long as its parent is there. */
static pid_t start_mounting(void)
{
	const pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	CHECK_INT(sys_call1(__NR_unshare, CLONE_NEWNS), 0);
	while (getppid() == parent) { /* a test that fails leaves us alone */
		CHECK_INT(sys_call5(__NR_mount, "none", "/tmp", "tmpfs", 0, NULL), 0);
		CHECK_INT(sys_call2(__NR_umount2, "/tmp", 2 /* MNT_DETACH */), 0);
	}
	_exit(0);
}

/* The kernel gives up (EAGAIN) on a walk with .. while mounts change anywhere on the machine. */
static void judges_parameters_while_others_mount(struct stage *s)
{
	struct step_sysctl *step = sysctl_step(s, "../self/comm", "1");
	pid_t pid;

	open_procfs(s);
	pid = start_mounting();
	CHECK(pid > 0);
	for (int i = 0; i < 20000; i++)
		CHECK_INT(step_run_sysctl(&s->init, step), -ELOOP);
	CHECK_INT(kill(pid, SIGKILL), 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(makes_devices),
		STAGE_TEST(accepts_the_very_device_only),
		STAGE_TEST(device_directory_is_resolved_inside),
		STAGE_TEST(blames_the_device_not_its_directory),
		STAGE_TEST(binds_devices_of_the_host),
		STAGE_TEST(makes_links),
		STAGE_TEST(replaces_what_the_image_has),
		STAGE_TEST(blames_the_link_not_its_directory),
		STAGE_TEST(masks_files_and_directories),
		STAGE_TEST(passes_over_what_is_missing),
		STAGE_TEST(fails_on_what_cannot_be_resolved),
		STAGE_TEST(masks_where_a_link_leads),
		STAGE_TEST(refuses_a_false_null),
		STAGE_TEST(resolves_from_the_mount_it_made),
		STAGE_TEST(makes_trees_read_only),
		STAGE_TEST(sets_kernel_parameters),
		STAGE_TEST(refuses_parameters_that_are_none),
		STAGE_TEST(judges_parameters_while_others_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
