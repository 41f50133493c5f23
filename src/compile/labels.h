/*
 * labels.h - AppArmor profile and SELinux labels: of the program, of its keyring, of mounts.
 */
#ifndef TARE_COMPILE_LABELS_H
#define TARE_COMPILE_LABELS_H

#include "compile/compile.h"

/* While the host's /proc is in reach: the file is opened, the keyring's label is set. */
void labels_open(struct compile *c);
/* Behind the keyring. */
void labels_end_keyring(struct compile *c);
/* For the next execve, which should be the program's. */
void labels_emit(struct compile *c);

/*
 * The filesystem option that labels a mount of this type ("context"), or NULL where it takes none:
 * no label is asked for, or the kernel labels the files of this type itself.
 */
const char *labels_mount_option(const struct compile *c, const char *type);
/* The label for its root, where that is an attribute and no option; or NULL. */
const char *labels_mount_root(const struct compile *c, const char *type);

#endif
