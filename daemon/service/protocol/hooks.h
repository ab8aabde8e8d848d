/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the service asks of others: the only way out of it. */
#ifndef FABMON_SVC_HOOKS_H
#define FABMON_SVC_HOOKS_H

#include <jansson.h>
#include <stdbool.h>

#include "action/change.h"

/**
 * struct service_hooks - what the service asks of others
 * @view: may the tree be seen as @view, the NAME of /ofmf/NAME/redfish/v1/...?
 * @decorate: the resource at @uri as @view is to see it, "" where the request
 *	names none; @resource is what the tree or the service has, NULL if they
 *	have none. Returns a new reference, NULL where there is no resource
 * @context: the OFMF of @view patched the Context of its subscription; returns
 *	0, or -EINVAL if the value is not acceptable
 * @clear_log: a client clears the log of the LogService at @uri; returns 0,
 *	-ENOENT if there is none (any more), or another -errno
 * @methods: what a resource takes that can be changed, or a URI where one can be
 *	made, as Allow has it, with GET and HEAD; NULL: neither
 * @change: do what a client asks for with one of these methods; @done is
 *	called once, on the loop, within the call or later, but before
 *	service_stop()
 *
 * Each may be NULL: then nobody has a view of its own, and nothing changes.
 */
struct service_hooks {
	bool (*view)(const char *view, void *ctx);
	json_t *(*decorate)(const char *view, const char *uri,
			    const json_t *resource, void *ctx);
	int (*context)(const char *view, const char *context, void *ctx);
	int (*clear_log)(const char *uri, void *ctx);
	const char *(*methods)(const char *uri, void *ctx);
	void (*change)(const struct change *change, change_done done,
		       void *done_ctx, void *ctx);
	void *ctx;
};

#endif /* FABMON_SVC_HOOKS_H */
