/* Command lines to struct arguments: all forms of options, all complaints, ids, roots, tables. */
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/id.h"
#include "cli/options.h"
#include "cli/parse.h"
#include "container/root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_WORDS    16

/* Words are separated by blanks; '' is an empty word. */
struct line {
	char text[256];
	char *argv[MAX_WORDS + 2];
	int argc;
};

static void split(const char *text, struct line *line)
{
	static char program[] = "/usr/bin/tare";

	assert_true(snprintf(line->text, sizeof(line->text), "%s", text) < (int)sizeof(line->text));
	line->argv[0] = program;
	line->argc = 1;
	for (char *word = strtok(line->text, " "); word; word = strtok(NULL, " ")) {
		assert_true(line->argc <= MAX_WORDS);
		if (strcmp(word, "''") == 0)
			word[0] = '\0';
		line->argv[line->argc++] = word;
	}
	line->argv[line->argc] = NULL;
}

static void show_text(FILE *to, const char *name, const char *value)
{
	if (value)
		(void)fprintf(to, " %s=%s", name, value);
}

static void show_flag(FILE *to, const char *name, bool value)
{
	if (value)
		(void)fprintf(to, " %s", name);
}

static void show_exec(FILE *to, const struct arguments *args)
{
	const struct container_exec *exec = &args->exec;

	show_text(to, "process", exec->process_file);
	for (size_t i = 0; i < exec->env.count; i++)
		show_text(to, "env", exec->env.items[i]);
	for (size_t i = 0; i < exec->caps.count; i++)
		show_text(to, "cap", exec->caps.items[i]);
	for (size_t i = 0; i < exec->additional_gids.count; i++)
		(void)fprintf(to, " group=%u", exec->additional_gids.items[i]);
	show_text(to, "cwd", exec->cwd);
	if (exec->has_uid)
		(void)fprintf(to, " uid=%u", exec->uid);
	if (exec->has_gid)
		(void)fprintf(to, " gid=%u", exec->gid);
	show_flag(to, "tty", exec->tty);
	if (args->no_new_privs.given)
		(void)fprintf(to, " no-new-privs=%d", args->no_new_privs.on);
	show_flag(to, "ignore-paused", exec->ignore_paused);
}

/* What was understood, as one line; what was not given is left out. */
static void show(const struct arguments *args, char *text, size_t size)
{
	FILE *to = fmemopen(text, size, "w");

	assert_non_null(to);
	(void)fputs(args->command ? args->command->name : "none", to);
	show_text(to, "root", args->root);
	show_text(to, "log", args->log);
	show_text(to, "trace", args->trace);
	show_flag(to, "json", args->log_json);
	show_flag(to, "debug", args->debug);
	show_flag(to, "version", args->version);
	show_flag(to, "help", args->help);
	show_text(to, "bundle", args->container.bundle);
	show_text(to, "config", args->container.config);
	show_text(to, "pid-file", args->container.pid_file);
	if (args->container.preserve_fds > 0)
		(void)fprintf(to, " fds=%u", args->container.preserve_fds);
	show_flag(to, "no-pivot", args->container.no_pivot);
	show_flag(to, "no-new-keyring", args->container.no_new_keyring);
	show_flag(to, "no-subreaper", args->container.no_subreaper);
	show_flag(to, "keep", args->container.keep);
	show_flag(to, "detach", args->container.detach);
	show_text(to, "console", args->container.console_socket);
	show_text(to, "pidfd", args->container.pidfd_socket);
	show_flag(to, "all", args->kill_all);
	show_flag(to, "force", args->delete_force);
	show_flag(to, "quiet", args->list_quiet);
	show_flag(to, "json-format", args->json);
	show_text(to, "file", args->spec_file);
	show_flag(to, "rootless", args->spec_rootless);
	show_exec(to, args);
	for (int i = 0; i < args->count; i++)
		(void)fprintf(to, " [%s]", args->positionals[i]);
	assert_int_equal(fclose(to), 0);
}

