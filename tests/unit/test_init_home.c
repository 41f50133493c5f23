/*
 * test_init_home.c - HOME from the image's passwd: whatever the file looks like, the right line or
 * "/", and never more than the room there is.
 */
#include "test_init.h"

enum { ROOM = 64 };

/* The entry of the environment after the step, for a passwd of this text (NULL: none). */
static const char *home(struct stage *s, uint64_t uid, const char *passwd)
{
	char room[ROOM] = "HOME=/";
	struct step_home *step;

	if (passwd)
		stage_file(s, "etc/passwd", passwd, 0644);
	step = stage_step(s, STEP_HOME);
	step->uid = uid;
	step->entry = program_data(&s->program, room, sizeof(room));
	CHECK_INT(step_run_home(&s->init, step), 0);
	return s->init.base + step->entry.offset;
}

static void enter(struct stage *s)
{
	stage_mkdir(s, "etc");
	CHECK_INT(sys_call1(__NR_fchdir, s->init.root), 0);
	CHECK_INT(sys_call1(__NR_chroot, "."), 0);
	CHECK_INT(sys_call1(__NR_chdir, "/"), 0);
}

static void finds_the_users_line(struct stage *s)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
				     "short:x:100:100::/home/short:/bin/sh\n"
				     "user:x:1000:1000:A User,,,:/home/user:/bin/sh\n"
				     "long:x:10000:1000::/home/long:/bin/sh\n";

	enter(s);
	CHECK_TEXT(home(s, 0, passwd), "HOME=/root");
	CHECK_TEXT(home(s, 100, passwd), "HOME=/home/short");
	CHECK_TEXT(home(s, 1000, passwd), "HOME=/home/user");
	CHECK_TEXT(home(s, 10000, passwd), "HOME=/home/long");
	CHECK_TEXT(home(s, 10, passwd), "HOME=/");
	CHECK_TEXT(home(s, 1, passwd), "HOME=/");
	CHECK_TEXT(home(s, 4294967295u, passwd), "HOME=/");
}

static void takes_the_first_of_several(struct stage *s)
{
	enter(s);
	CHECK_TEXT(home(s, 7, "a:x:7:7::/first:\nb:x:7:7::/second:\n"), "HOME=/first");
}

static void reads_the_largest_id(struct stage *s)
{
	enter(s);
	CHECK_TEXT(home(s, 4294967294u, "a:x:4294967294:7::/last:\n"), "HOME=/last");
	/* 2^32 + 7 and 2^64 + 7 are no 7 */
	CHECK_TEXT(home(s, 7, "a:x:4294967303:7::/wrong:\n"), "HOME=/");
	CHECK_TEXT(home(s, 7, "a:x:18446744073709551623:7::/wrong:\n"), "HOME=/");
	CHECK_TEXT(home(s, 0, "a:x:18446744073709551616:7::/wrong:\n"), "HOME=/");
}

static void last_line_may_lack_its_end(struct stage *s)
{
	enter(s);
	CHECK_TEXT(home(s, 7, "a:x:1:1::/a:/bin/sh\nb:x:7:7::/b:/bin/sh"), "HOME=/b");
	CHECK_TEXT(home(s, 7, "b:x:7:7::/b"), "HOME=/b");
	CHECK_TEXT(home(s, 7, "b:x:7:7:"), "HOME=/");
}

static void passes_over_malformed_lines(struct stage *s)
{
	static const char *const malformed[] = {
		"",
		"\n",
		"user",
		"user:x:7",
		"user:x:7:7",
		":::::",
		"user:x::7::/wrong:",
		"user:x:7x:7::/wrong:",
		"user:x:x7:7::/wrong:",
		"user:x: 7:7::/wrong:",
		"user:x:7 :7::/wrong:",
		"user:x:+7:7::/wrong:",
		"user:x:-7:7::/wrong:",
		"user:x:0x7:7::/wrong:",
		"user:7:x:7::/wrong:",
		"user:x:-N7:7::/wrong:",
		"user:x:7.0:7::/wrong:",
	};
	char passwd[256];

	enter(s);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		(void)snprintf(passwd, sizeof(passwd), "%s\nright:x:7:7::/right:/bin/sh\n",
			       malformed[i]);
		CHECK_TEXT(home(s, 7, passwd), "HOME=/right");
		CHECK_TEXT(home(s, 7, malformed[i]), "HOME=/");
	}
}

