/*
 * survey_caller.c - see survey.h: security modules and seccomp; what the caller may, and which
 * programs and files help him.
 */
#include "base/text.h"
#include "container/libexec.h"
#include "container/owner.h"
#include "container/survey.h"
#include "host/capabilities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- security */

static void ask_actions(struct survey *to)
{
	static const char *const actions[] = { "kill_process", "kill_thread", "trap", "errno",
					       "user_notif",   "trace",       "log",  "allow" };
	char have[256];

	(void)survey_read("/proc/sys/kernel/seccomp/actions_avail", have, sizeof(have));
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "seccomp %s", actions[i]);
		survey_put(to, name, "",
			   strstr(have, actions[i]) ? NULL
						    : "profiles with this action are refused",
			   "a kernel with CONFIG_SECCOMP_FILTER");
	}
}

void survey_security(struct survey *to)
{
	char list[256];

	to->area = "security";
	if (survey_read("/sys/kernel/security/lsm", list, sizeof(list)))
		survey_put(to, "modules", list, NULL, NULL);
	survey_put(to, "AppArmor", to->facts->apparmor_confined ? "tare itself is confined" : "",
		   to->facts->apparmor ? NULL : "/process/apparmorProfile is refused",
		   "apparmor=1 on the kernel's command line");
	survey_put(to, "SELinux", "",
		   to->facts->selinux ? NULL
				      : "/process/selinuxLabel and /linux/mountLabel are refused",
		   "selinux=1 security=selinux on the kernel's command line, and a policy");
	ask_actions(to);
	survey_put(to, "resctrl", "",
		   access("/sys/fs/resctrl/schemata", F_OK) == 0 ? NULL
								 : "/linux/intelRdt is refused",
		   "a processor with RDT, and: mount -t resctrl resctrl /sys/fs/resctrl");
}

/* ---- the caller */

static void ask_capabilities(struct survey *to)
{
	static const struct {
		int number;
		const char *effect;
	} wanted[] = {
		{ 21, "containers need a user namespace" },        /* CAP_SYS_ADMIN */
		{ 12, "networks of containers cannot be set up" }, /* CAP_NET_ADMIN */
		{ 24,
		  "no higher rlimits, no lower oomScoreAdj, and not in capability sets" }, /* CAP_SYS_RESOURCE
											    */
		{ 23, "no real-time or deadline scheduling" },                  /* CAP_SYS_NICE */
		{ 27, "device nodes are bound from the host instead of made" }, /* CAP_MKNOD */
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char name[32];

		capabilities_name(wanted[i].number, name, sizeof(name));
		survey_put(to, name, "",
			   to->facts->capabilities & 1ULL << wanted[i].number ? NULL
									      : wanted[i].effect,
			   "run as root; in a container, give it the capability");
	}
}

/* "user:100000:65536" or "1000:...": the first of the caller's ranges. */
static bool find_range(const char *file, const char *user, uid_t uid, char *out, size_t size)
{
	FILE *f = fopen(file, "re");
	char line[256], number[16];
	bool found = false;

	(void)snprintf(number, sizeof(number), "%u", (unsigned)uid);
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon++ = '\0';
		colon[strcspn(colon, "\n")] = '\0';
		found = strcmp(line, user) == 0 || strcmp(line, number) == 0;
		if (found)
			(void)snprintf(out, size, "%s", colon);
	}
	if (f)
		(void)fclose(f);
	return found;
}

static void ask_ranges(struct survey *to)
{
	static const struct {
		const char *file, *program;
	} kinds[] = { { "/etc/subuid", "/usr/bin/newuidmap" },
		      { "/etc/subgid", "/usr/bin/newgidmap" } };
	char user[256];

	owner_name(getuid(), user, sizeof(user));
	for (size_t i = 0; i < 2; i++) {
		char range[64] = "";
		const bool found = find_range(kinds[i].file, user, getuid(), range, sizeof(range));

		survey_put(to, kinds[i].file, range,
			   found ? NULL : "rootless containers have one id only",
			   "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER");
		survey_put(to, kinds[i].program, "",
			   access(kinds[i].program, X_OK) == 0 ? NULL
							       : "ranges of ids cannot be mapped",
			   "install uidmap (shadow-utils)");
	}
}

static void ask_programs(struct survey *to)
{
	static const struct {
		const char *name, *effect;
	} ours[] = {
		{ "tare-systemd", "--systemd-cgroup does not work" },
		{ "tare-criu", "checkpoint and restore do not work" },
	};
	char path[4096];

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		const bool found = libexec_find(ours[i].name, path, sizeof(path)) == 0;

		survey_put(to, ours[i].name, found ? path : "", found ? NULL : ours[i].effect,
			   "install it in " TARE_LIBEXEC_DIR);
	}
	survey_put(to, "systemd", "",
		   access("/run/systemd/system", F_OK) == 0 ? NULL
							    : "--systemd-cgroup does not work",
		   "it would have to be the first process: use --cgroup-manager=cgroupfs");
	survey_put(to, "criu", "",
		   access("/usr/sbin/criu", X_OK) == 0 || access("/usr/bin/criu", X_OK) == 0
		       ? NULL
		       : "checkpoint and restore do not work",
		   "install criu, or name it by --criu");
}

void survey_caller(struct survey *to)
{
	to->area = "caller";
	ask_capabilities(to);
	if (to->facts->euid != 0)
		ask_ranges(to);
	to->area = "programs";
	ask_programs(to);
}
