/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Certificates and keys, and those of clients. */
#ifndef FABMON_SVC_TLS_H
#define FABMON_SVC_TLS_H

#include <stddef.h>

struct service_security;
struct svc_names;
struct svc_tls;

int svc_tls_load(struct svc_tls **tls, const struct service_security *security,
		 char *error, size_t size);
void svc_tls_attach(struct svc_tls *tls, void *session);
void svc_tls_unref(struct svc_tls *tls);
void svc_tls_names(const struct svc_tls *tls, void *session,
		   struct svc_names *names);
const char *svc_tls_priority(const struct service_security *security);

#endif /* FABMON_SVC_TLS_H */
