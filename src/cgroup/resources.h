/*
 * resources.h - the section /linux/resources as a whole: what it needs, whether it makes sense,
 * and which function sets which part of it.
 *
 * Zero, false and empty values are "not asked for" (DESIGN.md, section 8).
 */
#ifndef TARE_CGROUP_RESOURCES_H
#define TARE_CGROUP_RESOURCES_H

#include "cgroup/put.h"
#include "cgroup/trees.h"

/*
 * Call `visit` for each controller that must be there, with the property that needs it ("cpu",
 * "cpu/shares"), until it returns something else than 0, which is then the result. Devices need
 * no controller on v2 and are not among them.
 */
typedef int resources_visit(void *data, const char *controller, size_t len, const char *property);
int resources_each_need(const struct oci_resources *resources, enum host_cgroup_mode mode,
			resources_visit *visit, void *data) MUST_CHECK;

/* Combinations that cannot be right, before anything is made. */
int resources_check(const struct oci_resources *resources, struct error *err) MUST_CHECK;

/* Set all of it but the devices. Of `where` log, err and undo are used. */
int resources_apply(const struct cgroup *cgroup, const struct oci_resources *resources,
		    const struct put *where) MUST_CHECK;

#endif
