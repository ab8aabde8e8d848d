// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Sessions (DSP0266, "Redfish session login authentication"). They live as
 * long as the service. Each use of the table first removes the sessions that
 * were idle for too long, so that no timer is needed.
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
#include "service/protocol/message.h"
#include "service/protocol/protocol.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/site.h"
#include "access.h"
#include "auth.h"
#include "login.h"
#include "session.h"

#define COLLECTION	SVC_SESSIONS "/Sessions"
#define TYPE		"Session.v1_8_0"
#define TIMEOUT		1800u
#define ID_SIZE		17

struct session {
	struct session *next;
	char id[ID_SIZE];
	unsigned char digest[32];	/* of the token, which is not kept */
	char name[SVC_NAME_SIZE];
	char context[SVC_NAME_SIZE];
	char peer[INET6_ADDRSTRLEN];
	char created[32];
	uint64_t used;			/* CLOCK_BOOTTIME, ms */
};

struct svc_sessions {
	unsigned int timeout;		/* seconds */
	size_t count;
	struct session *first;		/* the newest */
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

/* ---- the table ---------------------------------------------------------- */

static void session_end(struct svc_sessions *sessions, struct session **at)
{
	struct session *session = *at;

	*at = session->next;
	sessions->count--;
	explicit_bzero(session, sizeof(*session));
	free(session);
}

/* Ends those whose time is over. */
static void sessions_expire(struct svc_sessions *sessions)
{
	struct session **at = &sessions->first;
	uint64_t now = now_ms();

	while (*at) {
		if (now - (*at)->used >= sessions->timeout * 1000ull)
			session_end(sessions, at);
		else
			at = &(*at)->next;
	}
}

/* The session at a URI, or NULL. */
static struct session **session_at(struct svc_sessions *sessions,
				   const char *uri)
{
	struct session **at;

	sessions_expire(sessions);
	if (strncmp(uri, COLLECTION "/", sizeof(COLLECTION)))
		return NULL;
	uri += sizeof(COLLECTION);
	for (at = &sessions->first; *at; at = &(*at)->next)
		if (!strcmp((*at)->id, uri))
			return at;
	return NULL;
}

static void hex(char *out, const unsigned char *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		sprintf(out + 2 * i, "%02x", data[i]);
}

static int token_digest(const char *token, unsigned char digest[static 32])
{
	int r = gnutls_hash_fast(GNUTLS_DIG_SHA256, token, strlen(token),
				 digest);

	return r < 0 ? error_origin(-EIO, "session token: cannot be hashed: %s",
				    gnutls_strerror(r)) : 0;
}

static int session_secrets(struct session *session, char *token)
{
	unsigned char secret[(SVC_TOKEN_SIZE - 1) / 2], id[(ID_SIZE - 1) / 2];

	if (gnutls_rnd(GNUTLS_RND_KEY, secret, sizeof(secret)) < 0 ||
	    gnutls_rnd(GNUTLS_RND_NONCE, id, sizeof(id)) < 0)
		return error_origin(-EIO, "session: no random number");
	hex(token, secret, sizeof(secret));
	hex(session->id, id, sizeof(id));
	explicit_bzero(secret, sizeof(secret));
	return token_digest(token, session->digest);
}

/**
 * svc_session_begin - make a session
 * @context: what the client calls it, "" without
 * @peer: address of the client
 * @token: set to its token, SVC_TOKEN_SIZE bytes; the only copy there is
 * @uri: set to its URI
 *
 * Return: 0; -ENOSPC: there are SVC_SESSIONS_MAX; or another -errno, with its
 * origin.
 */
int svc_session_begin(struct svc_sessions *sessions, const char *name,
		      const char *context, const char *peer, char *token,
		      char *uri, size_t size)
{
	time_t seconds = time(NULL);
	struct session *session;
	struct tm tm;
	int r;

	sessions_expire(sessions);
	if (sessions->count == SVC_SESSIONS_MAX)
		return -ENOSPC;
	session = calloc(1, sizeof(*session));
	if (!session)
		return error_origin(-ENOMEM, "session: cannot be allocated");
	r = session_secrets(session, token);
	if (r < 0) {
		free(session);
		return r;
	}
	snprintf(session->name, sizeof(session->name), "%s", name);
	snprintf(session->context, sizeof(session->context), "%s", context);
	snprintf(session->peer, sizeof(session->peer), "%s", peer);
	strftime(session->created, sizeof(session->created),
		 "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
	session->used = now_ms();
	session->next = sessions->first;
	sessions->first = session;
	sessions->count++;
	snprintf(uri, size, COLLECTION "/%s", session->id);
	return 0;
}

/**
 * svc_session_use - whose session is it?
 *
 * Its time begins anew. All are compared, and each in constant time: how long
 * it takes tells nothing of tokens. Return: the account's name, good until the
 * next call; NULL: there is no such session.
 */
const char *svc_session_use(struct svc_sessions *sessions, const char *token)
{
	struct session *session, *found = NULL;
	unsigned char digest[32];

	sessions_expire(sessions);
	if (strlen(token) != SVC_TOKEN_SIZE - 1 || token_digest(token, digest))
		return NULL;
	for (session = sessions->first; session; session = session->next)
		if (!gnutls_memcmp(digest, session->digest, sizeof(digest)))
			found = session;
	if (!found)
		return NULL;
	found->used = now_ms();
	return found->name;
}

static bool account_is_same(const struct svc_account *a,
			    const struct svc_account *b)
{
	return a && b && !strcmp(a->hash, b->hash) && a->role == b->role;
}

/**
 * svc_sessions_filter - end the sessions of accounts that are others now
 * @before: as it was, or NULL
 * @after: as it is, or NULL
 */
void svc_sessions_filter(struct svc_sessions *sessions,
			 const struct svc_accounts *before,
			 const struct svc_accounts *after)
{
	struct session **at = &sessions->first;

	while (*at) {
		const char *name = (*at)->name;

		if (account_is_same(svc_account_find(before, name),
				    svc_account_find(after, name)))
			at = &(*at)->next;
		else
			session_end(sessions, at);
	}
}

struct svc_sessions *svc_sessions_new(unsigned int timeout)
{
	struct svc_sessions *sessions = calloc(1, sizeof(*sessions));

	if (!sessions) {
		error_origin(-ENOMEM, "sessions: cannot be allocated");
		return NULL;
	}
	sessions->timeout = timeout ? timeout : TIMEOUT;
	return sessions;
}

void svc_sessions_free(struct svc_sessions *sessions)
{
	if (!sessions)
		return;
	while (sessions->first)
		session_end(sessions, &sessions->first);
	free(sessions);
}

/* ---- as resources ------------------------------------------------------- */

static json_t *service_json(const struct svc_site *site)
{
	json_t *json = json_copy((json_t *)tree_get(site->tree, SVC_SESSIONS));

	if (json)
		json_object_set_new(json, "SessionTimeout", json_integer(
				    site->auth->sessions->timeout));
	return json;
}

static json_t *collection_json(const struct svc_site *site)
{
	json_t *json = json_copy((json_t *)tree_get(site->tree, COLLECTION));
	const struct svc_sessions *sessions = site->auth->sessions;
	const struct session *session;
	json_t *members = json_array();

	for (session = sessions->first; session; session = session->next) {
		json_t *uri = json_sprintf(COLLECTION "/%s", session->id);

		json_array_append_new(members, json_pack("{s:o}", "@odata.id",
							 uri));
	}
	json_object_set_new(json, "Members@odata.count",
			    json_integer(json_array_size(members)));
	json_object_set_new(json, "Members", members);
	return json;
}

static json_t *session_json(const struct session *session)
{
	json_t *json;

	json = json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:n, s:s, s:s}",
			 "@odata.id",
			 json_sprintf(COLLECTION "/%s", session->id),
			 "@odata.type", "#" TYPE ".Session",
			 "Id", session->id,
			 "Name", "Session",
			 "SessionType", "Redfish",
			 "UserName", session->name,
			 "Password",
			 "CreatedTime", session->created,
			 "ClientOriginIPAddress", session->peer);
	if (json && session->context[0])
		json_object_set_new(json, "Context",
				    json_string(session->context));
	return json;
}

