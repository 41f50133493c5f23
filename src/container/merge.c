/* merge.c - see merge.h. */
#include "container/merge.h"

#include <string.h>

/* A number or truth value: taken if it is there. */
#define TAKE(to, from, field)                                                                      \
	do {                                                                                       \
		if ((from)->has_##field) {                                                         \
			(to)->has_##field = true;                                                  \
			(to)->field = (from)->field;                                               \
		}                                                                                  \
	} while (0)
/* A number of which 0 asks for nothing: the kernel keeps what it has, and so does the config. */
#define TAKE_ASKED(to, from, field)                                                                \
	do {                                                                                       \
		if ((from)->field != 0)                                                            \
			TAKE(to, from, field);                                                     \
	} while (0)
#define TAKE_TEXT(to, from, field)                                                                 \
	((to)->field = (from)->field && (from)->field[0] ? (from)->field : (to)->field)

/* An object of our own to write to: a copy of what was there. */
#define COPY(arena, pointer)                                                                       \
	((pointer) ? copy_of(arena, pointer, sizeof(*(pointer)))                                   \
		   : arena_alloc(arena, sizeof(*(pointer))))

static void *copy_of(struct arena *arena, const void *object, size_t size)
{
	void *copy = arena_alloc(arena, size);

	return copy ? memcpy(copy, object, size) : NULL;
}

static bool merge_memory(struct arena *arena, struct oci_memory **to, const struct oci_memory *from)
{
	struct oci_memory *m;

	if (!from)
		return true;
	m = *to = COPY(arena, *to);
	if (!m)
		return false;
	TAKE_ASKED(m, from, limit);
	TAKE_ASKED(m, from, reservation);
	TAKE_ASKED(m, from, swap);
	TAKE_ASKED(m, from, kernel);
	TAKE_ASKED(m, from, kernel_tcp);
	TAKE(m, from, swappiness);
	TAKE(m, from, disable_oom_killer);
	TAKE(m, from, use_hierarchy);
	TAKE(m, from, check_before_update);
	return true;
}

static bool merge_cpu(struct arena *arena, struct oci_cpu **to, const struct oci_cpu *from)
{
	struct oci_cpu *cpu;

	if (!from)
		return true;
	cpu = *to = COPY(arena, *to);
	if (!cpu)
		return false;
	TAKE_ASKED(cpu, from, shares);
	TAKE_ASKED(cpu, from, quota);
	TAKE(cpu, from, burst);
	TAKE_ASKED(cpu, from, period);
	TAKE_ASKED(cpu, from, realtime_runtime);
	TAKE_ASKED(cpu, from, realtime_period);
	TAKE(cpu, from, idle);
	TAKE_TEXT(cpu, from, cpus);
	TAKE_TEXT(cpu, from, mems);
	return true;
}

/* Lists of things that have a key: an entry of the same key is replaced, a new one comes last. */
struct lists {
	size_t size; /* of an entry */
	bool (*same)(const void *a, const void *b);
};

static bool same_weight(const void *a, const void *b)
{
	const struct oci_weight_device *x = a, *y = b;

	return x->major == y->major && x->minor == y->minor;
}

static bool same_throttle(const void *a, const void *b)
{
	const struct oci_throttle_device *x = a, *y = b;

	return x->major == y->major && x->minor == y->minor;
}

static bool same_pages(const void *a, const void *b)
{
	const struct oci_hugepage_limit *x = a, *y = b;

	return strcmp(x->page_size, y->page_size) == 0;
}

/* Of every map: the key comes first. */
static bool same_pair(const void *a, const void *b)
{
	const struct oci_string_pair *x = a, *y = b;

	return strcmp(x->key, y->key) == 0;
}

static bool same_priority(const void *a, const void *b)
{
	const struct oci_interface_priority *x = a, *y = b;

	return strcmp(x->name, y->name) == 0;
}

