// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The service's security put together: reading its files, reading them again
 * when they change, and what libmicrohttpd has to know of them.
 */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "service/protocol/request.h"
#include "service/protocol/site.h"
#include "service/protocol/source.h"
#include "access.h"
#include "account.h"
#include "auth.h"
#include "file.h"
#include "secure.h"
#include "session.h"
#include "setup.h"
#include "tls.h"
#include "watch.h"

struct svc_secure {
	struct svc_auth auth;
	struct svc_tls *tls;
	struct svc_watch *watch;
	struct service_security files;	/* owns the strings that it keeps */
	struct svc_source session;
	struct svc_source account;
};

/* ---- files -------------------------------------------------------------- */

static int tls_load(struct svc_secure *secure, char *error, size_t size)
{
	struct svc_tls *tls;
	int r;

	if (!secure->files.tls_cert)
		return 0;
	r = svc_tls_load(&tls, &secure->files, error, size);
	if (r)
		return r;
	svc_tls_unref(secure->tls);
	secure->tls = tls;
	return 0;
}

static int accounts_load(struct svc_secure *secure, char *error, size_t size)
{
	struct svc_accounts *accounts;
	int r;

	if (!secure->files.accounts)
		return 0;
	r = svc_accounts_load(&accounts, secure->files.accounts, error, size);
	if (!r)
		svc_auth_take(&secure->auth, accounts);
	return r;
}

/* @error: the reason, where @r is -EBADMSG. */
static void load_log(int r, const char *error, const char *otherwise)
{
	if (r == -EBADMSG)
		log_error("service: %s%s", error, otherwise);
	else if (r)
		error_log(LOG_ERR, r, "service: security%s", otherwise);
}

/* Each by itself: a mistake in one must not keep the other old. */
static int files_load(struct svc_secure *secure, const char *otherwise)
{
	char error[512];
	int r1, r2;

	r1 = tls_load(secure, error, sizeof(error));
	load_log(r1, error, otherwise);
	r2 = accounts_load(secure, error, sizeof(error));
	load_log(r2, error, otherwise);
	return r1 || r2 ? -EKEYREJECTED : 0;
}

/**
 * svc_secure_reload - read the files again
 *
 * Connections that stand keep their certificate.
 */
void svc_secure_reload(struct svc_secure *secure)
{
	if (!secure->files.tls_cert)
		return;
	if (!files_load(secure, "; the old one stays in use"))
		log_info("service: certificates and accounts are read again");
}

static void on_changed(void *ctx)
{
	svc_secure_reload(ctx);
}

static int copy(const char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ?
	       error_origin(-ENOMEM, "security settings: cannot be copied") : 0;
}

static int files_copy(struct service_security *to,
		      const struct service_security *from)
{
	return copy(&to->tls_cert, from->tls_cert) ||
	       copy(&to->tls_key, from->tls_key) ||
	       copy(&to->tls_priority, from->tls_priority) ||
	       copy(&to->client_ca, from->client_ca) ||
	       copy(&to->client_crl, from->client_crl) ||
	       copy(&to->accounts, from->accounts) ? -ENOMEM : 0;
}

static int files_watch(struct svc_secure *secure, sd_event *event)
{
	const char *const paths[] = {
		secure->files.tls_cert, secure->files.tls_key,
		secure->files.client_ca, secure->files.client_crl,
		secure->files.accounts,
	};

	if (!secure->files.tls_cert)
		return 0;
	return svc_watch_new(&secure->watch, event, paths,
			     sizeof(paths) / sizeof(paths[0]), on_changed,
			     secure);
}

/* ---- connections -------------------------------------------------------- */

/* Never asked: see svc_secure_attach(). */
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *names,
			  int n_names, const gnutls_pk_algorithm_t *algorithms,
			  int n_algorithms, gnutls_pcert_st **chain,
			  unsigned int *n, gnutls_privkey_t *key)
{
	return -1;
}