static const struct {
	const char *line, *expected;
} forms[] = {
	{ "", "none" },
	{ "run c1", "run [c1]" },
	{ "run --bundle /b c1", "run bundle=/b [c1]" },
	{ "run --bundle=/b c1", "run bundle=/b [c1]" },
	{ "run -bundle /b c1", "run bundle=/b [c1]" },
	{ "run -bundle=/b c1", "run bundle=/b [c1]" },
	{ "run -b /b c1", "run bundle=/b [c1]" },
	{ "run -b=/b c1", "run bundle=/b [c1]" },
	{ "run --bundle=a=b c1", "run bundle=a=b [c1]" },
	/* a value may look like an option */
	{ "run --pid-file --keep c1", "run pid-file=--keep [c1]" },
	{ "run --pid-file -- c1", "run pid-file=-- [c1]" },
	/* empty is the same as not given, and takes back what was said before */
	{ "run --bundle= c1", "run [c1]" },
	{ "run -b x --bundle '' c1", "run [c1]" },
	/* flags */
	{ "run --keep c1", "run keep [c1]" },
	{ "run -keep c1", "run keep [c1]" },
	{ "run --keep=true --no-pivot=1 --no-subreaper=T c1",
	  "run no-pivot no-subreaper keep [c1]" },
	{ "run --keep --keep=false c1", "run [c1]" },
	{ "run --no-new-keyring=f --keep=0 --no-pivot=FALSE c1", "run [c1]" },
	{ "run --keep true", "run keep [true]" },
	/* numbers */
	{ "run --preserve-fds 0 c1", "run [c1]" },
	{ "run --preserve-fds=8388607 c1", "run fds=8388607 [c1]" },
	/* options and operands mix; "--" ends options */
	{ "run c1 --keep -b x", "run bundle=x keep [c1]" },
	{ "run --keep -- -c1", "run keep [-c1]" },
	{ "run -- --", "run [--]" },
	{ "-- run c1", "run [c1]" },
	{ "run -", "run [-]" },
	/* global options on both sides, repeated: the last wins */
	{ "--root /r --log l --log-format json --debug run c1",
	  "run root=/r log=l json debug [c1]" },
	{ "run c1 --root /r --trace t", "run root=/r trace=t [c1]" },
	{ "--root=/a --root=/b run --root /c c1", "run root=/c [c1]" },
	{ "--log-format json run --log-format text c1", "run [c1]" },
	{ "--log file:/var/log/x run c1", "run log=/var/log/x [c1]" },
	{ "--log x --log '' run c1", "run [c1]" },
	/* the same letter means what the command says */
	{ "run -f x c1", "run config=x [c1]" },
	{ "spec -f x", "spec file=x" },
	{ "spec --rootless -b b", "spec bundle=b rootless" },
	{ "spec --file -", "spec file=-" },
	{ "plan", "plan" },
	{ "plan --config x.json c1", "plan config=x.json [c1]" },
	/* the lifecycle */
	{ "create --bundle /b --pid-file p --console-socket s --pidfd-socket=f --no-pivot c1",
	  "create bundle=/b pid-file=p no-pivot console=s pidfd=f [c1]" },
	{ "create --preserve-fds 2 --no-new-keyring -f c c1",
	  "create config=c fds=2 no-new-keyring [c1]" },
	{ "run -d c1", "run detach [c1]" },
	{ "run --detach --console-socket s --pidfd-socket f c1",
	  "run detach console=s pidfd=f [c1]" },
	{ "kill c1", "kill [c1]" },
	{ "kill --all c1 9", "kill all [c1] [9]" },
	{ "kill c1 -a KILL", "kill all [c1] [KILL]" },
	{ "delete --force c1", "delete force [c1]" },
	{ "delete c1 -f", "delete force [c1]" },
	{ "list", "list" },
	{ "list --format=json", "list json-format" },
	{ "list -f json -q", "list quiet json-format" },
	{ "list -f json -f table", "list" },
	/* behind the id, options are those of the host's ps */
	{ "ps c1", "ps [c1]" },
	{ "ps --format json c1", "ps json-format [c1]" },
	{ "ps -f json c1", "ps json-format [c1]" },
	{ "ps c1 -f json", "ps [c1] [-f] [json]" },
	{ "ps --format table c1 -o pid,comm --help", "ps [c1] [-o] [pid,comm] [--help]" },
	{ "ps --root /r c1 aux --root x", "ps root=/r [c1] [aux] [--root] [x]" },
	/* and those of the program */
	{ "exec c1 ls -l --root /x", "exec [c1] [ls] [-l] [--root] [/x]" },
	{ "exec -d c1 -- ls", "exec detach [c1] [--] [ls]" },
	{ "exec -- c1 ls", "exec [c1] [ls]" },
	{ "exec --process /p --pid-file f c1", "exec pid-file=f process=/p [c1]" },
	{ "exec --process=/p c1 ls", "exec process=/p [c1] [ls]" },
	{ "exec -dt --preserve-fds 2 c1 ls", "exec fds=2 detach tty [c1] [ls]" },
	{ "exec -tty=false --no-new-privs c1 ls", "exec no-new-privs=1 [c1] [ls]" },
	{ "exec --no-new-privs=false c1 ls", "exec no-new-privs=0 [c1] [ls]" },
	{ "exec --no-new-privs --no-new-privs=false c1 ls", "exec no-new-privs=0 [c1] [ls]" },
	{ "exec -e A=1 --env B= --env=C=c=c -e '' c1 ls",
	  "exec env=A=1 env=B= env=C=c=c env= [c1] [ls]" },
	{ "exec -c CAP_KILL --cap=CAP_CHOWN c1 ls", "exec cap=CAP_KILL cap=CAP_CHOWN [c1] [ls]" },
	{ "exec -g 5 --additional-gids 0 -g 4294967294 c1 ls",
	  "exec group=5 group=0 group=4294967294 [c1] [ls]" },
	{ "exec --console-socket s --pidfd-socket t --cwd /x --ignore-paused c1 ls",
	  "exec console=s pidfd=t cwd=/x ignore-paused [c1] [ls]" },
	{ "exec --user 1:2 -u 3 c1 ls", "exec uid=3 [c1] [ls]" },
	{ "ps -- c1 -- -ef", "ps [c1] [--] [-ef]" },
	{ "ps c1 -- -ef", "ps [c1] [--] [-ef]" },
	/* information */
	{ "--version", "none version" },
	{ "-v", "none version" },
	{ "-h", "none help" },
	{ "run --help", "run help" },
	{ "-vh", "none version help" },
	{ "run -hb x", "run help bundle=x" },
	{ "run -hb=x", "run help bundle=x" },
	{ "help run", "help [run]" },
};

