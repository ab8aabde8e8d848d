/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What libmicrohttpd calls for each connection and each request. Their context
 * is the struct svc_server; arguments are those of microhttpd.h.
 */
#ifndef FABMON_SVC_EXCHANGE_H
#define FABMON_SVC_EXCHANGE_H

#include <microhttpd.h>

void svc_exchange_connection(void *cls, struct MHD_Connection *connection,
			     void **context,
			     enum MHD_ConnectionNotificationCode code);
void *svc_exchange_begin(void *cls, const char *uri,
			 struct MHD_Connection *connection);
enum MHD_Result svc_exchange_step(void *cls, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **req_cls);
void svc_exchange_end(void *cls, struct MHD_Connection *connection,
		      void **req_cls, enum MHD_RequestTerminationCode code);
size_t svc_exchange_unescape(void *cls, struct MHD_Connection *connection,
			     char *text);

#endif /* FABMON_SVC_EXCHANGE_H */