static json_t *session_get(void *ctx, const char *uri)
{
	const struct svc_site *site = ctx;
	struct session **at = session_at(site->auth->sessions, uri);

	if (at)
		return session_json(*at);
	if (!strcmp(uri, SVC_SESSIONS))
		return service_json(site);
	if (!strcmp(uri, COLLECTION))
		return collection_json(site);
	return NULL;
}

static const char *session_allow(void *ctx, const char *uri)
{
	const struct svc_site *site = ctx;

	if (!strcmp(uri, SVC_SESSIONS))
		return "GET, HEAD, PATCH";
	if (!strcmp(uri, COLLECTION))
		return "GET, HEAD, POST";
	return session_at(site->auth->sessions, uri) ? "GET, HEAD, DELETE" :
						       NULL;
}

static const char *session_owner(void *ctx, const char *uri)
{
	const struct svc_site *site = ctx;
	struct session **at = session_at(site->auth->sessions, uri);

	return at ? (*at)->name : NULL;
}

/* ---- changes ------------------------------------------------------------ */

static void peer_text(const struct in6_addr *peer, char *out, size_t size)
{
	if (IN6_IS_ADDR_V4MAPPED(peer))
		inet_ntop(AF_INET, &peer->s6_addr[12], out, size);
	else
		inet_ntop(AF_INET6, peer, out, size);
}

