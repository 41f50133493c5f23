/* owner.c - see owner.h. */
#include "container/owner.h"
#include "base/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

void owner_name(uint32_t uid, char *name, size_t size)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;
	int len = -ENOENT;

	while (file && len < 0 && (entry = fgetpwent(file))) {
		if (entry->pw_uid == uid)
			len = text_format(name, size, "%s", entry->pw_name);
	}
	if (file)
		(void)fclose(file);
	if (len < 0)
		(void)snprintf(name, size, "%u", uid);
}
