/* options.c - see options.h. To add an option, add a row. */
#include "cli/options.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#define ERROR_CODE CODE_OPTION_VALUE

static int set_log(struct arguments *args, const char *value, struct error *err)
{
	(void)err;
	if (text_has_prefix(value, "file:"))
		value += strlen("file:");
	args->log = value[0] != '\0' ? value : NULL;
	return 0;
}

/* crun's: error, warning and debug. runc has --debug alone. */
static int set_log_level(struct arguments *args, const char *value, struct error *err)
{
	if (strcmp(value, "error") != 0 && strcmp(value, "warning") != 0 &&
	    strcmp(value, "debug") != 0) {
		(void)error_set(err, EINVAL, NULL, "invalid log-level: %s", value);
		error_add_hint(err, "the levels are error, warning and debug");
		return -EINVAL;
	}
	args->debug = strcmp(value, "debug") == 0;
	args->only_errors = strcmp(value, "error") == 0;
	return 0;
}

/* runc's: whether a cgroup that may not be made is an error. */
static int set_rootless(struct arguments *args, const char *value, struct error *err)
{
	static const char *const names[] = {
		[CONTAINER_ROOTLESS_AUTO] = "auto",
		[CONTAINER_ROOTLESS] = "true",
		[CONTAINER_NOT_ROOTLESS] = "false",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			args->container.rootless = (enum container_rootless)i;
			return 0;
		}
	}
	return error_set(err, EINVAL, NULL,
			 "invalid value \"%s\" for --rootless: expected true, false or auto",
			 value);
}

static int set_log_format(struct arguments *args, const char *value, struct error *err)
{
	if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0) {
		(void)error_set(err, EINVAL, NULL, "invalid log-format: %s", value);
		error_add_hint(err, "the formats are text and json");
		return -EINVAL;
	}
	args->log_json = strcmp(value, "json") == 0;
	return 0;
}

static int set_manager(struct arguments *args, const char *value, struct error *err)
{
	static const char *const names[] = {
		[CONTAINER_CGROUPFS] = "cgroupfs",
		[CONTAINER_SYSTEMD] = "systemd",
		[CONTAINER_NO_CGROUP] = "disabled",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]) == 0) {
			args->container.manager = (enum container_manager)i;
			return 0;
		}
	}
	(void)error_set(err, EINVAL, NULL, "invalid cgroup manager: %s", value);
	error_add_hint(err, "the managers are cgroupfs, systemd and disabled");
	return -EINVAL;
}

static int set_wait_timeout(struct arguments *args, const char *value, struct error *err)
{
	if (text_to_duration(value, &args->wait_timeout) == 0 && args->wait_timeout > 0)
		return 0;
	(void)error_set(err, EINVAL, NULL, "invalid value \"%s\" for --timeout", value);
	error_add_hint(err, "write a time such as 5s, 100ms or 1m30s");
	return -EINVAL;
}

/* As Go writes durations: "1m30s", "1.5s", "100ms". */
static int set_interval(struct arguments *args, const char *value, struct error *err)
{
	int64_t total = 0;

	if (text_to_duration(value, &total) == 0 && total >= 1) {
		args->events_interval = (uint64_t)total;
		return 0;
	}
	(void)error_set(err, EINVAL, NULL, "invalid value \"%s\" for --interval", value);
	error_add_hint(err, "write a time such as 5s, 100ms or 1m30s");
	return -EINVAL;
}

/* Room for as many items as there are words on the command line, so that no list ever moves. */
static int start_list(struct arguments *args, void **items, size_t size, struct error *err)
{
	if (!*items)
		*items = arena_array(&args->arena, args->list_max, size);
	return *items ? 0 : error_set(err, ENOMEM, NULL, "out of memory");
}

static int add_text(struct arguments *args, void *field, const char *value, struct error *err)
{
	struct oci_strings *list = field;
	void *items = list->items;
	int ret = start_list(args, &items, sizeof(*list->items), err);

	if (ret < 0)
		return ret;
	list->items = items;
	list->items[list->count++] = (char *)value;
	return 0;
}

/*
 * Ids by number alone, digits only: what is not one must never become 0 (CVE-2026-30892), and
 * 4294967295 means "leave it as it is" to the kernel.
 */
#define ID_NUMBER_MAX 4294967294U

static int parse_id(const char *text, uint32_t *id)
{
	uint64_t wide = 0;
	int ret = text_to_u64(text, ID_NUMBER_MAX, &wide);

	if (ret == 0)
		*id = (uint32_t)wide;
	return ret;
}

