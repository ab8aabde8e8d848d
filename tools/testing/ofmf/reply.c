// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Answers, and the two ways to refuse. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "standin.h"

void reply_clear(struct reply *r)
{
	json_decref(r->json);
	free(r->text);
	free(r->location);
	memset(r, 0, sizeof(*r));
}

void reply_json(struct reply *r, int status, json_t *json)
{
	reply_clear(r);
	r->status = status;
	r->json = json;
}

static json_t *error_body(const char *key, const char *arg, const char *text)
{
	char id[128];

	snprintf(id, sizeof(id), "Base.1.22.%s", key);
	return json_pack("{s:{s:s, s:s, s:[{s:s, s:s, s:s, s:o, s:s}]}}",
			 "error", "code", id, "message", text,
			 "@Message.ExtendedInfo",
			 "@odata.type", "#Message.v1_3_0.Message",
			 "MessageId", id, "Message", text, "MessageArgs",
			 arg ? json_pack("[s]", arg) : json_array(),
			 "MessageSeverity", "Critical");
}

void reply_error(struct standin *s, struct reply *r, int status,
		 const char *key, const char *arg, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	reply_clear(r);
	r->status = status;
	if (s->conformant) {
		r->json = error_body(key, arg, text ? text : key);
		free(text);
	} else {
		r->text = text;
	}
}

void reply_drop(struct standin *s, struct reply *r, int status,
		const char *key, const char *arg, const char *why)
{
	if (s->conformant) {
		reply_error(s, r, status, key, arg, "%s", why);
		return;
	}
	reply_clear(r);
	r->status = REPLY_CLOSE;
}
