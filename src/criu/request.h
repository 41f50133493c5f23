/* request.h - CRIU's request, from words of a command line. */
#ifndef TARE_CRIU_REQUEST_H
#define TARE_CRIU_REQUEST_H

#include <criu/rpc.pb-c.h>

enum { REQUEST_ITEMS = 1024 };

struct request {
	CriuReq message;
	CriuOpts options;
	CriuPageServerInfo page_server;
	const char *program; /* criu, absolute */
	char *external[REQUEST_ITEMS];
	InheritFd *inherit[REQUEST_ITEMS];
	JoinNamespace *join[REQUEST_ITEMS];
	CgroupRoot cgroup_root, *cgroup_roots[1];
};

/* `what`: "dump", "pre-dump" or "restore". -1 for anything else. */
int request_init(struct request *request, const char *what);

/* One word, NAME or NAME=VALUE; borrowed. -1: unknown, or its file cannot be opened (told). */
int request_add(struct request *request, char *word);

void request_free(struct request *request);

#endif