static int set_user(struct arguments *args, const char *value, struct error *err)
{
	struct container_exec *exec = &args->exec;
	const char *colon = strchr(value, ':');
	char uid[16] = "";
	size_t len = colon ? (size_t)(colon - value) : strlen(value);

	if (len < sizeof(uid))
		memcpy(uid, value, len); /* a longer one is no id and stays empty: refused */
	exec->has_uid = parse_id(uid, &exec->uid) == 0;
	exec->has_gid = colon && parse_id(colon + 1, &exec->gid) == 0;
	if (exec->has_uid && (exec->has_gid || !colon))
		return 0;
	(void)error_set(err, EINVAL, NULL,
			"invalid value \"%s\" for --user: expected UID or UID:GID", value);
	error_add_hint(err, "both are numbers from 0 to %u, in decimal digits", ID_NUMBER_MAX);
	return -EINVAL;
}

static int add_gid(struct arguments *args, const char *value, struct error *err)
{
	struct oci_uint32_list *list = &args->exec.additional_gids;
	void *items = list->items;
	int ret = start_list(args, &items, sizeof(*list->items), err);

	if (ret < 0)
		return ret;
	list->items = items;
	if (parse_id(value, &list->items[list->count]) < 0)
		return error_set(
		    err, EINVAL, NULL,
		    "invalid value \"%s\" for --additional-gids: expected a number from "
		    "0 to %u",
		    value, ID_NUMBER_MAX);
	list->count++;
	return 0;
}

static int set_format(struct arguments *args, const char *value, struct error *err)
{
	if (strcmp(value, "table") != 0 && strcmp(value, "text") != 0 &&
	    strcmp(value, "json") != 0) {
		(void)error_set(err, EINVAL, NULL, "invalid format: %s", value);
		error_add_hint(err, "the formats are table and json");
		return -EINVAL;
	}
	args->json = strcmp(value, "json") == 0;
	return 0;
}

#define FLAG(field)    OPTION_FLAG, offsetof(struct arguments, field), NULL
#define TEXT(field)    OPTION_TEXT, offsetof(struct arguments, field), NULL
#define NUMBER(field)  OPTION_NUMBER, offsetof(struct arguments, field), NULL
#define CHOICE(field)  OPTION_CHOICE, offsetof(struct arguments, field), NULL
#define LIST(field)    OPTION_LIST, offsetof(struct arguments, field), NULL
#define CALL(function) OPTION_CALL, 0, function

