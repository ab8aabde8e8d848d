/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef REPLY_H
#define REPLY_H

#include <jansson.h>

struct standin;

/* Status of a reply that is none: the connection is closed. */
#define REPLY_CLOSE	0

/**
 * struct reply - answer to one request
 * @status: HTTP status, or REPLY_CLOSE
 * @json: body, or NULL; owned
 * @text: plain text body when there is no @json, or NULL; owned
 * @location: URI of what was created, or NULL; owned
 */
struct reply {
	int status;
	json_t *json;
	char *text;
	char *location;
};

void reply_clear(struct reply *r);

/* Answer with @json, whose reference is taken over; NULL for no body. */
void reply_json(struct reply *r, int status, json_t *json);

/**
 * reply_error - refuse
 * @key: key of the message in the Base registry
 * @arg: its argument, NULL for none
 * @fmt: text for people
 *
 * A Redfish error body in conformant mode, plain text otherwise.
 */
void reply_error(struct standin *s, struct reply *r, int status,
		 const char *key, const char *arg, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/*
 * Where the reference loses the connection: in conformant mode @status and an
 * error body instead.
 */
void reply_drop(struct standin *s, struct reply *r, int status,
		const char *key, const char *arg, const char *why);

#endif
