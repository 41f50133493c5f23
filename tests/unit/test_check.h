/*
 * test_check.h - cases for the semantic rules: a config, and exactly what is to be found in it.
 *
 * JSON is written with ' for ". A case lists all findings, in any order; one more or less fails.
 */
#ifndef TARE_TEST_CHECK_H
#define TARE_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check/check.h"
#include "ocispec/read.h"

/* A config that is right, with room for what is not. */
#define TOP(more)     "{'ociVersion': '1.3.0', 'root': {'path': 'rootfs'}" more "}"
#define PROCESS(more) TOP(", 'process': {'cwd': '/', 'args': ['sh']" more "}")
#define USER(more)    PROCESS(", 'user': {" more "}")
#define CAPS(more)    PROCESS(", 'capabilities': {" more "}")
#define LINUX(more)   TOP(", 'linux': {'namespaces': [{'type': 'mount'}]" more "}")
#define NAMESPACES(n) TOP(", 'linux': {'namespaces': [" n "]}")
#define RESOURCES(r)  LINUX(", 'resources': {" r "}")
#define SECCOMP(more) LINUX(", 'seccomp': {" more "}")
#define MOUNT(mount)  TOP(", 'mounts': [{" mount "}], 'linux': {'namespaces': [{'type': 'mount'}]}")

enum test_host {
	ROOT,        /* root with all capabilities, cgroup v2 */
	ROOT_V1,     /* the same with cgroup v1 */
	ROOT_HYBRID, /* the same, controllers on v1 */
	FEW_CAPS,    /* root that has only CAP_CHOWN and CAP_SYS_ADMIN */
	OLD_KERNEL,  /* one that knows capabilities up to CAP_AUDIT_READ (37) */
	ROOTLESS,    /* uid 1000, gid 1000 */
};

#define WANT_MAX 6

struct test_want {
	char severity; /* 'E' or 'W' */
	const char *pointer;
	const char *text; /* part of the message */
	const char *hint; /* part of the hint; NULL if it does not matter */
};

struct test_case {
	const char *name;
	const char *json;
	enum test_host host;
	struct test_want want[WANT_MAX];
};

/* CASE("what it is about", LINUX(...), E("/pointer", "part of the message"), ...) */
#define CASE(name, json, ...)                                                                      \
	{                                                                                          \
		name, json, ROOT,                                                                  \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define CASE_ON(host, name, json, ...)                                                             \
	{                                                                                          \
		name, json, host,                                                                  \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define E(pointer, text)                                                                           \
	{                                                                                          \
		'E', pointer, text, NULL                                                           \
	}
#define W(pointer, text)                                                                           \
	{                                                                                          \
		'W', pointer, text, NULL                                                           \
	}
#define E_HINT(pointer, text, hint)                                                                \
	{                                                                                          \
		'E', pointer, text, hint                                                           \
	}
#define W_HINT(pointer, text, hint)                                                                \
	{                                                                                          \
		'W', pointer, text, hint                                                           \
	}
#define NOTHING                                                                                    \
	{                                                                                          \
		0                                                                                  \
	}

static inline struct host_facts test_facts(enum test_host host)
{
	struct host_facts facts = {
		.kernel_major = 6,
		.kernel_minor = 18,
		.privileged = host != ROOTLESS,
		.euid = host == ROOTLESS ? 1000 : 0,
		.egid = host == ROOTLESS ? 1000 : 0,
		.last_capability = host == OLD_KERNEL ? 37 : 40,
		.cgroups.mode = HOST_CGROUP_V2,
	};

	facts.capabilities = (UINT64_C(1) << (facts.last_capability + 1)) - 1;
	if (host == FEW_CAPS)
		facts.capabilities = UINT64_C(1) << 0 | UINT64_C(1) << 21;
	if (host == ROOTLESS)
		facts.capabilities = 0;
	if (host == ROOT_V1)
		facts.cgroups.mode = HOST_CGROUP_V1;
	if (host == ROOT_HYBRID)
		facts.cgroups.mode = HOST_CGROUP_HYBRID;
	return facts;
}

/* The JSON of a case, with real quotes. The caller frees it. */
static inline char *test_json(const char *text)
{
	char *json = strdup(text);

	assert_non_null(json);
	for (char *c = json; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	return json;
}

/* Read and check; what the reader finds is in the list first. */
static inline void test_check(const char *text, enum test_host host, struct problems *found)
{
	struct host_facts facts = test_facts(host);
	struct arena arena = ARENA_INIT;
	struct oci_issues issues = { 0 };
	struct oci_config *config;
	char *json = test_json(text);

	problems_init(found);
	(void)oci_config_read(&arena, json, strlen(json), &config, &issues);
	for (struct oci_issue *issue = issues.first; issue; issue = issue->next)
		(void)problems_add(found, PROBLEM_ERROR, issue->pointer, "%s", issue->message);
	if (config)
		check_spec(config, &facts, found);
	arena_free(&arena);
	free(json);
}

static inline bool test_matches(const struct problem *problem, const struct test_want *want)
{
	return (problem->severity == PROBLEM_ERROR ? 'E' : 'W') == want->severity &&
	       strcmp(problem->pointer, want->pointer) == 0 &&
	       strstr(problem->message, want->text) &&
	       (!want->hint || (problem->hint && strstr(problem->hint, want->hint)));
}

static inline bool test_is_wanted(const struct test_case *wanted, const struct problem *problem,
				  bool met[WANT_MAX])
{
	for (size_t i = 0; i < WANT_MAX && wanted->want[i].severity; i++) {
		if (!met[i] && test_matches(problem, &wanted->want[i])) {
			met[i] = true;
			return true;
		}
	}
	return false;
}

/* Print what is wrong with one case; true if nothing is. */
static inline bool test_case_holds(const struct test_case *wanted)
{
	bool met[WANT_MAX] = { false };
	struct problems found;
	bool holds = true;

	test_check(wanted->json, wanted->host, &found);
	for (struct problem *p = found.first; p; p = p->next) {
		if (test_is_wanted(wanted, p, met))
			continue;
		print_error("%s: not expected: %c %s: %s [%s]\n", wanted->name,
			    p->severity == PROBLEM_ERROR ? 'E' : 'W', p->pointer, p->message,
			    p->hint ? p->hint : "no hint");
		holds = false;
	}
	for (size_t i = 0; i < WANT_MAX && wanted->want[i].severity; i++) {
		if (met[i])
			continue;
		print_error("%s: not found: %c %s: %s\n", wanted->name, wanted->want[i].severity,
			    wanted->want[i].pointer, wanted->want[i].text);
		holds = false;
	}
	problems_free(&found);
	return holds;
}

static inline void test_cases(const struct test_case *cases, size_t count)
{
	size_t failed = 0;

	for (size_t i = 0; i < count; i++)
		failed += !test_case_holds(&cases[i]);
	assert_int_equal(failed, 0);
}

#define TEST_CASES(cases) test_cases(cases, sizeof(cases) / sizeof((cases)[0]))

#endif
