/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A request as it was sent, and how its answer may be put off. */
#ifndef FABMON_SVC_REQUEST_H
#define FABMON_SVC_REQUEST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "parse.h"
#include "who.h"

struct svc_client;
struct svc_login;
struct svc_reply;
struct svc_request;
struct svc_site;

/**
 * struct svc_pause - a request whose answer has to wait for something
 * @wake: to be called on the loop, once, when that is there
 * @ctx: for @wake
 * @finish: makes the answer then; NULL: the request is handled from its
 *	beginning
 * @data: for @finish, or NULL; free()d with the request
 */
struct svc_pause {
	void (*wake)(void *ctx);
	void *ctx;
	void (*finish)(struct svc_site *site, const struct svc_request *request,
		       struct svc_reply *reply);
	void *data;
};

/**
 * struct svc_request - one request; strings are borrowed, NULL if absent
 * @client: who sent it
 * @target_error: what svc_target_parse() returned
 * @body: not terminated
 * @too_large: the body is larger than is read, and @body not all of it
 * @headers_large: the headers are larger than is taken
 * @repeated: a header that is there twice and must not, or NULL
 * @wait: seconds after which the client may ask again, because it asked too
 *	often; 0: it did not
 * @peer: address of the client; IPv4 is mapped
 * @names: names in its verified certificate
 * @pause: for a source whose answer has to wait
 * @login: keeps the verdict on the request's password
 */
struct svc_request {
	struct svc_client *client;
	const char *method;
	struct svc_target target;
	int target_error;
	const char *accept;
	const char *content_type;
	const char *content_encoding;
	const char *if_match;
	const char *if_none_match;
	const char *odata_version;
	const char *last_event_id;
	const char *body;
	size_t size;
	bool too_large;
	bool headers_large;
	const char *repeated;
	unsigned int wait;
	const char *authorization;
	const char *token;
	const char *host;
	const char *origin;
	struct in6_addr peer;
	struct svc_names names;
	struct svc_pause *pause;
	struct svc_login *login;
};

#endif /* FABMON_SVC_REQUEST_H */