static void understands_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct arguments args;
		struct error err = { 0 };
		struct line line;
		char seen[512];

		split(forms[i].line, &line);
		if (parse_arguments(&args, line.argc, line.argv, &err) != 0)
			fail_msg("%s: %s", forms[i].line, err.message);
		show(&args, seen, sizeof(seen));
		if (strcmp(seen, forms[i].expected) != 0)
			fail_msg("%s: %s, expected %s", forms[i].line, seen, forms[i].expected);
		parse_free(&args);
	}
}

#define GIDS(text)                                                                                 \
	"invalid value \"" text "\" for --additional-gids: expected a number from 0 to 4294967294"

static const struct {
	const char *line, *message, *hint;
} complaints[] = {
	{ "run", "ID is missing", "" },
	{ "run a b", "unexpected argument \"b\"", "" },
	{ "plan a b", "unexpected argument \"b\"", "" },
	{ "spec x", "unexpected argument \"x\"", "" },
	{ "rnu c1", "unknown command \"rnu\"", "did you mean run?" },
	{ "specc", "unknown command \"specc\"", "did you mean spec?" },
	{ "checkpont c1", "unknown command \"checkpont\"", "did you mean checkpoint?" },
	{ "--", "", "" },
	{ "run --bundel x c1", "unknown option --bundel", "did you mean --bundle?" },
	{ "run -bundel=x c1", "unknown option -bundel", "did you mean --bundle?" },
	{ "run --keeep c1", "unknown option --keeep", "did you mean --keep?" },
	{ "run --frobnicate=1 c1", "unknown option --frobnicate", "" },
	{ "run -x c1", "unknown option -x", "" },
	{ "run -bh x c1", "unknown option -bh", "" }, /* a value cannot stand inside */
	{ "run -= c1", "unknown option -", "" },
	{ "run --= c1", "unknown option --", "" },
	{ "--bundle x run c1", "unknown option --bundle",
	  "--bundle goes behind the command (create run restore plan check spec)" },
	{ "--keep run c1", "unknown option --keep",
	  "--keep goes behind the command (run restore)" },
	{ "--roto /r run c1", "unknown option --roto", "did you mean --root?" },
	{ "spec --keep", "unknown option --keep", "" },
	{ "run c1 --bundle", "flag needs an argument: --bundle", "" },
	{ "run c1 -b", "flag needs an argument: --bundle", "" },
	{ "--log", "flag needs an argument: --log", "" },
	{ "run --keep=maybe c1", "invalid value \"maybe\" for --keep: expected true or false", "" },
	{ "run --keep= c1", "invalid value \"\" for --keep: expected true or false", "" },
	{ "run --preserve-fds x c1",
	  "invalid value \"x\" for --preserve-fds: expected a number from 0 to 8388607", "" },
	{ "run --preserve-fds -1 c1",
	  "invalid value \"-1\" for --preserve-fds: expected a number from 0 to 8388607", "" },
	{ "run --preserve-fds 8388608 c1",
	  "invalid value \"8388608\" for --preserve-fds: expected a number from 0 to "
	  "8388607",
	  "" },
	{ "run --preserve-fds '' c1",
	  "invalid value \"\" for --preserve-fds: expected a number from 0 to 8388607", "" },
	{ "exec", "ID COMMAND [ARGUMENT...] is missing", "" },
	{ "exec c1", "ID COMMAND [ARGUMENT...] is missing", "" },
	{ "exec --process /p", "ID COMMAND [ARGUMENT...] is missing", "" },
	{ "exec --process '' c1", "ID COMMAND [ARGUMENT...] is missing", "" },
	{ "exec --no-new-privs=x c1 ls",
	  "invalid value \"x\" for --no-new-privs: expected true or false", "" },
	{ "exec --bundle b c1 ls", "unknown option --bundle", "" },
	{ "exec -g 1 -g staff c1 ls", GIDS("staff"), "" },
	{ "exec -g '' c1 ls", GIDS(""), "" },
	{ "exec -g -1 c1 ls", GIDS("-1"), "" },
	{ "exec -g 4294967295 c1 ls", GIDS("4294967295"), "" },
	{ "exec -g 1,2 c1 ls", GIDS("1,2"), "" },
	{ "create", "ID is missing", "" },
	{ "start a b", "unexpected argument \"b\"", "" },
	{ "kill", "ID [SIGNAL] is missing", "" },
	{ "kill a 9 b", "unexpected argument \"b\"", "" },
	{ "kill c1 -9", "unknown option -9", "" },
	{ "ps", "ID [PS-OPTIONS] is missing", "" },
	{ "list c1", "unexpected argument \"c1\"", "" },
	{ "features x", "unexpected argument \"x\"", "" },
	{ "create --detach c1", "unknown option --detach", "" },
	{ "delete -a c1", "unknown option -a", "" },
	{ "list --format yaml", "invalid format: yaml", "the formats are table and json" },
	{ "ps -f '' c1", "invalid format: ", "the formats are table and json" },
	{ "--log-format xml run c1", "invalid log-format: xml", "the formats are text and json" },
	{ "--log-format JSON run c1", "invalid log-format: JSON", "the formats are text and json" },
};

