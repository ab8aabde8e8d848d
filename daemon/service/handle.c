// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * From a request to its reply: which document it is for, whether its method,
 * headers and query fit, and what the answer is (DSP0266, "Protocol details").
 * No I/O.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/access/auth.h"
#include "service/protocol/parse.h"
#include "service/protocol/protocol.h"
#include "service/protocol/query.h"
#include "service/protocol/resource.h"
#include "service/protocol/schema.h"
#include "service/protocol/source.h"
#include "document.h"
#include "handle.h"
#include "shape.h"

static const char *const methods[] = {
	"GET", "HEAD", "PATCH", "POST", "PUT", "DELETE", "OPTIONS", "TRACE",
	"CONNECT",
};

static bool method_known(const char *method)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(method, methods[i]))
			return true;
	return false;
}

static bool method_reads(const char *method)
{
	return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

/* Another answer in place of this one. */
static void reply_replace(struct svc_reply *reply, unsigned int status,
			  enum svc_message id)
{
	const char *allow = reply->allow;

	svc_reply_clear(reply);
	reply->allow = allow;
	svc_reply_error(reply, status, id, NULL, NULL, NULL);
}

static void read_metadata(struct svc_site *site, struct svc_reply *reply)
{
	uint64_t generation = tree_generation(site->tree);

	if (!site->metadata || site->generation != generation) {
		free(site->metadata);
		site->metadata = svc_document_metadata(site);
		site->generation = generation;
	}
	reply->text = site->metadata ? strdup(site->metadata) : NULL;
	reply->status = reply->text ? 200 : 500;
	reply->type = SVC_TYPE_XML;
}

static void read_schema(const char *path, struct svc_reply *reply)
{
	reply->text = strdup(svc_schema_text(path));
	reply->status = reply->text ? 200 : 500;
	reply->type = SVC_TYPE_XML;
}

static void read_document(struct svc_site *site, const struct svc_request *rq,
			  struct svc_reply *reply)
{
	switch (rq->target.kind) {
	case SVC_VERSIONS:
		svc_reply_json(reply, 200, svc_document_versions());
		return;
	case SVC_SERVICE:
		svc_reply_json(reply, 200, svc_document_service(site->tree));
		return;
	case SVC_METADATA:
		read_metadata(site, reply);
		return;
	case SVC_SCHEMA:
		read_schema(rq->target.path, reply);
		return;
	case SVC_RESOURCE:
		svc_reply_resource(site, rq->target.path, reply);
		return;
	}
}

/* The single member in place of its collection. */
static void shape_only(struct svc_site *site, struct svc_reply *reply)
{
	const json_t *members = json_object_get(reply->json, "Members");
	struct svc_reply member = { .allow = reply->allow };
	const char *uri;

	if (json_array_size(members) != 1)
		return;
	uri = json_string_value(json_object_get(json_array_get(members, 0),
						"@odata.id"));
	if (!uri || !svc_auth_permits(site, "GET", uri))
		return;
	svc_reply_resource(site, uri, &member);
	svc_reply_clear(reply);
	*reply = member;
}

/* What is no whole resource has no entity tag: that of the resource is not its. */
static void shape_put(struct svc_reply *reply, json_t *json)
{
	json_decref(reply->json);
	free(reply->etag);
	reply->etag = NULL;
	svc_reply_json(reply, 200, json);
}

/* Order of DSP0266: $skip and $top, then $expand, then $select. */
static void shape(struct svc_site *site, const char *uri,
		  const struct svc_query *query, struct svc_reply *reply)
{
	json_t *expanded;

	if (query->only)
		shape_only(site, reply);
	if (reply->json && (query->has_top || query->has_skip))
		shape_put(reply, svc_shape_page(reply->json, uri, query));
	if (reply->json && query->expand) {
		expanded = svc_shape_expand(site, reply->json, query,
					    &reply->expanded);
		if (!expanded) {
			reply_replace(reply, 507, SVC_NO_STORAGE);
			return;
		}
		shape_put(reply, expanded);
	}
	if (reply->json && query->select[0])
		shape_put(reply, svc_shape_select(reply->json, query->select));
}

/* Is there a query that no resource can answer? @reply is the refusal then. */
static bool query_refused(const struct svc_request *rq,
			  struct svc_query *query, struct svc_reply *reply)
{
	if (svc_query_parse(query, rq->target.query)) {
		svc_reply_json(reply, query->status, svc_query_error(query));
		return true;
	}
	if (!svc_query_given(query) || method_reads(rq->method))
		return false;
	svc_reply_error(reply, 400, SVC_QUERY_OPERATION, NULL, NULL, NULL);
	return true;
}

static void handle_read(struct svc_site *site, const struct svc_request *rq,
			const struct svc_query *query, struct svc_reply *reply)
{
	bool xml = rq->target.kind == SVC_METADATA ||
		   rq->target.kind == SVC_SCHEMA;

	if (!svc_header_accepts(rq->accept, xml ? "xml" : "json")) {
		svc_reply_error(reply, 406, SVC_HEADER_INVALID, "Accept", NULL,
				NULL);
		return;
	}
	read_document(site, rq, reply);
	if (reply->status != 200)
		return;
	if (svc_query_given(query)) {
		if (rq->target.kind != SVC_RESOURCE ||
		    !svc_query_fits(query, reply->json)) {
			reply_replace(reply, 400, SVC_QUERY_RESOURCE);
			return;
		}
		shape(site, rq->target.path, query, reply);
	}
	if (reply->status == 200 && rq->if_none_match &&
	    svc_etag_matches(rq->if_none_match, reply->etag, true)) {
		json_decref(reply->json);
		reply->json = NULL;
		reply->status = 304;
	}
}

static bool is_collection(const struct svc_site *site, const char *uri)
{
	json_t *resource = svc_resource_get(site, uri);
	bool is = svc_is_collection(resource);

	json_decref(resource);
	return is;
}

/* A POST to the Members of a collection is one to the collection. */
static void target_members(const struct svc_site *site,
			   const struct svc_request *rq, char *path)
{
	static const char tail[] = "/Members";
	size_t n = strlen(path), at = n - (sizeof(tail) - 1);

	if (strcmp(rq->method, "POST") || n < sizeof(tail) ||
	    strcmp(path + at, tail))
		return;
	path[at] = '\0';
	if (!is_collection(site, path))
		path[at] = '/';
}

/* If-None-Match of what changes something is a condition, too (RFC 9110). */
static bool precondition_met(const struct svc_site *site,
			     const struct svc_request *rq)
{
	bool met = true;
	char *etag;

	if (rq->if_match || rq->if_none_match) {
		etag = svc_resource_etag(site, rq->target.path);
		met = (!rq->if_match ||
		       svc_etag_matches(rq->if_match, etag, false)) &&
		      !(rq->if_none_match &&
			svc_etag_matches(rq->if_none_match, etag, true));
		free(etag);
	}
	return met;
}

/* Is the body of a kind that is read? If not, @reply is the refusal. */
static bool body_readable(const struct svc_request *rq, struct svc_reply *reply)
{
	if (!rq->content_type)
		svc_reply_error(reply, 415, SVC_HEADER_MISSING, "Content-Type",
				NULL, NULL);
	else if (!svc_header_is_json(rq->content_type))
		svc_reply_error(reply, 415, SVC_HEADER_INVALID, "Content-Type",
				NULL, NULL);
	else if (!svc_header_is_identity(rq->content_encoding))
		svc_reply_error(reply, 415, SVC_HEADER_INVALID,
				"Content-Encoding", NULL, NULL);
	return !reply->status;
}

/* The body of a change; NULL with the refusal in @reply, or where none is due. */
static json_t *read_body(const struct svc_request *rq, struct svc_reply *reply)
{
	json_t *body;
	int r;

	if (!strcmp(rq->method, "DELETE"))
		return NULL;
	/* an action needs none (DSP0266, "POST (action)") */
	if (!rq->size && strstr(rq->target.path, "/Actions/"))
		return json_object();
	if (!body_readable(rq, reply))
		return NULL;
	r = svc_body_parse(rq->body, rq->size, &body);
	if (!r)
		return body;
	svc_reply_error(reply, 400, r == -EINVAL ? SVC_UNRECOGNIZED_BODY :
			SVC_MALFORMED_JSON, NULL, NULL, NULL);
	return NULL;
}

static void handle_change(struct svc_site *site, const struct svc_request *rq,
			  struct svc_reply *reply)
{
	const struct svc_source *source;
	json_t *body;

	if (!precondition_met(site, rq)) {
		svc_reply_error(reply, 412, SVC_PRECONDITION, NULL, NULL, NULL);
		return;
	}
	body = read_body(rq, reply);
	if (reply->status)
		return;
	source = svc_source_taking(site, rq->target.path, NULL);
	source->ops->act(source->ctx, site, rq, body, reply);
	json_decref(body);
}

static bool is_view(const struct svc_site *site, const char *view)
{
	return !*view || (site->hooks.view &&
			  site->hooks.view(view, site->hooks.ctx));
}

/* Methods of the target, or NULL where there is none. */
static const char *target_allow(const struct svc_site *site,
				const struct svc_target *target)
{
	if (!is_view(site, target->view))
		return NULL;
	if (target->kind != SVC_RESOURCE)
		return SVC_ALLOW_READ;
	return svc_resource_allow(site, target->path);
}

/* Whether a method is one of a list as Allow has it. */
static bool method_allowed(const char *allow, const char *method)
{
	size_t n = strlen(method);
	const char *at = allow;

	while ((at = strstr(at, method))) {
		if ((at == allow || at[-1] == ' ') && (!at[n] || at[n] == ','))
			return true;
		at += n;
	}
	return false;
}

/* Is it a stream that was asked for? @reply is it then, or the refusal. */
static bool handle_stream(struct svc_site *site, const struct svc_request *rq,
			  struct svc_reply *reply)
{
	const struct svc_source *source = svc_source_find(site,
							  rq->target.path);

	return !strcmp(rq->method, "GET") && source && source->ops->stream &&
	       source->ops->stream(source->ctx, site, rq, reply);
}

/* The URI as it was asked for, by which the client knows it. */
static void reply_missing(const struct svc_target *target,
			  struct svc_reply *reply)
{
	char uri[sizeof(SVC_VIEWS) + SVC_VIEW_MAX + SVC_URI_MAX];

	snprintf(uri, sizeof(uri), "%s%s%s", target->view[0] ? SVC_VIEWS : "",
		 target->view, target->path);
	svc_reply_error(reply, 404, SVC_MISSING_AT_URI, uri, NULL, NULL);
}

static void handle_target(struct svc_site *site, const struct svc_request *rq,
			  struct svc_reply *reply)
{
	struct svc_query query;

	if (!reply->allow)
		reply_missing(&rq->target, reply);
	else if (rq->odata_version && strcmp(rq->odata_version, "4.0"))
		svc_reply_error(reply, 412, SVC_HEADER_INVALID,
				"OData-Version", NULL, NULL);
	else if (!method_allowed(reply->allow, rq->method))
		svc_reply_error(reply, 405, SVC_NOT_ALLOWED, NULL, NULL, NULL);
	else if (!svc_auth_permits(site, rq->method, rq->target.path))
		svc_reply_error(reply, 403, SVC_NO_PRIVILEGE, NULL, NULL, NULL);
	else if (handle_stream(site, rq, reply) ||
		 query_refused(rq, &query, reply))
		return;
	else if (method_reads(rq->method))
		handle_read(site, rq, &query, reply);
	else
		handle_change(site, rq, reply);
}

/* What is refused whatever the target is; false if nothing is. */
static bool handle_refused(const struct svc_request *rq,
			   struct svc_reply *reply)
{
	if (rq->wait)
		svc_reply_wait(reply, rq->wait);
	else if (rq->headers_large)
		svc_reply_error(reply, 431, SVC_TOO_LARGE, NULL, NULL, NULL);
	else if (rq->repeated)
		svc_reply_error(reply, 400, SVC_HEADER_INVALID, rq->repeated,
				NULL, NULL);
	else if (rq->target_error)
		svc_reply_error(reply, rq->target_error == -ENAMETOOLONG ?
				414 : 400, SVC_INVALID_URI, rq->target.path,
				NULL, NULL);
	else if (rq->too_large)
		svc_reply_error(reply, 413, SVC_TOO_LARGE, NULL, NULL, NULL);
	return reply->status;
}

/* What it asked for is done: the request is not checked again. */
static void finish(struct svc_site *site, struct svc_request *request,
		   struct svc_reply *reply)
{
	request->pause->finish(site, request, reply);
	reply->allow = target_allow(site, &request->target);
}

static void handle(struct svc_site *site, struct svc_request *request,
		   struct svc_reply *reply)
{
	target_members(site, request, request->target.path);
	if (!svc_auth_admit(site, request, reply))
		return;
	reply->allow = target_allow(site, &request->target);
	if (!method_known(request->method)) {
		if (!reply->allow)
			reply->allow = SVC_ALLOW_READ;
		svc_reply_error(reply, 501, SVC_NOT_ALLOWED, NULL, NULL, NULL);
	} else {
		handle_target(site, request, reply);
	}
}

/**
 * svc_handle - answer a request
 * @request: its target may be changed to the one that is meant
 * @reply: zeroed; filled in, and to be cleared by the caller
 *
 * May call the site's hooks, which may publish a new tree. Where the status of
 * the reply stays 0, the answer has to wait: call again with the same request
 * when its pause was woken. What is refused before the body came in is never
 * awaited.
 */
void svc_handle(struct svc_site *site, struct svc_request *request,
		struct svc_reply *reply)
{
	bool done = request->pause && request->pause->finish;

	if (!done && handle_refused(request, reply))
		return;
	site->view = request->target.view;
	if (done)
		finish(site, request, reply);
	else
		handle(site, request, reply);
	site->view = "";
}