static void garbage_is_not_root(struct stage *s)
{
	enter(s);
	CHECK_TEXT(home(s, 0, "user:x::7::/wrong:\n"), "HOME=/");
	CHECK_TEXT(home(s, 0, "user:x:-N:7::/wrong:\n"), "HOME=/");
	CHECK_TEXT(home(s, 0, "user:x:-N0:7::/wrong:\n"), "HOME=/");
	CHECK_TEXT(home(s, 0, "user:x:root:7::/wrong:\n"), "HOME=/");
}

static void empty_home_is_the_root(struct stage *s)
{
	enter(s);
	CHECK_TEXT(home(s, 7, "user:x:7:7:::/bin/sh\n"), "HOME=/");
}

static void missing_or_odd_files(struct stage *s)
{
	enter(s);
	CHECK_TEXT(home(s, 7, NULL), "HOME=/");
	/* a FIFO would keep us waiting for ever */
	CHECK_INT(sys_call4(__NR_mknodat, s->init.root, "etc/passwd", S_FIFO | 0666, 0), 0);
	CHECK_TEXT(home(s, 7, NULL), "HOME=/");
	CHECK_INT(sys_call3(__NR_unlinkat, s->init.root, "etc/passwd", 0), 0);
	stage_mkdir(s, "etc/passwd");
	CHECK_TEXT(home(s, 7, NULL), "HOME=/");
	CHECK_INT(sys_call3(__NR_unlinkat, s->init.root, "etc/passwd", AT_REMOVEDIR), 0);
	stage_link(s, "passwd", "etc/passwd");
	CHECK_TEXT(home(s, 7, NULL), "HOME=/");
	CHECK_INT(sys_call3(__NR_unlinkat, s->init.root, "etc/passwd", 0), 0);
	stage_file(s, "etc/real", "u:x:7:7::/linked:", 0644);
	stage_link(s, "real", "etc/passwd");
	CHECK_TEXT(home(s, 7, NULL), "HOME=/linked");
}

/* HOME in a directory of half its name would be another directory: "/" is honest. */
static void does_not_cut_a_long_home(struct stage *s)
{
	const size_t most = ROOM - sizeof("HOME="); /* what fits */
	char passwd[256], path[ROOM + 2], want[ROOM + 8];

	enter(s);
	memset(path, 'h', sizeof(path));
	path[0] = '/';
	path[most] = '\0';
	(void)snprintf(passwd, sizeof(passwd), "u:x:7:7::%s:/bin/sh\n", path);
	(void)snprintf(want, sizeof(want), "HOME=%s", path);
	CHECK_TEXT(home(s, 7, passwd), want);
	path[most] = 'h';
	path[most + 1] = '\0';
	(void)snprintf(passwd, sizeof(passwd), "u:x:7:7::%s:/bin/sh\n", path);
	CHECK_TEXT(home(s, 7, passwd), "HOME=/");
}

/* Lines across the chunks of reading, and a file longer than anybody reads to its end. */
static void reads_large_files(struct stage *s)
{
	const size_t size = 2 * 1024 * 1024;
	char *passwd = malloc(size);
	static const char line[] = "user:x:7:7::/late:/bin/sh\n";

	CHECK(passwd != NULL);
	enter(s);
	memset(passwd, 'x', size);
	for (size_t at = 4090; at + 1 < size; at += 4091)
		passwd[at] = '\n';
	/* the line lies across the end of the second chunk of 4096 bytes */
	memcpy(passwd + 8180, line, sizeof(line) - 1);
	passwd[8179] = '\n';
	passwd[size - 1] = '\0';
	CHECK_TEXT(home(s, 7, passwd), "HOME=/late");
	memset(passwd + 8180, 'x', sizeof(line));
	/* behind the first MiB nobody looks */
	memcpy(passwd + size - sizeof(line), line, sizeof(line));
	passwd[size - sizeof(line) - 1] = '\n';
	CHECK_TEXT(home(s, 7, passwd), "HOME=/");
	free(passwd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(finds_the_users_line),        STAGE_TEST(takes_the_first_of_several),
		STAGE_TEST(reads_the_largest_id),        STAGE_TEST(last_line_may_lack_its_end),
		STAGE_TEST(passes_over_malformed_lines), STAGE_TEST(garbage_is_not_root),
		STAGE_TEST(empty_home_is_the_root),      STAGE_TEST(missing_or_odd_files),
		STAGE_TEST(does_not_cut_a_long_home),    STAGE_TEST(reads_large_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
