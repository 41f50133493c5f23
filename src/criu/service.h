/* service.h - one conversation with `criu swrk`. */
#ifndef TARE_CRIU_SERVICE_H
#define TARE_CRIU_SERVICE_H

#include "criu/request.h"

/* Start CRIU, send the request, answer what it asks, tell the channel. 0, or -1 and a line on
 * stderr. */
int service_run(struct request *request, int channel);

#endif
