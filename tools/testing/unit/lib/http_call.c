// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http_call.h"

/* One request, done by a thread while the service's loop runs. */
struct call {
	CURL *easy;
	struct curl_slist *headers;
	struct answer *answer;
	CURLcode result;
	int done;
};

static size_t on_head(char *data, size_t size, size_t n, void *ctx)
{
	struct answer *a = ctx;

	if (a->head_size + n >= sizeof(a->head))
		return 0;
	memcpy(a->head + a->head_size, data, n);
	a->head_size += n;
	return n;
}

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
	struct answer *a = ctx;

	if (a->size + n >= sizeof(a->body))
		return 0;
	memcpy(a->body + a->size, data, n);
	a->size += n;
	return n;
}

static void *call_thread(void *ctx)
{
	struct call *c = ctx;
	uint64_t one = 1;

	c->result = curl_easy_perform(c->easy);
	if (write(c->done, &one, sizeof(one)) < 0)
		abort();
	return NULL;
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	*(bool *)ctx = true;
	return 0;
}

static void call_wait(sd_event *event, struct call *c)
{
	sd_event_source *source = NULL;
	bool done = false;
	pthread_t thread;

	c->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(sd_event_add_io(event, &source, c->done, POLLIN,
				    on_done, &done) >= 0);
	assert_int_equal(pthread_create(&thread, NULL, call_thread, c), 0);
	while (!done)
		assert_true(sd_event_run(event, 5000000) >= 0);
	pthread_join(thread, NULL);
	sd_event_source_disable_unref(source);
	close(c->done);
	assert_int_not_equal(c->result, CURLE_WRITE_ERROR);
}

void http_via_set(CURL *easy, const struct http_via *via)
{
	curl_easy_setopt(easy, CURLOPT_CAINFO, via->ca);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (via->version)
		curl_easy_setopt(easy, CURLOPT_SSLVERSION, via->version);
	if (via->cert) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, via->cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, via->key);
	}
	if (via->user) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERPWD, via->user);
	}
}

struct answer *http_call_via(sd_event *event, const struct http_via *via,
			     uint16_t port, const char *method,
			     const char *target, const char *const *headers,
			     const char *body, size_t size)
{
	struct call c = { .answer = calloc(1, sizeof(*c.answer)) };
	char url[128];

	c.easy = curl_easy_init();
	snprintf(url, sizeof(url), "%s://127.0.0.1:%u", via ? "https" : "http",
		 port);
	if (via)
		http_via_set(c.easy, via);
	for (; headers && *headers; headers++)
		c.headers = curl_slist_append(c.headers, *headers);
	c.headers = curl_slist_append(c.headers, "Expect:");
	curl_easy_setopt(c.easy, CURLOPT_URL, url);
	curl_easy_setopt(c.easy, CURLOPT_REQUEST_TARGET, target);
	curl_easy_setopt(c.easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c.easy, CURLOPT_PROXY, "");
	curl_easy_setopt(c.easy, CURLOPT_TIMEOUT, 10L);
	curl_easy_setopt(c.easy, CURLOPT_HTTPHEADER, c.headers);
	if (!strcmp(method, "HEAD"))
		curl_easy_setopt(c.easy, CURLOPT_NOBODY, 1L);
	if (body) {
		curl_easy_setopt(c.easy, CURLOPT_POSTFIELDSIZE, (long)size);
		curl_easy_setopt(c.easy, CURLOPT_POSTFIELDS, body);
	}
	curl_easy_setopt(c.easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(c.easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(c.easy, CURLOPT_HEADERDATA, c.answer);
	curl_easy_setopt(c.easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(c.easy, CURLOPT_WRITEDATA, c.answer);
	call_wait(event, &c);
	curl_easy_getinfo(c.easy, CURLINFO_RESPONSE_CODE, &c.answer->status);
	c.answer->result = c.result;
	c.answer->json = json_loads(c.answer->body, 0, NULL);
	curl_slist_free_all(c.headers);
	curl_easy_cleanup(c.easy);
	return c.answer;
}

struct answer *http_call(sd_event *event, uint16_t port, const char *method,
			 const char *target, const char *const *headers,
			 const char *body, size_t size)
{
	return http_call_via(event, NULL, port, method, target, headers, body,
			     size);
}

void answer_free(struct answer *answer)
{
	json_decref(answer->json);
	free(answer);
}
