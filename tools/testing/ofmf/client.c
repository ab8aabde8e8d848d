// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Requests to agents, each on a fresh connection as the reference makes them. */
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client.h"
#include "jsonx.h"
#include "standin.h"

#define CLIENT_BODY_MAX	(8 * 1024 * 1024)

struct body {
	char *buf;
	size_t len;
	bool over;
};

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct body *b = arg;
	size_t len = size * n;
	char *buf;

	if (b->len + len > CLIENT_BODY_MAX) {
		b->over = true;
		return 0;
	}
	buf = realloc(b->buf, b->len + len + 1);
	if (!buf)
		return 0;
	memcpy(buf + b->len, data, len);
	b->buf = buf;
	b->len += len;
	return len;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	static const char name[] = "Location:";
	struct client_answer *out = arg;
	size_t len = size * n, at = sizeof(name) - 1, used = 0;

	if (len <= at || strncasecmp(data, name, at))
		return len;
	while (at < len && isspace((unsigned char)data[at]))
		at++;
	while (at < len && !isspace((unsigned char)data[at]) &&
	       used + 1 < sizeof(out->location))
		out->location[used++] = data[at++];
	out->location[used] = '\0';
	return len;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c,
		       curl_off_t d)
{
	struct standin *s = arg;

	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&s->stopping);
}

/* Percent-encode what must not stand in a request line; the caller frees. */
static char *url_join(const char *host, const char *path, bool twice)
{
	size_t len = strlen(host) + 3 * strlen(path) + 2;
	char *url = malloc(len);
	char *p;

	if (!url)
		return NULL;
	p = stpcpy(url, host);
	if (twice)
		*p++ = '/';
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c))
			p += sprintf(p, "%%%02X", c);
		else
			*p++ = (char)c;
	}
	*p = '\0';
	return url;
}

static bool host_ok(const char *host)
{
	if (!host || strlen(host) > 1024)
		return false;
	if (strncasecmp(host, "http://", 7) && strncasecmp(host, "https://", 8))
		return false;
	for (; *host; host++)
		if ((unsigned char)*host <= ' ' || (unsigned char)*host >= 0x7f)
			return false;
	return true;
}

static void set_options(CURL *curl, struct standin *s, const char *method,
			const char *url, struct curl_slist *headers)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_USERAGENT,
			 "ofmf-standin/" STANDIN_VERSION);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, s->callback_timeout_ms);
	if (!s->callback_timeout_ms)
		curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 3600000L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, s);
	if (!strcmp(method, "GET")) {
		curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
		curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR,
				 "http,https");
		curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
	}
}

static int perform(CURL *curl, struct standin *s, struct client_answer *out)
{
	struct body b = { 0 };
	CURLcode code;
	int rc = 0;

	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &b);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, out);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		rc = b.over ? -EMSGSIZE :
			atomic_load(&s->stopping) ? -ECANCELED : -EHOSTUNREACH;
	} else {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
		out->json = jsonx_parse(b.buf, b.len);
	}
	free(b.buf);
	return rc;
}

int client_call(struct standin *s, const char *method, const char *host,
		const char *path, bool once, const json_t *body,
		struct client_answer *out)
{
	struct curl_slist *headers = NULL;
	char *url, *text = NULL;
	CURL *curl;
	int rc = -ENOMEM;

	memset(out, 0, sizeof(*out));
	if (!host_ok(host) || !path || *path != '/')
		return -EINVAL;
	url = url_join(host, path, !once && !s->conformant);
	curl = curl_easy_init();
	headers = curl_slist_append(NULL, "Expect:");
	if (body) {
		text = json_dumps(body, JSON_COMPACT);
		curl_slist_append(headers, "Content-Type: application/json");
	}
	if (url && curl && headers && (text || !body)) {
		set_options(curl, s, method, url, headers);
		if (text) {
			curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
			curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
					 (curl_off_t)strlen(text));
		}
		rc = perform(curl, s, out);
	}
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	free(text);
	free(url);
	return rc;
}