/* Both kinds of list are {items, count}; the caller knows the type. */
static bool merge_entries(struct arena *arena, const struct lists *lists, void *items[2],
			  size_t counts[2])
{
	char *all = arena_array(arena, counts[0] + counts[1], lists->size);
	size_t count = counts[0];

	if (counts[1] == 0)
		return true;
	if (!all)
		return false;
	if (count > 0)
		memcpy(all, items[0], count * lists->size);
	for (size_t i = 0; i < counts[1]; i++) {
		const char *entry = (const char *)items[1] + i * lists->size;
		size_t at = 0;

		while (at < count && !lists->same(all + at * lists->size, entry))
			at++;
		memcpy(all + at * lists->size, entry, lists->size);
		count += at == count;
	}
	items[0] = all;
	counts[0] = count;
	return true;
}

#define MERGE_LIST(arena, to, from, compare)                                                       \
	__extension__({                                                                            \
		const struct lists lists = { sizeof(*(to)->items), compare };                      \
		void *items[2] = { (to)->items, (from)->items };                                   \
		size_t counts[2] = { (to)->count, (from)->count };                                 \
		const bool merged = merge_entries(arena, &lists, items, counts);                   \
                                                                                                   \
		(to)->items = items[0];                                                            \
		(to)->count = counts[0];                                                           \
		merged;                                                                            \
	})

static bool merge_block_io(struct arena *arena, struct oci_block_io **to,
			   const struct oci_block_io *from)
{
	struct oci_block_io *io;

	if (!from)
		return true;
	io = *to = COPY(arena, *to);
	if (!io)
		return false;
	TAKE_ASKED(io, from, weight);
	TAKE_ASKED(io, from, leaf_weight);
	return MERGE_LIST(arena, &io->weight_device, &from->weight_device, same_weight) &&
	       MERGE_LIST(arena, &io->throttle_read_bps_device, &from->throttle_read_bps_device,
			  same_throttle) &&
	       MERGE_LIST(arena, &io->throttle_write_bps_device, &from->throttle_write_bps_device,
			  same_throttle) &&
	       MERGE_LIST(arena, &io->throttle_read_iops_device, &from->throttle_read_iops_device,
			  same_throttle) &&
	       MERGE_LIST(arena, &io->throttle_write_iops_device, &from->throttle_write_iops_device,
			  same_throttle);
}

static bool merge_network(struct arena *arena, struct oci_network **to,
			  const struct oci_network *from)
{
	struct oci_network *network;

	if (!from)
		return true;
	network = *to = COPY(arena, *to);
	if (!network)
		return false;
	TAKE_ASKED(network, from, class_id);
	return MERGE_LIST(arena, &network->priorities, &from->priorities, same_priority);
}

struct oci_resources *merge_resources(struct arena *arena, const struct oci_resources *base,
				      const struct oci_resources *changes)
{
	struct oci_resources *all = COPY(arena, base);

	if (!all)
		return NULL;
	if (changes->devices.count > 0)
		all->devices = changes->devices;
	if (changes->pids && changes->pids->limit != 0)
		all->pids = changes->pids;
	if (!merge_memory(arena, &all->memory, changes->memory) ||
	    !merge_cpu(arena, &all->cpu, changes->cpu) ||
	    !merge_block_io(arena, &all->block_io, changes->block_io) ||
	    !merge_network(arena, &all->network, changes->network) ||
	    !MERGE_LIST(arena, &all->rdma, &changes->rdma, same_pair) ||
	    !MERGE_LIST(arena, &all->hugepage_limits, &changes->hugepage_limits, same_pages) ||
	    !MERGE_LIST(arena, &all->unified, &changes->unified, same_pair))
		return NULL;
	return all;
}

struct oci_resources merge_touched(const struct oci_resources *all,
				   const struct oci_resources *changes)
{
	struct oci_resources touched = { 0 };

	if (changes->devices.count > 0)
		touched.devices = all->devices;
	touched.memory = changes->memory ? all->memory : NULL;
	touched.cpu = changes->cpu ? all->cpu : NULL;
	touched.pids = changes->pids ? all->pids : NULL;
	touched.block_io = changes->block_io ? all->block_io : NULL;
	touched.network = changes->network ? all->network : NULL;
	if (changes->hugepage_limits.count > 0)
		touched.hugepage_limits = all->hugepage_limits;
	if (changes->rdma.count > 0)
		touched.rdma = all->rdma;
	if (changes->unified.count > 0)
		touched.unified = all->unified;
	return touched;
}
