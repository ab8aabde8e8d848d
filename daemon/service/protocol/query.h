/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Query parameters (DSP0266, "Query parameters"). Pure functions. */
#ifndef FABMON_SVC_QUERY_H
#define FABMON_SVC_QUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "message.h"
#include "protocol.h"

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

#endif /* FABMON_SVC_QUERY_H */
