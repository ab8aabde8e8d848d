// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * TLS. libmicrohttpd speaks it; the credentials are ours, and each connection is
 * given those of the moment when it begins. So new certificates hold for new
 * connections, and no connection is closed because of them.
 */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/error.h"
#include "util/log.h"
#include "service/protocol/who.h"
#include "file.h"
#include "setup.h"
#include "tls.h"

#define PRIORITY	"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define CHAIN_MAX	8

/**
 * struct svc_tls - certificates, as they were read from their files
 * @refs: connections that use them, and the service
 * @clients: whether clients may log in with a certificate
 * @crl_until: when a revocation list is out of date, 0: there is none
 */
struct svc_tls {
	unsigned int refs;
	gnutls_certificate_credentials_t credentials;
	bool clients;
	time_t crl_until;
};

/* ---- loading ------------------------------------------------------------ */

const char *svc_tls_priority(const struct service_security *security)
{
	return security->tls_priority ? security->tls_priority : PRIORITY;
}

static int priority_check(const char *text, char *error, size_t size)
{
	const unsigned int *versions;
	gnutls_priority_t priority;
	const char *at = text;
	bool old = false;
	int i, n;

	if (gnutls_priority_init(&priority, text, &at) < 0) {
		snprintf(error, size, "tls_priority: GnuTLS does not understand '%s' of it",
			 at);
		return -EBADMSG;
	}
	n = gnutls_priority_protocol_list(priority, &versions);
	for (i = 0; i < n; i++)
		if (versions[i] < GNUTLS_TLS1_2)
			old = true;
	gnutls_priority_deinit(priority);
	if (!old && n > 0)
		return 0;
	snprintf(error, size, "tls_priority: it must allow TLS 1.2 or newer, and nothing older: add :-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2");
	return -EBADMSG;
}

static int pair_error(const struct service_security *s, int code, char *error,
		      size_t size)
{
	if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		snprintf(error, size, "%s: it is not the key of the certificate in %s",
			 s->tls_key, s->tls_cert);
	else if (code == GNUTLS_E_DECRYPTION_FAILED)
		snprintf(error, size, "%s: the key has a pass phrase: take it off",
			 s->tls_key);
	else
		snprintf(error, size, "%s, %s: no certificate and key in PEM: %s",
			 s->tls_cert, s->tls_key, gnutls_strerror(code));
	return -EBADMSG;
}

static int load_pair(struct svc_tls *tls, const struct service_security *s,
		     char *error, size_t size)
{
	char *cert = NULL, *key = NULL;
	size_t cert_size = 0, key_size = 0;
	gnutls_datum_t c, k;
	int r;

	r = svc_file_read(s->tls_cert, false, &cert, &cert_size, error, size);
	if (!r)
		r = svc_file_read(s->tls_key, true, &key, &key_size, error,
				  size);
	if (!r) {
		c = (gnutls_datum_t) { (unsigned char *)cert, cert_size };
		k = (gnutls_datum_t) { (unsigned char *)key, key_size };
		r = gnutls_certificate_set_x509_key_mem2(tls->credentials, &c,
				&k, GNUTLS_X509_FMT_PEM, NULL, 0);
		r = r < 0 ? pair_error(s, r, error, size) : 0;
	}
	svc_file_free(cert, cert_size);
	svc_file_free(key, key_size);
	return r;
}

/* Each adds what is in @data. Return: how many, or a code of GnuTLS. */
typedef int (*trust_fn)(struct svc_tls *tls, const gnutls_datum_t *data);

static int add_cas(struct svc_tls *tls, const gnutls_datum_t *data)
{
	return gnutls_certificate_set_x509_trust_mem(tls->credentials, data,
						     GNUTLS_X509_FMT_PEM);
}

/* GnuTLS does not check the date of a revocation list. */
static int add_crls(struct svc_tls *tls, const gnutls_datum_t *data)
{
	gnutls_x509_crl_t *list;
	unsigned int i, n;
	time_t until;
	int r;

	r = gnutls_x509_crl_list_import2(&list, &n, data, GNUTLS_X509_FMT_PEM,
					 0);
	if (r < 0)
		return r;
	for (i = 0; i < n; i++) {
		until = gnutls_x509_crl_get_next_update(list[i]);
		if (until > 0 && (!tls->crl_until || until < tls->crl_until))
			tls->crl_until = until;
		gnutls_x509_crl_deinit(list[i]);
	}
	gnutls_free(list);
	return gnutls_certificate_set_x509_crl_mem(tls->credentials, data,
						   GNUTLS_X509_FMT_PEM);
}

static int load_trust(struct svc_tls *tls, const char *path, trust_fn fn,
		      const char *what, char *error, size_t size)
{
	gnutls_datum_t datum;
	size_t n = 0;
	char *data;
	int r;

	r = svc_file_read(path, false, &data, &n, error, size);
	if (r)
		return r;
	datum = (gnutls_datum_t) { (unsigned char *)data, n };
	r = fn(tls, &datum);
	svc_file_free(data, n);
	if (r > 0)
		return 0;
	snprintf(error, size, "%s: no %s in PEM%s%s", path, what, r ? ": " : "",
		 r ? gnutls_strerror(r) : "");
	return -EBADMSG;
}

/* It is used all the same: the host's clock may be what is wrong. */
static void warn_expired(const struct svc_tls *tls, const char *path)
{
	gnutls_x509_crt_t *list;
	unsigned int i, n;

	if (gnutls_certificate_get_x509_crt(tls->credentials, 0, &list, &n) < 0)
		return;
	if (n && gnutls_x509_crt_get_expiration_time(list[0]) < time(NULL))
		log_warning("service: %s: the certificate has expired: clients will refuse it",
			    path);
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
}

