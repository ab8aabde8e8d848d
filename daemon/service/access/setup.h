/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Settings: who may do what, and what clients may take. */
#ifndef FABMON_SVC_ACCESS_SETUP_H
#define FABMON_SVC_ACCESS_SETUP_H

#include <stdbool.h>

/* Most that connections may be set to. */
#define SERVICE_CONNECTIONS_MAX	1024

/**
 * struct service_limits - what clients may take; a client is an address
 * @connections: at a time, of all clients; up to SERVICE_CONNECTIONS_MAX
 * @client_connections: at a time, of one
 * @request_rate: requests a second of one client, in the long run
 * @request_burst: requests that one client may send at once before that counts
 * @header_size: bytes of a request's line and headers
 * @body_size: bytes of a request's body
 * @seconds: that a request may take to come in, and its answer to be read
 *
 * None may be 0, but that all are, which means the defaults.
 */
struct service_limits {
	unsigned int connections;
	unsigned int client_connections;
	unsigned int request_rate;
	unsigned int request_burst;
	unsigned int header_size;
	unsigned int body_size;
	unsigned int seconds;
};

/*
 * An OFMF reads every resource when an agent registers, one request each and as
 * quickly as it can: measured were 515 requests in 0.1 s for 500 resources. The
 * burst is three times that for a host with 512 ports.
 */
#define SERVICE_LIMITS_DEFAULT { \
	.connections = 128, .client_connections = 64, \
	.request_rate = 1000, .request_burst = 10000, \
	.header_size = 16 * 1024, .body_size = 64 * 1024, .seconds = 30, \
}

/**
 * struct service_security - who may do what; zeroed: everybody everything
 * @tls_cert: file with the certificate chain, PEM; NULL: plain HTTP
 * @tls_key: file with its key, PEM
 * @tls_priority: GnuTLS priority string, or NULL for a safe one
 * @client_ca: file with the CA certificates whose clients may log in with a
 *	certificate, or NULL
 * @client_crl: file with what they revoked, or NULL
 * @accounts: file with the accounts, or NULL; needs TLS
 * @trust: addresses that may read, set the OFMF's Context and use the hook
 *	@change, without credentials; at most 8, separated by blanks, or NULL
 * @no_auth: without accounts, everybody may do everything in spite of @trust
 * @guests: without accounts, clients may not change the host or its fabrics
 * @url: base URL whose host clients may ask for, or NULL
 * @session_timeout: seconds, 0: 1800
 */
struct service_security {
	const char *tls_cert;
	const char *tls_key;
	const char *tls_priority;
	const char *client_ca;
	const char *client_crl;
	const char *accounts;
	const char *trust;
	bool no_auth;
	bool guests;
	const char *url;
	unsigned int session_timeout;
};

#endif /* FABMON_SVC_ACCESS_SETUP_H */