static const struct option table[] = {
	{ "create run restore plan check spec", "bundle", "b", "DIR",
	  "directory of the bundle (default: here)", TEXT(container.bundle) },
	{ "create run restore plan check", "config", "f", "FILE",
	  "config in the bundle (default: config.json)", TEXT(container.config) },
	{ "run restore exec", "detach", "d", NULL, "leave the process running, do not wait for it",
	  FLAG(container.detach) },
	{ "create run restore exec", "pid-file", "", "FILE", "write the process id to FILE",
	  TEXT(container.pid_file) },
	{ "create run restore exec", "console-socket", "", "PATH",
	  "send the terminal to this unix socket", TEXT(container.console_socket) },
	{ "create run restore exec", "pidfd-socket", "", "PATH",
	  "send a pidfd of the process to this unix socket", TEXT(container.pidfd_socket) },
	{ "create run exec", "preserve-fds", "", "N",
	  "keep N descriptors from 3 on open for the program", NUMBER(container.preserve_fds) },
	{ "create run restore", "no-pivot", "", NULL,
	  "change the root without pivot_root (for a ramdisk)", FLAG(container.no_pivot) },
	{ "create run", "no-new-keyring", "", NULL, "stay in the session keyring of the caller",
	  FLAG(container.no_new_keyring) },
	{ "create run restore", "no-subreaper", "", NULL, "do not adopt orphaned processes",
	  FLAG(container.no_subreaper) },
	{ "run restore", "keep", "", NULL, "do not delete the container when it has ended",
	  FLAG(container.keep) },
	{ "exec", "process", "p", "FILE", "read the whole process object from FILE, as JSON",
	  TEXT(exec.process_file) },
	{ "exec", "tty", "t", NULL, "give it a terminal", FLAG(exec.tty) },
	{ "exec", "env", "e", "NAME=VALUE", "add to its environment (may be repeated)",
	  LIST(exec.env) },
	{ "exec", "cwd", "", "DIR", "its working directory (default: the container's)",
	  TEXT(exec.cwd) },
	{ "exec", "user", "u", "UID[:GID]", "its user and group, by number", CALL(set_user) },
	{ "exec", "additional-gids", "g", "GID", "a further group (may be repeated)",
	  CALL(add_gid) },
	{ "exec", "cap", "c", "CAP", "a further capability (may be repeated)", LIST(exec.caps) },
	{ "exec", "no-new-privs", "", NULL, "no program that it executes gains privileges",
	  CHOICE(no_new_privs) },
	{ "exec", "apparmor", "", "PROFILE", "its profile of AppArmor", TEXT(exec.apparmor) },
	{ "exec", "process-label", "", "LABEL", "its label of SELinux", TEXT(exec.label) },
	{ "exec", "cgroup", "", "[CTRL:]PATH", "a cgroup below the container's (may be repeated)",
	  LIST(exec.cgroups) },
	{ "exec", "ignore-paused", "", NULL, "start it in a paused container, too",
	  FLAG(exec.ignore_paused) },
	{ "checkpoint restore", "image-path", "", "DIR",
	  "the saved processes (default: ./checkpoint)", TEXT(checkpoint.images) },
	{ "checkpoint restore", "work-path", "", "DIR", "log files of CRIU (default: the same)",
	  TEXT(checkpoint.work) },
	{ "checkpoint", "parent-path", "", "DIR", "an earlier --pre-dump, relative to --image-path",
	  TEXT(checkpoint.parent) },
	{ "checkpoint", "pre-dump", "", NULL, "save memory only, and let it run on",
	  FLAG(checkpoint.pre_dump) },
	{ "checkpoint", "leave-running", "", NULL, "let it run on",
	  FLAG(checkpoint.leave_running) },
	{ "checkpoint restore", "tcp-established", "", NULL, "keep open TCP connections",
	  FLAG(checkpoint.tcp_established) },
	{ "checkpoint", "tcp-skip-in-flight", "", NULL,
	  "leave out TCP connections that are not accepted yet",
	  FLAG(checkpoint.tcp_skip_in_flight) },
	{ "restore", "tcp-close", "", NULL, "restore TCP connections as closed ones",
	  FLAG(checkpoint.tcp_close) },
	{ "checkpoint restore", "ext-unix-sk", "", NULL, "allow unix sockets to the outside",
	  FLAG(checkpoint.ext_unix_sk) },
	{ "checkpoint restore", "shell-job", "", NULL, "allow a terminal of the outside",
	  FLAG(checkpoint.shell_job) },
	{ "checkpoint restore", "file-locks", "", NULL, "keep file locks",
	  FLAG(checkpoint.file_locks) },
	{ "checkpoint", "link-remap", "", NULL, "keep open files that have been removed",
	  FLAG(checkpoint.link_remap) },
	{ "checkpoint restore", "lazy-pages", "", NULL,
	  "leave memory to be fetched when it is used", FLAG(checkpoint.lazy_pages) },
	{ "checkpoint", "status-fd", "", "FD", "CRIU writes a NUL there when lazy pages are ready",
	  TEXT(checkpoint.status_fd) },
	{ "checkpoint", "page-server", "", "ADDRESS:PORT", "send memory to this page server",
	  TEXT(checkpoint.page_server) },
	{ "checkpoint restore", "manage-cgroups-mode", "", "MODE",
	  "soft (default), full, strict or ignore", TEXT(checkpoint.cgroups) },
	{ "checkpoint restore", "network-lock", "", "METHOD", "iptables, nftables or skip",
	  TEXT(checkpoint.network_lock) },
	{ "checkpoint restore", "empty-ns", "", "NAMESPACE", "network: leave out what is in it",
	  LIST(checkpoint.empty_namespaces) },
	{ "checkpoint restore", "auto-dedup", "", NULL, "free memory images as soon as possible",
	  FLAG(checkpoint.auto_dedup) },
	{ "restore", "lsm-profile", "", "TYPE:NAME", "another profile of apparmor or selinux",
	  TEXT(checkpoint.lsm_profile) },
	{ "restore", "lsm-mount-context", "", "CONTEXT", "another SELinux context of mounts",
	  TEXT(checkpoint.lsm_mount_context) },
	{ "help", "man", "", NULL, "as a manual page, for man -l", FLAG(man) },
	{ "wait", "timeout", "", "TIME", "give up after this time: 5s, 100ms, 1m30s",
	  CALL(set_wait_timeout) },
	{ "check", "host", "", NULL, "what this machine offers, and what it lacks",
	  FLAG(check_host) },
	{ "check", "strict", "", NULL, "warnings count as errors", FLAG(strict) },
	{ "plan", "diff", "", "FILE", "what run would do otherwise with this other config",
	  TEXT(plan_diff) },
	{ "spec", "file", "f", "FILE", "write FILE, even if it exists", TEXT(spec_file) },
	{ "spec", "rootless", "", NULL, "for a container that you start without being root",
	  FLAG(spec_rootless) },
	{ "update", "resources", "r", "FILE", "the new limits as JSON; - for standard input",
	  TEXT(update.resources) },
	{ "update", "memory", "", "SIZE", "limit of memory", TEXT(update.memory) },
	{ "update", "memory-reservation", "", "SIZE", "memory that is left to it under pressure",
	  TEXT(update.memory_reservation) },
	{ "update", "memory-swap", "", "SIZE", "limit of memory and swap together",
	  TEXT(update.memory_swap) },
	{ "update", "kernel-memory", "", "SIZE", "obsolete: kernels have no such limit any more",
	  TEXT(update.kernel_memory) },
	{ "update", "kernel-memory-tcp", "", "SIZE", "obsolete, likewise",
	  TEXT(update.kernel_memory_tcp) },
	{ "update", "cpu-share", "", "N", "share of processor time, 2 to 262144",
	  TEXT(update.cpu_share) },
	{ "update", "cpu-quota", "", "USEC", "processor time in each period; -1: no limit",
	  TEXT(update.cpu_quota) },
	{ "update", "cpu-period", "", "USEC", "length of a period", TEXT(update.cpu_period) },
	{ "update", "cpu-burst", "", "USEC", "unused time that may be saved up",
	  TEXT(update.cpu_burst) },
	{ "update", "cpu-idle", "", "0|1", "1: only what nobody else wants",
	  TEXT(update.cpu_idle) },
	{ "update", "cpu-rt-period", "", "USEC", "period of real-time processes (v1)",
	  TEXT(update.cpu_rt_period) },
	{ "update", "cpu-rt-runtime", "", "USEC", "time of real-time processes in it (v1)",
	  TEXT(update.cpu_rt_runtime) },
	{ "update", "cpuset-cpus", "", "LIST", "processors to use, such as 0-3,7",
	  TEXT(update.cpuset_cpus) },
	{ "update", "cpuset-mems", "", "LIST", "memory nodes to use", TEXT(update.cpuset_mems) },
	{ "update", "pids-limit", "", "N", "limit of processes; -1: no limit",
	  TEXT(update.pids_limit) },
	{ "update", "blkio-weight", "", "N", "weight of block I/O, 10 to 1000",
	  TEXT(update.blkio_weight) },
	{ "update", "l3-cache-schema", "", "LINE", "cache of its RDT class, such as L3:0=ff",
	  TEXT(update.l3_cache_schema) },
	{ "update", "mem-bw-schema", "", "LINE", "memory bandwidth of its RDT class, MB:0=50",
	  TEXT(update.mem_bw_schema) },
	{ "events", "stats", "", NULL, "print one line and end", FLAG(events_stats) },
	{ "top", "once", "", NULL, "print one table and end", FLAG(top_once) },
	{ "events top", "interval", "", "TIME", "between lines: 5s, 100ms (events: 5s, top: 1s)",
	  CALL(set_interval) },
	{ "kill delete", "regex", "r", NULL, "all whose id matches a regular expression",
	  FLAG(regex) },
	{ "kill", "all", "a", NULL, "signal every process of the container", FLAG(kill_all) },
	{ "delete", "force", "f", NULL, "kill it first if it runs; clean up whatever is left",
	  FLAG(delete_force) },
	{ "list ps top", "format", "f", "FORMAT", "table (default) or json", CALL(set_format) },
	{ "check explain plan", "format", "", "FORMAT", "text (default) or json",
	  CALL(set_format) },
	{ "list", "quiet", "q", NULL, "only the ids", FLAG(list_quiet) },

	{ NULL, "root", "", "DIR", "where containers are kept (default: /run/tare)", TEXT(root) },
	{ NULL, "log", "", "FILE", "log to FILE, journald:NAME or syslog:NAME as well",
	  CALL(set_log) },
	{ NULL, "log-level", "", "LEVEL", "error, warning (default) or debug",
	  CALL(set_log_level) },
	{ NULL, "log-format", "", "FORMAT", "text (default) or json", CALL(set_log_format) },
	{ NULL, "systemd-cgroup", "", NULL, "let systemd manage the container's cgroup",
	  FLAG(systemd_cgroup) },
	{ NULL, "cgroup-manager", "", "NAME", "cgroupfs (default), systemd or disabled",
	  CALL(set_manager) },
	{ NULL, "rootless", "", "WHETHER", "true: go without a cgroup that may not be made",
	  CALL(set_rootless) },
	{ NULL, "criu", "", "PATH", "obsolete: nothing uses it", TEXT(criu) },
	{ NULL, "debug", "", NULL, "write warnings even when the command fails", FLAG(debug) },
	{ NULL, "trace", "", "FILE", "write how long each step took (opens in Perfetto)",
	  TEXT(trace) },
	{ NULL, "version", "vV", NULL, "print the version", FLAG(version) },
	{ NULL, "usage", "", NULL, "print a short help", FLAG(usage) },
	{ NULL, "help", "h?", NULL, "print this help", FLAG(help) },
};

