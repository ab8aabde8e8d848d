/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Reading what a client sent: target, headers, body. Pure functions. */
#ifndef FABMON_SVC_PARSE_H
#define FABMON_SVC_PARSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "protocol.h"

#define SVC_DEPTH_MAX	32		/* nesting of a body's JSON */

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
 * @view: the view that it names, "" where it names none
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

#endif /* FABMON_SVC_PARSE_H */
