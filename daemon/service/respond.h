/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* From a reply to bytes. */
#ifndef FABMON_SVC_RESPOND_H
#define FABMON_SVC_RESPOND_H

#include <microhttpd.h>

#include "service/protocol/reply.h"
#include "service/protocol/site.h"

char *svc_respond_body(const struct svc_reply *reply);
enum MHD_Result svc_respond(struct MHD_Connection *connection,
			    const struct svc_site *site,
			    struct svc_reply *reply, char *body);

#endif /* FABMON_SVC_RESPOND_H */
