/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* HTTP requests to servers: libcurl's multi interface on the event loop. */
#ifndef FABMON_HTTP_H
#define FABMON_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#define HTTP_HEADER_MAX	(64u * 1024)	/* bytes of an answer's headers */

/**
 * struct http_reply - how a request ended; valid during the callback
 * @status: HTTP status, 0 without one
 * @reached: the request may have reached the server
 * @why: the reason of a failure, else "HTTP" and the status; never NULL
 * @body: of the answer, @size bytes, not terminated; NULL if there is none
 */
struct http_reply {
	long status;
	bool reached;
	const char *why;
	const char *body;
	size_t size;
};

typedef void (*http_done)(const struct http_reply *reply, void *ctx);

/**
 * struct http_security - how a server proves who it is, and how we do
 * @ca: file with the certificates that its own must come from, or NULL: the
 *	system's
 * @cert: file with our certificate and what it comes from, or NULL
 * @key: file with its key; NULL: it is in @cert
 * @login: "name:password" for Basic authentication, or NULL
 *
 * Files are PEM, read for each connection; connections live for at most ten
 * minutes, so that what replaced them is in use by then. TLS 1.2 or newer.
 */
struct http_security {
	const char *ca;
	const char *cert;
	const char *key;
	const char *login;
};

/**
 * struct http_request - what to ask; not used after http_send()
 * @body: JSON to send, malloc()ed, or NULL; it is taken over
 * @headers: further header lines, up to a NULL, or NULL
 * @timeout: limit of the whole request, ms
 * @body_max: bytes of an answer; a longer one is a failure
 * @security: NULL: the system's certificates, and no login
 * @unverified: take any certificate of the server
 * @once: on a new connection, and not sent again if that ends without an answer
 */
struct http_request {
	const char *method;
	const char *url;
	char *body;
	const char *const *headers;
	long timeout;
	size_t body_max;
	const struct http_security *security;
	bool unverified;
	bool once;
};

struct http;

int http_new(struct http **http, sd_event *event);
void http_free(struct http *http);
int http_send(struct http *http, const struct http_request *request,
	      http_done done, void *ctx);
bool http_busy(const struct http *http);

#endif /* FABMON_HTTP_H */