const struct option *options_table(size_t *count)
{
	*count = sizeof(table) / sizeof(table[0]);
	return table;
}

bool options_applies(const struct option *option, const char *command)
{
	size_t len = command ? strlen(command) : 0;

	if (!command || !option->commands)
		return !command && !option->commands;
	for (const char *word = option->commands; *word != '\0';) {
		size_t length = strcspn(word, " ");

		if (length == len && memcmp(word, command, len) == 0)
			return true;
		word += length;
		word += strspn(word, " ");
	}
	return false;
}

static const struct option *find_name(const char *command, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (options_applies(&table[i], command) && strlen(table[i].name) == len &&
		    memcmp(table[i].name, name, len) == 0)
			return &table[i];
	}
	return NULL;
}

static const struct option *find_letter(const char *command, char letter)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (options_applies(&table[i], command) && strchr(table[i].letters, letter))
			return &table[i];
	}
	return NULL;
}

const struct option *options_find(const char *command, const char *name, size_t len)
{
	const struct option *own = command ? find_name(command, name, len) : NULL;

	return own ? own : find_name(NULL, name, len);
}

const struct option *options_find_letter(const char *command, char letter)
{
	const struct option *own = NULL;

	if (letter == '\0')
		return NULL;
	own = command ? find_letter(command, letter) : NULL;
	return own ? own : find_letter(NULL, letter);
}

