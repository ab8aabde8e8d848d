// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "pki.h"
#include "tempdir.h"

#define DAY	86400

static gnutls_x509_privkey_t key_new(void)
{
	gnutls_x509_privkey_t key;

	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
			0);
	return key;
}

static gnutls_x509_crt_t crt_new(gnutls_x509_privkey_t key,
				 unsigned char serial, int days)
{
	time_t now = time(NULL);
	gnutls_x509_crt_t crt;

	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, &serial, 1);
	gnutls_x509_crt_set_activation_time(crt, now - 100 * DAY);
	gnutls_x509_crt_set_expiration_time(crt, now + days * DAY);
	assert_int_equal(gnutls_x509_crt_set_key(crt, key), 0);
	return crt;
}

static void cn_add(gnutls_x509_crt_t crt, const char *cn)
{
	if (cn)
		assert_int_equal(gnutls_x509_crt_set_dn_by_oid(crt,
				GNUTLS_OID_X520_COMMON_NAME, 0, cn,
				(unsigned int)strlen(cn)), 0);
}

struct pki_ca *pki_ca_new(const char *name)
{
	struct pki_ca *ca = calloc(1, sizeof(*ca));

	ca->serial = 1;
	ca->key = key_new();
	ca->crt = crt_new(ca->key, ca->serial, 100);
	cn_add(ca->crt, name);
	gnutls_x509_crt_set_basic_constraints(ca->crt, 1, -1);
	gnutls_x509_crt_set_key_usage(ca->crt, GNUTLS_KEY_KEY_CERT_SIGN |
				      GNUTLS_KEY_CRL_SIGN);
	assert_int_equal(gnutls_x509_crt_sign2(ca->crt, ca->crt, ca->key,
					       GNUTLS_DIG_SHA256, 0), 0);
	return ca;
}

void pki_ca_free(struct pki_ca *ca)
{
	gnutls_x509_crt_deinit(ca->crt);
	gnutls_x509_privkey_deinit(ca->key);
	free(ca);
}

static void datum_write(const char *dir, const char *name, const char *suffix,
			gnutls_datum_t *datum)
{
	char path[512];

	/* out of sight until it has its mode */
	snprintf(path, sizeof(path), "%s%s", name, suffix);
	tempdir_write(dir, path, (char *)datum->data);
	snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	assert_int_equal(chmod(path, 0600), 0);
	gnutls_free(datum->data);
}

static void crt_write(gnutls_x509_crt_t crt, const char *dir, const char *name)
{
	gnutls_datum_t out;

	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM,
						 &out), 0);
	datum_write(dir, name, ".crt", &out);
}

void pki_ca_write(const struct pki_ca *ca, const char *dir, const char *name)
{
	crt_write(ca->crt, dir, name);
}

void pki_issue(struct pki_ca *ca, const char *dir, const char *name,
	       const struct pki_subject *subject)
{
	static const unsigned char ip[] = { 127, 0, 0, 1 };
	gnutls_x509_privkey_t key = key_new();
	gnutls_x509_crt_t crt = crt_new(key, ++ca->serial,
					subject->days ? subject->days : 10);
	gnutls_datum_t out;

	cn_add(crt, subject->cn);
	cn_add(crt, subject->cn2);
	if (subject->email)
		gnutls_x509_crt_set_subject_alt_name(crt,
			GNUTLS_SAN_RFC822NAME, subject->email,
			(unsigned int)strlen(subject->email),
			GNUTLS_FSAN_APPEND);
	if (subject->server)
		gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
						     ip, sizeof(ip),
						     GNUTLS_FSAN_APPEND);
	gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	gnutls_x509_crt_set_key_purpose_oid(crt, subject->server ?
					    GNUTLS_KP_TLS_WWW_SERVER :
					    GNUTLS_KP_TLS_WWW_CLIENT, 0);
	assert_int_equal(gnutls_x509_crt_sign2(crt, ca->crt, ca->key,
					       GNUTLS_DIG_SHA256, 0), 0);
	crt_write(crt, dir, name);
	assert_int_equal(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM,
						     &out), 0);
	datum_write(dir, name, ".key", &out);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

void pki_crl_write(const struct pki_ca *ca, const char *dir, const char *name,
		   bool revoke, int days)
{
	time_t now = time(NULL);
	gnutls_x509_crl_t crl;
	gnutls_datum_t out;

	assert_int_equal(gnutls_x509_crl_init(&crl), 0);
	gnutls_x509_crl_set_version(crl, 2);
	gnutls_x509_crl_set_this_update(crl, now - 9 * DAY);
	gnutls_x509_crl_set_next_update(crl, now + days * DAY);
	gnutls_x509_crl_set_number(crl, "\1", 1);
	if (revoke)
		gnutls_x509_crl_set_crt_serial(crl, &ca->serial, 1, now - DAY);
	assert_int_equal(gnutls_x509_crl_sign2(crl, ca->crt, ca->key,
					       GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM,
						 &out), 0);
	datum_write(dir, name, ".crl", &out);
	gnutls_x509_crl_deinit(crl);
}
