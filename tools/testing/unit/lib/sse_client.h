/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Clients of event streams (SSE), many of them in one thread. */
#ifndef FABMON_TEST_SSE_CLIENT_H
#define FABMON_TEST_SSE_CLIENT_H

#include <curl/curl.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "http_call.h"

/**
 * struct sse_client - one client; many share a multi handle
 * @text: all of the body that came so far, terminated
 * @head: the header lines, terminated
 * @records: how many records are in @text up to @counted
 * @result: how the transfer ended, a CURLcode; -1 while it lasts
 */
struct sse_client {
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	char *text, *head;
	size_t size, head_size, records, counted;
	int result;
};

/**
 * sse_open() - begin to read the stream of a service at 127.0.0.1
 * @multi: the caller's, to be freed after sse_close()
 * @via: over TLS, and as which user; NULL: over plain HTTP
 * @query: begins with "?", or ""
 * @last_id: for Last-Event-ID, or NULL
 */
void sse_open(struct sse_client *c, CURLM *multi, const struct http_via *via,
	      uint16_t port, const char *query, const char *last_id);
void sse_close(struct sse_client *c);

/** sse_turn() - let all clients of a multi handle read; does not block */
void sse_turn(CURLM *multi);

/** sse_status() - the HTTP status, 0 before there is one */
long sse_status(const struct sse_client *c);

/** sse_message() - the n-th message with data, a new reference; NULL: none */
json_t *sse_message(const struct sse_client *c, size_t n);
size_t sse_message_count(const struct sse_client *c);

/** sse_records() - all records that came, a new reference */
json_t *sse_records(const struct sse_client *c);
size_t sse_record_count(struct sse_client *c);

/** sse_last_id() - the id that came last, malloc()ed; fails without one */
char *sse_last_id(const struct sse_client *c);

#endif /* FABMON_TEST_SSE_CLIENT_H */
