/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Inside of the Redfish service. service.c and respond.c speak libmicrohttpd;
 * the others are pure functions of their arguments.
 */
#ifndef FABMON_SVC_H
#define FABMON_SVC_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tree/tree.h"
#include "service/access/auth.h"
#include "service.h"

#define SVC_PREFIX	"/redfish/v1"
#define SVC_ROOT	"/redfish/v1/"
#define SVC_SUBSCRIPTION \
	"/redfish/v1/EventService/Subscriptions/SunfishServer"

#define SVC_VIEW_MAX	33		/* bytes of a view's name with its NUL */
#define SVC_URI_MAX	1024		/* bytes of a decoded path with its NUL */
#define SVC_QUERY_MAX	1024		/* bytes of a query with its NUL */
#define SVC_DRAIN_MAX	(1024u * 1024)	/* bytes that are read to answer 413 */
#define SVC_DEPTH_MAX	32		/* nesting of a body's JSON */

#define SVC_TYPE_JSON	"application/json;charset=utf-8"
#define SVC_TYPE_XML	"application/xml;charset=utf-8"
#define SVC_TYPE_STREAM	"text/event-stream;charset=utf-8"

/* ---- error.c ------------------------------------------------------------ */

/* Messages of the Base registry that the service uses. */
enum svc_message {
	SVC_MISSING_AT_URI,	/* URI */
	SVC_NOT_ALLOWED,
	SVC_MALFORMED_JSON,
	SVC_UNRECOGNIZED_BODY,
	SVC_PROPERTY_UNKNOWN,	/* property */
	SVC_PROPERTY_READ_ONLY,	/* property */
	SVC_PROPERTY_TYPE,	/* value, property */
	SVC_PROPERTY_FORMAT,	/* value, property */
	SVC_QUERY_UNSUPPORTED,	/* parameter */
	SVC_QUERY_TYPE,		/* value, parameter */
	SVC_QUERY_FORMAT,	/* value, parameter */
	SVC_QUERY_VALUE,	/* parameter */
	SVC_QUERY_RANGE,	/* value, parameter, range */
	SVC_QUERY_RESOURCE,
	SVC_QUERY_OPERATION,
	SVC_QUERY_COMBINATION,
	SVC_HEADER_INVALID,	/* header */
	SVC_HEADER_MISSING,	/* header */
	SVC_PRECONDITION,
	SVC_NO_OPERATION,
	SVC_TOO_LARGE,
	SVC_UNAVAILABLE,	/* seconds */
	SVC_NO_STORAGE,
	SVC_INTERNAL,
	SVC_INVALID_URI,	/* URI */
	SVC_UNAUTHORIZED,
	SVC_NO_SESSION,
	SVC_NO_PRIVILEGE,
	SVC_SESSION_LIMIT,
	SVC_PROPERTY_MISSING,	/* property */
	SVC_PROPERTY_RANGE,	/* value, property */
	SVC_PROPERTY_LIST,	/* value, property */
	SVC_PROPERTY_VALUE,	/* property */
	SVC_PROPERTY_CONFLICT,	/* property, property */
	SVC_TEXT_LONG,		/* value, limit */
	SVC_ARRAY_LONG,		/* property, limit */
	SVC_SUBSCRIPTION_LIMIT,
	SVC_PARAMETER_MISSING,	/* action, parameter */
	SVC_PARAMETER_UNKNOWN,	/* action, parameter */
	SVC_PARAMETER_TYPE,	/* value, parameter, action */
	SVC_PARAMETER_FORMAT,	/* value, parameter, action */
	SVC_PARAMETER_LIST,	/* value, parameter, action */
	SVC_CREATION_CONFLICT,	/* URI */
	SVC_IN_USE,
	SVC_N_MESSAGES,
	SVC_NONE = SVC_N_MESSAGES	/* no message */
};

#define SVC_ARGS_MAX		3
#define SVC_MESSAGE_TYPE	"Message.v1_3_0"

json_t *svc_message_args(enum svc_message id,
			 const char *const args[SVC_ARGS_MAX],
			 const char *property);
json_t *svc_message_new(enum svc_message id, const char *arg1,
			const char *arg2, const char *property);
json_t *svc_error_new(json_t *messages);
json_t *svc_error_one(enum svc_message id, const char *arg1,
		      const char *arg2, const char *property);

/* ---- document.c --------------------------------------------------------- */

struct svc_site;

json_t *svc_document_versions(void);
json_t *svc_document_service(const struct tree *tree);
char *svc_document_metadata(const struct svc_site *site);
char *svc_schema_uri(const json_t *resource);

/* ---- schema.c ----------------------------------------------------------- */

const char *svc_schema_text(const char *path);
void svc_schema_references(FILE *out);

/* ---- parse.c ------------------------------------------------------------ */

enum svc_kind {
	SVC_RESOURCE,		/* anything of the tree, or nothing */
	SVC_VERSIONS,		/* /redfish */
	SVC_SERVICE,		/* /redfish/v1/odata */
	SVC_METADATA,		/* /redfish/v1/$metadata */
	SVC_SCHEMA,		/* of Oem objects, /redfish/v1/Schemas/... */
};

