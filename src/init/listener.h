/* listener.h - load a filter that notifies, and hand its listener to tare. */
#ifndef TARE_INIT_LISTENER_H
#define TARE_INIT_LISTENER_H

#include "init/init.h"

#include <linux/filter.h>

int listener_load(struct init *init, uint64_t flags, const struct sock_fprog *program);

#endif
