/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who sent a request, and whether they may do what it asks for. */
#ifndef FABMON_SVC_AUTH_H
#define FABMON_SVC_AUTH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "account.h"
#include "password.h"

struct service_security;
struct svc_logins;
struct svc_reply;
struct svc_request;
struct svc_sessions;
struct svc_site;

/**
 * struct svc_auth - who may do what
 * @tls: whether clients come over TLS: only then credentials are taken
 * @open: whether nobody needs credentials
 * @guest: privileges of everybody then
 * @accounts: NULL: there are none
 * @host: name besides the host's own that clients may ask for, "" without
 */
struct svc_auth {
	bool tls;
	bool open;
	unsigned int guest;
	struct svc_accounts *accounts;
	struct svc_logins *logins;
	struct svc_sessions *sessions;
	size_t n_trusted;
	struct in6_addr trusted[8];
	char host[256];
	char own[256];
};

int svc_auth_init(struct svc_auth *auth,
		  const struct service_security *security, sd_event *event);
void svc_auth_clear(struct svc_auth *auth);
void svc_auth_take(struct svc_auth *auth, struct svc_accounts *accounts);
bool svc_auth_admit(struct svc_site *site, const struct svc_request *request,
		    struct svc_reply *reply);
bool svc_auth_permits(const struct svc_site *site, const char *method,
		      const char *uri);
bool svc_login_refused(enum svc_verdict verdict, struct svc_reply *reply);
void svc_address_map(struct in6_addr *out, const struct sockaddr *sa);

#endif /* FABMON_SVC_AUTH_H */
