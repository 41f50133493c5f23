/* Descriptors over unix sockets: what arrives, and that nothing stays open when too much does. */
#include "base/fd.h"
#include "sys/scm.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

struct pair {
	int a;
	int b;
};

static struct pair open_pair(int type)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
	return (struct pair){ .a = ends[0], .b = ends[1] };
}

static void close_pair(struct pair *pair)
{
	close_fd(&pair->a);
	close_fd(&pair->b);
}

static size_t count_open(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			count++;
	}
	return count;
}

static void expect_same_file(int a, int b)
{
	struct stat left;
	struct stat right;

	assert_int_equal(fstat(a, &left), 0);
	assert_int_equal(fstat(b, &right), 0);
	assert_true(left.st_dev == right.st_dev && left.st_ino == right.st_ino);
}

static void expect_passage(int type)
{
	struct pair pair = open_pair(type);
	const int sent[2] = { pair.a, STDERR_FILENO };
	int fds[3];
	struct scm_fds got = { .fds = fds, .room = 3 };
	char text[16];

	assert_int_equal(scm_send(pair.a, "hello", 5, sent, 2), 0);
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), 5);
	assert_memory_equal(text, "hello", 5);
	assert_int_equal(got.count, 2);
	for (size_t i = 0; i < 2; i++) {
		expect_same_file(fds[i], sent[i]);
		assert_int_equal(fcntl(fds[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		close(fds[i]);
	}
	/* Payload alone, then the end. */
	assert_int_equal(scm_send(pair.a, "x", 1, NULL, 0), 0);
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), 1);
	assert_int_equal(got.count, 0);
	close_fd(&pair.a);
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), 0);
	assert_int_equal(scm_send(pair.b, "x", 1, NULL, 0), -EPIPE);
	close_pair(&pair);
}

static void test_passage(void **state)
{
	(void)state;
	expect_passage(SOCK_SEQPACKET);
	expect_passage(SOCK_STREAM);
}

static void expect_refusal(size_t sent_count, size_t room)
{
	struct pair pair = open_pair(SOCK_SEQPACKET);
	int sent[SCM_FDS_MAX];
	int fds[SCM_FDS_MAX];
	struct scm_fds got = { .fds = fds, .room = room };
	char text[16];
	size_t before;

	for (size_t i = 0; i < sent_count; i++)
		sent[i] = pair.a;
	before = count_open();
	assert_int_equal(scm_send(pair.a, "x", 1, sent, sent_count), 0);
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), -EMSGSIZE);
	assert_int_equal(got.count, 0);
	assert_int_equal(count_open(), before);
	close_pair(&pair);
}

static void test_too_many_descriptors(void **state)
{
	(void)state;
	expect_refusal(1, 0);
	expect_refusal(2, 1); /* the second would fit into the padding of the control message */
	expect_refusal(SCM_FDS_MAX, 1);
	expect_refusal(SCM_FDS_MAX, SCM_FDS_MAX - 1);
}

static void test_the_most_descriptors(void **state)
{
	struct pair pair = open_pair(SOCK_STREAM);
	int sent[SCM_FDS_MAX + 1];
	int fds[SCM_FDS_MAX];
	struct scm_fds got = { .fds = fds, .room = SCM_FDS_MAX };
	char text[16];

	(void)state;
	for (size_t i = 0; i <= SCM_FDS_MAX; i++)
		sent[i] = pair.a;
	assert_int_equal(scm_send(pair.a, "x", 1, sent, SCM_FDS_MAX + 1), -EINVAL);
	assert_int_equal(scm_send(pair.a, "x", 1, sent, SCM_FDS_MAX), 0);
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), 1);
	assert_int_equal(got.count, SCM_FDS_MAX);
	while (got.count > 0)
		close(fds[--got.count]);
	close_pair(&pair);
}

static void test_too_long_a_payload(void **state)
{
	struct pair pair = open_pair(SOCK_SEQPACKET);
	int fds[1];
	struct scm_fds got = { .fds = fds, .room = 1 };
	char text[4];
	size_t before = count_open();

	(void)state;
	assert_int_equal(scm_send(pair.a, "hello", 5, &pair.a, 1), 0);
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), -EMSGSIZE);
	assert_int_equal(count_open(), before);
	assert_int_equal(scm_send(pair.a, "", 0, &pair.a, 1), -EINVAL);
	close_pair(&pair);
}

/* The kernel hands over what fits and drops the rest: MSG_CTRUNC. */
static void test_full_table_of_descriptors(void **state)
{
	struct pair pair = open_pair(SOCK_SEQPACKET);
	const int sent[2] = { pair.a, pair.b };
	int fds[2];
	struct scm_fds got = { .fds = fds, .room = 2 };
	struct rlimit limit;
	struct rlimit tight;
	char text[4];
	size_t before;

	(void)state;
	assert_int_equal(scm_send(pair.a, "x", 1, sent, 2), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	tight = limit;
	tight.rlim_cur = (rlim_t)dup(pair.a) + 1; /* the lowest free one is the last allowed */
	close((int)tight.rlim_cur - 1);
	before = count_open();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), -EMSGSIZE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(got.count, 0);
	assert_int_equal(count_open(), before);
	close_pair(&pair);
}

static void test_nothing_to_receive_yet(void **state)
{
	struct pair pair = open_pair(SOCK_SEQPACKET | SOCK_NONBLOCK);
	struct scm_fds got = { .room = 0 };
	char text[4];

	(void)state;
	assert_int_equal(scm_receive(pair.b, text, sizeof(text), &got), -EAGAIN);
	close_pair(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passage),
		cmocka_unit_test(test_too_many_descriptors),
		cmocka_unit_test(test_the_most_descriptors),
		cmocka_unit_test(test_too_long_a_payload),
		cmocka_unit_test(test_full_table_of_descriptors),
		cmocka_unit_test(test_nothing_to_receive_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
