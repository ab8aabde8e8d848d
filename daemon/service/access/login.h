/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Logging in with a password. */
#ifndef FABMON_SVC_LOGIN_H
#define FABMON_SVC_LOGIN_H

#include <systemd/sd-event.h>

#include "account.h"
#include "password.h"

struct svc_request;

#define SVC_LOCK_FAILURES	5	/* wrong passwords from an address ... */
#define SVC_LOCK_SECONDS	60	/* ... within and for this time */

int svc_logins_new(struct svc_logins **logins, sd_event *event);
void svc_logins_free(struct svc_logins *logins);
void svc_logins_forget(struct svc_logins *logins);
enum svc_verdict svc_login_check(struct svc_logins *logins,
				 const struct svc_accounts *accounts,
				 const struct svc_request *request,
				 const char *name, const char *password);

#endif /* FABMON_SVC_LOGIN_H */