/**
 * struct svc_target - what a request line asks for
 * @kind: which family of documents
 * @view: as whom it asks, "" where it does not say
 * @path: decoded path as the tree spells it
 * @query: as it was sent, without its "?"; "" if there is none
 */
struct svc_target {
	enum svc_kind kind;
	char view[SVC_VIEW_MAX];
	char path[SVC_URI_MAX];
	char query[SVC_QUERY_MAX];
};

int svc_text_decode(char *out, size_t size, const char *text, const char *end);
int svc_target_parse(struct svc_target *target, const char *uri);
int svc_body_parse(const char *body, size_t size, json_t **json);
bool svc_header_accepts(const char *accept, const char *subtype);
bool svc_header_is_json(const char *content_type);
bool svc_header_is_identity(const char *content_encoding);
bool svc_etag_matches(const char *list, const char *etag, bool weak);

/* ---- query.c ------------------------------------------------------------ */

#define SVC_EXPAND_MAX	1000		/* resources in one answer to $expand */

/* Which hyperlinks $expand is for; both is "*". */
#define SVC_EXPAND_OTHERS	1u	/* ".": those that are not in Links */
#define SVC_EXPAND_LINKS	2u	/* "~": those that are */

/**
 * struct svc_query - query parameters (DSP0266, "Query parameters")
 * @top: SIZE_MAX if there is none
 * @expand: SVC_EXPAND_*, 0 if there is none
 * @levels: 1 to RF_LEVELS_MAX
 * @select: comma-separated paths that need no encoding, "" if there is none
 * @status: of the refusal, where svc_query_parse() fails
 * @message: what the refusal says, about @name and @value
 */
struct svc_query {
	bool only;
	bool has_top;
	bool has_skip;
	size_t top;
	size_t skip;
	unsigned int expand;
	unsigned int levels;
	char select[SVC_QUERY_MAX];
	unsigned int status;
	enum svc_message message;
	char name[64];
	char value[SVC_QUERY_MAX];
};

int svc_query_parse(struct svc_query *query, const char *text);
bool svc_query_given(const struct svc_query *query);
bool svc_query_fits(const struct svc_query *query, const json_t *resource);
json_t *svc_query_error(const struct svc_query *query);

/* ---- shape.c ------------------------------------------------------------ */

bool svc_is_collection(const json_t *resource);
json_t *svc_shape_page(const json_t *collection, const char *uri,
		       const struct svc_query *query);
json_t *svc_shape_expand(const struct svc_site *site, const json_t *resource,
			 const struct svc_query *query, size_t *count);
json_t *svc_shape_select(const json_t *resource, const char *select);

/* ---- request.c ---------------------------------------------------------- */

struct svc_request;
struct svc_reply;

/**
 * struct svc_pause - a request whose answer has to wait for something
 * @wake: to be called on the loop, once, when that is there
 * @ctx: for @wake
 * @finish: makes the answer then; NULL: the request is handled from its
 *	beginning
 * @data: for @finish, or NULL; free()d with the request
 */
struct svc_pause {
	void (*wake)(void *ctx);
	void *ctx;
	void (*finish)(struct svc_site *site, const struct svc_request *request,
		       struct svc_reply *reply);
	void *data;
};

/**
 * struct svc_request - one request; strings are borrowed, NULL if absent
 * @client: who sent it
 * @target_error: what svc_target_parse() returned
 * @body: not terminated
 * @too_large: the body is larger than is read, and @body not all of it
 * @headers_large: the headers are larger than is taken
 * @repeated: a header that is there twice and must not, or NULL
 * @wait: seconds that the client shall wait; it has asked too often
 * @peer: address of the client; IPv4 is mapped
 * @names: names in its verified certificate
 * @pause: for who has to wait
 * @login: for the password that it gives, if it does
 */
struct svc_request {
	struct svc_client *client;
	const char *method;
	struct svc_target target;
	int target_error;
	const char *accept;
	const char *content_type;
	const char *content_encoding;
	const char *if_match;
	const char *if_none_match;
	const char *odata_version;
	const char *last_event_id;
	const char *body;
	size_t size;
	bool too_large;
	bool headers_large;
	const char *repeated;
	unsigned int wait;
	const char *authorization;
	const char *token;
	const char *host;
	const char *origin;
	struct in6_addr peer;
	struct svc_names names;
	struct svc_pause *pause;
	struct svc_login *login;
};

/**
 * struct svc_reply - the answer; svc_reply_clear() it
 * @status: HTTP status; 0: the request is to be handled again when @pause.wake
 *	of it was called
 * @json: body, owned, or NULL
 * @text: body where there is no @json, owned, or NULL
 * @type: Content-Type of the body
 * @etag: entity tag, owned, or NULL
 * @schema: URI of the body's schema, owned, or NULL
 * @location: URI of what was created, owned, or NULL
 * @allow: methods of the target, or NULL where there is no target
 * @expanded: resources that $expand put in
 * @retry: seconds after which to ask again, or 0
 * @token: X-Auth-Token of a new session, "" without
 * @challenge: WWW-Authenticate, or NULL
 * @stream: body that has no end, owned, or NULL
 */
