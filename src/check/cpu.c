/* cpu.c - rules on /linux/resources/cpu. */
#include "check/names.h"
#include "check/rules.h"

#include <inttypes.h>

/* Microseconds that the scheduler can do with (cpu.cfs_*, cpu.max). */
#define QUOTA_MIN  1000
#define PERIOD_MIN 1000
#define PERIOD_MAX 1000000

#define SHARES_MIN 2
#define SHARES_MAX 262144

static const struct oci_cpu *cpu_of(const struct check *check)
{
	static const struct oci_cpu none;

	return check->resources->cpu ? check->resources->cpu : &none;
}

void check_cpu_bandwidth(const struct check *check)
{
	const struct oci_cpu *cpu = cpu_of(check);

	if (cpu->quota < -1 || (cpu->quota > 0 && cpu->quota < QUOTA_MIN))
		problem_hint(
		    finding_error(check, "/linux/resources/cpu/quota",
				  "%" PRId64 " us is less than the kernel takes (%d)", cpu->quota,
				  QUOTA_MIN),
		    "half a CPU is a quota of 50000 in a period of 100000; -1 is no limit");
	if (cpu->period && (cpu->period < PERIOD_MIN || cpu->period > PERIOD_MAX))
		finding_error(check, "/linux/resources/cpu/period",
			      "%" PRIu64 " us is out of range: %d to %d", cpu->period, PERIOD_MIN,
			      PERIOD_MAX);
	if (cpu->quota > 0 && cpu->burst > (uint64_t)cpu->quota)
		finding_error(check, "/linux/resources/cpu/burst",
			      "a burst of %" PRIu64 " us is more than the quota of %" PRId64
			      " us it is saved from",
			      cpu->burst, cpu->quota);
	if (cpu->idle < 0 || cpu->idle > 1)
		finding_error(check, "/linux/resources/cpu/idle", "%" PRId64 " is neither 0 nor 1",
			      cpu->idle);
}

/* v1 takes the number as it is; for v2 it is converted to a weight, and what is beyond is cut. */
void check_cpu_shares(const struct check *check)
{
	uint64_t shares = cpu_of(check)->shares;

	if (shares == 0 || (shares >= SHARES_MIN && shares <= SHARES_MAX))
		return;
	if (check->facts->cgroups.mode == HOST_CGROUP_V2)
		finding_warning(check, "/linux/resources/cpu/shares",
				"%" PRIu64
				" is beyond %d to %d and counts as the nearest of the two",
				shares, SHARES_MIN, SHARES_MAX);
	else
		finding_error(check, "/linux/resources/cpu/shares",
			      "%" PRIu64 " is out of range: %d to %d", shares, SHARES_MIN,
			      SHARES_MAX);
}

static void cpu_only_v1(const struct check *check, bool asked, const char *pointer)
{
	if (asked && check->facts->cgroups.mode == HOST_CGROUP_V2)
		finding_warning(
		    check, pointer,
		    "cgroup v2, which this host uses, has no real-time limits; it is left "
		    "out");
}

void check_cpu_realtime(const struct check *check)
{
	const struct oci_cpu *cpu = cpu_of(check);

	cpu_only_v1(check, cpu->realtime_runtime != 0, "/linux/resources/cpu/realtimeRuntime");
	cpu_only_v1(check, cpu->realtime_period != 0, "/linux/resources/cpu/realtimePeriod");
	if (cpu->realtime_runtime > 0 && cpu->realtime_period &&
	    (uint64_t)cpu->realtime_runtime > cpu->realtime_period)
		finding_error(check, "/linux/resources/cpu/realtimeRuntime",
			      "%" PRId64 " us is longer than the period of %" PRIu64 " us",
			      cpu->realtime_runtime, cpu->realtime_period);
}

void check_cpu_sets(const struct check *check)
{
	const struct oci_cpu *cpu = cpu_of(check);

	if (names_is_set(cpu->cpus) && !names_is_number_list(cpu->cpus))
		finding_error(check, "/linux/resources/cpu/cpus",
			      "%s is not a list of CPUs such as \"0-3,7\"", QUOTE(cpu->cpus));
	if (names_is_set(cpu->mems) && !names_is_number_list(cpu->mems))
		finding_error(check, "/linux/resources/cpu/mems",
			      "%s is not a list of memory nodes such as \"0-1\"", QUOTE(cpu->mems));
}
