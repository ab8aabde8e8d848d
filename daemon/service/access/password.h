/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Checking passwords, on a thread of their own. */
#ifndef FABMON_SVC_PASSWORD_H
#define FABMON_SVC_PASSWORD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

struct svc_logins;
struct svc_pause;

enum svc_verdict {
	SVC_VERDICT_NONE,	/* not asked for */
	SVC_VERDICT_WAIT,	/* the request is woken */
	SVC_VERDICT_GOOD,
	SVC_VERDICT_BAD,
	SVC_VERDICT_BUSY,	/* too many are being checked */
	SVC_VERDICT_LATER,	/* too many were wrong */
};

/**
 * struct svc_login - the password of one request
 * @pause: of the request: it is woken when the verdict is there
 * @peer: the client's address, of IPv6 its network
 * @key: of the credentials
 */
struct svc_login {
	enum svc_verdict verdict;
	struct svc_pause *pause;
	struct svc_logins *logins;
	struct in6_addr peer;
	unsigned char key[32];
};

struct svc_passwords;

/* Called on the loop; @good is false as well where crypt(3) failed. */
typedef void (*svc_password_done)(struct svc_login *login, bool good);

int svc_passwords_new(struct svc_passwords **passwords, sd_event *event,
		      svc_password_done done);
void svc_passwords_free(struct svc_passwords *passwords);
int svc_passwords_ask(struct svc_passwords *passwords, const char *hash,
		      const char *password, struct svc_login *login);

#endif /* FABMON_SVC_PASSWORD_H */
