/*
 * test_init_gate.c - a created container: it says that it is ready, waits for `tare start`, and
 * holds nothing but what it needs for that.
 */
#include "test_init.h"

#include <sys/mman.h>
#include <sys/un.h>

/* ---- ready */

static void ready_waits_until_it_is_noted(struct stage *s)
{
	int fd;

	stage_go(s);
	CHECK_INT(step_run_ready(&s->init, stage_step(s, STEP_READY)), 0);
	CHECK_INT(stage_hear(s, &fd).kind, REPORT_READY);
	CHECK_INT(recv(s->init.socket, &fd, 1, MSG_DONTWAIT), -1); /* the byte was taken */
}

/* tare died before it wrote down who we are: nobody would find us. */
static void ready_without_tare_is_the_end(struct stage *s)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(s->talk);
		(void)step_run_ready(&s->init, stage_step(s, STEP_READY));
		_exit(9);
	}
	CHECK_INT(recv(s->talk, &status, sizeof(status), MSG_TRUNC), sizeof(struct report));
	(void)close(s->talk);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 1 << 8);
}

/* ---- the gate */

enum { LISTENER = 20, LOCK = 21, LEAKED = 22, TALK = 23, PRESERVED = 3 };

/* The listener at its number, a lock file, a descriptor that leaked, and one to preserve. */
static struct step_gate *gate_step(struct stage *s)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct step_gate *step = stage_step(s, STEP_GATE);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), null;

	CHECK_INT(dup2(s->talk, TALK), TALK); /* away from the number that is preserved */
	s->talk = TALK;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/start", s->directory);
	CHECK(fd >= 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	CHECK_INT(listen(fd, 4), 0);
	CHECK_INT(dup2(fd, LISTENER), LISTENER);
	(void)close(fd);
	null = sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0);
	CHECK_INT(dup2(null, LOCK), LOCK);
	CHECK_INT(dup2(null, LEAKED), LEAKED);
	if (null != PRESERVED)
		CHECK_INT(dup2(null, PRESERVED), PRESERVED);
	step->listener = LISTENER;
	step->lock = LOCK;
	step->preserve = 1;
	return step;
}

