/*
 * helper.h - tare-init as something the kernel can execute.
 */
#ifndef TARE_SYS_HELPER_H
#define TARE_SYS_HELPER_H

#include "base/error.h"

/*
 * A close-on-exec descriptor for execveat(AT_EMPTY_PATH): a sealed memfd with the embedded copy;
 * where memfds may not be executed (vm.memfd_noexec=2) a read-only detached mount of the
 * installed copy. Never tare itself, and never a file that a container could write (CVE-2019-5736).
 */
int helper_open(struct error *err) MUST_CHECK;

#endif
