/*
 * main.c - tare-systemd: what tare asks of systemd, over D-Bus.
 *
 *   tare-systemd [--user] start UNIT SLICE PID DESCRIPTION [PROPERTY...]
 *   tare-systemd [--user] stop UNIT DESCRIPTION      (another's, by its description, is left alone)
 *   tare-systemd [--user] set UNIT PROPERTY...
 *
 * A program of its own, so that nobody else pays for loading libsystemd (docs/design.md). PROPERTY
 * is NAME=KIND:VALUE, see property.h. `start` makes a transient scope around the process and prints
 * its control group. Everything is waited for, and everything is bounded in time. A failure is one
 * line on stderr and status 1.
 */
#include "systemd/property.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVICE "org.freedesktop.systemd1"
#define OBJECT  "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"

enum { CALL_USEC = 10000000, JOB_USEC = 30000000 };

static int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return -1;
}

/* In words of our own: engines take strerror's for a program that was not found (CALLERS.md 8). */
static const char *cause(int rc)
{
	switch (-rc) {
	case ENOENT:
		return "nobody listens there";
	case EACCES:
	case EPERM:
		return "access denied";
	case ENOMEDIUM:
		return "no address is known for it";
	default:
		return strerror(-rc);
	}
}

static int fail_call(const char *what, const sd_bus_error *error, int rc)
{
	const char *text = error && error->message ? error->message : cause(rc);

	return fail("%s: %s", what, text);
}

static sd_bus *open_bus(bool user)
{
	sd_bus *bus = NULL;
	int rc = user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);

	if (rc < 0) {
		(void)fail("cannot reach systemd of the %s over D-Bus: %s",
			   user ? "user" : "system", cause(rc));
		return NULL;
	}
	(void)sd_bus_set_method_call_timeout(bus, CALL_USEC);
	return bus;
}

/* ---- jobs */

struct job {
	const char *path; /* "" until it is known */
	char result[32];
	bool done;
};

static int job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct job *job = data;
	const char *path, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0 || !job->path ||
	    strcmp(path, job->path) != 0)
		return 0;
	(void)snprintf(job->result, sizeof(job->result), "%s", result);
	job->done = true;
	return 0;
}

static uint64_t now_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int wait_for_job(sd_bus *bus, struct job *job)
{
	const uint64_t end = now_usec() + JOB_USEC;

	while (!job->done) {
		int rc = sd_bus_process(bus, NULL);
		const uint64_t now = now_usec();

		if (rc < 0)
			return fail("cannot hear from systemd: %s", cause(rc));
		if (rc > 0)
			continue;
		if (now >= end)
			return fail("systemd did not finish the job within %d s",
				    JOB_USEC / 1000000);
		rc = sd_bus_wait(bus, end - now);
		if (rc < 0 && rc != -EINTR)
			return fail("cannot hear from systemd: %s", cause(rc));
	}
	if (strcmp(job->result, "done") != 0)
		return fail("systemd says that the job ended as \"%s\"", job->result);
	return 0;
}

/* ---- start */

struct scope {
	const char *unit, *slice, *description;
	uint32_t pid;
	char **properties;
};

static int append_fixed(sd_bus_message *m, const struct scope *scope)
{
	static const char *const yes[] = { "Delegate", "CPUAccounting", "MemoryAccounting",
					   "TasksAccounting", "IOAccounting" };
	int rc = sd_bus_message_append(m, "(sv)", "Description", "s", scope->description);

	if (rc >= 0)
		rc = sd_bus_message_append(m, "(sv)", "Slice", "s", scope->slice);
	if (rc >= 0)
		rc = sd_bus_message_append(m, "(sv)", "PIDs", "au", 1, scope->pid);
	for (size_t i = 0; rc >= 0 && i < sizeof(yes) / sizeof(yes[0]); i++)
		rc = sd_bus_message_append(m, "(sv)", yes[i], "b", 1);
	/* it ends with the container, not with the system's targets; and leaves no failed unit */
	if (rc >= 0 && !property_is_given(scope->properties, "DefaultDependencies"))
		rc = sd_bus_message_append(m, "(sv)", "DefaultDependencies", "b", 0);
	if (rc >= 0 && !property_is_given(scope->properties, "CollectMode"))
		rc = sd_bus_message_append(m, "(sv)", "CollectMode", "s", "inactive-or-failed");
	return rc;
}

static int fill(sd_bus_message *m, const struct scope *scope)
{
	int rc = sd_bus_message_append(m, "ss", scope->unit, "fail");

	if (rc >= 0)
		rc = sd_bus_message_open_container(m, 'a', "(sv)");
	if (rc >= 0)
		rc = append_fixed(m, scope);
	for (char **p = scope->properties; rc >= 0 && *p; p++)
		rc = property_append(m, *p);
	if (rc >= 0)
		rc = sd_bus_message_close_container(m);
	return rc < 0 ? rc : sd_bus_message_append(m, "a(sa(sv))", 0);
}

static int call_start(sd_bus *bus, const struct scope *scope, sd_bus_message **reply,
		      sd_bus_error *error)
{
	sd_bus_message *m = NULL;
	int rc =
	    sd_bus_message_new_method_call(bus, &m, SERVICE, OBJECT, MANAGER, "StartTransientUnit");

	if (rc >= 0)
		rc = fill(m, scope);
	if (rc >= 0)
		rc = sd_bus_call(bus, m, 0, error, reply);
	sd_bus_message_unref(m);
	return rc;
}

