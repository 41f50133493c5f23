/*
 * box.c - a container's whole life by libtare: create, start, exec, wait, delete.
 *
 *	cc box.c -o box $(pkg-config --cflags --libs libtare)
 *	./box BUNDLE ID [ROOT]
 */
#include <tare/tare.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>

static int complain(const char *what, const struct tare_error *err)
{
	fprintf(stderr, "box: %s: %s (%s)\n", what, err->message, err->code);
	if (err->pointer[0])
		fprintf(stderr, "  at %s of %s, line %u\n", err->pointer, err->file, err->line);
	if (err->hint[0])
		fprintf(stderr, "  hint: %s\n", err->hint);
	return 1;
}

/* Several mistakes of one config come together. */
static void notice(void *data, enum tare_notice kind, const struct tare_error *what)
{
	(void)data;
	fprintf(stderr, "box: %s: %s: %s\n", kind == TARE_WARNING ? "warning" : "mistake",
		what->pointer, what->message);
}

static int show(const struct tare_name *box)
{
	struct tare_error err;
	struct tare_state *state;

	if (tare_state(box, &state, &err) < 0)
		return complain("state", &err);
	printf("%s is %s, its bundle %s\n", state->id, tare_status_name(state->status),
	       state->bundle);
	fflush(stdout);
	tare_state_free(state);
	return 0;
}

static int live(const struct tare_name *box)
{
	static const char *const hello[] = { "/bin/sh", "-c", "echo hello from exec; exit 7",
					     NULL };
	struct tare_exec_options exec = TARE_EXEC_OPTIONS_INIT;
	struct tare_error err;
	int status;

	if (show(box) != 0)
		return 1;
	if (tare_start(box, &err) < 0)
		return complain("start", &err);
	exec.args = hello;
	if (show(box) != 0)
		return 1;
	if (tare_exec(box, &exec, &status, &err) < 0)
		return complain("exec", &err);
	printf("exec ended with %d\n", status);
	if (tare_wait(box, 0, &status, &err) != -ETIMEDOUT)
		return complain("wait", &err);
	if (tare_kill_wait(box, SIGTERM, -1, &status, &err) < 0)
		return complain("kill", &err);
	printf("the container ended with %d\n", status);
	return show(box);
}

int main(int argc, char **argv)
{
	struct tare_create_options create = TARE_CREATE_OPTIONS_INIT;
	struct tare_name box = { NULL, NULL };
	struct tare_error err;
	int failed;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: box BUNDLE ID [ROOT]\n");
		return 2;
	}
	create.bundle = argv[1];
	box.id = argv[2];
	box.root = argv[3]; /* NULL: as the program tare */
	create.notice = notice;
	if (tare_create(&box, &create, &err) < 0)
		return complain("create", &err);
	failed = live(&box);
	if (tare_delete(&box, TARE_DELETE_FORCE, &err) < 0)
		return complain("delete", &err);
	return failed;
}
