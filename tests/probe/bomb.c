/*
 * bomb.c - a fork bomb with a bound: as many processes as it is told, each of which forks again
 * for every child that it loses. Says "full" when all are there.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_long *alive;
static long wanted;

/* In the child: it goes on as its parent does. */
static void spread(void)
{
	pid_t pid;

	for (;;) {
		long count = atomic_fetch_add(alive, 1);

		if (count >= wanted) {
			(void)atomic_fetch_sub(alive, 1);
			break;
		}
		if (count == wanted - 1)
			(void)!write(1, "full\n", 5);
		pid = fork();
		if (pid < 0)
			(void)atomic_fetch_sub(alive, 1);
	}
}

int main(int argc, char **argv)
{
	wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 2000;
	alive =
	    mmap(NULL, sizeof(*alive), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (alive == MAP_FAILED)
		return 1;
	atomic_store(alive, 1);
	for (;;) {
		spread();
		if (wait(NULL) > 0)
			(void)atomic_fetch_sub(alive, 1);
		else
			(void)pause();
	}
}
