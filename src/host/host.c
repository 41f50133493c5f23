/* host.c - see host.h. */
#include "host/host.h"
#include "base/fd.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The inode of the initial user namespace is fixed (PROC_USER_INIT_INO). */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDul

enum { FLOOR_MAJOR = 5, FLOOR_MINOR = 14 };

/* The number that the text begins with, which moves on: a release goes on as it likes. */
static bool read_number(const char **text, unsigned *out)
{
	char digits[8];
	size_t len = strspn(*text, "0123456789");
	uint64_t value;

	if (len >= sizeof(digits))
		return false;
	memcpy(digits, *text, len);
	digits[len] = '\0';
	if (text_to_u64(digits, 65535, &value) < 0)
		return false;
	*out = (unsigned)value;
	*text += len;
	return true;
}

static int read_kernel(struct host_facts *facts, struct error *err)
{
	struct utsname name;
	const char *release = name.release;

	if (uname(&name) < 0)
		return error_sys(err, errno, "uname", NULL, "cannot ask for the kernel version");
	if (!read_number(&release, &facts->kernel_major) || *release++ != '.' ||
	    !read_number(&release, &facts->kernel_minor))
		return error_set(err, ENOTSUP, NULL, "cannot understand the kernel version %s",
				 name.release);
	if (facts->kernel_major < FLOOR_MAJOR ||
	    (facts->kernel_major == FLOOR_MAJOR && facts->kernel_minor < FLOOR_MINOR))
		return error_set(err, ENOTSUP, NULL, "tare needs Linux %d.%d or newer, this is %s",
				 FLOOR_MAJOR, FLOOR_MINOR, name.release);
	return 0;
}

static int read_capabilities(struct host_facts *facts, struct error *err)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return error_sys(err, errno, "capget", NULL, "cannot read tare's own capabilities");
	facts->capabilities = data[0].permitted | (uint64_t)data[1].permitted << 32;
	facts->last_capability = CAP_LAST_CAP;
	while (prctl(PR_CAPBSET_READ, facts->last_capability + 1, 0, 0, 0) >= 0)
		facts->last_capability++;
	while (prctl(PR_CAPBSET_READ, facts->last_capability, 0, 0, 0) < 0)
		facts->last_capability--;
	return 0;
}

/* Is our mount namespace owned by our user namespace? Else CAP_SYS_ADMIN is of no use for it. */
static bool owns_mount_namespace(void)
{
	struct stat ours, owner;
	owned_fd mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	owned_fd user = mounts < 0 ? FD_NONE : ioctl(mounts, NS_GET_USERNS);

	return user >= 0 && fstat(user, &owner) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
	       ours.st_ino == owner.st_ino;
}

/* Not by securityfs: podman takes that out of our sight when it maps ids. */
static bool has_apparmor(void)
{
	owned_fd fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
	char enabled = 'N';

	return fd >= 0 && read(fd, &enabled, 1) == 1 && enabled == 'Y';
}

/* Unreadable counts as confined: then a profile is added to whatever tare has. */
static bool is_confined(void)
{
	static const char unconfined[] = "unconfined";
	owned_fd fd = open("/proc/self/attr/apparmor/current", O_RDONLY | O_CLOEXEC);
	char text[sizeof(unconfined)] = "";

	return fd < 0 || read(fd, text, sizeof(text) - 1) < 0 || strcmp(text, unconfined) != 0;
}

int host_read(struct host_facts *facts, struct error *err)
{
	struct stat user;
	int rc;

	memset(facts, 0, sizeof(*facts));
	rc = read_kernel(facts, err);
	if (rc == 0)
		rc = read_capabilities(facts, err);
	if (rc < 0)
		return rc;
	facts->euid = geteuid();
	facts->egid = getegid();
	if (stat("/proc/self/ns/user", &user) < 0)
		return error_sys(err, errno, "stat", NULL,
				 "cannot read /proc/self/ns/user: is /proc mounted?");
	facts->in_user_namespace = user.st_ino != INITIAL_USER_NAMESPACE;
	facts->privileged = (facts->capabilities & 1ull << CAP_SYS_ADMIN) &&
			    (!facts->in_user_namespace || owns_mount_namespace());
	facts->apparmor = has_apparmor();
	facts->apparmor_confined = facts->apparmor && is_confined();
	facts->selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
	return host_cgroups_read(&facts->cgroups, err);
}

bool host_may_map_ids(const struct host_facts *facts)
{
	const uint64_t needed = 1ull << CAP_SETUID | 1ull << CAP_SETGID;

	return (facts->capabilities & needed) == needed;
}

void host_free(struct host_facts *facts)
{
	host_cgroups_free(&facts->cgroups);
}
