// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Clients of event streams (SSE), many of them in one thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/events/events.h"
#include "sse_client.h"

static size_t append(char **text, size_t *size, const char *data, size_t n)
{
	*text = realloc(*text, *size + n + 1);
	memcpy(*text + *size, data, n);
	*size += n;
	(*text)[*size] = '\0';
	return n;
}

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
	struct sse_client *c = ctx;

	return append(&c->text, &c->size, data, n);
}

static size_t on_head(char *data, size_t size, size_t n, void *ctx)
{
	struct sse_client *c = ctx;

	return append(&c->head, &c->head_size, data, n);
}

void sse_open(struct sse_client *c, CURLM *multi, const struct http_via *via,
	      uint16_t port, const char *query, const char *last_id)
{
	char url[512], line[64];

	*c = (struct sse_client){ .multi = multi, .result = -1 };
	append(&c->text, &c->size, "", 0);
	append(&c->head, &c->head_size, "", 0);
	snprintf(url, sizeof(url), "%s://127.0.0.1:%u" EVENTS_SSE_URI "%s",
		 via ? "https" : "http", port, query);
	c->easy = curl_easy_init();
	if (via)
		http_via_set(c->easy, via);
	c->headers = curl_slist_append(NULL, "Accept: text/event-stream");
	if (last_id) {
		snprintf(line, sizeof(line), "Last-Event-ID: %s", last_id);
		c->headers = curl_slist_append(c->headers, line);
	}
	curl_easy_setopt(c->easy, CURLOPT_URL, url);
	curl_easy_setopt(c->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
	curl_multi_add_handle(multi, c->easy);
}

void sse_close(struct sse_client *c)
{
	curl_multi_remove_handle(c->multi, c->easy);
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	free(c->text);
	free(c->head);
}

long sse_status(const struct sse_client *c)
{
	long status = 0;

	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

void sse_turn(CURLM *multi)
{
	struct sse_client *c;
	CURLMsg *msg;
	int n;

	curl_multi_perform(multi, &n);
	while ((msg = curl_multi_info_read(multi, &n))) {
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &c);
		c->result = (int)msg->data.result;
	}
}

json_t *sse_message(const struct sse_client *c, size_t n)
{
	const char *at = c->text, *end;

	while ((at = strstr(at, "data: "))) {
		at += strlen("data: ");
		end = strstr(at, "\n\n");
		if (!end)
			return NULL;
		if (!n--)
			return json_loadb(at, (size_t)(end - at), 0, NULL);
	}
	return NULL;
}

size_t sse_message_count(const struct sse_client *c)
{
	size_t n = 0;
	json_t *json;

	while ((json = sse_message(c, n))) {
		json_decref(json);
		n++;
	}
	return n;
}

json_t *sse_records(const struct sse_client *c)
{
	json_t *records = json_array(), *json;
	size_t n = 0;

	while ((json = sse_message(c, n++))) {
		json_array_extend(records, json_object_get(json, "Events"));
		json_decref(json);
	}
	return records;
}

/* Counts only what is new: some tests have megabytes. */
size_t sse_record_count(struct sse_client *c)
{
	static const char mark[] = "{\"MemberId\":";
	const char *at;

	while ((at = strstr(c->text + c->counted, mark))) {
		c->records++;
		c->counted = (size_t)(at - c->text) + strlen(mark);
	}
	return c->records;
}

char *sse_last_id(const struct sse_client *c)
{
	const char *at = c->text, *last = NULL;

	while ((at = strstr(at, "id: "))) {
		at += strlen("id: ");
		last = at;
	}
	assert_non_null(last);
	return strndup(last, strcspn(last, "\n"));
}
