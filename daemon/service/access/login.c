// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Logging in with a password. That a password was right is remembered for a
 * short time, under a keyed hash: a client that sends it with each request does
 * not cost a crypt(3) each time. An address that has sent too many wrong
 * passwords has to wait. Accounts are never locked, because then anybody could
 * lock their owners out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/error.h"
#include "util/log.h"
#include "service/protocol/request.h"
#include "access.h"
#include "login.h"

#define CACHE_MAX	64
#define CACHE_SECONDS	300
#define SOURCES_MAX	128
#define CANNOT_CHECK	"service: a password cannot be checked"
#define SOURCE_WAITING	4	/* of one address at a time */

/* A password that was right. */
struct known {
	unsigned char key[32];
	time_t until;			/* CLOCK_BOOTTIME */
};

/* An address that passwords come from. */
struct source {
	struct in6_addr peer;
	unsigned int waiting;		/* passwords that are being checked */
	unsigned int failures;
	time_t since;			/* the first failure, or the lock */
};

struct svc_logins {
	struct svc_passwords *passwords;
	unsigned char secret[32];
	struct known known[CACHE_MAX];
	size_t next;
	struct source sources[SOURCES_MAX];
};

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* ---- wrong ones --------------------------------------------------------- */

/* A host of IPv6 has a network of addresses to itself. */
static void peer_mask(struct in6_addr *peer)
{
	if (!IN6_IS_ADDR_V4MAPPED(peer))
		memset(&peer->s6_addr[8], 0, 8);
}

/* The entry of an address. A new one takes the place of the oldest. */
static struct source *source_get(struct svc_logins *logins,
				 const struct in6_addr *peer)
{
	struct source *oldest = &logins->sources[0];
	size_t i;

	for (i = 0; i < SOURCES_MAX; i++) {
		struct source *source = &logins->sources[i];

		if (source->since && IN6_ARE_ADDR_EQUAL(&source->peer, peer))
			return source;
		if (source->since < oldest->since)
			oldest = source;
	}
	*oldest = (struct source) { .peer = *peer, .since = seconds() };
	return oldest;
}

static void source_log(const struct in6_addr *peer)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, peer, text, sizeof(text));
	log_warning("service: %s%s sent %u wrong passwords: it has to wait for %u s",
		    text, IN6_IS_ADDR_V4MAPPED(peer) ? "" : "/64",
		    SVC_LOCK_FAILURES, SVC_LOCK_SECONDS);
}

/* May it try? Its wrong ones count for a time, from the first of them on. */
static enum svc_verdict source_admit(struct source *source)
{
	if (seconds() - source->since >= SVC_LOCK_SECONDS)
		source->failures = 0;
	if (source->failures >= SVC_LOCK_FAILURES)
		return SVC_VERDICT_LATER;
	return source->waiting < SOURCE_WAITING ? SVC_VERDICT_NONE :
						  SVC_VERDICT_BUSY;
}

static void source_done(struct source *source, bool good)
{
	/* it may be another's by now, or its own anew */
	if (source->waiting)
		source->waiting--;
	if (good)
		return;
	source->failures++;
	if (source->failures == 1 || source->failures == SVC_LOCK_FAILURES)
		source->since = seconds();
	if (source->failures == SVC_LOCK_FAILURES)
		source_log(&source->peer);
}

/* ---- right ones --------------------------------------------------------- */

/* The hash is part of the key: a new password ends what is known of the old. */
static int login_key(const struct svc_logins *logins, const char *hash,
		     const char *name, const char *password,
		     unsigned char key[static 32])
{
	gnutls_hmac_hd_t mac;
	int r;

	r = gnutls_hmac_init(&mac, GNUTLS_MAC_SHA256, logins->secret,
			     sizeof(logins->secret));
	if (r < 0)
		return error_origin(-EIO, "login: cannot be hashed: %s",
				    gnutls_strerror(r));
	/* with their NULs, so that no two pairs look alike */
	gnutls_hmac(mac, hash, strlen(hash) + 1);
	gnutls_hmac(mac, name, strlen(name) + 1);
	gnutls_hmac(mac, password, strlen(password) + 1);
	gnutls_hmac_deinit(mac, key);
	return 0;
}

