/* request.c - see request.h. To add a field, add a row. */
#include "criu/request.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_LEVEL = 4, ABOVE_STANDARD = 20 };

int request_init(struct request *request, const char *what)
{
	memset(request, 0, sizeof(*request));
	criu_req__init(&request->message);
	criu_opts__init(&request->options);
	criu_page_server_info__init(&request->page_server);
	request->message.opts = &request->options;
	if (strcmp(what, "dump") == 0)
		request->message.type = CRIU_REQ_TYPE__DUMP;
	else if (strcmp(what, "pre-dump") == 0)
		request->message.type = CRIU_REQ_TYPE__PRE_DUMP;
	else if (strcmp(what, "restore") == 0)
		request->message.type = CRIU_REQ_TYPE__RESTORE;
	else
		return -1;
	request->options.has_log_level = 1;
	request->options.log_level = LOG_LEVEL;
	request->options.has_notify_scripts = 1;
	request->options.notify_scripts = 1;
	request->options.external = request->external;
	request->options.inherit_fd = request->inherit;
	request->options.join_ns = request->join;
	return 0;
}

static int fail(const char *word)
{
	fprintf(stderr, "tare-criu cannot use \"%s\"\n", word);
	return -1;
}

/* -1 for what is none. */
static int number_of(const char *text)
{
	uint64_t number;

	return text_to_u64(text, INT32_MAX, &number) < 0 ? -1 : (int)number;
}

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		fprintf(stderr, "cannot open %s: errno %d\n", path, errno);
	return fd;
}

static int add_images(struct request *r, char *value)
{
	r->options.images_dir_fd = open_directory(value);
	return r->options.images_dir_fd < 0 ? -1 : 0;
}

static int add_work(struct request *r, char *value)
{
	r->options.has_work_dir_fd = 1;
	r->options.work_dir_fd = open_directory(value);
	return r->options.work_dir_fd < 0 ? -1 : 0;
}

static int add_external(struct request *r, char *value)
{
	if (r->options.n_external == REQUEST_ITEMS)
		return fail(value);
	r->external[r->options.n_external++] = value;
	return 0;
}

/* "FD:KEY"; a standard stream moves up, where CRIU does not use the number itself. */
static int add_inherit(struct request *r, char *value)
{
	InheritFd *item = malloc(sizeof(*item));
	char *key = strchr(value, ':');
	int fd;

	if (key)
		*key++ = '\0';
	fd = number_of(value);
	if (!item || !key || fd < 0 || r->options.n_inherit_fd == REQUEST_ITEMS) {
		free(item);
		return fail(value);
	}
	inherit_fd__init(item);
	item->key = key;
	item->fd = fd > 2 ? fd : fcntl(fd, F_DUPFD, ABOVE_STANDARD);
	r->inherit[r->options.n_inherit_fd++] = item;
	return item->fd < 0 ? fail(value) : 0;
}

/* "TYPE:FILE" */
static int add_join(struct request *r, char *value)
{
	JoinNamespace *item = malloc(sizeof(*item));
	char *file = strchr(value, ':');

	if (!item || !file || r->options.n_join_ns == REQUEST_ITEMS) {
		free(item);
		return fail(value);
	}
	*file++ = '\0';
	join_namespace__init(item);
	item->ns = value;
	item->ns_file = file;
	r->join[r->options.n_join_ns++] = item;
	return 0;
}

static int add_cgroup_root(struct request *r, char *value)
{
	cgroup_root__init(&r->cgroup_root);
	r->cgroup_root.path = value;
	r->cgroup_roots[0] = &r->cgroup_root;
	r->options.cg_root = r->cgroup_roots;
	r->options.n_cg_root = 1;
	return 0;
}

static int add_cgroups_mode(struct request *r, char *value)
{
	static const struct {
		const char *name;
		CriuCgMode mode;
	} modes[] = { { "ignore", CRIU_CG_MODE__IGNORE },
		      { "soft", CRIU_CG_MODE__SOFT },
		      { "full", CRIU_CG_MODE__FULL },
		      { "strict", CRIU_CG_MODE__STRICT } };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(value, modes[i].name) != 0)
			continue;
		r->options.has_manage_cgroups = r->options.has_manage_cgroups_mode = 1;
		r->options.manage_cgroups = 1;
		r->options.manage_cgroups_mode = modes[i].mode;
		return 0;
	}
	return fail(value);
}

static int add_network_lock(struct request *r, char *value)
{
	r->options.has_network_lock = 1;
	if (strcmp(value, "iptables") == 0)
		r->options.network_lock = CRIU_NETWORK_LOCK_METHOD__IPTABLES;
	else if (strcmp(value, "nftables") == 0)
		r->options.network_lock = CRIU_NETWORK_LOCK_METHOD__NFTABLES;
	else
		return fail(value);
	return 0;
}

