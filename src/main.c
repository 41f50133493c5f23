/* main.c - the program. Everything is in src/cli and below, where tests can link it. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