static int connect_to(struct stage *s)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/start", s->directory);
	CHECK(fd >= 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* One byte, and a descriptor if there is one. */
static void send_start(int connection, int fd)
{
	char byte = 's', control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec vector = { &byte, 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	CHECK_INT(sendmsg(connection, &message, 0), 1);
}

static int make_page(struct gate_page **page)
{
	int fd = memfd_create("page", MFD_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_INT(ftruncate(fd, sizeof(**page)), 0);
	*page = mmap(NULL, sizeof(**page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(*page != MAP_FAILED);
	return fd;
}

static bool is_open(int fd)
{
	return sys_call3(__NR_fcntl, fd, F_GETFD, 0) >= 0;
}

/* What the waiting process does once it is let go: judged by its exit status. */
static int pass_gate(struct stage *s, struct step_gate *step)
{
	if (step_run_gate(&s->init, step) != 0)
		return 2;
	if (is_open(LISTENER) || is_open(LEAKED) || !is_open(LOCK) || !is_open(PRESERVED))
		return 3;
	if (!s->init.page || !is_open(s->init.socket) || s->init.root != NO_FD)
		return 4;
	s->init.page->exec_errno = 42;
	return report_simple(&s->init, REPORT_EXECUTING) == 0 ? 5 : 6;
}

static pid_t wait_at_gate(struct stage *s)
{
	struct step_gate *step = gate_step(s);
	pid_t pid = fork();

	if (pid == 0) {
		(void)sys_prctl(1 /* PR_SET_PDEATHSIG */, 9, 0);
		_exit(pass_gate(s, step));
	}
	(void)close(LISTENER);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;

	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void start_lets_it_go(struct stage *s)
{
	struct gate_page *page;
	int fd, connection, memory;
	pid_t pid = wait_at_gate(s);

	memory = make_page(&page);
	connection = connect_to(s);
	send_start(connection, memory);
	CHECK_INT(status_of(pid), 5);
	CHECK_INT(page->exec_errno, 42);
	s->talk = connection;
	CHECK_INT(stage_hear(s, &fd).kind, REPORT_EXECUTING);
	CHECK_INT(recv(connection, &fd, 1, 0), 0);
}

/* create's socket is closed when the waiting begins: its end-of-file lets create go. */
static void create_is_let_go(struct stage *s)
{
	struct gate_page *page;
	char byte;
	pid_t pid = wait_at_gate(s);

	(void)close(s->init.socket); /* our copy of the child's end */
	CHECK_INT(recv(s->talk, &byte, 1, 0), 0);
	send_start(connect_to(s), make_page(&page));
	CHECK_INT(status_of(pid), 5);
}

/* Who connects and dies, or sends no page, is not a start; the next one may be. */
static void nonsense_is_not_a_start(struct stage *s)
{
	struct gate_page *page;
	int connection, pipe_ends[2];
	pid_t pid = wait_at_gate(s);

	(void)close(connect_to(s));
	connection = connect_to(s);
	send_start(connection, NO_FD);
	CHECK_INT(recv(connection, pipe_ends, 1, 0), 0); /* sent away */
	connection = connect_to(s);
	CHECK_INT(pipe(pipe_ends), 0);
	send_start(connection, pipe_ends[0]); /* nothing that could be mapped */
	CHECK_INT(recv(connection, pipe_ends, 1, 0), 0);
	send_start(connect_to(s), make_page(&page));
	CHECK_INT(status_of(pid), 5);
}

static void whoever_comes_second_is_too_late(struct stage *s)
{
	struct gate_page *page;
	int first, second, memory = make_page(&page);
	char byte;
	pid_t pid = wait_at_gate(s);

	first = connect_to(s);
	second = connect_to(s);
	send_start(second, memory); /* it may send, but nobody listens to it */
	send_start(first, memory);
	CHECK_INT(status_of(pid), 5);
	CHECK_INT(recv(second, &byte, 1, 0), -1); /* ECONNRESET: closed with its message unread */
}

/* The late fence leaves a gate that is still to come its descriptors. */
static void fence_spares_the_gate(struct stage *s)
{
	struct step_gate *gate = gate_step(s);
	struct step_fence *step = stage_step(s, STEP_FENCE);

	CHECK_INT(dup2(s->init.socket, 10), 10);
	s->init.socket = 10;
	step->preserve = 1;
	step->now = true;
	step->gate = program_offset(&s->program, gate);
	CHECK_INT(step_run_fence(&s->init, step), 0);
	for (int fd = 0; fd < 30; fd++)
		CHECK_INT(is_open(fd), fd <= 3 || fd == 10 || fd == LISTENER || fd == LOCK);
}

static void fence_keeps_what_is_named(struct stage *s)
{
	unsigned keep[] = { 9, 3, 5, 5, 2, 40 };

	(void)s;
	CHECK_INT(sys_call3(__NR_close_range, 3, ~0u, 0), 0);
	for (int fd = 3; fd < 50; fd++)
		CHECK_INT(dup2(0, fd), fd);
	CHECK_INT(fence_keep_only(4, keep, 6), 0);
	for (int fd = 0; fd < 60; fd++)
		CHECK_INT(is_open(fd), fd <= 3 || fd == 5 || fd == 9 || fd == 40);
	CHECK_INT(fence_keep_only(3, keep, 0), 0);
	CHECK(!is_open(3) && !is_open(40) && is_open(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(ready_waits_until_it_is_noted),
		STAGE_TEST(ready_without_tare_is_the_end),
		STAGE_TEST(start_lets_it_go),
		STAGE_TEST(create_is_let_go),
		STAGE_TEST(nonsense_is_not_a_start),
		STAGE_TEST(whoever_comes_second_is_too_late),
		STAGE_TEST(fence_spares_the_gate),
		STAGE_TEST(fence_keeps_what_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