static void complains(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(complaints); i++) {
		int expected = complaints[i].message[0] == '\0' ? 0 : -1;
		struct arguments args;
		struct error err = { 0 };
		struct line line;

		split(complaints[i].line, &line);
		if ((parse_arguments(&args, line.argc, line.argv, &err) < 0) != (expected < 0))
			fail_msg("%s: accepted or refused wrongly", complaints[i].line);
		if (strcmp(err.message, complaints[i].message) != 0 ||
		    strcmp(err.hint, complaints[i].hint) != 0)
			fail_msg("%s: %s (%s)", complaints[i].line, err.message, err.hint);
		parse_free(&args);
	}
}

/* The error must go to the log that was asked for, in the format that was asked for. */
static void keeps_what_was_said_before_the_mistake(void **state)
{
	struct arguments args;
	struct error err = { 0 };
	struct line line;
	char seen[512];

	(void)state;
	split("--log l --log-format json run -b x --bad --keep c1", &line);
	assert_true(parse_arguments(&args, line.argc, line.argv, &err) < 0);
	show(&args, seen, sizeof(seen));
	assert_string_equal(seen, "run log=l json bundle=x");
}

static void is_named_as_it_is_called(void **state)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{ "tare", "tare" },
		{ "/usr/bin/runc", "runc" },
		{ "crun", "crun" },
		{ "./build/tare-asan", "tare" },
		{ "/opt/runc/anything", "tare" },
		{ "", "tare" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arguments args;
		struct error err = { 0 };
		char path[64];
		char *argv[] = { path, NULL };

		(void)snprintf(path, sizeof(path), "%s", cases[i].path);
		assert_int_equal(parse_arguments(&args, 1, argv, &err), 0);
		assert_string_equal(args.program, cases[i].name);
	}
}

