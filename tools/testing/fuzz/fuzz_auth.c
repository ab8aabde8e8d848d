// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A request to a service that lets nobody in: its accounts have no password
 * that is good, and there is no session. Lines for method and target, then for
 * Authorization, X-Auth-Token, Host, Origin and a name in a certificate, then
 * a body.
 */
#include "service/access/access.h"
#include "service/access/account.h"
#include "service/access/auth.h"
#include "service/access/session.h"
#include "service/access/setup.h"
#include "service/handle.h"
#include "service/protocol/parse.h"
#include "service/protocol/protocol.h"
#include "fuzz.h"
#include "site.h"

static const char accounts_text[] = "admin:*:Administrator\n";

static sd_event *event;
static struct svc_auth auth;

/* A site of its own: sources are added, and the tree is the others'. */
static struct svc_site *closed_site(void)
{
	static const struct service_security security = {
		.tls_cert = "/c", .tls_key = "/k", .accounts = "/a",
		.trust = "192.0.2.1",
	};
	static struct svc_source session, account;
	static struct svc_site site;
	struct svc_accounts *accounts;
	char error[128];

	if (site.tree)
		return &site;
	site = *fuzz_site();
	accounts = calloc(1, sizeof(*accounts));
	fuzz_assert(accounts && sd_event_new(&event) >= 0);
	fuzz_assert(!svc_auth_init(&auth, &security, event));
	fuzz_assert(!svc_accounts_parse(accounts, accounts_text,
					sizeof(accounts_text) - 1, error,
					sizeof(error)));
	svc_auth_take(&auth, accounts);
	session = (struct svc_source){ .prefix = SVC_SESSIONS,
				       .ops = &svc_session_ops, .ctx = &site };
	account = (struct svc_source){ .prefix = SVC_ACCOUNTS,
				       .ops = &svc_account_ops, .ctx = &site };
	site.auth = &auth;
	svc_source_add(&site, &session);
	svc_source_add(&site, &account);
	return &site;
}

static void on_wake(void *ctx)
{
	*(bool *)ctx = true;
}

static void handle(struct svc_site *site, struct svc_request *request,
		   struct svc_reply *reply)
{
	bool awake = false;
	struct svc_pause pause = { .wake = on_wake, .ctx = &awake };
	struct svc_login login = { 0 };

	request->pause = &pause;
	request->login = &login;
	svc_handle(site, request, reply);
	if (reply->status)
		return;
	while (!awake)
		fuzz_assert(sd_event_run(event, UINT64_MAX) >= 0);
	svc_handle(site, request, reply);
	fuzz_assert(reply->status);
}

static bool is_public(const struct svc_request *request)
{
	const char *path = request->target.path;

	return (!strcmp(request->method, "GET") ||
		!strcmp(request->method, "HEAD")) &&
	       (!strcmp(path, "/redfish") || !strcmp(path, "/redfish/v1/") ||
		!strcmp(path, "/redfish/v1/odata") ||
		!strcmp(path, "/redfish/v1/$metadata"));
}

static const char *given(const char *line)
{
	return *line ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct svc_site *site = closed_site();
	struct svc_request request = { .content_type = "application/json" };
	struct svc_reply reply = { 0 };
	char *lines[7];
	size_t i;

	for (i = 0; i < 7; i++)
		lines[i] = fuzz_line(&in);
	request.method = lines[0];
	request.target_error = svc_target_parse(&request.target, lines[1]);
	request.authorization = given(lines[2]);
	request.token = given(lines[3]);
	request.host = given(lines[4]);
	request.origin = given(lines[5]);
	/* the one name that is good, and what is like it, is left out */
	if (strlen(lines[6]) < SVC_NAME_SIZE && strcmp(lines[6], "admin")) {
		strcpy(request.names.name[0], lines[6]);
		request.names.count = 1;
	}
	request.body = in.size ? (const char *)in.data : NULL;
	request.size = in.size;
	handle(site, &request, &reply);
	fuzz_assert(reply.status >= 400 || is_public(&request));
	fuzz_assert(!reply.token[0] && !reply.location);
	/* nor is there anything of what is not for everybody in what is */
	fuzz_assert(reply.status >= 400 || request.target.kind !=
		    SVC_RESOURCE ||
		    !json_object_get(json_object_get(reply.json, "Systems"),
				     "Members"));
	svc_reply_clear(&reply);
	fuzz_site_check();
	for (i = 0; i < 7; i++)
		free(lines[i]);
	return 0;
}
