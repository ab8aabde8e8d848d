/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Requests to the OFMF. */
#ifndef FABMON_OFMF_HTTP_H
#define FABMON_OFMF_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#define OFMF_BODY_MAX	(4u * 1024 * 1024)	/* bytes of an answer */

/* What an answer means for the one who asked. */
enum ofmf_answer {
	OFMF_OK,	/* 2xx */
	OFMF_BAD,	/* 400 */
	OFMF_GONE,	/* 404, 410 */
	OFMF_CONFLICT,	/* 409 */
	OFMF_REFUSED,	/* any other status below 500 */
	OFMF_UNSURE,	/* 5xx, 408, 429, none: it may have been done */
	OFMF_OFFLINE,	/* never reached the OFMF, or was not let in (401) */
};

/**
 * struct ofmf_reply - how a request ended; valid during the callback
 * @status: HTTP status, 0 without one
 * @why: cause in words, never NULL
 * @json: body of a 2xx, borrowed, or NULL if it is no JSON
 */
struct ofmf_reply {
	enum ofmf_answer answer;
	long status;
	const char *why;
	const json_t *json;
};

typedef void (*ofmf_http_done)(const struct ofmf_reply *reply, void *ctx);

/**
 * struct ofmf_security - how we know the OFMF, and it us; NULL where not set
 * @ca: file with certificates
 * @cert: file with ours
 * @key: file with its key
 * @login: file with "name:password"; read for each request
 */
struct ofmf_security {
	const char *ca;
	const char *cert;
	const char *key;
	const char *login;
};

struct ofmf_http;

int ofmf_http_new(struct ofmf_http **http, sd_event *event,
		  const struct ofmf_security *security);
void ofmf_http_free(struct ofmf_http *http);
int ofmf_http_send(struct ofmf_http *http, const char *method, const char *url,
		   const json_t *body, long timeout, ofmf_http_done done,
		   void *ctx);
bool ofmf_http_busy(const struct ofmf_http *http);

#endif /* FABMON_OFMF_HTTP_H */
