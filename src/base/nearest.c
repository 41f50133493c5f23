/* nearest.c - see nearest.h. */
#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 40 /* longest name that a guess is made for */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same(char a, char b)
{
	return toupper((unsigned char)a) == toupper((unsigned char)b);
}

/*
 * Edit distance in which a swap of neighbours counts once: the usual slip of fingers. Both are at
 * most WORD_MAX long.
 */
static size_t distance_of(const char *a, const char *b)
{
	size_t cost[WORD_MAX + 1][WORD_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (size_t i = 0; i <= a_len; i++)
		cost[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		cost[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			size_t change = same(a[i - 1], b[j - 1]) ? 0 : 1;

			cost[i][j] = least(cost[i - 1][j - 1] + change,
					   least(cost[i - 1][j], cost[i][j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				cost[i][j] = least(cost[i][j], cost[i - 2][j - 2] + 1);
		}
	}
	return cost[a_len][b_len];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	const char *rest = strchr(candidate, '_');
	size_t len = strlen(nearest->word);
	size_t distance;

	if (len < 2 || len > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	distance = distance_of(nearest->word, candidate);
	if (rest)
		distance = least(distance, distance_of(nearest->word, rest + 1));
	if (distance > least(3, 1 + len / 5) || (nearest->best[0] && distance >= nearest->distance))
		return;
	nearest->distance = distance;
	(void)snprintf(nearest->best, sizeof(nearest->best), "%s", candidate);
}