static void survives_an_empty_argv(void **state)
{
	char *argv[] = { NULL };
	struct arguments args;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(parse_arguments(&args, 0, argv, &err), 0);
	assert_string_equal(args.program, "tare");
	assert_int_equal(args.count, 0);
}

static void table_is_consistent(void **state)
{
	size_t count = 0;
	const struct option *table = options_table(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		char words[128];

		assert_true(strlen(table[i].help) + 28 <= 80);
		assert_true((table[i].kind == OPTION_FLAG || table[i].kind == OPTION_CHOICE) ==
			    (table[i].argument == NULL));
		assert_true((table[i].kind == OPTION_CALL) == (table[i].call != NULL));
		(void)snprintf(words, sizeof(words), "%s",
			       table[i].commands ? table[i].commands : "");
		for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
			assert_non_null(commands_find(word));
			assert_ptr_equal(options_find(word, table[i].name, strlen(table[i].name)),
					 &table[i]);
			for (const char *l = table[i].letters; *l != '\0'; l++)
				assert_ptr_equal(options_find_letter(word, *l), &table[i]);
		}
	}
	assert_null(options_find_letter("run", '\0'));
	assert_null(options_find("runx", "bundle", 6));
	assert_null(options_find("ru", "bundle", 6));
}

static void checks_ids(void **state)
{
#define FORM "invalid container ID format: "
	static const struct {
		const char *id, *message;
	} cases[] = {
		{ "a", "" },
		{ "My_Box+1.2-x", "" },
		{ "-x", "" },
		{ "a.", "" },
		{ "", FORM "it is empty" },
		{ ".", FORM "\".\" begins with '.'" },
		{ "..", FORM "\"..\" begins with '.'" },
		{ ".a", FORM "\".a\" begins with '.'" },
		{ "a/b", FORM "\"a/b\" contains '/'" },
		{ "a b", FORM "\"a b\" contains the byte 0x20" },
		{ "a\nb", FORM "\"a\nb\" contains the byte 0x0a" },
		{ "\xc3\xa4", FORM "\"\xc3\xa4\" contains the byte 0xc3" },
		{ "a:b", FORM "\"a:b\" contains ':'" },
	};
#undef FORM
	char longest[ID_MAX + 2];
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		error_clear(&err);
		assert_int_equal(id_check(cases[i].id, &err), cases[i].message[0] ? -22 : 0);
		assert_string_equal(err.message, cases[i].message);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[ID_MAX + 1] = '\0';
	assert_int_equal(id_check(longest, &err), -22);
	assert_string_equal(
	    err.message, "invalid container ID format: it has 201 bytes, at most 200 are allowed");
	assert_int_equal(id_check(longest + 1, &err), 0);
}