static bool is_known(const struct svc_logins *logins,
		     const unsigned char key[static 32])
{
	time_t now = seconds();
	bool found = false;
	size_t i;

	for (i = 0; i < CACHE_MAX; i++)
		if (!gnutls_memcmp(logins->known[i].key, key, 32) &&
		    now < logins->known[i].until)
			found = true;
	return found;
}

static void on_password(struct svc_login *login, bool good)
{
	struct svc_logins *logins = login->logins;

	if (good) {
		struct known *known = &logins->known[logins->next++ % CACHE_MAX];

		memcpy(known->key, login->key, sizeof(known->key));
		known->until = seconds() + CACHE_SECONDS;
	}
	source_done(source_get(logins, &login->peer), good);
	login->verdict = good ? SVC_VERDICT_GOOD : SVC_VERDICT_BAD;
	login->pause->wake(login->pause->ctx);
}

/* ---- both --------------------------------------------------------------- */

static enum svc_verdict login_begin(struct svc_logins *logins,
				    const char *hash, const char *password,
				    struct svc_login *login)
{
	struct source *source = source_get(logins, &login->peer);
	enum svc_verdict verdict = source_admit(source);
	int r;

	if (verdict != SVC_VERDICT_NONE)
		return verdict;
	r = svc_passwords_ask(logins->passwords, hash, password, login);
	if (r && r != -EBUSY)
		error_log(LOG_ERR, r, CANNOT_CHECK);
	if (r)
		return SVC_VERDICT_BUSY;
	source->waiting++;
	return SVC_VERDICT_WAIT;
}

/**
 * svc_login_check - are these the credentials of an account?
 * @request: its login keeps the verdict; ask again when it was woken
 *
 * A name that no account has, or one without a password, takes the time of one
 * that has: a wrong password's and a wrong name's answers look alike.
 */
enum svc_verdict svc_login_check(struct svc_logins *logins,
				 const struct svc_accounts *accounts,
				 const struct svc_request *request,
				 const char *name, const char *password)
{
	const struct svc_account *account = svc_account_find(accounts, name);
	struct svc_login *login = request->login;
	const char *hash = account ? account->hash : "*";
	unsigned char key[32];
	int r;

	if (!*password || strlen(password) >= SVC_PASSWORD_SIZE)
		return SVC_VERDICT_BAD;
	if (*hash == '*')
		hash = accounts->decoy;
	r = login_key(logins, hash, name, password, key);
	if (r) {
		error_log(LOG_ERR, r, CANNOT_CHECK);
		return SVC_VERDICT_BUSY;
	}
	if (login->verdict != SVC_VERDICT_NONE)
		/* the accounts may be others by now */
		return memcmp(key, login->key, sizeof(key)) ?
		       SVC_VERDICT_BAD : login->verdict;
	login->logins = logins;
	login->pause = request->pause;
	login->peer = request->peer;
	peer_mask(&login->peer);
	memcpy(login->key, key, sizeof(key));
	if (account && is_known(logins, login->key))
		login->verdict = SVC_VERDICT_GOOD;
	else
		login->verdict = login_begin(logins, hash, password, login);
	return login->verdict;
}

/* Forget which passwords were right: the accounts have changed. */
void svc_logins_forget(struct svc_logins *logins)
{
	explicit_bzero(logins->known, sizeof(logins->known));
}

static int secret_make(struct svc_logins *logins)
{
	int r = gnutls_rnd(GNUTLS_RND_KEY, logins->secret,
			   sizeof(logins->secret));

	return r < 0 ? error_origin(-EIO, "logins: no random number: %s",
				    gnutls_strerror(r)) : 0;
}

/**
 * svc_logins_new - check passwords from now on
 * @logins: set to them; svc_logins_free() them
 *
 * Return: 0, or -errno with its origin.
 */
int svc_logins_new(struct svc_logins **logins_, sd_event *event)
{
	struct svc_logins *logins = calloc(1, sizeof(*logins));
	int r;

	if (!logins)
		return error_origin(-ENOMEM, "logins: cannot be allocated");
	r = svc_passwords_new(&logins->passwords, event, on_password);
	if (r >= 0)
		r = secret_make(logins);
	if (r < 0) {
		svc_logins_free(logins);
		return error_trace(r);
	}
	*logins_ = logins;
	return 0;
}

void svc_logins_free(struct svc_logins *logins)
{
	if (!logins)
		return;
	svc_passwords_free(logins->passwords);
	explicit_bzero(logins, sizeof(*logins));
	free(logins);
}
