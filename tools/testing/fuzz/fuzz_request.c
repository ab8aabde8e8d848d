// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A request, from its text to the answer: "METHOD TARGET", headers, an empty
 * line, a body. What libmicrohttpd does before is fuzz_http's.
 */
#include <strings.h>

#include "fuzz.h"
#include "site.h"

#define HEADERS_MAX	16

/* Where the value of a header goes, or NULL. */
static const char **header_of(struct svc_request *rq, const char *name)
{
	const struct {
		const char *name;
		const char **value;
	} headers[] = {
		{ "Accept", &rq->accept },
		{ "Content-Type", &rq->content_type },
		{ "Content-Encoding", &rq->content_encoding },
		{ "If-Match", &rq->if_match },
		{ "If-None-Match", &rq->if_none_match },
		{ "OData-Version", &rq->odata_version },
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!strcasecmp(name, headers[i].name))
			return headers[i].value;
	return NULL;
}

static void check_error(const struct svc_reply *reply)
{
	const json_t *error = json_object_get(reply->json, "error");
	const json_t *info = json_object_get(error, "@Message.ExtendedInfo");
	const char *id;
	json_t *message;
	size_t i;

	fuzz_assert(json_array_size(info) > 0);
	fuzz_assert(json_string_value(json_object_get(error, "code")));
	fuzz_assert(json_string_value(json_object_get(error, "message")));
	json_array_foreach(info, i, message) {
		id = json_string_value(json_object_get(message, "MessageId"));
		fuzz_assert(id && !strncmp(id, "Base.1.22.", 10));
	}
}

static void check_reply(const struct svc_reply *reply)
{
	char *body = svc_respond_body(reply);

	fuzz_assert(body);
	fuzz_assert(reply->status >= 200 && reply->status < 600);
	if (reply->status >= 400)
		check_error(reply);
	if (reply->allow)
		fuzz_assert(strstr(reply->allow, "GET"));
	if (reply->etag)
		fuzz_assert(*reply->etag == '"' &&
			    !strpbrk(reply->etag, "\r\n"));
	if (reply->schema)
		fuzz_assert(!strpbrk(reply->schema, "\r\n<>"));
	free(body);
}

/* Headers up to an empty line; each is kept in @lines. Returns how many. */
static size_t read_headers(struct fuzz_input *in, struct svc_request *request,
			   char *lines[HEADERS_MAX])
{
	const char **value;
	char *line, *colon;
	size_t n = 0;

	while (in->size && n < HEADERS_MAX) {
		line = lines[n++] = fuzz_line(in);
		if (!*line)
			break;
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		value = header_of(request, line);
		if (value)
			*value = colon + 1 + strspn(colon + 1, " ");
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct svc_site *site = fuzz_site();
	struct svc_request request = { 0 };
	struct svc_reply reply = { 0 };
	char *lines[HEADERS_MAX], *first = fuzz_line(&in), *target;
	size_t n = read_headers(&in, &request, lines);

	request.method = first;
	target = strchr(first, ' ');
	if (target)
		*target++ = '\0';
	request.target_error = svc_target_parse(&request.target,
						target ? target : "/");
	request.body = in.size ? (const char *)in.data : NULL;
	request.size = in.size;
	svc_handle(site, &request, &reply);
	check_reply(&reply);
	svc_reply_clear(&reply);
	fuzz_site_check();
	free(first);
	while (n)
		free(lines[--n]);
	return 0;
}