/* A unit of that name that failed earlier is in the way, and of no use to anybody. */
static int reset_failed(sd_bus *bus, const char *unit)
{
	return sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "ResetFailedUnit", NULL, NULL, "s",
				  unit);
}

static int print_control_group(sd_bus *bus, const char *unit)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char *path = NULL, *group = NULL;
	int rc = sd_bus_path_encode(OBJECT "/unit", unit, &path);

	if (rc >= 0)
		rc = sd_bus_get_property_string(bus, SERVICE, path, SERVICE ".Scope",
						"ControlGroup", &error, &group);
	if (rc < 0)
		rc = fail_call("cannot ask for the control group of the scope", &error, rc);
	else
		(void)puts(group);
	free(path);
	free(group);
	sd_bus_error_free(&error);
	return rc < 0 ? -1 : 0;
}

static int watch_jobs(sd_bus *bus, struct job *job)
{
	int rc = sd_bus_match_signal(bus, NULL, SERVICE, OBJECT, MANAGER, "JobRemoved", job_removed,
				     job);

	if (rc >= 0)
		rc = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "Subscribe", NULL, NULL, "");
	return rc < 0 ? fail("cannot subscribe to systemd's signals: %s", cause(rc)) : 0;
}

static int start(sd_bus *bus, const struct scope *scope)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	struct job job = { 0 };
	int rc = watch_jobs(bus, &job);

	if (rc < 0)
		return rc;
	rc = call_start(bus, scope, &reply, &error);
	if (rc < 0 && sd_bus_error_has_name(&error, SERVICE ".UnitExists") &&
	    reset_failed(bus, scope->unit) >= 0) {
		sd_bus_error_free(&error);
		rc = call_start(bus, scope, &reply, &error);
	}
	if (rc >= 0)
		rc = sd_bus_message_read(reply, "o", &job.path);
	if (rc < 0)
		rc = fail_call("systemd does not start the scope", &error, rc);
	else
		rc = wait_for_job(bus, &job);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return rc < 0 ? rc : print_control_group(bus, scope->unit);
}

/* ---- stop, set */

/* Is it the one that was started with this description? -1: there is none. */
static int is_ours(sd_bus *bus, const char *unit, const char *description)
{
	char *path = NULL, *text = NULL;
	int rc = sd_bus_path_encode(OBJECT "/unit", unit, &path);

	if (rc >= 0)
		rc = sd_bus_get_property_string(bus, SERVICE, path, SERVICE ".Unit", "Description",
						NULL, &text);
	rc = rc < 0 ? -1 : strcmp(text, description) == 0;
	free(path);
	free(text);
	return rc;
}

/* One that has gone already is what was wanted. */
static int stop(sd_bus *bus, const char *unit, const char *description)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *reply = NULL;
	struct job job = { 0 };
	int rc = 0;

	if (is_ours(bus, unit, description) != 1)
		return 0;
	rc = watch_jobs(bus, &job);
	if (rc < 0)
		return rc;
	rc = sd_bus_call_method(bus, SERVICE, OBJECT, MANAGER, "StopUnit", &error, &reply, "ss",
				unit, "replace");
	if (rc < 0 && sd_bus_error_has_name(&error, SERVICE ".NoSuchUnit"))
		rc = 0;
	else if (rc >= 0 && sd_bus_message_read(reply, "o", &job.path) >= 0)
		rc = wait_for_job(bus, &job);
	else
		rc = fail_call("systemd does not stop the scope", &error, rc);
	(void)reset_failed(bus, unit);
	sd_bus_message_unref(reply);
	sd_bus_error_free(&error);
	return rc;
}

static int set(sd_bus *bus, const char *unit, char **properties)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	int rc =
	    sd_bus_message_new_method_call(bus, &m, SERVICE, OBJECT, MANAGER, "SetUnitProperties");

	if (rc >= 0)
		rc = sd_bus_message_append(m, "sb", unit, 1);
	if (rc >= 0)
		rc = sd_bus_message_open_container(m, 'a', "(sv)");
	for (char **p = properties; rc >= 0 && *p; p++)
		rc = property_append(m, *p);
	if (rc >= 0)
		rc = sd_bus_message_close_container(m);
	if (rc >= 0)
		rc = sd_bus_call(bus, m, 0, &error, NULL);
	if (rc < 0)
		rc = fail_call("systemd does not change the scope", &error, rc);
	sd_bus_message_unref(m);
	sd_bus_error_free(&error);
	return rc;
}

static int run(sd_bus *bus, int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[0], "start") == 0) {
		struct scope scope = { argv[1], argv[2], argv[4], 0, argv + 5 };
		uint64_t pid = 0;

		if (text_to_u64(argv[3], UINT32_MAX, &pid) < 0)
			return fail("%s is no pid", argv[3]);
		scope.pid = (uint32_t)pid;
		return start(bus, &scope);
	}
	if (argc == 3 && strcmp(argv[0], "stop") == 0)
		return stop(bus, argv[1], argv[2]);
	if (argc >= 3 && strcmp(argv[0], "set") == 0)
		return set(bus, argv[1], argv + 2);
	return fail("usage: tare-systemd [--user] start|stop|set UNIT ... (called by tare)");
}

int main(int argc, char **argv)
{
	const bool user = argc > 1 && strcmp(argv[1], "--user") == 0;
	sd_bus *bus = open_bus(user);
	int rc = bus ? run(bus, argc - 1 - user, argv + 1 + user) : -1;

	sd_bus_flush_close_unref(bus);
	return rc < 0 ? 1 : 0;
}
