/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Sources: resources of the service's own, beside those of the tree. */
#ifndef FABMON_SVC_SOURCE_H
#define FABMON_SVC_SOURCE_H

#include <jansson.h>
#include <stdbool.h>

struct svc_reply;
struct svc_request;
struct svc_site;

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
 * struct svc_source - a source of a site
 * @prefix: its topmost URI. All below belongs to it, too, unless a source with a
 *	longer prefix has it. Several may have one prefix, if they only make
 *	changes: a URI belongs to the one whose @allow knows it
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

#endif /* FABMON_SVC_SOURCE_H */