/* "ADDRESS:PORT" */
static int add_page_server(struct request *r, char *value)
{
	char *port = strrchr(value, ':');

	if (!port)
		return fail(value);
	*port++ = '\0';
	r->page_server.address = value;
	r->page_server.has_port = 1;
	r->page_server.port = number_of(port);
	r->options.ps = &r->page_server;
	return r->page_server.port < 0 ? fail(port) : 0;
}

static int add_empty_network(struct request *r, char *value)
{
	(void)value;
	r->options.has_empty_ns = 1;
	r->options.empty_ns |= CLONE_NEWNET;
	return 0;
}

static int add_program(struct request *r, char *value)
{
	r->program = value;
	return 0;
}

enum kind { TEXT, NUMBER, SWITCH };

static const struct {
	const char *name;
	enum kind kind;
	size_t offset, has; /* of the value, and of whether it is there */
} fields[] = {
#define FIELD(name, kind, field)                                                                   \
	{                                                                                          \
		name, kind, offsetof(CriuOpts, field), offsetof(CriuOpts, has_##field)             \
	}
#define WORDS(name, field)                                                                         \
	{                                                                                          \
		name, TEXT, offsetof(CriuOpts, field), 0                                           \
	}
	FIELD("pid", NUMBER, pid),
	FIELD("status-fd", NUMBER, status_fd),
	FIELD("leave-running", SWITCH, leave_running),
	FIELD("ext-unix-sk", SWITCH, ext_unix_sk),
	FIELD("tcp-established", SWITCH, tcp_established),
	FIELD("tcp-skip-in-flight", SWITCH, tcp_skip_in_flight),
	FIELD("tcp-close", SWITCH, tcp_close),
	FIELD("shell-job", SWITCH, shell_job),
	FIELD("file-locks", SWITCH, file_locks),
	FIELD("link-remap", SWITCH, link_remap),
	FIELD("track-mem", SWITCH, track_mem),
	FIELD("auto-dedup", SWITCH, auto_dedup),
	FIELD("lazy-pages", SWITCH, lazy_pages),
	FIELD("orphan-pts-master", SWITCH, orphan_pts_master),
	FIELD("ext-sharing", SWITCH, ext_sharing),
	FIELD("ext-masters", SWITCH, ext_masters),
	FIELD("rst-sibling", SWITCH, rst_sibling),
	WORDS("log", log_file),
	WORDS("root", root),
	WORDS("parent", parent_img),
	WORDS("freeze-cgroup", freeze_cgroup),
	WORDS("config", config_file),
	WORDS("lsm-profile", lsm_profile),
	WORDS("lsm-mount-context", lsm_mount_context),
};

static const struct {
	const char *name;
	int (*add)(struct request *r, char *value);
} others[] = {
	{ "images", add_images },
	{ "work", add_work },
	{ "external", add_external },
	{ "inherit", add_inherit },
	{ "join", add_join },
	{ "cgroup-root", add_cgroup_root },
	{ "manage-cgroups", add_cgroups_mode },
	{ "network-lock", add_network_lock },
	{ "page-server", add_page_server },
	{ "empty-network", add_empty_network },
	{ "program", add_program },
};

static void set_field(struct request *r, size_t row, char *value)
{
	char *options = (char *)&r->options;
	const protobuf_c_boolean yes = 1;
	const int32_t number = number_of(value);

	if (fields[row].kind == TEXT)
		memcpy(options + fields[row].offset, &value, sizeof(value));
	else if (fields[row].kind == NUMBER)
		memcpy(options + fields[row].offset, &number, sizeof(number));
	else
		memcpy(options + fields[row].offset, &yes, sizeof(yes));
	if (fields[row].kind != TEXT)
		memcpy(options + fields[row].has, &yes, sizeof(yes));
}

int request_add(struct request *request, char *word)
{
	char *equals = strchr(word, '='), *value = equals ? equals + 1 : word + strlen(word);
	const size_t len = equals ? (size_t)(equals - word) : strlen(word);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strlen(fields[i].name) == len && memcmp(fields[i].name, word, len) == 0) {
			set_field(request, i, value);
			return 0;
		}
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strlen(others[i].name) == len && memcmp(others[i].name, word, len) == 0)
			return others[i].add(request, value);
	}
	return fail(word);
}

void request_free(struct request *request)
{
	for (size_t i = 0; i < request->options.n_inherit_fd; i++)
		free(request->inherit[i]);
	for (size_t i = 0; i < request->options.n_join_ns; i++)
		free(request->join[i]);
}
