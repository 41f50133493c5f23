/*
 * merge.h - resources that a container has, and those that update gives it.
 */
#ifndef TARE_CONTAINER_MERGE_H
#define TARE_CONTAINER_MERGE_H

#include "ocispec/arena.h"
#include "ocispec/config.h"

/*
 * What is in force afterwards: `base` (or NULL) with what is present in `changes`. Device limits,
 * huge pages, rdma and unified values replace those of the same name and leave others. In the
 * arena; NULL when out of memory. Neither input is changed, strings are shared.
 */
struct oci_resources *merge_resources(struct arena *arena, const struct oci_resources *base,
				      const struct oci_resources *changes);

/*
 * The part of `all` that `changes` is about: each section whole in which it says something, for
 * values of one section depend on each other (memory and swap, quota and period).
 */
struct oci_resources merge_touched(const struct oci_resources *all,
				   const struct oci_resources *changes);

#endif
