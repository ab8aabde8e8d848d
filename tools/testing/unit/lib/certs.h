/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Certificates for tests, made when they are needed. */
#ifndef FABMON_TEST_CERTS_H
#define FABMON_TEST_CERTS_H

/**
 * struct cert - what to make
 * @name: of the files, NAME.crt and NAME.key, PEM
 * @issuer: name of one made before in the same directory; NULL: itself, and it
 *	is a CA
 * @address: IPv4 address that it is for, or NULL
 * @from: days from now at which it begins to be valid
 * @to: and ends
 */
struct cert {
	const char *name, *issuer, *address;
	int from, to;
};

/* Fails the test if it cannot. */
void cert_make(const char *dir, const struct cert *cert);

#endif /* FABMON_TEST_CERTS_H */
