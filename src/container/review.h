/*
 * review.h - what a reviewer of a config would remark, though it is valid: `tare check` alone.
 */
#ifndef TARE_CONTAINER_REVIEW_H
#define TARE_CONTAINER_REVIEW_H

#include "base/problems.h"
#include "ocispec/config.h"

/* Adds warnings. */
void review_config(const struct oci_config *config, struct problems *problems);

#endif
