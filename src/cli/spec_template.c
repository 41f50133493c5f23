/*
 * spec_template.c - see spec_template.h. The same container as the one runc's template describes,
 * in the same layout.
 */
#include "cli/spec_template.h"

#include "cli/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum condition { ALWAYS, AS_ROOT, ROOTLESS, CGROUP2 };

/* Lines of JSON with ' for ", and @uid and @gid for the caller's ids. */
static const struct piece {
	enum condition condition;
	const char *text;
} template[] = {
	{ ALWAYS, "{\n"
		  "\t'ociVersion': '" VERSION_SPEC "',\n"
		  "\t'process': {\n"
		  "\t\t'terminal': true,\n"
		  "\t\t'user': {\n"
		  "\t\t\t'uid': 0,\n"
		  "\t\t\t'gid': 0\n"
		  "\t\t},\n"
		  "\t\t'args': [\n"
		  "\t\t\t'sh'\n"
		  "\t\t],\n"
		  "\t\t'env': [\n"
		  "\t\t\t'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',\n"
		  "\t\t\t'TERM=xterm'\n"
		  "\t\t],\n"
		  "\t\t'cwd': '/',\n"
		  "\t\t'capabilities': {\n"
		  "\t\t\t'bounding': [\n"
		  "\t\t\t\t'CAP_AUDIT_WRITE',\n"
		  "\t\t\t\t'CAP_KILL',\n"
		  "\t\t\t\t'CAP_NET_BIND_SERVICE'\n"
		  "\t\t\t],\n"
		  "\t\t\t'effective': [\n"
		  "\t\t\t\t'CAP_AUDIT_WRITE',\n"
		  "\t\t\t\t'CAP_KILL',\n"
		  "\t\t\t\t'CAP_NET_BIND_SERVICE'\n"
		  "\t\t\t],\n"
		  "\t\t\t'permitted': [\n"
		  "\t\t\t\t'CAP_AUDIT_WRITE',\n"
		  "\t\t\t\t'CAP_KILL',\n"
		  "\t\t\t\t'CAP_NET_BIND_SERVICE'\n"
		  "\t\t\t]\n"
		  "\t\t},\n"
		  "\t\t'rlimits': [\n"
		  "\t\t\t{\n"
		  "\t\t\t\t'type': 'RLIMIT_NOFILE',\n"
		  "\t\t\t\t'hard': 1024,\n"
		  "\t\t\t\t'soft': 1024\n"
		  "\t\t\t}\n"
		  "\t\t],\n"
		  "\t\t'noNewPrivileges': true\n"
		  "\t},\n"
		  "\t'root': {\n"
		  "\t\t'path': 'rootfs',\n"
		  "\t\t'readonly': true\n"
		  "\t},\n"
		  "\t'hostname': 'tare',\n"
		  "\t'mounts': [\n"
		  "\t\t{\n"
		  "\t\t\t'destination': '/proc',\n"
		  "\t\t\t'type': 'proc',\n"
		  "\t\t\t'source': 'proc'\n"
		  "\t\t},\n"
		  "\t\t{\n"
		  "\t\t\t'destination': '/dev',\n"
		  "\t\t\t'type': 'tmpfs',\n"
		  "\t\t\t'source': 'tmpfs',\n"
		  "\t\t\t'options': [\n"
		  "\t\t\t\t'nosuid',\n"
		  "\t\t\t\t'strictatime',\n"
		  "\t\t\t\t'mode=755',\n"
		  "\t\t\t\t'size=65536k'\n"
		  "\t\t\t]\n"
		  "\t\t},\n"
		  "\t\t{\n"
		  "\t\t\t'destination': '/dev/pts',\n"
		  "\t\t\t'type': 'devpts',\n"
		  "\t\t\t'source': 'devpts',\n"
		  "\t\t\t'options': [\n"
		  "\t\t\t\t'nosuid',\n"
		  "\t\t\t\t'noexec',\n"
		  "\t\t\t\t'newinstance',\n"
		  "\t\t\t\t'ptmxmode=0666',\n" },
	/* The group of terminals, 5, is not among the ids that a rootless container has. */
	{ AS_ROOT, "\t\t\t\t'mode=0620',\n"
		   "\t\t\t\t'gid=5'\n" },
	{ ROOTLESS, "\t\t\t\t'mode=0620'\n" },
	{ ALWAYS, "\t\t\t]\n"
		  "\t\t},\n"
		  "\t\t{\n"
		  "\t\t\t'destination': '/dev/shm',\n"
		  "\t\t\t'type': 'tmpfs',\n"
		  "\t\t\t'source': 'shm',\n"
		  "\t\t\t'options': [\n"
		  "\t\t\t\t'nosuid',\n"
		  "\t\t\t\t'noexec',\n"
		  "\t\t\t\t'nodev',\n"
		  "\t\t\t\t'mode=1777',\n"
		  "\t\t\t\t'size=65536k'\n"
		  "\t\t\t]\n"
		  "\t\t},\n"
		  "\t\t{\n"
		  "\t\t\t'destination': '/dev/mqueue',\n"
		  "\t\t\t'type': 'mqueue',\n"
		  "\t\t\t'source': 'mqueue',\n"
		  "\t\t\t'options': [\n"
		  "\t\t\t\t'nosuid',\n"
		  "\t\t\t\t'noexec',\n"
		  "\t\t\t\t'nodev'\n"
		  "\t\t\t]\n"
		  "\t\t},\n"
		  "\t\t{\n"
		  "\t\t\t'destination': '/sys',\n" },
	{ AS_ROOT, "\t\t\t'type': 'sysfs',\n"
		   "\t\t\t'source': 'sysfs',\n"
		   "\t\t\t'options': [\n" },
	/* A sysfs of its own needs a network namespace of its own: show the host's instead. */
	{ ROOTLESS, "\t\t\t'type': 'none',\n"
		    "\t\t\t'source': '/sys',\n"
		    "\t\t\t'options': [\n"
		    "\t\t\t\t'rbind',\n" },
	{ ALWAYS, "\t\t\t\t'nosuid',\n"
		  "\t\t\t\t'noexec',\n"
		  "\t\t\t\t'nodev',\n"
		  "\t\t\t\t'ro'\n"
		  "\t\t\t]\n"
		  "\t\t},\n"
		  "\t\t{\n"
		  "\t\t\t'destination': '/sys/fs/cgroup',\n"
		  "\t\t\t'type': 'cgroup',\n"
		  "\t\t\t'source': 'cgroup',\n"
		  "\t\t\t'options': [\n"
		  "\t\t\t\t'nosuid',\n"
		  "\t\t\t\t'noexec',\n"
		  "\t\t\t\t'nodev',\n"
		  "\t\t\t\t'relatime',\n"
		  "\t\t\t\t'ro'\n"
		  "\t\t\t]\n"
		  "\t\t}\n"
		  "\t],\n"
		  "\t'linux': {\n" },
	{ AS_ROOT, "\t\t'resources': {\n"
		   "\t\t\t'devices': [\n"
		   "\t\t\t\t{\n"
		   "\t\t\t\t\t'allow': false,\n"
		   "\t\t\t\t\t'access': 'rwm'\n"
		   "\t\t\t\t}\n"
		   "\t\t\t]\n"
		   "\t\t},\n" },
	{ ROOTLESS, "\t\t'uidMappings': [\n"
		    "\t\t\t{\n"
		    "\t\t\t\t'containerID': 0,\n"
		    "\t\t\t\t'hostID': @uid,\n"
		    "\t\t\t\t'size': 1\n"
		    "\t\t\t}\n"
		    "\t\t],\n"
		    "\t\t'gidMappings': [\n"
		    "\t\t\t{\n"
		    "\t\t\t\t'containerID': 0,\n"
		    "\t\t\t\t'hostID': @gid,\n"
		    "\t\t\t\t'size': 1\n"
		    "\t\t\t}\n"
		    "\t\t],\n" },
	{ ALWAYS, "\t\t'namespaces': [\n"
		  "\t\t\t{\n"
		  "\t\t\t\t'type': 'pid'\n"
		  "\t\t\t},\n" },
	{ AS_ROOT, "\t\t\t{\n"
		   "\t\t\t\t'type': 'network'\n"
		   "\t\t\t},\n" },
	{ ALWAYS, "\t\t\t{\n"
		  "\t\t\t\t'type': 'ipc'\n"
		  "\t\t\t},\n"
		  "\t\t\t{\n"
		  "\t\t\t\t'type': 'uts'\n"
		  "\t\t\t},\n"
		  "\t\t\t{\n"
		  "\t\t\t\t'type': 'mount'\n"
		  "\t\t\t}" },
	{ CGROUP2, ",\n"
		   "\t\t\t{\n"
		   "\t\t\t\t'type': 'cgroup'\n"
		   "\t\t\t}" },
	{ ROOTLESS, ",\n"
		    "\t\t\t{\n"
		    "\t\t\t\t'type': 'user'\n"
		    "\t\t\t}" },
	{ ALWAYS, "\n"
		  "\t\t],\n"
		  "\t\t'maskedPaths': [\n"
		  "\t\t\t'/proc/acpi',\n"
		  "\t\t\t'/proc/asound',\n"
		  "\t\t\t'/proc/kcore',\n"
		  "\t\t\t'/proc/keys',\n"
		  "\t\t\t'/proc/latency_stats',\n"
		  "\t\t\t'/proc/timer_list',\n"
		  "\t\t\t'/proc/timer_stats',\n"
		  "\t\t\t'/proc/sched_debug',\n"
		  "\t\t\t'/sys/firmware',\n"
		  "\t\t\t'/proc/scsi'\n"
		  "\t\t],\n"
		  "\t\t'readonlyPaths': [\n"
		  "\t\t\t'/proc/bus',\n"
		  "\t\t\t'/proc/fs',\n"
		  "\t\t\t'/proc/irq',\n"
		  "\t\t\t'/proc/sys',\n"
		  "\t\t\t'/proc/sysrq-trigger'\n"
		  "\t\t]\n"
		  "\t}\n"
		  "}\n" },
};

static bool applies(enum condition condition, const struct spec_template_facts *facts)
{
	switch (condition) {
	case ALWAYS:
		return true;
	case AS_ROOT:
		return !facts->rootless;
	case ROOTLESS:
		return facts->rootless;
	case CGROUP2:
		return facts->cgroup2;
	}
	return false;
}

static void write_piece(FILE *to, const char *text, const struct spec_template_facts *facts)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '@') {
			(void)fprintf(to, "%u", p[1] == 'u' ? facts->uid : facts->gid);
			p += strlen("uid");
		} else {
			(void)fputc(*p == '\'' ? '"' : *p, to);
		}
	}
}

char *spec_template_make(const struct spec_template_facts *facts)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (size_t i = 0; i < sizeof(template) / sizeof(template[0]); i++) {
		if (applies(template[i].condition, facts))
			write_piece(to, template[i].text, facts);
	}
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}
