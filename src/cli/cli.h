/*
 * cli.h - the whole program behind main().
 */
#ifndef TARE_CLI_CLI_H
#define TARE_CLI_CLI_H

/* Gives the exit status: that of the container's program, or 1 after a failure. */
int cli_main(int argc, char **argv);

#endif
