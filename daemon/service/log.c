// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The action LogService.ClearLog, by which a client empties a device's log. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "service/protocol/message.h"
#include "service/protocol/protocol.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/resource.h"
#include "service/protocol/site.h"
#include "sources.h"

#define ACTION	"/Actions/LogService.ClearLog"
#define ETAG	"LogEntriesETag"

/* The LogService whose action is at @uri; false: it is no such action. */
static bool log_of(const struct svc_site *site, const char *uri,
		   char log[SVC_URI_MAX])
{
	const char *tail = strstr(uri, ACTION);
	const json_t *resource;

	if (!tail || strcmp(tail, ACTION) || strlen(uri) >= SVC_URI_MAX)
		return false;
	snprintf(log, SVC_URI_MAX, "%.*s", (int)(tail - uri), uri);
	resource = tree_get(site->tree, log);
	return json_object_get(json_object_get(resource, "Actions"),
			       "#LogService.ClearLog");
}

static const char *log_allow(void *ctx, const char *uri)
{
	const struct svc_site *site = ctx;
	char log[SVC_URI_MAX];

	return site->hooks.clear_log && log_of(site, uri, log) ? "POST" : NULL;
}

/* Are the entries those that the client has read? @seen: their ETag, or NULL. */
static bool is_seen(const struct svc_site *site, const char *log,
		    const char *seen)
{
	char entries[SVC_URI_MAX + 16];
	char *etag;
	bool same;

	if (!seen)
		return true;
	snprintf(entries, sizeof(entries), "%s/Entries", log);
	etag = svc_resource_etag(site, entries);
	same = etag && !strcmp(etag, seen);
	free(etag);
	return same;
}

/* What is not a parameter of the action; NULL: nothing. */
static const char *unknown_of(const json_t *body)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)body, name, value)
		if (strcmp(name, ETAG) && !strchr(name, '@'))
			return name;
	return NULL;
}

/* DSP8010, LogService: another ETag is answered with 428, not 412. */
static void log_act(void *ctx, struct svc_site *site,
		    const struct svc_request *request, const json_t *body,
		    struct svc_reply *reply)
{
	const json_t *seen = json_object_get(body, ETAG);
	const char *unknown = unknown_of(body);
	char log[SVC_URI_MAX];
	int ret = -ENOENT;

	if (unknown) {
		svc_reply_error(reply, 400, SVC_PROPERTY_UNKNOWN, unknown,
				NULL, unknown);
		return;
	}
	if (seen && !json_is_string(seen)) {
		svc_reply_error(reply, 400, SVC_PROPERTY_TYPE, "", ETAG, ETAG);
		return;
	}
	if (log_of(site, request->target.path, log)) {
		if (!is_seen(site, log, json_string_value(seen))) {
			svc_reply_error(reply, 428, SVC_PRECONDITION, NULL,
					NULL, NULL);
			return;
		}
		ret = site->hooks.clear_log(log, site->hooks.ctx);
	}
	if (ret == -ENOENT) {
		svc_reply_error(reply, 404, SVC_MISSING_AT_URI, log, NULL,
				NULL);
	} else if (ret) {
		error_log(LOG_ERR, ret, "service: %s cannot be cleared", log);
		svc_reply_error(reply, 500, SVC_INTERNAL, NULL, NULL, NULL);
	} else {
		reply->status = 204;
	}
}

/* The context is the site. */
const struct svc_source_ops svc_log_ops = {
	.allow = log_allow,
	.act = log_act,
};