/* The spellings that Go's flag package takes, for scripts written for runc. */
static int parse_bool(const char *text, bool *out)
{
	static const char *const yes[] = { "true", "1", "t", "T", "TRUE", "True" };
	static const char *const no[] = { "false", "0", "f", "F", "FALSE", "False" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}

static int apply_flag(const struct option *option, void *field, const char *value,
		      struct error *err)
{
	bool on = true;

	if (value && parse_bool(value, &on) < 0)
		return error_set(err, EINVAL, NULL,
				 "invalid value \"%s\" for --%s: expected true or false", value,
				 option->name);
	memcpy(field, &on, sizeof(on));
	return 0;
}

static int apply_choice(const struct option *option, struct choice *choice, const char *value,
			struct error *err)
{
	choice->given = true;
	return apply_flag(option, &choice->on, value, err);
}

static int apply_number(const struct option *option, void *field, const char *value,
			struct error *err)
{
	unsigned number = 0;
	uint64_t wide = 0;

	if (text_to_u64(value, OPTION_NUMBER_MAX, &wide) < 0)
		return error_set(err, EINVAL, NULL,
				 "invalid value \"%s\" for --%s: expected a number from 0 to %u",
				 value, option->name, OPTION_NUMBER_MAX);
	number = (unsigned)wide;
	memcpy(field, &number, sizeof(number));
	return 0;
}

int options_apply(const struct option *option, struct arguments *args, const char *value,
		  struct error *err)
{
	void *field = (char *)args + option->offset;
	const char *text = value && value[0] != '\0' ? value : NULL;

	switch (option->kind) {
	case OPTION_FLAG:
		return apply_flag(option, field, value, err);
	case OPTION_CHOICE:
		return apply_choice(option, field, value, err);
	case OPTION_LIST:
		return add_text(args, field, value, err);
	case OPTION_NUMBER:
		return apply_number(option, field, value, err);
	case OPTION_CALL:
		return option->call(args, value, err);
	case OPTION_TEXT:
		memcpy(field, &text, sizeof(text));
		return 0;
	}
	return 0;
}
