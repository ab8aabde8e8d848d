/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Requests to change the host or its fabrics: what a client asks the service
 * for, and what came of it. The service knows HTTP and nothing of the host,
 * redfish/ knows what a body means and nothing of HTTP; forward.c is between.
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
 * @uri: what it was sent to; there may be nothing
 * @body: a JSON object; NULL for DELETE
 * @who: account or address, for the log
 *
 * All is borrowed for the call.
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

/* What of a body was refused; @value as it was sent, cut. */
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
	CHANGE_DONE,		/* the resource at @uri is as was asked for */
	CHANGE_MADE,		/* the one at @uri is new */
	CHANGE_GONE,		/* there is none any more */
	CHANGE_REFUSED,		/* nothing was done, for @refusals */
	CHANGE_NOTHING,		/* nothing was asked for */
	CHANGE_ABSENT,		/* there is no such resource */
	CHANGE_CONFLICT,	/* another one is at @uri */
	CHANGE_IN_USE,		/* what it takes is in use, or in transition */
	CHANGE_FULL,		/* there is not this much */
	CHANGE_BUSY,		/* with other requests: once more in a second */
	CHANGE_FAILED,
};

/**
 * struct change_result - what came of it
 * @refusals: of CHANGE_DONE as well, where only some was done
 */
struct change_result {
	enum change_outcome outcome;
	char uri[CHANGE_URI_MAX];
	struct change_refusals refusals;
};

/* @result is borrowed for the call. */
typedef void (*change_done)(const struct change_result *result, void *ctx);

#endif /* FABMON_CHANGE_H */
