/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Certificates that live as long as a test. All functions fail the test. */
#ifndef FABMON_TEST_PKI_H
#define FABMON_TEST_PKI_H

#include <gnutls/x509.h>
#include <stdbool.h>

/* A CA, for pki_ca_free(). */
struct pki_ca {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	unsigned char serial;
};

/**
 * struct pki_subject - subject of a certificate; zeroed members are left out
 * @cn2: a second CN
 * @server: for a server at 127.0.0.1, and not for clients
 * @days: until it expires; negative: it has, that many days ago
 */
struct pki_subject {
	const char *cn;
	const char *cn2;
	const char *email;
	bool server;
	int days;
};

struct pki_ca *pki_ca_new(const char *name);
void pki_ca_free(struct pki_ca *ca);
/* Writes dir/NAME.crt and, mode 0600, dir/NAME.key. */
void pki_issue(struct pki_ca *ca, const char *dir, const char *name,
	       const struct pki_subject *subject);
/* Writes dir/NAME.crt with the CA's own certificate. */
void pki_ca_write(const struct pki_ca *ca, const char *dir, const char *name);
/*
 * Writes dir/NAME.crl; the newest certificate is revoked if @revoke is set. The
 * next one is due in @days.
 */
void pki_crl_write(const struct pki_ca *ca, const char *dir, const char *name,
		   bool revoke, int days);

#endif /* FABMON_TEST_PKI_H */
