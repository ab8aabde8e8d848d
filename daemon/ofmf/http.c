// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One request at a time, on libcurl's multi interface. Names are resolved in
 * libcurl's resolver thread (or by c-ares): ofmf_http_new() refuses a libcurl
 * that would block the loop.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../log.h"
#include "http.h"

#ifndef FABMON_VERSION
#define FABMON_VERSION	"0"
#endif

#define CONNECT_MS	10000L
#define WHY_MAX		160

/**
 * struct ofmf_http - one client
 * @easy: the request under way, or NULL
 * @done: its callback
 * @timeout: its limit, ms
 */
struct ofmf_http {
	sd_event *event;
	CURLM *multi;
	sd_event_source *timer;
	struct curl_slist *headers;

	CURL *easy;
	ofmf_http_done done;
	void *ctx;
	long timeout;
	char *request;
	char *body;
	size_t size, room, header_size;
	char why[WHY_MAX];
};

/* ---- classification ----------------------------------------------------- */

static enum ofmf_answer answer_of_status(long status)
{
	if (status >= 200 && status < 300)
		return OFMF_OK;
	switch (status) {
	case 400:
		return OFMF_BAD;
	case 404:
	case 410:
		return OFMF_GONE;
	case 409:
		return OFMF_CONFLICT;
	case 408:
	case 429:
		return OFMF_UNSURE;
	}
	return status < 500 ? OFMF_REFUSED : OFMF_UNSURE;
}

static bool failure_is_offline(CURL *easy, CURLcode result)
{
	curl_off_t connected = 0;

	switch (result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_URL_MALFORMAT:
		return true;
	case CURLE_UNSUPPORTED_PROTOCOL:	/* of the URL, or HTTP/0.9 */
	case CURLE_OPERATION_TIMEDOUT:
		curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T,
				  &connected);
		return !connected;
	default:
		return false;
	}
}

/* In words that name the cause; strerror() begins with a capital. */
static void failure_describe(struct ofmf_http *http, CURLcode result,
			     bool offline)
{
	const char *text = curl_easy_strerror(result);
	long error = 0;

	curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &error);
	if (result == CURLE_COULDNT_CONNECT && error)
		text = strerror((int)error);
	else if (result == CURLE_COULDNT_RESOLVE_HOST)
		text = "its name cannot be resolved";
	else if (result == CURLE_GOT_NOTHING)
		text = "connection closed without an answer";
	else if (result == CURLE_UNSUPPORTED_PROTOCOL && !offline)
		text = "what it answers is no HTTP";
	else if (result == CURLE_WRITE_ERROR)
		text = "answer too large";
	else if (result == CURLE_OPERATION_TIMEDOUT && offline)
		text = "no connection in time";
	else if (result == CURLE_OPERATION_TIMEDOUT)
		text = "no answer in time";
	snprintf(http->why, sizeof(http->why), "%s", text);
	if (http->why[0] >= 'A' && http->why[0] <= 'Z' &&
	    http->why[1] >= 'a' && http->why[1] <= 'z')
		http->why[0] |= 0x20;
}

/* ---- one request -------------------------------------------------------- */

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct ofmf_http *http = ctx;

	http->header_size += n;
	return http->header_size > OFMF_HEADER_MAX ? 0 : n;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct ofmf_http *http = ctx;

	if (n > OFMF_BODY_MAX - http->size)
		return 0;
	if (http->size + n > http->room) {
		size_t room = 2 * (http->size + n);
		char *body = realloc(http->body, room);

		if (!body)
			return 0;
		http->body = body;
		http->room = room;
	}
	memcpy(http->body + http->size, data, n);
	http->size += n;
	return n;
}

static void request_clear(struct ofmf_http *http)
{
	if (http->easy) {
		curl_multi_remove_handle(http->multi, http->easy);
		curl_easy_cleanup(http->easy);
		http->easy = NULL;
	}
	free(http->request);
	free(http->body);
	http->request = http->body = NULL;
	http->size = http->room = http->header_size = 0;
}

/* Jansson bounds the nesting of what it reads to 2048. */
static void request_finish(struct ofmf_http *http, CURLcode result)
{
	struct ofmf_reply reply = { .why = http->why };
	json_t *json = NULL;

	if (result == CURLE_OK) {
		curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE,
				  &reply.status);
		reply.answer = answer_of_status(reply.status);
		snprintf(http->why, sizeof(http->why), "HTTP %ld",
			 reply.status);
		if (reply.answer == OFMF_OK && http->body)
			json = json_loadb(http->body, http->size, 0, NULL);
	} else {
		bool offline = failure_is_offline(http->easy, result);

		reply.answer = offline ? OFMF_OFFLINE : OFMF_UNSURE;
		failure_describe(http, result, offline);
	}
	request_clear(http);
	reply.json = json;
	http->done(&reply, http->ctx);
	json_decref(json);
}

static void http_reap(struct ofmf_http *http)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(http->multi, &left)))
		if (msg->msg == CURLMSG_DONE && msg->easy_handle == http->easy)
			request_finish(http, msg->data.result);
}

/* ---- the loop ----------------------------------------------------------- */

