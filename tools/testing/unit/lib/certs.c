// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "certs.h"

#define must(call)	assert_true((call) >= 0)
#define DAY		(24 * 3600)

static void path_of(const char *dir, const char *name, const char *end,
		    char path[static 256])
{
	snprintf(path, 256, "%s/%s.%s", dir, name, end);
}

/* In place at once, for one who may be reading it. */
static void save(const char *dir, const char *name, const char *end,
		 const gnutls_datum_t *pem)
{
	char path[256], temp[264];
	int fd;

	path_of(dir, name, end, path);
	snprintf(temp, sizeof(temp), "%s.new", path);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, pem->data, pem->size), pem->size);
	close(fd);
	assert_int_equal(rename(temp, path), 0);
}

static void load(const char *dir, const char *name, gnutls_x509_crt_t crt,
		 gnutls_x509_privkey_t key)
{
	gnutls_datum_t pem;
	char path[256];

	path_of(dir, name, "crt", path);
	must(gnutls_load_file(path, &pem));
	must(gnutls_x509_crt_import(crt, &pem, GNUTLS_X509_FMT_PEM));
	gnutls_free(pem.data);
	path_of(dir, name, "key", path);
	must(gnutls_load_file(path, &pem));
	must(gnutls_x509_privkey_import(key, &pem, GNUTLS_X509_FMT_PEM));
	gnutls_free(pem.data);
}

static void describe(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
		     const struct cert *cert)
{
	static unsigned char serial;
	struct in_addr address;
	time_t now = time(NULL);

	serial++;
	must(gnutls_x509_crt_set_version(crt, 3));
	must(gnutls_x509_crt_set_serial(crt, &serial, sizeof(serial)));
	must(gnutls_x509_crt_set_activation_time(crt, now + cert->from * DAY));
	must(gnutls_x509_crt_set_expiration_time(crt, now + cert->to * DAY));
	must(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
					   0, cert->name,
					   (unsigned int)strlen(cert->name)));
	must(gnutls_x509_crt_set_basic_constraints(crt, !cert->issuer, -1));
	must(gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE |
		(cert->issuer ? 0 : GNUTLS_KEY_KEY_CERT_SIGN)));
	must(gnutls_x509_crt_set_key(crt, key));
	if (!cert->address)
		return;
	assert_int_equal(inet_aton(cert->address, &address), 1);
	must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
						  &address, sizeof(address),
						  GNUTLS_FSAN_SET));
}

void cert_make(const char *dir, const struct cert *cert)
{
	gnutls_x509_crt_t crt, issuer;
	gnutls_x509_privkey_t key, issuer_key;
	gnutls_datum_t pem;

	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_init(&issuer);
	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_init(&issuer_key);
	must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	describe(crt, key, cert);
	if (cert->issuer)
		load(dir, cert->issuer, issuer, issuer_key);
	must(gnutls_x509_crt_sign2(crt, cert->issuer ? issuer : crt,
				   cert->issuer ? issuer_key : key,
				   GNUTLS_DIG_SHA256, 0));
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
	save(dir, cert->name, "crt", &pem);
	gnutls_free(pem.data);
	must(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem));
	save(dir, cert->name, "key", &pem);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_crt_deinit(issuer);
	gnutls_x509_privkey_deinit(key);
	gnutls_x509_privkey_deinit(issuer_key);
}
