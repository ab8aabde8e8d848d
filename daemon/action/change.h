/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A request to change the host or its fabrics, and its result. Plain data: the
 * service makes a request of HTTP and an HTTP answer of the result, redfish/
 * interprets the body, forward.c connects the two.
 */
#ifndef FABMON_CHANGE_H
#define FABMON_CHANGE_H

#include <jansson.h>
#include <stddef.h>

#define CHANGE_URI_MAX		1024
#define CHANGE_REFUSALS_MAX	16

/**
 * struct change - a request
 * @method: "PATCH", "POST" or "DELETE"
 * @uri: where it was sent; there may be no such resource
 * @body: a JSON object; NULL for DELETE
 * @who: the client, by its account or its address, for the log
 *
 * The pointers are borrowed for the call.
 */
struct change {
	const char *method;
	const char *uri;
	const json_t *body;
	const char *who;
};

enum change_refusal_kind {
	CHANGE_UNKNOWN,		/* there is no such property */
	CHANGE_READ_ONLY,
	CHANGE_TYPE,
	CHANGE_VALUE,
	CHANGE_MISSING,
};

/* A property that was refused; @value as it was sent, cut. */
struct change_refusal {
	enum change_refusal_kind kind;
	char property[64];
	char value[96];
};

struct change_refusals {
	struct change_refusal list[CHANGE_REFUSALS_MAX];
	size_t count;
};

enum change_outcome {
	CHANGE_DONE,		/* the resource at @uri is as requested */
	CHANGE_MADE,		/* the resource at @uri was created */
	CHANGE_GONE,		/* the resource at @uri is removed */
	CHANGE_REFUSED,		/* nothing was done, because of @refusals */
	CHANGE_NOTHING,		/* the body asks for nothing */
	CHANGE_ABSENT,		/* there is no such resource */
	CHANGE_CONFLICT,	/* the resource at @uri is another one */
	CHANGE_IN_USE,		/* an object that it needs is in use */
	CHANGE_FULL,		/* there is not enough capacity */
	CHANGE_BUSY,		/* with other requests: try again in a second */
	CHANGE_FAILED,		/* the reason is in the log */
};

/**
 * struct change_result - the result of a request
 * @uri: the resource, see the outcomes
 * @refusals: also with CHANGE_DONE, where a part of it was refused
 * @why: CHANGE_IN_USE: what is in use, and by what; else ""
 */
struct change_result {
	enum change_outcome outcome;
	char uri[CHANGE_URI_MAX];
	struct change_refusals refusals;
	char why[192];
};

/* @result is borrowed for the call. */
typedef void (*change_done)(const struct change_result *result, void *ctx);

#endif /* FABMON_CHANGE_H */
