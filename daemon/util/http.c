// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One request at a time, on libcurl's multi interface. Names are resolved in
 * libcurl's resolver thread (or by c-ares): http_new() refuses a libcurl that
 * would block the loop.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "error.h"
#include "http.h"
#include "http_priv.h"

#ifndef FABMON_VERSION
#define FABMON_VERSION	"0"
#endif

#define CONNECT_MS	10000L
#define CONNECTION_SECONDS	600L
#define WHY_MAX		160

/**
 * struct http - one client
 * @easy: the request under way, or NULL
 * @done: its callback
 * @headers: of the request
 * @body_max: bytes of its answer
 * @error: libcurl's text on its failure
 */
struct http {
	sd_event *event;
	CURLM *multi;
	sd_event_source *timer;

	CURL *easy;
	http_done done;
	void *ctx;
	struct curl_slist *headers;
	char *request;
	char *body;
	size_t size, room, header_size, body_max;
	char why[WHY_MAX], error[CURL_ERROR_SIZE];
};

/* ---- what went wrong ---------------------------------------------------- */

static bool failure_is_offline(CURL *easy, CURLcode result)
{
	curl_off_t connected = 0;

	switch (result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
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

/* ---- one request -------------------------------------------------------- */

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct http *http = ctx;

	http->header_size += n;
	return http->header_size > HTTP_HEADER_MAX ? 0 : n;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct http *http = ctx;

	if (n > http->body_max - http->size)
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

static void request_clear(struct http *http)
{
	if (http->easy) {
		curl_multi_remove_handle(http->multi, http->easy);
		curl_easy_cleanup(http->easy);
		http->easy = NULL;
	}
	curl_slist_free_all(http->headers);
	free(http->request);
	free(http->body);
	http->headers = NULL;
	http->request = http->body = NULL;
	http->size = http->room = http->header_size = 0;
}

static void request_finish(struct http *http, CURLcode result)
{
	struct http_reply reply = { .why = http->why, .reached = true };
	char *body;

	if (result == CURLE_OK) {
		curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE,
				  &reply.status);
		snprintf(http->why, sizeof(http->why), "HTTP %ld",
			 reply.status);
		reply.body = http->body;
		reply.size = http->size;
	} else {
		reply.reached = !failure_is_offline(http->easy, result);
		http_why(http->easy, result, !reply.reached, http->error,
			 http->why, sizeof(http->why));
	}
	/* the callback may send the next */
	body = http->body;
	http->body = NULL;
	request_clear(http);
	http->done(&reply, http->ctx);
	free(body);
}

static void http_reap(struct http *http)
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
	struct http *http = ctx;
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
	struct http *http = ctx;
	int running;

	curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0,
				 &running);
	http_reap(http);
	return 0;
}

static int on_curl_timer(CURLM *multi, long ms, void *ctx)
{
	struct http *http = ctx;
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
	struct http *http = ctx;
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
	sd_event_source_set_description(source, "http-io");
	curl_multi_assign(http->multi, fd, source);
	return 0;
}

/* ---- start and stop ----------------------------------------------------- */

static bool resolver_blocks(void)
{
	return !(curl_version_info(CURLVERSION_NOW)->features &
		 CURL_VERSION_ASYNCHDNS);
}

static int http_init(struct http *http)
{
	int r;

	http->multi = curl_multi_init();
	if (!http->multi)
		return error_origin(-ENOMEM, "libcurl: its multi handle");
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 2L);
	r = sd_event_add_time_relative(http->event, &http->timer,
				       CLOCK_MONOTONIC, 0, 1, on_timer, http);
	if (r >= 0)
		r = sd_event_source_set_enabled(http->timer, SD_EVENT_OFF);
	return r < 0 ? error_origin(r, "event loop: no timer for HTTP") : 0;
}

/**
 * http_new - a client on the loop
 *
 * Return: 0; -ENOTSUP if this libcurl resolves names in the caller's thread;
 * -ENOMEM or another error of the loop.
 */
int http_new(struct http **http_, sd_event *event)
{
	struct http *http;
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return error_origin(-ENOMEM, "libcurl: cannot be initialised");
	if (resolver_blocks())
		return error_origin(-ENOTSUP, "libcurl: it resolves names without a thread or c-ares, install another build");
	http = calloc(1, sizeof(*http));
	if (!http)
		return error_origin(-ENOMEM, "the state of an HTTP client");
	http->event = sd_event_ref(event);
	r = http_init(http);
	if (r) {
		http_free(http);
		return r;
	}
	sd_event_source_set_description(http->timer, "http-timer");
	*http_ = http;
	return 0;
}

/**
 * http_free - end; a request under way ends without its callback
 */
void http_free(struct http *http)
{
	if (!http)
		return;
	request_clear(http);
	if (http->multi)
		curl_multi_cleanup(http->multi);
	sd_event_source_disable_unref(http->timer);
	sd_event_unref(http->event);
	free(http);
}

/**
 * http_busy - is a request under way?
 */
bool http_busy(const struct http *http)
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

/* False without memory. */
static bool headers_set(struct http *http, const char *const *more)
{
	static const char *const headers[] = {
		"Content-Type: application/json",
		"Accept: application/json",
		"OData-Version: 4.0",
		"Expect:",
		NULL
	};
	const char *const *lists[] = { headers, more };
	struct curl_slist *list;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (more = lists[i]; more && *more; more++) {
			list = curl_slist_append(http->headers, *more);
			if (!list)
				return false;
			http->headers = list;
		}
	}
	return true;
}

static void verify_set(CURL *easy, bool unverified)
{
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, unverified ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, unverified ? 0L : 2L);
}

static void security_set(CURL *easy, const struct http_security *security)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, CONNECTION_SECONDS);
	if (!security)
		return;
	if (security->ca) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, security->ca);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
#if LIBCURL_VERSION_NUM >= 0x075700
		/* else the file is read once a day */
		curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
	}
	if (security->cert) {
		curl_easy_setopt(easy, CURLOPT_SSLCERT, security->cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, security->key ?
				 security->key : security->cert);
	}
	if (security->login) {
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(easy, CURLOPT_USERPWD, security->login);
	}
}

static void callbacks_set(struct http *http, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
}

static void request_setup(struct http *http, const struct http_request *request)
{
	CURL *easy = http->easy;

	protocols_set(easy);
	callbacks_set(http, easy);
	http->error[0] = '\0';
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->error);
	verify_set(easy, request->unverified);
	security_set(easy, request->security);
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "fabmond/" FABMON_VERSION);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	/* whatever the environment: the management network is near */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 30L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
	if (http->request)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, http->request);
	/* on a connection kept alive libcurl sends again what got no answer */
	if (request->once)
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

/**
 * http_send - begin a request
 * @done: called once, from the loop, never from here; may send the next
 *
 * Return: 0; -EBUSY, as an answer, while one is under way; -ENOMEM with its
 * origin. The request's body is taken over in any case.
 */
int http_send(struct http *http, const struct http_request *request,
	      http_done done, void *ctx)
{
	if (http->easy) {
		free(request->body);
		return -EBUSY;
	}
	http->easy = curl_easy_init();
	http->request = request->body;
	http->body_max = request->body_max;
	if (!http->easy || !headers_set(http, request->headers))
		goto err_clear;
	http->done = done;
	http->ctx = ctx;
	request_setup(http, request);
	if (curl_multi_add_handle(http->multi, http->easy))
		goto err_clear;
	return 0;

err_clear:
	request_clear(http);
	return error_origin(-ENOMEM, "%s: a request cannot be begun",
			    request->url);
}
