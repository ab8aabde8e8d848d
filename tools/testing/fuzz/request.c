// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <strings.h>

#include "service/protocol/parse.h"
#include "service/respond.h"
#include "request.h"

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
		{ "Authorization", &rq->authorization },
		{ "X-Auth-Token", &rq->token },
		{ "Host", &rq->host },
		{ "Origin", &rq->origin },
	};
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!strcasecmp(name, headers[i].name))
			return headers[i].value;
	return NULL;
}

/* Headers up to an empty line. */
static void read_headers(struct fuzz_input *in, struct fuzz_request *r)
{
	const char **value;
	char *line, *colon;

	while (in->size && r->n_headers < FUZZ_HEADERS_MAX) {
		line = r->headers[r->n_headers++] = fuzz_line(in);
		if (!*line)
			break;
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		value = header_of(&r->request, line);
		if (value)
			*value = colon + 1 + strspn(colon + 1, " ");
	}
}

void fuzz_request_read(struct fuzz_input *in, struct fuzz_request *r)
{
	char *target;

	memset(r, 0, sizeof(*r));
	r->line = fuzz_line(in);
	read_headers(in, r);
	r->request.method = r->line;
	target = strchr(r->line, ' ');
	if (target)
		*target++ = '\0';
	r->request.target_error = svc_target_parse(&r->request.target,
						   target ? target : "/");
	r->request.body = in->size ? (const char *)in->data : NULL;
	r->request.size = in->size;
}

void fuzz_request_clear(struct fuzz_request *r)
{
	free(r->line);
	while (r->n_headers)
		free(r->headers[--r->n_headers]);
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

void fuzz_reply_check(const struct svc_reply *reply)
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
	fuzz_assert(!reply->location || !strpbrk(reply->location, "\r\n"));
	if (reply->schema)
		fuzz_assert(!strpbrk(reply->schema, "\r\n<>"));
	free(body);
}
