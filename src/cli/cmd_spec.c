/* cmd_spec.c - tare spec: write a config.json to start from. */
#include "base/fd.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/spec_template.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#define ERROR_CODE CODE_SPEC_FILE

/* Where engines and runc look, too; a v2 hierarchy beside v1 does not count. */
static bool has_cgroup2(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static int open_bundle(const char *bundle, struct error *err)
{
	int fd = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return error_sys(err, errno, "open", NULL, "cannot open the bundle %s", bundle);
	return fd;
}

/* An existing config.json may be somebody's work; a file named by --file is meant. */
static int open_target(int bundle, const char *file, struct error *err)
{
	int how = file ? O_TRUNC : O_EXCL;
	const char *name = file ? file : "config.json";
	int fd = openat(bundle, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | how, 0666);

	if (fd < 0 && errno == EEXIST && !file)
		return error_set(err, EEXIST, NULL, "config.json exists; remove it first");
	if (fd < 0)
		return error_sys(err, errno, "openat", NULL, "cannot create %s", name);
	return fd;
}

static int save(const struct arguments *args, const char *text, struct error *err)
{
	owned_fd bundle = open_bundle(args->container.bundle, err);
	owned_fd file = FD_NONE;
	int ret = 0;

	if (bundle < 0)
		return bundle;
	file = open_target(bundle, args->spec_file, err);
	if (file < 0)
		return file;
	ret = output_write(file, text, strlen(text));
	if (close(take_fd(&file)) < 0 && ret == 0)
		ret = -errno;
	if (ret == 0)
		return 0;
	if (!args->spec_file)
		(void)unlinkat(bundle, "config.json", 0); /* half a config helps nobody */
	return error_sys(err, -ret, "write", NULL, "cannot write %s",
			 args->spec_file ? args->spec_file : "config.json");
}

int cmd_spec(const struct arguments *args, struct container_report *report, struct error *err)
{
	struct spec_template_facts facts = {
		.cgroup2 = has_cgroup2(),
		.rootless = args->spec_rootless,
		.uid = geteuid(),
		.gid = getegid(),
	};
	char *text = spec_template_make(&facts);
	int ret = 0;

	(void)report; /* nothing to warn of */
	if (!text)
		return error_set(err, ENOMEM, NULL, "out of memory");
	ret = save(args, text, err);
	free(text);
	return ret;
}
