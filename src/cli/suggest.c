/* suggest.c - see suggest.h. */
#include "cli/suggest.h"

#include <string.h>

#define WORD_MAX 32 /* longer than any option or command */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * Edit distance in which a swap of neighbours counts once: the usual slip of fingers. `len` of
 * both is at most WORD_MAX.
 */
static size_t edit_distance(const char *a, const char *b)
{
	size_t cost[WORD_MAX + 1][WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (size_t i = 0; i <= a_len; i++)
		cost[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		cost[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = a[i - 1] == b[j - 1] ? 0 : 1;

			cost[i][j] = min3(cost[i - 1][j] + 1, cost[i][j - 1] + 1,
					  cost[i - 1][j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    cost[i - 2][j - 2] + 1 < cost[i][j])
				cost[i][j] = cost[i - 2][j - 2] + 1;
		}
	}
	return cost[a_len][b_len];
}

void suggest_offer(struct suggestion *suggestion, const char *candidate)
{
	size_t len = strlen(suggestion->word);
	size_t limit = len < 3 ? 1 : len / 3;
	size_t distance;

	if (len == 0 || len > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	distance = edit_distance(suggestion->word, candidate);
	if (distance > limit || (suggestion->best && distance >= suggestion->distance))
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}
