/*
 * plan_diff.c - see plan_diff.h.
 *
 * The longest common subsequence of the steps is what stays. What is left of both plans is paired
 * where it is about the same thing: that has changed; the rest was removed or added.
 */
#include "container/plan_diff.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_CODE CODE_OUTPUT

/* Cells of the table: 64 MiB. Beyond, all that stands between the first and the last difference
 * counts as removed and added, which is longer to read and still right. */
enum { CELLS_MOST = 16 * 1024 * 1024 };

struct entry {
	const struct plan_step *step;
	size_t index;             /* in the plan */
	bool stays;               /* it is in both plans, in the same place */
	bool moved;               /* it is in both, elsewhere: it goes and comes */
	const struct entry *pair; /* it has changed: the other state of it */
};

struct side {
	struct entry *entries;
	size_t count;
};

/* ---- what counts */

static bool is_same_kind(const struct plan_step *a, const struct plan_step *b)
{
	return a->inside == b->inside && strcmp(a->name, b->name) == 0;
}

static bool is_equal(const struct plan_step *a, const struct plan_step *b)
{
	if (!is_same_kind(a, b) || a->about.count != b->about.count)
		return false;
	for (size_t i = 0; i < a->about.count; i++) {
		const struct argument *left = &a->about.items[i], *right = &b->about.items[i];

		if (strcmp(left->name, right->name) != 0 || !describe_same(left, right))
			return false;
	}
	return true;
}

/* Objects of the config whose keys are names: their order is without effect. */
static size_t map_length(const struct plan_step *step)
{
	static const char *const maps[] = { "/annotations/", "/linux/sysctl/", "/linux/netDevices/",
					    "/linux/resources/unified/", "/linux/resources/rdma/" };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		if (text_has_prefix(step->pointer, maps[i]))
			return strlen(maps[i]);
	}
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	const int keys = strcmp(left->step->pointer, right->step->pointer);

	return keys != 0 ? keys : (left->index > right->index) - (left->index < right->index);
}

/* How many entries from `first` on stem from the same object. */
static size_t run_length(const struct side *side, size_t first)
{
	const struct plan_step *begin = side->entries[first].step;
	const size_t map = map_length(begin);
	size_t end = first + 1;

	while (map > 0 && end < side->count && is_same_kind(begin, side->entries[end].step) &&
	       strncmp(begin->pointer, side->entries[end].step->pointer, map) == 0)
		end++;
	return end - first;
}

static bool read_side(const struct plan *plan, struct side *out)
{
	out->entries = calloc(plan->count + 1, sizeof(*out->entries));
	out->count = out->entries ? plan->count : 0;
	for (size_t i = 0; i < out->count; i++)
		out->entries[i] = (struct entry){ .step = &plan->steps[i], .index = i };
	for (size_t i = 0, len; i < out->count; i += len) {
		len = run_length(out, i);
		qsort(out->entries + i, len, sizeof(*out->entries), compare_keys);
	}
	return out->entries != NULL;
}

/* ---- what stays */

static void keep(struct entry *a, struct entry *b)
{
	a->stays = b->stays = true;
}

/* lengths[i][j]: of the longest common subsequence of what follows i and j. */
static bool match_middle(struct entry *a, size_t n, struct entry *b, size_t m)
{
	uint32_t *lengths;
	const size_t row = m + 1;

	if (n == 0 || m == 0 || n + 1 > CELLS_MOST / row)
		return true;
	lengths = calloc((n + 1) * row, sizeof(*lengths));
	if (!lengths)
		return false;
	for (size_t i = n; i-- > 0;) {
		for (size_t j = m; j-- > 0;) {
			const uint32_t down = lengths[(i + 1) * row + j];
			const uint32_t right = lengths[i * row + j + 1];

			lengths[i * row + j] = is_equal(a[i].step, b[j].step)
						   ? lengths[(i + 1) * row + j + 1] + 1
					       : down > right ? down
							      : right;
		}
	}
	for (size_t i = 0, j = 0; i < n && j < m;) {
		if (is_equal(a[i].step, b[j].step))
			keep(&a[i++], &b[j++]);
		else if (lengths[(i + 1) * row + j] >= lengths[i * row + j + 1])
			i++;
		else
			j++;
	}
	free(lengths);
	return true;
}

