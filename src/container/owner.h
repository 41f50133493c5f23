/* owner.h - names of users, for people to read. */
#ifndef TARE_CONTAINER_OWNER_H
#define TARE_CONTAINER_OWNER_H

#include <stddef.h>
#include <stdint.h>

/* The name in /etc/passwd, or the number: NSS has no place in a static program. */
void owner_name(uint32_t uid, char *name, size_t size);

#endif