static void begin(struct svc_site *site, const struct svc_request *rq,
		  const char *name, const char *context,
		  struct svc_reply *reply)
{
	char peer[INET6_ADDRSTRLEN], uri[SVC_URI_MAX];
	int r;

	peer_text(&rq->peer, peer, sizeof(peer));
	r = svc_session_begin(site->auth->sessions, name, context, peer,
			      reply->token, uri, sizeof(uri));
	if (r == -ENOSPC) {
		svc_reply_error(reply, 503, SVC_SESSION_LIMIT, NULL, NULL,
				NULL);
		return;
	}
	if (r < 0) {
		error_log(LOG_ERR, r, "service: account %s cannot log in",
			  name);
		svc_reply_error(reply, 500, SVC_INTERNAL, NULL, NULL, NULL);
		return;
	}
	svc_reply_resource(site, uri, reply);
	reply->status = reply->status == 200 ? 201 : reply->status;
	reply->location = strdup(uri);
}

/* A property of a login that must be there; NULL with a message if it is not. */
static const char *login_text(const json_t *body, const char *name,
			      json_t *messages)
{
	const json_t *value = json_object_get(body, name);
	const char *text = json_string_value(value);

	if (!value)
		json_array_append_new(messages, svc_message_new(
			SVC_PROPERTY_MISSING, name, NULL, name));
	else if (!text)
		json_array_append_new(messages, svc_message_new(
			SVC_PROPERTY_TYPE, "", name, name));
	return text;
}

static void login_unknown(const json_t *body, json_t *messages)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)body, name, value)
		if (strcmp(name, "UserName") && strcmp(name, "Password") &&
		    strcmp(name, "Context") && !strchr(name, '@'))
			json_array_append_new(messages, svc_message_new(
				SVC_PROPERTY_UNKNOWN, name, NULL, name));
}

static void session_create(struct svc_site *site,
			   const struct svc_request *rq, const json_t *body, struct svc_reply *reply)
{
	json_t *context = json_object_get(body, "Context");
	json_t *messages = json_array();
	const char *name, *password;

	name = login_text(body, "UserName", messages);
	password = login_text(body, "Password", messages);
	login_unknown(body, messages);
	if (context && !json_is_string(context))
		json_array_append_new(messages, svc_message_new(
			SVC_PROPERTY_TYPE, "", "Context", "Context"));
	if (json_array_size(messages)) {
		svc_reply_json(reply, 400, svc_error_new(messages));
		return;
	}
	json_decref(messages);
	if (!svc_login_refused(svc_login_check(site->auth->logins,
					       site->auth->accounts, rq, name,
					       password), reply))
		begin(site, rq, name,
		      context ? json_string_value(context) : "", reply);
}

/* SessionTimeout, until the service ends. */
static void timeout_set(struct svc_site *site, const json_t *body,
			struct svc_reply *reply)
{
	const json_t *value = json_object_get(body, "SessionTimeout");
	json_int_t timeout = json_integer_value(value);
	const char *name;
	json_t *other;
	char text[24];

	json_object_foreach((json_t *)body, name, other) {
		bool known;

		if (!strcmp(name, "SessionTimeout") || strchr(name, '@'))
			continue;
		known = json_object_get(tree_get(site->tree, SVC_SESSIONS),
					name);
		svc_reply_error(reply, 400, known ? SVC_PROPERTY_READ_ONLY :
				SVC_PROPERTY_UNKNOWN, name, NULL, name);
		return;
	}
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, timeout);
	if (!value) {
		svc_reply_error(reply, 400, SVC_NO_OPERATION, NULL, NULL, NULL);
	} else if (!json_is_integer(value)) {
		svc_reply_error(reply, 400, SVC_PROPERTY_TYPE, "",
				"SessionTimeout", "SessionTimeout");
	} else if (timeout < SVC_TIMEOUT_MIN || timeout > SVC_TIMEOUT_MAX) {
		svc_reply_error(reply, 400, SVC_PROPERTY_RANGE, text,
				"SessionTimeout", "SessionTimeout");
	} else {
		site->auth->sessions->timeout = (unsigned int)timeout;
		svc_reply_resource(site, SVC_SESSIONS, reply);
	}
}

static void session_act(void *ctx, struct svc_site *site,
			const struct svc_request *request, const json_t *body,
			struct svc_reply *reply)
{
	struct session **at;

	if (!strcmp(request->method, "POST")) {
		session_create(site, request, body, reply);
	} else if (!strcmp(request->method, "PATCH")) {
		timeout_set(site, body, reply);
	} else {
		at = session_at(site->auth->sessions, request->target.path);
		if (at)
			session_end(site->auth->sessions, at);
		reply->status = 204;
	}
}

static const char *const types[] = { TYPE, NULL };

/* The context is the site, which has sessions. */
const struct svc_source_ops svc_session_ops = {
	.get = session_get,
	.allow = session_allow,
	.act = session_act,
	.owner = session_owner,
	.types = types,
};
