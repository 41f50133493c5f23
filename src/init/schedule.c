/*
 * schedule.c - how schedulers and memory treat the process. All of it is inherited by the program.
 */
#include "init/init.h"

#include <linux/ioprio.h>
#include <linux/sched/types.h>

int step_run_scheduler(struct init *init, struct step_scheduler *step)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = (uint32_t)step->policy,
		.sched_flags = step->flags,
		.sched_nice = (int32_t)step->nice,
		.sched_priority = (uint32_t)step->priority,
		.sched_runtime = step->runtime,
		.sched_deadline = step->deadline,
		.sched_period = step->period,
		.sched_util_max = 1024, /* the most there is: no limit, if the flag asks for one */
	};

	(void)init;
	return (int)sys_call3(__NR_sched_setattr, 0, &attr, 0);
}

int step_run_io_priority(struct init *init, struct step_io_priority *step)
{
	(void)init;
	/* IOPRIO_PRIO_VALUE wants int or unsigned, as the kernel's headers are newer or older. */
	return (int)sys_call3(__NR_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			      step->class << IOPRIO_CLASS_SHIFT | step->priority);
}

int step_run_affinity(struct init *init, struct step_affinity *step)
{
	return (int)sys_call3(__NR_sched_setaffinity, 0, step->mask.length,
			      init_text(init, step->mask));
}

/* maxnode counts one more than there are bits. */
int step_run_memory_policy(struct init *init, struct step_memory_policy *step)
{
	const void *nodes = step->nodes.length > 0 ? init_text(init, step->nodes) : NULL;

	return (int)sys_call3(__NR_set_mempolicy, step->mode, nodes,
			      nodes ? (uint64_t)step->nodes.length * 8 + 1 : 0);
}

int step_run_personality(struct init *init, struct step_personality *step)
{
	long rc = sys_call1(__NR_personality, step->persona);

	(void)init;
	return rc < 0 ? (int)rc : 0;
}