static bool crl_is_old(const struct svc_tls *tls)
{
	return tls->crl_until && tls->crl_until <= time(NULL);
}

/**
 * svc_tls_load - read certificates, keys and revocation lists
 * @tls: set to them; svc_tls_unref() them
 * @security: has at least a certificate and a key
 * @error: set to what is wrong and how it gets right
 *
 * Return: 0; -EBADMSG with the reason in @error; -ENOMEM with its origin.
 */
int svc_tls_load(struct svc_tls **tls_, const struct service_security *security,
		 char *error, size_t size)
{
	struct svc_tls *tls;
	int r;

	r = priority_check(svc_tls_priority(security), error, size);
	if (r)
		return r;
	tls = calloc(1, sizeof(*tls));
	if (!tls)
		return error_origin(-ENOMEM, "%s: no memory for it",
				    security->tls_cert);
	tls->refs = 1;
	tls->clients = security->client_ca;
	if (gnutls_certificate_allocate_credentials(&tls->credentials) < 0) {
		free(tls);
		return error_origin(-ENOMEM, "%s: no memory for credentials",
				    security->tls_cert);
	}
	r = load_pair(tls, security, error, size);
	if (!r && security->client_ca)
		r = load_trust(tls, security->client_ca, add_cas,
			       "CA certificate", error, size);
	if (!r && security->client_crl)
		r = load_trust(tls, security->client_crl, add_crls,
			       "revocation list", error, size);
	if (r) {
		svc_tls_unref(tls);
		return r;
	}
	warn_expired(tls, security->tls_cert);
	if (crl_is_old(tls))
		log_warning("service: %s is out of date: no certificate of a client is good",
			    security->client_crl);
	*tls_ = tls;
	return 0;
}

void svc_tls_unref(struct svc_tls *tls)
{
	if (!tls || --tls->refs)
		return;
	gnutls_certificate_free_credentials(tls->credentials);
	free(tls);
}

/**
 * svc_tls_attach - let a session that has not begun use these certificates
 * @tls: referenced once more; svc_tls_unref() it when the session is over
 * @session: gnutls_session_t
 *
 * A client is asked for a certificate and may have none. It is not sent the
 * list of CAs: they may be others by the time that it is verified.
 */
void svc_tls_attach(struct svc_tls *tls, void *session)
{
	tls->refs++;
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE,
			       tls->credentials);
	if (!tls->clients)
		return;
	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
	gnutls_certificate_send_x509_rdn_sequence(session, 1);
}

/* ---- clients' certificates ---------------------------------------------- */

static void names_add(struct svc_names *names, const char *text, size_t size)
{
	/* a NUL inside would make it look like another */
	if (!size || size >= SVC_NAME_SIZE || memchr(text, '\0', size) ||
	    names->count == SVC_NAMES_MAX)
		return;
	memcpy(names->name[names->count], text, size);
	names->name[names->count++][size] = '\0';
}

/* The subject's only CN, then the alternative names. */
static void names_get(gnutls_x509_crt_t crt, struct svc_names *names)
{
	char text[256];
	unsigned int i;
	size_t size = sizeof(text);
	int r;

	if (gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 1,
			0, NULL, &(size_t){ 0 }) ==
	    GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE &&
	    gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
					  0, text, &size) >= 0)
		names_add(names, text, size);
	for (i = 0; i < SVC_NAMES_MAX; i++) {
		size = sizeof(text);
		r = gnutls_x509_crt_get_subject_alt_name(crt, i, text, &size,
							 NULL);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (r == GNUTLS_SAN_DNSNAME || r == GNUTLS_SAN_RFC822NAME ||
		    r == GNUTLS_SAN_URI)
			names_add(names, text, size);
	}
}

static bool chain_verified(const struct svc_tls *tls, gnutls_x509_crt_t *chain,
			   unsigned int n)
{
	gnutls_typed_vdata_st client = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT,
	};
	gnutls_x509_trust_list_t list;
	gnutls_datum_t why = { 0 };
	unsigned int status = 1;

	if (crl_is_old(tls)) {
		log_debug("service: a client's certificate is refused: the revocation list is out of date");
		return false;
	}
	gnutls_certificate_get_trust_list(tls->credentials, &list);
	if (gnutls_x509_trust_list_verify_crt2(list, chain, n, &client, 1, 0,
					       &status, NULL) < 0)
		return false;
	if (!status)
		return true;
	if (!gnutls_certificate_verification_status_print(status,
			GNUTLS_CRT_X509, &why, 0))
		log_debug("service: a client's certificate is refused: %s",
			  (char *)why.data);
	gnutls_free(why.data);
	return false;
}

/**
 * svc_tls_names - names of who is at the other end of a session
 * @tls: what to verify its certificate by, as of now
 * @session: gnutls_session_t
 * @names: set to those in its certificate; none if it has no good one
 *
 * It is verified each time: it may have expired or been revoked while the
 * connection stood.
 */
void svc_tls_names(const struct svc_tls *tls, void *session,
		   struct svc_names *names)
{
	gnutls_x509_crt_t chain[CHAIN_MAX];
	const gnutls_datum_t *raw;
	unsigned int i, n = 0, have = 0;

	names->count = 0;
	raw = tls->clients ? gnutls_certificate_get_peers(session, &n) : NULL;
	if (!raw || !n || n > CHAIN_MAX)
		return;
	while (have < n && gnutls_x509_crt_init(&chain[have]) >= 0) {
		have++;
		if (gnutls_x509_crt_import(chain[have - 1], &raw[have - 1],
					   GNUTLS_X509_FMT_DER) < 0)
			break;
		if (have == n && chain_verified(tls, chain, n))
			names_get(chain[0], names);
	}
	for (i = 0; i < have; i++)
		gnutls_x509_crt_deinit(chain[i]);
}