/**
 * svc_secure_attach - give a connection that begins its certificate
 *
 * Return: for svc_tls_unref() when the connection is over; NULL without TLS.
 */
struct svc_tls *svc_secure_attach(struct svc_secure *secure,
				  struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;

	if (!secure->tls)
		return NULL;
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (!info || !info->tls_session)
		return NULL;
	svc_tls_attach(secure->tls, info->tls_session);
	return secure->tls;
}

/**
 * svc_secure_options - libmicrohttpd's options
 * @options: SVC_SECURE_OPTIONS of them, set; valid as long as @secure
 *
 * Return: whether it is to speak TLS.
 */
bool svc_secure_options(struct svc_secure *secure,
			struct MHD_OptionItem *options)
{
	size_t n = 0;

	if (secure->tls) {
		options[n++] = (struct MHD_OptionItem) {
			MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)svc_tls_priority(&secure->files)
		};
		options[n++] = (struct MHD_OptionItem) {
			MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
			(void *)(uintptr_t)no_certificate
		};
	}
	options[n] = (struct MHD_OptionItem) { MHD_OPTION_END, 0, NULL };
	return secure->tls;
}

/**
 * svc_secure_peer - find out the peer of a connection
 * @request: its peer and names are set
 */
void svc_secure_peer(struct svc_secure *secure,
		     struct MHD_Connection *connection,
		     struct svc_request *request)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (info && info->client_addr)
		svc_address_map(&request->peer, info->client_addr);
	if (!secure->tls || request->token || request->authorization)
		return;
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info && info->tls_session)
		svc_tls_names(secure->tls, info->tls_session, &request->names);
}

/* ---- all of it ---------------------------------------------------------- */

static void sources_serve(struct svc_secure *secure, struct svc_site *site)
{
	if (!secure->files.accounts)
		return;
	secure->session = (struct svc_source) {
		.prefix = SVC_SESSIONS, .ops = &svc_session_ops, .ctx = site,
	};
	secure->account = (struct svc_source) {
		.prefix = SVC_ACCOUNTS, .ops = &svc_account_ops, .ctx = site,
	};
	svc_source_add(site, &secure->session);
	svc_source_add(site, &secure->account);
}

/**
 * svc_secure_new - make a site as secure as it is to be
 * @secure: svc_secure_end() and svc_secure_free() it
 *
 * Return: 0; -EKEYREJECTED, which has been logged; or another -errno, with its
 * origin.
 */
int svc_secure_new(struct svc_secure **secure_, struct svc_site *site,
		   const struct service_security *security, sd_event *event)
{
	struct svc_secure *secure = calloc(1, sizeof(*secure));
	int r;

	if (!secure)
		return error_origin(-ENOMEM, "security: cannot be allocated");
	*secure_ = secure;
	site->auth = &secure->auth;
	r = files_copy(&secure->files, security);
	if (!r)
		r = svc_auth_init(&secure->auth, security, event);
	if (r == -EINVAL) {
		log_error("service: trust = %s: this is no list of up to 8 addresses",
			  security->trust);
		return -EKEYREJECTED;
	}
	if (!r)
		r = files_load(secure, "");
	if (!r)
		r = files_watch(secure, event);
	if (!r)
		sources_serve(secure, site);
	return r;
}

/* Nobody is let in any more; requests that wait for a password are refused. */
void svc_secure_end(struct svc_secure *secure)
{
	if (!secure)
		return;
	svc_watch_free(secure->watch);
	secure->watch = NULL;
	svc_auth_clear(&secure->auth);
}

void svc_secure_free(struct svc_secure *secure)
{
	if (!secure)
		return;
	svc_tls_unref(secure->tls);
	free((char *)secure->files.tls_cert);
	free((char *)secure->files.tls_key);
	free((char *)secure->files.tls_priority);
	free((char *)secure->files.client_ca);
	free((char *)secure->files.client_crl);
	free((char *)secure->files.accounts);
	free(secure);
}
