/* report.c - what tare-init says to tare. */
#include "init/init.h"
#include "init/message.h"

int report_send(struct init *init, struct report *report, int fd)
{
	struct control_fd control = { offsetof(struct control_fd, padding), MESSAGE_SOCKET,
				      MESSAGE_RIGHTS, fd, 0 };
	struct io_vector vector = { report, sizeof(*report) };
	struct message message = { NULL, 0, &vector, 1, NULL, 0, 0 };
	long rc;

	report->step = init->step;
	report->step_kind = ((const struct step *)(void *)(init->base + init->step))->kind;
	if (fd >= 0) {
		message.control = &control;
		message.control_size = sizeof(control);
	}
	do
		rc = sys_call3(__NR_sendmsg, init->socket, &message, MESSAGE_NO_SIGNAL);
	while (rc == -EINTR);
	return rc < 0 ? init_fail(init, PART_SEND, rc) : 0;
}

int report_simple(struct init *init, enum report_kind kind)
{
	struct report report;

	memset(&report, 0, sizeof(report));
	report.kind = kind;
	return report_send(init, &report, NO_FD);
}

void report_failure(struct init *init, int rc)
{
	struct report report;

	memset(&report, 0, sizeof(report));
	report.kind = REPORT_FAILED;
	report.errnum = -rc;
	report.part = init->part;
	report.value = init->hooks; /* start has no program to look up which one this is */
	memcpy(report.text, init->text, sizeof(report.text));
	/* If tare is gone nobody is left to be told. */
	(void)report_send(init, &report, NO_FD);
}