static bool match(struct side *a, struct side *b)
{
	size_t first = 0, n = a->count, m = b->count;

	for (; first < n && first < m && is_equal(a->entries[first].step, b->entries[first].step);
	     first++)
		keep(&a->entries[first], &b->entries[first]);
	while (n > first && m > first && is_equal(a->entries[n - 1].step, b->entries[m - 1].step))
		keep(&a->entries[--n], &b->entries[--m]);
	return match_middle(a->entries + first, n - first, b->entries + first, m - first);
}

/* ---- what has changed */

/* Arguments that say what a step is about, in the order in which they are asked for. */
static const char *subject(const struct plan_step *step)
{
	static const char *const names[] = { "target", "path",   "file",       "key",
					     "name",   "device", "annotation", "directory" };

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		for (size_t i = 0; i < step->about.count; i++) {
			if (strcmp(step->about.items[i].name, names[n]) == 0)
				return step->about.items[i].text;
		}
	}
	return NULL;
}

static bool is_about_the_same(const struct plan_step *a, const struct plan_step *b)
{
	return text_equal(subject(a), subject(b)) && subject(a);
}

static bool has_same_origin(const struct plan_step *a, const struct plan_step *b)
{
	return a->pointer[0] != '\0' && strcmp(a->pointer, b->pointer) == 0;
}

static bool is_open(const struct entry *entry)
{
	return !entry->stays && !entry->moved && !entry->pair;
}

static void find_moved(struct side *a, struct side *b)
{
	for (size_t i = 0; i < a->count; i++) {
		struct entry *left = &a->entries[i];

		for (size_t j = 0; is_open(left) && j < b->count; j++) {
			struct entry *right = &b->entries[j];

			if (is_open(right) && is_equal(left->step, right->step))
				left->moved = right->moved = true;
		}
	}
}

static void pair(struct side *a, struct side *b,
		 bool (*belong)(const struct plan_step *, const struct plan_step *))
{
	for (size_t i = 0; i < a->count; i++) {
		struct entry *left = &a->entries[i];

		for (size_t j = 0; is_open(left) && j < b->count; j++) {
			struct entry *right = &b->entries[j];

			if (!is_open(right) || !is_same_kind(left->step, right->step) ||
			    !belong(left->step, right->step))
				continue;
			left->pair = right;
			right->pair = left;
		}
	}
}

/* In the order of both: what goes stands before what comes in its place. */
static void write_out(const struct side *a, const struct side *b, struct plan_differences *out)
{
	for (size_t i = 0, j = 0; i < a->count || j < b->count;) {
		const struct entry *left = i < a->count ? &a->entries[i] : NULL;
		const struct entry *right = j < b->count ? &b->entries[j] : NULL;
		struct plan_difference *next = &out->items[out->count];

		if (left && !left->stays) {
			i++;
			if (left->pair)
				continue; /* told where its other state stands */
			*next = (struct plan_difference){ PLAN_REMOVED, left->step, NULL };
			out->count++;
		} else if (right && !right->stays) {
			j++;
			*next = (struct plan_difference){ right->pair ? PLAN_CHANGED : PLAN_ADDED,
							  right->pair ? right->pair->step : NULL,
							  right->step };
			out->count++;
		} else {
			i++;
			j++;
		}
	}
}

int plan_compare(const struct plan *before, const struct plan *after, struct plan_differences *out,
		 struct error *err)
{
	struct side a = { 0 }, b = { 0 };
	bool done;

	*out = (struct plan_differences){
		calloc(before->count + after->count + 1, sizeof(*out->items)), 0
	};
	done = out->items && read_side(before, &a) && read_side(after, &b) && match(&a, &b);
	if (done) {
		find_moved(&a, &b);
		pair(&a, &b, is_about_the_same);
		pair(&a, &b, has_same_origin);
		write_out(&a, &b, out);
	}
	free(a.entries);
	free(b.entries);
	if (done)
		return 0;
	plan_differences_free(out);
	return error_sys(err, ENOMEM, "malloc", NULL, "cannot compare the plans");
}

void plan_differences_free(struct plan_differences *differences)
{
	free(differences->items);
	*differences = (struct plan_differences){ 0 };
}