struct svc_reply {
	unsigned int status;
	json_t *json;
	char *text;
	struct svc_stream *stream;
	const char *type;
	char *etag;
	char *schema;
	char *location;
	const char *allow;
	size_t expanded;
	unsigned int retry;
	char token[SVC_TOKEN_SIZE];
	const char *challenge;
};

struct svc_source;

/**
 * struct svc_site - what is served
 * @sources: what is not of the tree
 * @auth: who may do what; NULL: everybody everything
 * @who: who sent the request that is being answered
 * @view: as whom the tree is seen for it, "" for nobody in particular
 * @origin: own origin, for Access-Control-Allow-Origin
 * @metadata: $metadata as of @generation, owned, or NULL
 */
struct svc_site {
	struct tree *tree;
	struct service_hooks hooks;
	struct svc_source *sources;
	struct svc_auth *auth;
	struct svc_who who;
	const char *view;
	char origin[80];
	char *metadata;
	uint64_t generation;
};

void svc_handle(struct svc_site *site, struct svc_request *request,
		struct svc_reply *reply);
void svc_reply_clear(struct svc_reply *reply);
void svc_reply_json(struct svc_reply *reply, unsigned int status, json_t *json);
void svc_reply_error(struct svc_reply *reply, unsigned int status,
		     enum svc_message id, const char *arg1, const char *arg2,
		     const char *property);
void svc_reply_wait(struct svc_reply *reply, unsigned int seconds);
void svc_reply_resource(struct svc_site *site, const char *uri,
			struct svc_reply *reply);

/* ---- source.c ----------------------------------------------------------- */

#define SVC_ALLOW_READ	"GET, HEAD"

/**
 * struct svc_source_ops - resources that are the service's own
 * @get: the resource at @uri, a new reference; NULL: what the tree has there
 * @allow: methods of @uri, with GET and HEAD; NULL: the tree's GET and HEAD
 * @act: POST, PATCH or DELETE of a URI whose @allow names the method; @body is
 *	the JSON object that was sent, NULL for DELETE; conditions were met
 *	where the answer has to wait, it leaves the status of @reply 0, and sees
 *	to the pause of @request
 * @owner: the account that @uri belongs to, whose ConfigureSelf is enough
 *	for it; NULL (also the operation): nobody's
 * @trusted: @act is for those, too, who are let in by their address only
 * @stream: GET of a URI whose body has no end; false: it is no such URI
 * @types: namespaces of what it has, as "Session.v1_7_2", up to a NULL; or NULL
 *	where the tree has one of each
 */
struct svc_source_ops {
	json_t *(*get)(void *ctx, const char *uri);
	const char *(*allow)(void *ctx, const char *uri);
	void (*act)(void *ctx, struct svc_site *site,
		    const struct svc_request *request, const json_t *body,
		    struct svc_reply *reply);
	const char *(*owner)(void *ctx, const char *uri);
	bool trusted;
	bool (*stream)(void *ctx, const struct svc_site *site,
		       const struct svc_request *request,
		       struct svc_reply *reply);
	const char *const *types;
};

/**
 * struct svc_source - one of them
 * @prefix: its topmost URI; what is below is its, too, but for what is of one
 *	with a longer prefix. Several may have the same one, if they have
 *	nothing but changes: it is that one's whose @allow knows the URI
 */
struct svc_source {
	const char *prefix;
	const struct svc_source_ops *ops;
	void *ctx;
	struct svc_source *next;
};

void svc_source_add(struct svc_site *site, struct svc_source *source);
const struct svc_source *svc_source_find(const struct svc_site *site,
					 const char *uri);
const struct svc_source *svc_source_taking(const struct svc_site *site,
					   const char *uri, const char **allow);
json_t *svc_resource_get(const struct svc_site *site, const char *uri);
json_t *svc_resource_read(const struct svc_site *site, const char *uri,
			  char **etag);
char *svc_resource_etag(const struct svc_site *site, const char *uri);
const char *svc_resource_allow(const struct svc_site *site, const char *uri);

/* ---- property.c --------------------------------------------------------- */

json_t *svc_refused_messages(json_t *refused);
void svc_reply_noted(struct svc_site *site, const char *uri, json_t *refused,
		     struct svc_reply *reply);

/* ---- patch.c ------------------------------------------------------------ */

extern const struct svc_source_ops svc_subscription_ops;

/* ---- log.c -------------------------------------------------------------- */

extern const struct svc_source_ops svc_log_ops;

/* ---- change.c ----------------------------------------------------------- */

extern const struct svc_source_ops svc_change_ops;

/* ---- respond.c ---------------------------------------------------------- */

char *svc_respond_body(const struct svc_reply *reply);
enum MHD_Result svc_respond(struct MHD_Connection *connection,
			    const struct svc_site *site,
			    struct svc_reply *reply, char *body);

/* ---- event_sse.c -------------------------------------------------------- */

struct MHD_Response *svc_stream_open(struct svc_stream *stream,
				     struct MHD_Connection *connection);
void svc_stream_free(struct svc_stream *stream);

#endif /* FABMON_SVC_H */
