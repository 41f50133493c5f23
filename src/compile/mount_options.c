/* mount_options.c - see mount_options.h. */
#include "compile/mount_options.h"

#include <linux/mount.h>
#include <string.h>

enum kind {
	NOTHING, /* the default anyway, or only about messages in the kernel's log */
	SET,     /* a flag of the mount */
	CLEAR,
	SET_ALL, /* of the whole tree */
	CLEAR_ALL,
	ATIME, /* one of a group: replaces what was said before */
	ATIME_ALL,
	PROPAGATE,
	BIND,
	SUPERBLOCK, /* a flag of the filesystem: bit of superblock_flags */
	SUPERBLOCK_OFF,
	SPECIAL, /* one of enum special */
};

enum special { COPY_UP, LINK_SOURCE, LINK_TARGET, COPY_LINK, IDMAP, RIDMAP };

/* By their fsconfig names, if they have one, and as mount(2) takes them. */
static const struct {
	const char *name;
	unsigned long flag;
} superblock_flags[] = {
	{ "sync", MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC }, { "lazytime", MS_LAZYTIME },
	{ "mand", MS_MANDLOCK },    { NULL, MS_I_VERSION },
};

enum {
	SYNC = 1 << 0,
	DIRSYNC = 1 << 1,
	LAZYTIME = 1 << 2,
	MAND = 1 << 3,
	IVERSION = 1 << 4,
	SUPERBLOCK_FLAGS = sizeof(superblock_flags) / sizeof(superblock_flags[0]),
};

