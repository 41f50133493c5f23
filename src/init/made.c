/* made.c - see made.h. */
#include "init/made.h"

#include <linux/mman.h>

enum { MADE_MAX = 1024 };

struct made {
	int parent; /* a descriptor of our own */
	uint32_t type;
	uint64_t ino;
	uint64_t mount;
	char name[256];
};

/* Pages that are not used cost nothing; other programs than those of tare mounts have none. */
static struct made *all_made(struct init *init)
{
	long at;

	if (init->made)
		return init->made;
	at = sys_call6(__NR_mmap, 0, MADE_MAX * sizeof(struct made), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, NO_FD, 0);
	init->made = at < 0 && at > -4096 ? NULL : (struct made *)at;
	return init->made;
}

static int remember(struct made *made, int parent, const char *name)
{
	struct sys_stat stat = { 0 };
	int rc = sys_stat(parent, name, AT_SYMLINK_NOFOLLOW, &stat);

	if (rc < 0)
		return rc;
	made->parent = (int)sys_call3(__NR_fcntl, parent, F_DUPFD_CLOEXEC, 0);
	made->type = S_TYPE(stat.mode);
	made->ino = stat.ino;
	made->mount = stat.mount;
	made->name[0] = '\0';
	(void)text_append(made->name, sizeof(made->name), name);
	return made->parent < 0 ? made->parent : 0;
}

static void remove(int parent, const char *name, bool directory)
{
	(void)sys_call3(__NR_unlinkat, parent, name, directory ? AT_REMOVEDIR : 0);
}

int made_note(struct init *init, int parent, const char *name)
{
	struct made *all = init->together ? all_made(init) : NULL;
	int rc = -E2BIG;

	if (!init->together)
		return 0;
	if (all && init->made_count < MADE_MAX)
		rc = remember(&all[init->made_count], parent, name);
	if (rc == 0) {
		init->made_count++;
		return 0;
	}
	remove(parent, name, true); /* one of the two does it */
	remove(parent, name, false);
	return rc;
}

static bool is_same(const struct made *made)
{
	struct sys_stat stat = { 0 };

	return sys_stat(made->parent, made->name, AT_SYMLINK_NOFOLLOW, &stat) == 0 &&
	       S_TYPE(stat.mode) == made->type && stat.ino == made->ino &&
	       stat.mount == made->mount && (made->type != S_REG || stat.size == 0);
}

void made_undo(struct init *init)
{
	while (init->made_count > 0) {
		const struct made *made = &init->made[--init->made_count];

		if (is_same(made))
			remove(made->parent, made->name, made->type == S_DIR);
		sys_close(made->parent);
	}
}