static int on_io(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct ofmf_http *http = ctx;
	int mask = 0, running;

	if (events & EPOLLIN)
		mask |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		mask |= CURL_CSELECT_ERR;
	curl_multi_socket_action(http->multi, fd, mask, &running);
	http_reap(http);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct ofmf_http *http = ctx;
	int running;

	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0,
				 &running);
	http_reap(http);
	return 0;
}

static int on_curl_timer(CURLM *multi, long ms, void *ctx)
{
	struct ofmf_http *http = ctx;
	int r;

	if (ms < 0)
		return sd_event_source_set_enabled(http->timer,
						   SD_EVENT_OFF) < 0 ? -1 : 0;
	r = sd_event_source_set_time_relative(http->timer,
					      (uint64_t)ms * 1000);
	if (r >= 0)
		r = sd_event_source_set_enabled(http->timer, SD_EVENT_ONESHOT);
	return r < 0 ? -1 : 0;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *ctx,
			  void *socket_ctx)
{
	struct ofmf_http *http = ctx;
	sd_event_source *source = socket_ctx;
	uint32_t events = 0;
	int r;

	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(http->multi, fd, NULL);
		sd_event_source_disable_unref(source);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		events |= EPOLLOUT;
	if (source)
		return sd_event_source_set_io_events(source, events) < 0 ?
			-1 : 0;
	r = sd_event_add_io(http->event, &source, fd, events, on_io, http);
	if (r < 0)
		return -1;
	sd_event_source_set_description(source, "ofmf-io");
	curl_multi_assign(http->multi, fd, source);
	return 0;
}

/* ---- start and stop ----------------------------------------------------- */

static bool resolver_blocks(void)
{
	return !(curl_version_info(CURLVERSION_NOW)->features &
		 CURL_VERSION_ASYNCHDNS);
}

static int http_init(struct ofmf_http *http)
{
	static const char *const headers[] = {
		"Content-Type: application/json",
		"Accept: application/json",
		"OData-Version: 4.0",
		"Expect:",
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct curl_slist *list;

		list = curl_slist_append(http->headers, headers[i]);
		if (!list)
			return -ENOMEM;
		http->headers = list;
	}
	http->multi = curl_multi_init();
	if (!http->multi)
		return -ENOMEM;
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 2L);
	return sd_event_add_time_relative(http->event, &http->timer,
					  CLOCK_MONOTONIC, 0, 1, on_timer,
					  http);
}

/**
 * ofmf_http_new - a client on the loop
 *
 * Return: 0; -ENOTSUP if this libcurl resolves names in the caller's thread;
 * -ENOMEM or another error of the loop.
 */
int ofmf_http_new(struct ofmf_http **http_, sd_event *event)
{
	struct ofmf_http *http;
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -ENOMEM;
	if (resolver_blocks()) {
		log_error("libcurl resolves names without a thread or c-ares");
		return -ENOTSUP;
	}
	http = calloc(1, sizeof(*http));
	if (!http)
		return -ENOMEM;
	http->event = sd_event_ref(event);
	r = http_init(http);
	if (r >= 0)
		r = sd_event_source_set_enabled(http->timer, SD_EVENT_OFF);
	if (r < 0) {
		ofmf_http_free(http);
		return r;
	}
	sd_event_source_set_description(http->timer, "ofmf-http-timer");
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
	request_clear(http);
	if (http->multi)
		curl_multi_cleanup(http->multi);
	curl_slist_free_all(http->headers);
	sd_event_source_disable_unref(http->timer);
	sd_event_unref(http->event);
	free(http);
}

/**
 * ofmf_http_busy - is a request under way?
 */
bool ofmf_http_busy(const struct ofmf_http *http)
{
	return http->easy;
}

static void protocols_set(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
			 (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	/* else giving up while a name is resolved waits for the thread */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static void request_setup(struct ofmf_http *http, const char *method,
			  const char *url)
{
	CURL *easy = http->easy;

	protocols_set(easy);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "fabmond/" FABMON_VERSION);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	/* whatever the environment: the management network is near */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, http->timeout);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
	if (!http->request)
		return;
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, http->request);
	/*
	 * On a connection kept alive libcurl sends again what got no answer,
	 * and the reference closes without one after it has done the work.
	 */
	if (!strcmp(method, "POST"))
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

/**
 * ofmf_http_send - begin a request
 * @body: JSON to send, or NULL
 * @timeout: limit of the whole request, ms
 * @done: called once, from the loop, never from here; may send the next
 *
 * Return: 0; -EBUSY while one is under way; -ENOMEM.
 */
int ofmf_http_send(struct ofmf_http *http, const char *method, const char *url,
		   const json_t *body, long timeout, ofmf_http_done done,
		   void *ctx)
{
	if (http->easy)
		return -EBUSY;
	http->easy = curl_easy_init();
	http->request = body ? json_dumps(body, JSON_COMPACT) : NULL;
	if (!http->easy || (body && !http->request))
		goto err_clear;
	http->done = done;
	http->ctx = ctx;
	http->timeout = timeout;
	request_setup(http, method, url);
	if (curl_multi_add_handle(http->multi, http->easy))
		goto err_clear;
	return 0;

err_clear:
	request_clear(http);
	return -ENOMEM;
}
