// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Requests to a service with accounts: a byte of who asks, then as
 * fuzz_request. X-Auth-Token "A" and "R" stand for sessions of an administrator
 * and of a reader. Nobody gets more than their role has.
 */
#include <crypt.h>
#include <stdio.h>

#include "service/access/access.h"
#include "service/access/account.h"
#include "service/access/auth.h"
#include "service/access/login.h"
#include "service/access/session.h"
#include "service/access/setup.h"
#include "service/handle.h"
#include "service/protocol/protocol.h"
#include "request.h"
#include "site.h"

#define TRUSTED	1	/* the address is */
#define NAMED	2	/* the certificate is the reader's */

struct session {
	const char *name;
	char token[SVC_TOKEN_SIZE];
};

static struct svc_auth auth;
static sd_event *event;
static struct session admin = { .name = "admin" }, reader = { .name = "reader" };
static struct svc_source sources[2];

static int on_context(const char *uri, const char *context, void *ctx)
{
	const struct svc_who *who = &fuzz_site()->who;

	fuzz_assert(who->trusted || who->may & SVC_MAY_MANAGER);
	return 0;
}

static struct svc_accounts *accounts_new(void)
{
	struct svc_accounts *accounts = calloc(1, sizeof(*accounts));
	const char *hash = crypt("secret", "$6$saltsaltsaltsalt");
	char text[512], error[256];
	int n;

	n = snprintf(text, sizeof(text),
		     "admin:%s:Administrator\nreader:%s:ReadOnly\n", hash,
		     hash);
	fuzz_assert(!svc_accounts_parse(accounts, text, (size_t)n, error,
					sizeof(error)));
	return accounts;
}

static void start(struct svc_site *site)
{
	const struct service_security security = {
		.tls_cert = "c", .accounts = "a", .trust = "127.0.0.1",
	};

	fuzz_assert(!sd_event_new(&event));
	fuzz_assert(!svc_auth_init(&auth, &security, event));
	svc_auth_take(&auth, accounts_new());
	sources[0] = (struct svc_source) {
		.prefix = SVC_SESSIONS, .ops = &svc_session_ops, .ctx = site,
	};
	sources[1] = (struct svc_source) {
		.prefix = SVC_ACCOUNTS, .ops = &svc_account_ops, .ctx = site,
	};
	svc_source_add(site, &sources[0]);
	svc_source_add(site, &sources[1]);
	site->hooks.context = on_context;
	site->auth = &auth;
}

/* The session's token; a new one if somebody ended it, or all of them. */
static const char *token_of(struct session *session)
{
	char uri[256];

	if (*session->token && svc_session_use(auth.sessions, session->token))
		return session->token;
	if (svc_session_begin(auth.sessions, session->name, NULL, "p",
			      session->token, uri, sizeof(uri))) {
		svc_sessions_free(auth.sessions);
		auth.sessions = svc_sessions_new(0);
		return token_of(session);
	}
	return session->token;
}

static void on_wake(void *ctx)
{
	*(bool *)ctx = true;
}

static void handle(struct svc_site *site, struct svc_request *request,
		   struct svc_reply *reply)
{
	bool woken = false;
	struct svc_pause pause = { .wake = on_wake, .ctx = &woken };
	struct svc_login login = { 0 };

	request->pause = &pause;
	request->login = &login;
	svc_handle(site, request, reply);
	if (reply->status)
		return;
	while (!woken)
		fuzz_assert(sd_event_run(event, 10000000) > 0);
	svc_reply_clear(reply);
	svc_handle(site, request, reply);
}

static void check(const struct svc_request *rq, const struct svc_reply *reply)
{
	bool public = rq->target.kind != SVC_RESOURCE ||
		      !strcmp(rq->target.path, SVC_ROOT);
	bool login = !strcmp(rq->target.path, SVC_SESSIONS "/Sessions") &&
		     !strcmp(rq->method, "POST");
	bool known = rq->token || rq->authorization || rq->names.count ||
		     auth.trusted[0].s6_addr[15] == rq->peer.s6_addr[15];

	fuzz_reply_check(reply);
	if (!known && !public && !login)
		fuzz_assert(reply->status >= 400);
	if (*reply->token)
		fuzz_assert(login && reply->status == 201 && reply->location);
	if (reply->status == 401)
		fuzz_assert(reply->challenge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct svc_site *site = fuzz_site();
	uint8_t who = fuzz_byte(&in);
	struct svc_reply reply = { 0 };
	struct fuzz_request r;

	if (!site->auth)
		start(site);
	fuzz_request_read(&in, &r);
	if (who & TRUSTED)
		r.request.peer = auth.trusted[0];
	if (who & NAMED)
		strcpy(r.request.names.name[r.request.names.count++], "reader");
	if (r.request.token && !strcmp(r.request.token, "A"))
		r.request.token = token_of(&admin);
	else if (r.request.token && !strcmp(r.request.token, "R"))
		r.request.token = token_of(&reader);
	handle(site, &r.request, &reply);
	check(&r.request, &reply);
	svc_reply_clear(&reply);
	fuzz_site_check();
	fuzz_request_clear(&r);
	return 0;
}
