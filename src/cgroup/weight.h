/*
 * weight.h - cpu.shares of v1 (2 to 262144) as cpu.weight of v2 (1 to 10000), and weights of block
 * devices (10 to 1000) as io.weight (1 to 10000).
 */
#ifndef TARE_CGROUP_WEIGHT_H
#define TARE_CGROUP_WEIGHT_H

#include <stdint.h>

/*
 * The conversion that runc and crun agreed on: 10^((l^2 + 125 l) / 612 - 7/34) with l =
 * log2(shares), rounded up. It maps the minimum, the default and the maximum onto each other (2 to
 * 1, 1024 to 100, 262144 to 10000). Values outside the range of shares are taken as its ends.
 */
uint64_t weight_from_shares(uint64_t shares);

/* Linear; for weights from 10 to 1000, as the specification has them. */
unsigned weight_from_blkio(unsigned weight);

#endif
