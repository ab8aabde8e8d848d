// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Requests to the OFMF, JSON in both directions, and what its answers mean.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/http.h"
#include "http.h"

#define LOGIN_MAX	512
#define WHY_MAX		320

struct ofmf_http {
	struct http *http;
	struct ofmf_security security;
	ofmf_http_done done;
	void *ctx;
};

static enum ofmf_answer answer_of(const struct http_reply *reply)
{
	if (!reply->status)
		return reply->reached ? OFMF_UNSURE : OFMF_OFFLINE;
	if (reply->status >= 200 && reply->status < 300)
		return OFMF_OK;
	switch (reply->status) {
	case 400:
		return OFMF_BAD;
	case 401:
		return OFMF_OFFLINE;
	case 404:
	case 410:
		return OFMF_GONE;
	case 409:
		return OFMF_CONFLICT;
	case 408:
	case 429:
		return OFMF_UNSURE;
	}
	return reply->status < 500 ? OFMF_REFUSED : OFMF_UNSURE;
}

/* Where the configuration is at fault, which key it is. */
static const char *why_of(const struct ofmf_http *http,
			  const struct http_reply *reply, char *buffer,
			  size_t size)
{
	const char *login = http->security.login;

	if (reply->status != 401)
		return reply->why;
	snprintf(buffer, size, login ?
		 "it does not take the name and password in %s (HTTP 401)" :
		 "it wants a name and password: set login_file (HTTP 401)",
		 login);
	return buffer;
}

/* Jansson bounds the nesting of what it reads to 2048. */
static void on_reply(const struct http_reply *http_reply, void *ctx)
{
	struct ofmf_http *http = ctx;
	char why[WHY_MAX];
	struct ofmf_reply reply = {
		.answer = answer_of(http_reply),
		.status = http_reply->status,
		.why = why_of(http, http_reply, why, sizeof(why)),
	};
	json_t *json = NULL;

	if (reply.answer == OFMF_OK && http_reply->body)
		json = json_loadb(http_reply->body, http_reply->size, 0, NULL);
	reply.json = json;
	http->done(&reply, http->ctx);
	json_decref(json);
}

/* The first line; it is wiped by who is done with it. */
static int login_read(const char *path, char login[static LOGIN_MAX])
{
	FILE *file = fopen(path, "re");
	bool failed;

	if (!file)
		return error_origin(-errno, "login_file %s cannot be read",
				    path);
	failed = !fgets(login, LOGIN_MAX, file) && ferror(file);
	fclose(file);
	if (failed)
		return error_origin(-EIO, "login_file %s cannot be read", path);
	login[strcspn(login, "\r\n")] = '\0';
	if (!strchr(login, ':'))
		return error_whole(-EINVAL,
				   "login_file %s has no line \"name:password\"",
				   path);
	return 0;
}

/**
 * ofmf_http_new - a client on the loop
 * @security: its strings are borrowed
 *
 * Return: 0; -ENOTSUP if this libcurl resolves names in the caller's thread;
 * -ENOMEM or another error of the loop.
 */
int ofmf_http_new(struct ofmf_http **http_, sd_event *event,
		  const struct ofmf_security *security)
{
	struct ofmf_http *http = calloc(1, sizeof(*http));
	int r;

	if (!http)
		return error_origin(-ENOMEM, "HTTP client: allocation");
	http->security = *security;
	r = http_new(&http->http, event);
	if (r < 0) {
		free(http);
		return error_trace(r);
	}
	*http_ = http;
	return 0;
}

/**
 * ofmf_http_free - end; a request under way ends without its callback
 */
void ofmf_http_free(struct ofmf_http *http)
{
	if (!http)
		return;
	http_free(http->http);
	free(http);
}

/**
 * ofmf_http_busy - is a request under way?
 */
bool ofmf_http_busy(const struct ofmf_http *http)
{
	return http_busy(http->http);
}

/**
 * ofmf_http_send - begin a request
 * @body: JSON to send, or NULL
 * @timeout: limit of the whole request, ms
 * @done: called once, from the loop, never from here; may send the next
 *
 * Return: 0; -EBUSY while one is under way; -ENOMEM; -errno of the login file,
 * -EINVAL if it has no "name:password".
 */
int ofmf_http_send(struct ofmf_http *http, const char *method, const char *url,
		   const json_t *body, long timeout, ofmf_http_done done,
		   void *ctx)
{
	struct http_security security = {
		.ca = http->security.ca, .cert = http->security.cert,
		.key = http->security.key,
	};
	struct http_request request = {
		.method = method, .url = url, .timeout = timeout,
		.body_max = OFMF_BODY_MAX, .security = &security,
	};
	char login[LOGIN_MAX] = "";
	int r;

	if (http_busy(http->http))
		return error_origin(-EBUSY, "%s: another is under way", method);
	if (http->security.login) {
		r = login_read(http->security.login, login);
		if (r < 0)
			return r;
		security.login = login;
	}
	if (body) {
		request.body = json_dumps(body, JSON_COMPACT);
		if (!request.body)
			return error_origin(-ENOMEM, "%s: writing JSON",
					    method);
		/* the reference closes without an answer after it did the work */
		request.once = !strcmp(method, "POST");
	}
	http->done = done;
	http->ctx = ctx;
	r = http_send(http->http, &request, on_reply, http);
	explicit_bzero(login, sizeof(login));
	return error_trace(r);
}
