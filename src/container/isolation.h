/*
 * isolation.h - a namespace that is joined by path may turn out to be our own.
 *
 * Then what the config sets "in the container's" namespace would be set on the host.
 */
#ifndef TARE_CONTAINER_ISOLATION_H
#define TARE_CONTAINER_ISOLATION_H

#include "base/error.h"
#include "ocispec/config.h"

/*
 * Refuse a hostname, a domainname or a sysctl of a namespace that is named by a path and is the
 * one tare itself is in (runtime-spec, config-linux.md "Sysctl"; CVE-2022-0811 and its kin).
 */
int isolation_check(const struct oci_config *config, struct error *err) MUST_CHECK;

#endif
