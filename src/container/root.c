/* root.c - see root.h. */
#include "container/root.h"

#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ERROR_CODE CODE_STATE_ROOT

/* The first user namespace maps all ids to themselves; any other map is that of a later one. */
static bool in_user_namespace(void)
{
	static const char *const identity[] = { "0", "0", "4294967295" };
	FILE *map = fopen("/proc/self/uid_map", "re");
	char line[128] = "", *rest = NULL, *word = NULL;
	bool same = true;

	if (!map)
		return false; /* a kernel without user namespaces */
	if (!fgets(line, sizeof(line), map))
		same = false;
	(void)fclose(map);
	word = strtok_r(line, " \n", &rest);
	for (size_t i = 0; i < sizeof(identity) / sizeof(identity[0]); i++) {
		same = same && text_equal(word, identity[i]);
		word = strtok_r(NULL, " \n", &rest);
	}
	return !same;
}

void root_facts_collect(struct root_facts *facts)
{
	facts->euid = geteuid();
	facts->user = getenv("USER");
	facts->runtime_dir = getenv("XDG_RUNTIME_DIR");
	/* Without a runtime directory nothing depends on it. */
	facts->in_user_namespace = facts->euid == 0 && facts->runtime_dir && in_user_namespace();
}

/* runc's rule: podman and others run it as root of a user namespace that is no real root. */
static bool is_real_root(const struct root_facts *facts)
{
	return facts->euid == 0 && (!facts->in_user_namespace || text_equal(facts->user, "root"));
}

/* By its text alone, as the directory need not exist yet. */
static bool names_the_root(const char *path)
{
	size_t depth = 0, len = 0;

	for (const char *part = path; *part != '\0'; part += len + (part[len] == '/')) {
		len = strcspn(part, "/");
		if (len == 0 || (len == 1 && part[0] == '.'))
			continue;
		if (len == 2 && part[0] == '.' && part[1] == '.')
			depth -= depth > 0;
		else
			depth++;
	}
	return depth == 0;
}

static int make_absolute(const char *path, char *to, struct error *err)
{
	char cwd[PATH_MAX];
	int ret = 0;

	if (path[0] == '/')
		ret = text_format(to, PATH_MAX, "%s", path);
	else if (!getcwd(cwd, sizeof(cwd)))
		return error_sys(err, errno, "getcwd", NULL,
				 "cannot find the directory that --root %s is relative to", path);
	else
		ret = text_format(to, PATH_MAX, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path);
	if (ret < 0)
		return error_set(err, -ret, NULL, "the path of --root is too long");
	return 0;
}

int root_resolve(const char *given, const char *program, const struct root_facts *facts, char *to,
		 struct error *err)
{
	bool has_runtime_dir = facts->runtime_dir && facts->runtime_dir[0] != '\0';
	char standard[PATH_MAX];
	int ret = 0;

	if (!given) {
		ret = text_format(
		    standard, sizeof(standard), "%s/%s",
		    has_runtime_dir && !is_real_root(facts) ? facts->runtime_dir : "/run", program);
		if (ret < 0)
			return error_set(err, -ret, NULL, "XDG_RUNTIME_DIR is too long");
	}
	ret = make_absolute(given ? given : standard, to, err);
	if (ret < 0)
		return ret;
	if (names_the_root(to))
		return error_set(err, EINVAL, NULL, "--root must not be / itself");
	return 0;
}
