/*
 * device_files.h - device rules as writes to devices.allow and devices.deny of cgroup v1.
 */
#ifndef TARE_CGROUP_DEVICE_FILES_H
#define TARE_CGROUP_DEVICE_FILES_H

#include "cgroup/devices.h"

int device_files_write(const struct put *to, const struct devices_list *list) MUST_CHECK;

/* Can v1 express the list? -EINVAL if not. */
int device_files_check(const struct devices_list *list, struct error *err) MUST_CHECK;

/* "c 1:3 rwm"; returns the length. */
size_t device_files_line(const struct devices_rule *rule, char line[64]);

#endif
