/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Security put together, and libmicrohttpd's part in it. */
#ifndef FABMON_SVC_SECURE_H
#define FABMON_SVC_SECURE_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#define SVC_SECURE_OPTIONS	5

struct MHD_Connection;
struct MHD_OptionItem;
struct service_security;
struct svc_request;
struct svc_secure;
struct svc_site;
struct svc_tls;

int svc_secure_new(struct svc_secure **secure, struct svc_site *site,
		   const struct service_security *security, sd_event *event);
void svc_secure_end(struct svc_secure *secure);
void svc_secure_free(struct svc_secure *secure);
void svc_secure_reload(struct svc_secure *secure);
bool svc_secure_options(struct svc_secure *secure,
			struct MHD_OptionItem *options);
struct svc_tls *svc_secure_attach(struct svc_secure *secure,
				  struct MHD_Connection *connection);
void svc_secure_peer(struct svc_secure *secure,
		     struct MHD_Connection *connection,
		     struct svc_request *request);

#endif /* FABMON_SVC_SECURE_H */
