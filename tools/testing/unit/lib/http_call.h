/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A request to a server that runs on the caller's loop. */
#ifndef FABMON_TEST_HTTP_CALL_H
#define FABMON_TEST_HTTP_CALL_H

#include <curl/curl.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/*
 * @head and @body are terminated; @json is the body, or NULL; @result is 0
 * unless there was no answer.
 */
struct answer {
	int result;
	long status;
	char head[4096];
	char body[65536];
	size_t head_size, size;
	json_t *json;
};

/**
 * http_call - ask http://127.0.0.1:@port; the loop runs meanwhile
 * @target: sent as it is
 * @headers: up to a NULL, or NULL
 * @body: @size bytes, or NULL
 *
 * Fails the test on an answer larger than struct answer. Return: for
 * answer_free(); status 0 if there was no answer.
 */
struct answer *http_call(sd_event *event, uint16_t port, const char *method,
			 const char *target, const char *const *headers,
			 const char *body, size_t size);

/**
 * struct http_via - how to ask over TLS
 * @ca: file with the CA of the server's certificate
 * @cert: file with a client certificate, or NULL
 * @key: its key
 * @version: CURL_SSLVERSION_*, 0: what there is
 * @user: "NAME:PASSWORD" for Basic, or NULL
 */
struct http_via {
	const char *ca;
	const char *cert;
	const char *key;
	long version;
	const char *user;
};

/* Sets the options of a transfer over TLS. */
void http_via_set(CURL *easy, const struct http_via *via);

/* As http_call(), over TLS unless @via is NULL. */
struct answer *http_call_via(sd_event *event, const struct http_via *via,
			     uint16_t port, const char *method,
			     const char *target, const char *const *headers,
			     const char *body, size_t size);
void answer_free(struct answer *answer);

#endif /* FABMON_TEST_HTTP_CALL_H */