static void suggests(void **state)
{
	static const struct {
		const char *word, *candidate;
		bool near;
	} cases[] = {
		{ "run", "run", true },
		{ "rnu", "run", true },
		{ "urn", "run", true },
		{ "ru", "run", true },
		{ "rum", "run", true },
		{ "list", "run", false },
		{ "spc", "spec", true },
		{ "bundel", "bundle", true },
		{ "x", "help", false },
		{ "KIL", "CAP_KILL", true },
		{ "cap_kil", "CAP_KILL", true },
		{ "pln", "plan", true },
		{ "", "run", false },
		{ "a-word-that-is-longer-than-every-option", "run", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nearest nearest = { .word = cases[i].word };

		nearest_offer(&nearest, cases[i].candidate);
		if ((nearest.best[0] != '\0') != cases[i].near)
			fail_msg("%s for %s", cases[i].candidate, cases[i].word);
	}
}

static void suggests_the_nearest(void **state)
{
	struct nearest nearest = { .word = "no-pivots" };

	(void)state;
	nearest_offer(&nearest, "no-pivxxs");
	nearest_offer(&nearest, "no-pivot");
	nearest_offer(&nearest, "no-pivott");
	assert_string_equal(nearest.best, "no-pivot");
}

static void chooses_the_root(void **state)
{
	static const struct {
		const char *given;
		struct root_facts facts;
		const char *expected; /* NULL: refused */
	} cases[] = {
		{ NULL, { 0, false, "root", NULL }, "/run/tare" },
		{ NULL, { 0, false, "root", "/run/user/0" }, "/run/tare" },
		{ NULL, { 0, false, "joe", "/run/user/0" }, "/run/tare" },
		{ NULL, { 0, true, "joe", "/run/user/7" }, "/run/user/7/tare" },
		{ NULL, { 0, true, NULL, "/run/user/7" }, "/run/user/7/tare" },
		{ NULL, { 0, true, "root", "/run/user/7" }, "/run/tare" },
		{ NULL, { 7, false, "joe", "/run/user/7" }, "/run/user/7/tare" },
		{ NULL, { 7, false, "root", "/run/user/7" }, "/run/user/7/tare" },
		{ NULL, { 7, false, "joe", "" }, "/run/tare" },
		{ NULL, { 7, false, "joe", NULL }, "/run/tare" },
		{ "/x", { 7, false, "joe", "/run/user/7" }, "/x" },
		{ "/x/../y", { 0, false, NULL, NULL }, "/x/../y" },
		{ "x", { 0, false, NULL, NULL }, "/tmp/x" },
		{ "/", { 0, false, NULL, NULL }, NULL },
		{ "//", { 0, false, NULL, NULL }, NULL },
		{ "/.", { 0, false, NULL, NULL }, NULL },
		{ "/./x/..", { 0, false, NULL, NULL }, NULL },
		{ "/../..", { 0, false, NULL, NULL }, NULL },
		{ "..", { 0, false, NULL, NULL }, NULL },
	};

	(void)state;
	assert_int_equal(chdir("/tmp"), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char root[4096] = "";
		struct error err = { 0 };
		int ret = root_resolve(cases[i].given, "tare", &cases[i].facts, root, &err);

		if (!cases[i].expected) {
			assert_int_equal(ret, -22);
			assert_string_equal(err.message, "--root must not be / itself");
			continue;
		}
		assert_int_equal(ret, 0);
		assert_string_equal(root, cases[i].expected);
	}
}

static void refuses_a_long_root(void **state)
{
	struct root_facts facts = { 0, false, NULL, NULL };
	struct error err = { 0 };
	static char given[8192], root[4096];

	(void)state;
	memset(given, 'x', sizeof(given) - 1);
	given[0] = '/';
	assert_int_equal(root_resolve(given, "tare", &facts, root, &err), -36);
	assert_string_equal(err.message, "the path of --root is too long");
	facts.euid = 7;
	facts.runtime_dir = given;
	assert_int_equal(root_resolve(NULL, "tare", &facts, root, &err), -36);
	assert_string_equal(err.message, "XDG_RUNTIME_DIR is too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_every_form),
		cmocka_unit_test(complains),
		cmocka_unit_test(keeps_what_was_said_before_the_mistake),
		cmocka_unit_test(is_named_as_it_is_called),
		cmocka_unit_test(survives_an_empty_argv),
		cmocka_unit_test(table_is_consistent),
		cmocka_unit_test(checks_ids),
		cmocka_unit_test(suggests),
		cmocka_unit_test(suggests_the_nearest),
		cmocka_unit_test(chooses_the_root),
		cmocka_unit_test(refuses_a_long_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
