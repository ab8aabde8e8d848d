// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Who sent a request, and whether they may do what it asks for (DSP0266,
 * "Authentication" and "Authorization").
 */
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util/error.h"
#include "service/protocol/protocol.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/resource.h"
#include "service/protocol/site.h"
#include "service/protocol/source.h"
#include "access.h"
#include "auth.h"
#include "login.h"
#include "session.h"
#include "setup.h"

#define CHALLENGE	"Basic realm=\"fabmond\", charset=\"UTF-8\""
#define MAY_ALL		(SVC_MAY_LOGIN | SVC_MAY_MANAGER | SVC_MAY_USERS | \
			 SVC_MAY_COMPONENTS | SVC_MAY_SELF)

static bool method_reads(const char *method)
{
	return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

/* ---- addresses and names ------------------------------------------------ */

static void address_map4(struct in6_addr *out, const struct in_addr *addr)
{
	memset(out, 0, sizeof(*out));
	out->s6_addr[10] = out->s6_addr[11] = 0xff;
	memcpy(&out->s6_addr[12], addr, sizeof(*addr));
}

/**
 * svc_address_map - an address as one of IPv6
 * @sa: of IPv4, which is mapped, or IPv6; anything else gives "::"
 */
void svc_address_map(struct in6_addr *out, const struct sockaddr *sa)
{
	memset(out, 0, sizeof(*out));
	if (sa->sa_family == AF_INET6)
		*out = ((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	else if (sa->sa_family == AF_INET)
		address_map4(out,
			     &((const struct sockaddr_in *)(const void *)sa)->sin_addr);
}

static int address_parse(const char *text, struct in6_addr *out)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		address_map4(out, &v4);
		return 0;
	}
	return inet_pton(AF_INET6, text, out) == 1 ? 0 : -EINVAL;
}

static int trusted_parse(struct svc_auth *auth, const char *list)
{
	char text[INET6_ADDRSTRLEN];
	size_t n;

	for (; *list; list += n) {
		list += strspn(list, " ,");
		n = strcspn(list, " ,");
		if (!n)
			break;
		if (n >= sizeof(text) || auth->n_trusted ==
		    sizeof(auth->trusted) / sizeof(auth->trusted[0]))
			return -EINVAL;
		memcpy(text, list, n);
		text[n] = '\0';
		if (address_parse(text, &auth->trusted[auth->n_trusted++]))
			return -EINVAL;
	}
	return 0;
}

static bool is_trusted(const struct svc_auth *auth, const struct in6_addr *peer)
{
	size_t i;

	for (i = 0; i < auth->n_trusted; i++)
		if (IN6_ARE_ADDR_EQUAL(&auth->trusted[i], peer))
			return true;
	return false;
}

/* The host part of "host:port" or "[v6]:port", or of a URL. */
static void host_part(char *out, size_t size, const char *text)
{
	const char *scheme = strstr(text, "://");
	size_t n;

	if (scheme)
		text = scheme + 3;
	if (*text == '[')
		n = strcspn(++text, "]");
	else
		n = strcspn(text, ":/");
	snprintf(out, size, "%.*s", (int)n, text);
}

/*
 * A page whose author lets its own name resolve to our address (DNS rebinding)
 * asks for that name. Nobody can make a browser ask for an address but a page
 * that was served there.
 */
static bool host_is_ours(const struct svc_auth *auth, const char *host)
{
	struct in6_addr addr;
	char name[256];

	if (!host || !*host)
		return true;		/* no browser */
	host_part(name, sizeof(name), host);
	return !address_parse(name, &addr) ||
	       !strcasecmp(name, "localhost") ||
	       (auth->host[0] && !strcasecmp(name, auth->host)) ||
	       (auth->own[0] && !strcasecmp(name, auth->own));
}

/*
 * Browsers send the origin of the page that makes a change; other clients send
 * none. A page of another origin must not make changes with what the browser has
 * (address, certificate, remembered password).
 */
static bool origin_is_ours(const struct svc_auth *auth,
			   const struct svc_request *rq)
{
	const char *scheme = auth->tls ? "https://" : "http://";
	size_t n = strlen(scheme);

	if (!rq->origin || method_reads(rq->method))
		return true;
	return rq->host && !strncasecmp(rq->origin, scheme, n) &&
	       !strcasecmp(rq->origin + n, rq->host);
}

/* ---- who ---------------------------------------------------------------- */

static bool is_login(const char *method, const char *uri)
{
	return !strcmp(method, "POST") &&
	       !strcmp(uri, SVC_SESSIONS "/Sessions");
}

/* What everybody may ask for (DSP0266, "Authentication requirements"). */
static bool is_public(const char *method, const char *uri)
{
	if (!method_reads(method))
		return is_login(method, uri);
	return !strcmp(uri, "/redfish") || !strcmp(uri, SVC_ROOT) ||
	       !strcmp(uri, SVC_PREFIX "/odata") ||
	       !strcmp(uri, SVC_PREFIX "/$metadata");
}

static bool who_set(struct svc_site *site, const char *name)
{
	const struct svc_account *account =
		svc_account_find(site->auth->accounts, name);

	if (!account)
		return false;
	snprintf(site->who.name, sizeof(site->who.name), "%s", account->name);
	site->who.may = svc_role_may(account->role);
	return true;
}

static void refuse(const struct svc_auth *auth, enum svc_message id,
		   struct svc_reply *reply)
{
	/* without accounts there is nothing to log in with */
	if (!auth->accounts) {
		svc_reply_error(reply, 403, SVC_NO_PRIVILEGE, NULL, NULL, NULL);
		return;
	}
	svc_reply_error(reply, 401, id, NULL, NULL, NULL);
	reply->challenge = CHALLENGE;
}

/* Two texts, in place of the user-id and the password of RFC 7617. */
static char *basic_decode(const char *header, char **password)
{
	gnutls_datum_t in, out = { 0 };
	char *text = NULL;

	header += 6;
	header += strspn(header, " ");
	in.data = (unsigned char *)header;
	in.size = strcspn(header, " \t");
	if (in.size > 2 * (SVC_NAME_SIZE + SVC_PASSWORD_SIZE) ||
	    gnutls_base64_decode2(&in, &out) < 0)
		return NULL;
	if (!memchr(out.data, '\0', out.size))
		text = strndup((char *)out.data, out.size);
	explicit_bzero(out.data, out.size);
	gnutls_free(out.data);
	*password = text ? strchr(text, ':') : NULL;
	if (!*password) {
		free(text);
		return NULL;
	}
	*(*password)++ = '\0';
	return text;
}

/**
 * svc_login_refused - the reply where a verdict is not good
 *
 * Return: whether it is not; the status of @reply stays 0 while it is awaited.
 */
bool svc_login_refused(enum svc_verdict verdict, struct svc_reply *reply)
{
	switch (verdict) {
	case SVC_VERDICT_GOOD:
		return false;
	case SVC_VERDICT_WAIT:
		return true;
	case SVC_VERDICT_BUSY:
	case SVC_VERDICT_LATER:
		svc_reply_wait(reply, verdict == SVC_VERDICT_BUSY ? 1 :
			       SVC_LOCK_SECONDS);
		return true;
	case SVC_VERDICT_NONE:
	case SVC_VERDICT_BAD:
		break;
	}
	svc_reply_error(reply, 401, SVC_UNAUTHORIZED, NULL, NULL, NULL);
	reply->challenge = CHALLENGE;
	return true;
}

static bool who_basic(struct svc_site *site, const struct svc_request *rq,
		      struct svc_reply *reply)
{
	const struct svc_auth *auth = site->auth;
	enum svc_verdict verdict = SVC_VERDICT_BAD;
	char *password, *name = NULL;

	if (!strncasecmp(rq->authorization, "Basic ", 6))
		name = basic_decode(rq->authorization, &password);
	if (name && auth->accounts) {
		verdict = svc_login_check(auth->logins, auth->accounts, rq,
					  name, password);
		explicit_bzero(password, strlen(password));
	}
	if (verdict == SVC_VERDICT_GOOD && !who_set(site, name))
		verdict = SVC_VERDICT_BAD;
	free(name);
	if (verdict == SVC_VERDICT_BAD)
		refuse(auth, SVC_UNAUTHORIZED, reply);
	else
		svc_login_refused(verdict, reply);
	return verdict == SVC_VERDICT_GOOD;
}

static bool who_session(struct svc_site *site, const struct svc_request *rq,
			struct svc_reply *reply)
{
	const struct svc_auth *auth = site->auth;
	const char *name = auth->sessions ?
		svc_session_use(auth->sessions, rq->token) : NULL;

	if (name && who_set(site, name))
		return true;
	refuse(auth, SVC_NO_SESSION, reply);
	return false;
}

static bool who_certificate(struct svc_site *site, const struct svc_request *rq)
{
	size_t i;

	for (i = 0; i < rq->names.count; i++)
		if (who_set(site, rq->names.name[i]))
			return true;
	return false;
}

/* Nobody in particular, at a place that we let in. */
static bool who_anybody(struct svc_site *site, const struct svc_request *rq,
			unsigned int may, struct svc_reply *reply)
{
	if (host_is_ours(site->auth, rq->host)) {
		site->who.may = may;
		return true;
	}
	svc_reply_error(reply, 400, SVC_HEADER_INVALID, "Host", NULL, NULL);
	return false;
}

static bool who_find(struct svc_site *site, const struct svc_request *rq,
		     struct svc_reply *reply)
{
	const struct svc_auth *auth = site->auth;

	if (!auth->tls && (rq->token || rq->authorization)) {
		/* DSP0266: credentials are for TLS */
		svc_reply_error(reply, 400, SVC_HEADER_INVALID, rq->token ?
				"X-Auth-Token" : "Authorization", NULL, NULL);
		return false;
	}
	if (auth->open)
		return who_anybody(site, rq, auth->guest, reply);
	if (rq->token)
		return who_session(site, rq, reply);
	if (rq->authorization)
		return who_basic(site, rq, reply);
	if (who_certificate(site, rq))
		return true;
	if (is_trusted(auth, &rq->peer)) {
		site->who.trusted = true;
		return who_anybody(site, rq, SVC_MAY_LOGIN, reply);
	}
	refuse(auth, SVC_NO_SESSION, reply);
	return false;
}

/**
 * svc_auth_admit - find out who sent a request
 * @request: its target is one of the site; its login may be begun
 *
 * Sets the site's @who, which is nobody for what everybody may ask for. Bad
 * credentials do no harm there: a client logs in again with an old token.
 *
 * Return: whether to go on; if not, @reply is the refusal, or its status is 0 while
 * a password is checked.
 */
bool svc_auth_admit(struct svc_site *site, const struct svc_request *request,
		    struct svc_reply *reply)
{
	const char *uri = request->target.path;

	memset(&site->who, 0, sizeof(site->who));
	if (!site->auth) {
		site->who.may = MAY_ALL;
		return true;
	}
	if (!origin_is_ours(site->auth, request)) {
		svc_reply_error(reply, 403, SVC_NO_PRIVILEGE, NULL, NULL, NULL);
		return false;
	}
	if (is_login(request->method, uri) && site->auth->accounts)
		return true;
	if (who_find(site, request, reply))
		return true;
	if (!reply->status || !is_public(request->method, uri) ||
	    !host_is_ours(site->auth, request->host))
		return false;
	svc_reply_clear(reply);
	return true;
}

/* ---- may they? ---------------------------------------------------------- */

static bool is_own(const struct svc_site *site, const char *uri)
{
	const struct svc_source *source = svc_source_find(site, uri);
	const char *owner = source && source->ops->owner ?
			    source->ops->owner(source->ctx, uri) : NULL;

	return owner && site->who.name[0] && !strcmp(owner, site->who.name);
}

/*
 * What is at @uri. An action is its resource's, and what is not there yet its
 * collection's.
 */
static json_t *resource_of(const struct svc_site *site, const char *uri)
{
	json_t *resource = svc_resource_get(site, uri);
	const char *end = strstr(uri, "/Actions/");
	char owner[SVC_URI_MAX];

	if (resource)
		return resource;
	if (!end)
		end = strrchr(uri, '/');
	if (!end)
		return NULL;
	snprintf(owner, sizeof(owner), "%.*s", (int)(end - uri), uri);
	return svc_resource_get(site, owner);
}

/* Is it something that its address alone lets it do? */
static bool is_for_trusted(const struct svc_site *site, const char *method,
			   const char *uri)
{
	const struct svc_source *source;

	if (!site->who.trusted || method_reads(method))
		return false;
	source = svc_source_taking(site, uri, NULL);
	return source && source->ops->trusted;
}

/**
 * svc_auth_permits - may the sender of the request do this?
 * @uri: of the site
 */
bool svc_auth_permits(const struct svc_site *site, const char *method,
		      const char *uri)
{
	unsigned int needed;
	json_t *resource;

	if (!site->auth || is_public(method, uri))
		return true;
	if (is_for_trusted(site, method, uri))
		return true;
	resource = resource_of(site, uri);
	needed = svc_privilege_needed(json_string_value(
			json_object_get(resource, "@odata.type")), method);
	json_decref(resource);
	if (site->who.may & needed & ~SVC_MAY_SELF)
		return true;
	return (site->who.may & needed & SVC_MAY_SELF) && is_own(site, uri);
}

/* ---- the parts ---------------------------------------------------------- */

/**
 * svc_auth_take - put other accounts in the place of those there are
 * @accounts: taken over; NULL: none
 *
 * Sessions of accounts that are not what they were end.
 */
void svc_auth_take(struct svc_auth *auth, struct svc_accounts *accounts)
{
	svc_logins_forget(auth->logins);
	svc_sessions_filter(auth->sessions, auth->accounts, accounts);
	if (auth->accounts)
		explicit_bzero(auth->accounts, sizeof(*auth->accounts));
	free(auth->accounts);
	auth->accounts = accounts;
}

/**
 * svc_auth_init - from the settings, without accounts as yet
 * @auth: zeroed; svc_auth_clear() it, also after an error
 *
 * Return: 0; -EINVAL: @trust of the settings is no list of addresses, or too
 * long; or another -errno, with its origin.
 */
int svc_auth_init(struct svc_auth *auth,
		  const struct service_security *security, sd_event *event)
{
	int r;

	auth->tls = security->tls_cert;
	if (security->url)
		host_part(auth->host, sizeof(auth->host), security->url);
	if (gethostname(auth->own, sizeof(auth->own) - 1))
		auth->own[0] = '\0';
	if (security->trust && trusted_parse(auth, security->trust))
		return -EINVAL;
	auth->open = !security->accounts &&
		     (security->no_auth || !auth->n_trusted);
	auth->guest = security->guests ? MAY_ALL & ~SVC_MAY_COMPONENTS :
					 MAY_ALL;
	if (!security->accounts)
		return 0;
	r = svc_logins_new(&auth->logins, event);
	if (r < 0)
		return error_trace(r);
	auth->sessions = svc_sessions_new(security->session_timeout);
	return auth->sessions ? 0 : error_trace(-ENOMEM);
}

void svc_auth_clear(struct svc_auth *auth)
{
	svc_logins_free(auth->logins);
	svc_sessions_free(auth->sessions);
	if (auth->accounts)
		explicit_bzero(auth->accounts, sizeof(*auth->accounts));
	free(auth->accounts);
	memset(auth, 0, sizeof(*auth));
}