static const struct option {
	const char *name;
	enum kind kind;
	uint64_t value;
} options_known[] = {
	{ "defaults", NOTHING, 0 },
	{ "bind", BIND, 0 },
	{ "rbind", BIND, MS_REC },
	{ "ro", SET, MOUNT_ATTR_RDONLY },
	{ "rw", CLEAR, MOUNT_ATTR_RDONLY },
	{ "nosuid", SET, MOUNT_ATTR_NOSUID },
	{ "suid", CLEAR, MOUNT_ATTR_NOSUID },
	{ "nodev", SET, MOUNT_ATTR_NODEV },
	{ "dev", CLEAR, MOUNT_ATTR_NODEV },
	{ "noexec", SET, MOUNT_ATTR_NOEXEC },
	{ "exec", CLEAR, MOUNT_ATTR_NOEXEC },
	{ "nosymfollow", SET, MOUNT_ATTR_NOSYMFOLLOW },
	{ "symfollow", CLEAR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "nodiratime", SET, MOUNT_ATTR_NODIRATIME },
	{ "diratime", CLEAR, MOUNT_ATTR_NODIRATIME },
	{ "relatime", ATIME, MOUNT_ATTR_RELATIME },
	{ "norelatime", ATIME, MOUNT_ATTR_RELATIME }, /* the kernel knows no other default */
	{ "atime", ATIME, MOUNT_ATTR_RELATIME },
	{ "nostrictatime", ATIME, MOUNT_ATTR_RELATIME },
	{ "noatime", ATIME, MOUNT_ATTR_NOATIME },
	{ "strictatime", ATIME, MOUNT_ATTR_STRICTATIME },
	{ "rro", SET_ALL, MOUNT_ATTR_RDONLY },
	{ "rrw", CLEAR_ALL, MOUNT_ATTR_RDONLY },
	{ "rnosuid", SET_ALL, MOUNT_ATTR_NOSUID },
	{ "rsuid", CLEAR_ALL, MOUNT_ATTR_NOSUID },
	{ "rnodev", SET_ALL, MOUNT_ATTR_NODEV },
	{ "rdev", CLEAR_ALL, MOUNT_ATTR_NODEV },
	{ "rnoexec", SET_ALL, MOUNT_ATTR_NOEXEC },
	{ "rexec", CLEAR_ALL, MOUNT_ATTR_NOEXEC },
	{ "rnosymfollow", SET_ALL, MOUNT_ATTR_NOSYMFOLLOW },
	{ "rsymfollow", CLEAR_ALL, MOUNT_ATTR_NOSYMFOLLOW },
	{ "rnodiratime", SET_ALL, MOUNT_ATTR_NODIRATIME },
	{ "rdiratime", CLEAR_ALL, MOUNT_ATTR_NODIRATIME },
	{ "rrelatime", ATIME_ALL, MOUNT_ATTR_RELATIME },
	{ "rnorelatime", ATIME_ALL, MOUNT_ATTR_RELATIME },
	{ "ratime", ATIME_ALL, MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", ATIME_ALL, MOUNT_ATTR_RELATIME },
	{ "rnoatime", ATIME_ALL, MOUNT_ATTR_NOATIME },
	{ "rstrictatime", ATIME_ALL, MOUNT_ATTR_STRICTATIME },
	{ "private", PROPAGATE, MS_PRIVATE },
	{ "rprivate", PROPAGATE, MS_PRIVATE | MS_REC },
	{ "shared", PROPAGATE, MS_SHARED },
	{ "rshared", PROPAGATE, MS_SHARED | MS_REC },
	{ "slave", PROPAGATE, MS_SLAVE },
	{ "rslave", PROPAGATE, MS_SLAVE | MS_REC },
	{ "unbindable", PROPAGATE, MS_UNBINDABLE },
	{ "runbindable", PROPAGATE, MS_UNBINDABLE | MS_REC },
	{ "sync", SUPERBLOCK, SYNC },
	{ "async", SUPERBLOCK_OFF, SYNC },
	{ "dirsync", SUPERBLOCK, DIRSYNC },
	{ "lazytime", SUPERBLOCK, LAZYTIME },
	{ "nolazytime", SUPERBLOCK_OFF, LAZYTIME },
	{ "iversion", SUPERBLOCK, IVERSION },
	{ "noiversion", SUPERBLOCK_OFF, IVERSION },
	{ "mand", SUPERBLOCK, MAND },
	{ "nomand", SUPERBLOCK_OFF, MAND },
	/* of the tree, crun says; a filesystem has them once */
	{ "rsync", SUPERBLOCK, SYNC },
	{ "rasync", SUPERBLOCK_OFF, SYNC },
	{ "rdirsync", SUPERBLOCK, DIRSYNC },
	{ "rmand", SUPERBLOCK, MAND },
	{ "rnomand", SUPERBLOCK_OFF, MAND },
	{ "tmpcopyup", SPECIAL, COPY_UP },
	{ "src-nofollow", SPECIAL, LINK_SOURCE },
	{ "dest-nofollow", SPECIAL, LINK_TARGET },
	{ "copy-symlink", SPECIAL, COPY_LINK },
	{ "idmap", SPECIAL, IDMAP },
	{ "ridmap", SPECIAL, RIDMAP },
	{ "remount", NOTHING, 0 },
	{ "silent", NOTHING, 0 },
	{ "loud", NOTHING, 0 },
};

enum { KNOWN = sizeof(options_known) / sizeof(options_known[0]) };

const char *mount_options_known(size_t index)
{
	return index < KNOWN ? options_known[index].name : NULL;
}

/* Mappings may stand behind the last two: "idmap=uids=0-1000-10;gids=0-1000-10". */
static const struct option *find(const char *name)
{
	const char *equals = strchr(name, '=');
	const size_t len = equals ? (size_t)(equals - name) : strlen(name);

	for (size_t i = 0; i < KNOWN; i++) {
		const struct option *option = &options_known[i];
		const bool takes_value =
		    option->kind == SPECIAL && (option->value == IDMAP || option->value == RIDMAP);

		if ((!equals || takes_value) && strlen(option->name) == len &&
		    strncmp(option->name, name, len) == 0)
			return option;
	}
	return NULL;
}

static void apply_special(struct mount_options *out, enum special special, const char *text)
{
	const char *equals = strchr(text, '=');

	switch (special) {
	case COPY_UP:
		out->copy_up = true;
		break;
	case LINK_SOURCE:
		out->link_source = true;
		break;
	case LINK_TARGET:
		out->link_target = true;
		break;
	case COPY_LINK:
		out->copy_link = true;
		break;
	case IDMAP:
	case RIDMAP:
		out->idmap = equals ? equals + 1 : "";
		out->idmap_recursive = special == RIDMAP;
		break;
	}
}

static void set(uint64_t *on, uint64_t *off, uint64_t value)
{
	*on |= value;
	*off &= ~value;
}

/* The kernel wants the whole group cleared before one of it is set. */
static void set_atime(uint64_t *on, uint64_t *off, uint64_t value)
{
	*on = (*on & ~(uint64_t)MOUNT_ATTR__ATIME) | value;
	*off |= MOUNT_ATTR__ATIME;
}

static void apply(struct mount_options *out, const struct option *option, const char *text)
{
	switch (option->kind) {
	case SET:
		set(&out->set, &out->clear, option->value);
		break;
	case CLEAR:
		set(&out->clear, &out->set, option->value);
		break;
	case SET_ALL: /* of the top as well, whatever was said of it before */
		set(&out->set_all, &out->clear_all, option->value);
		out->clear &= ~option->value;
		break;
	case CLEAR_ALL:
		set(&out->clear_all, &out->set_all, option->value);
		out->set &= ~option->value;
		break;
	case ATIME:
		set_atime(&out->set, &out->clear, option->value);
		break;
	case ATIME_ALL:
		set_atime(&out->set_all, &out->clear_all, option->value);
		out->set &= ~(uint64_t)MOUNT_ATTR__ATIME;
		out->clear &= ~(uint64_t)MOUNT_ATTR__ATIME;
		break;
	case PROPAGATE:
		out->propagation = option->value;
		break;
	case BIND:
		out->bind = true;
		out->recursive = option->value == MS_REC;
		break;
	case SUPERBLOCK:
		out->superblock |= (unsigned)option->value;
		break;
	case SUPERBLOCK_OFF:
		out->superblock &= ~(unsigned)option->value;
		break;
	case SPECIAL:
		apply_special(out, (enum special)option->value, text);
		break;
	case NOTHING:
		break;
	}
}

/* "key=value" or a flag that only the filesystem knows. */
static bool add_data(struct mount_options *out, struct arena *arena, const char *option)
{
	const char *equals = strchr(option, '=');
	size_t len = equals ? (size_t)(equals - option) : strlen(option);

	out->data[out->data_count++] = arena_strndup(arena, option, len);
	out->data[out->data_count++] = equals ? equals + 1 : NULL;
	return out->data[out->data_count - 2] != NULL;
}

static void name_superblock_flags(struct mount_options *out, const char **flags)
{
	for (size_t i = 0; i < SUPERBLOCK_FLAGS; i++) {
		if (!(out->superblock & 1u << i))
			continue;
		out->super |= superblock_flags[i].flag;
		if (superblock_flags[i].name)
			flags[out->flag_count++] = superblock_flags[i].name;
		else
			out->old_call = true;
	}
}

bool mount_options_read(const struct oci_strings *options, struct arena *arena,
			struct mount_options *out)
{
	const char **flags = arena_array(arena, SUPERBLOCK_FLAGS, sizeof(*flags));

	memset(out, 0, sizeof(*out));
	out->flags = flags;
	out->data = arena_array(arena, 2 * options->count + 2, sizeof(*out->data));
	if (!flags || !out->data)
		return false;
	for (size_t i = 0; i < options->count; i++) {
		const struct option *known = find(options->items[i]);

		if (!known && !add_data(out, arena, options->items[i]))
			return false;
		if (known)
			apply(out, known, options->items[i]);
	}
	name_superblock_flags(out, flags);
	out->attr = out->set | (out->set_all & ~out->clear);
	if (out->clear & MOUNT_ATTR__ATIME) /* said last of the top: the group has one value */
		out->attr =
		    (out->attr & ~(uint64_t)MOUNT_ATTR__ATIME) | (out->set & MOUNT_ATTR__ATIME);
	return true;
}
