/* nothing.c - the smallest program there is: it ends. Without a C library's start, for
 * measurements. */
#include <stdlib.h>

int main(void)
{
	return EXIT_SUCCESS;
}
