/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Sessions, and the resources that show them. */
#ifndef FABMON_SVC_SESSION_H
#define FABMON_SVC_SESSION_H

#include <stddef.h>

#include "service/protocol/source.h"
#include "account.h"

#define SVC_SESSIONS_MAX	32
#define SVC_TIMEOUT_MIN		30u	/* of SessionTimeout, in seconds */
#define SVC_TIMEOUT_MAX		86400u

struct svc_session;
struct svc_sessions;

struct svc_sessions *svc_sessions_new(unsigned int timeout);
void svc_sessions_free(struct svc_sessions *sessions);
void svc_sessions_filter(struct svc_sessions *sessions,
			 const struct svc_accounts *before,
			 const struct svc_accounts *after);
int svc_session_begin(struct svc_sessions *sessions, const char *name,
		      const char *context, const char *peer, char *token,
		      char *uri, size_t size);
const char *svc_session_use(struct svc_sessions *sessions, const char *token);
extern const struct svc_source_ops svc_session_ops;

#endif /* FABMON_SVC_SESSION_H */
