// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Query parameters (DSP0266, "Query parameters"). Of those that are not known the
 * ones that begin with "$" are refused, and all others ignored.
 */
#include <errno.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "redfish/names.h"
#include "parse.h"
#include "query.h"
#include "resource.h"

/* Names of properties and annotations, and what is between them. */
#define SELECT_CHARS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@.,/"

struct parameter {
	const char *name;
	int (*set)(struct svc_query *query, const char *value);
};

static int refuse(struct svc_query *query, enum svc_message message)
{
	query->status = message == SVC_QUERY_UNSUPPORTED ? 501 : 400;
	query->message = message;
	return -EINVAL;
}

/* Nine digits fit everywhere, and are more than there are resources. */
static int number_parse(struct svc_query *query, const char *value, size_t *out)
{
	size_t n = strspn(value, "0123456789");

	if (!n || value[n])
		return refuse(query, SVC_QUERY_TYPE);
	if (n > 9)
		return refuse(query, SVC_QUERY_VALUE);
	*out = strtoul(value, NULL, 10);
	return 0;
}

static int set_only(struct svc_query *query, const char *value)
{
	if (query->only)
		return refuse(query, SVC_QUERY_COMBINATION);
	if (*value)
		return refuse(query, SVC_QUERY_FORMAT);
	query->only = true;
	return 0;
}

static int set_top(struct svc_query *query, const char *value)
{
	if (query->has_top)
		return refuse(query, SVC_QUERY_COMBINATION);
	query->has_top = true;
	return number_parse(query, value, &query->top);
}

static int set_skip(struct svc_query *query, const char *value)
{
	if (query->has_skip)
		return refuse(query, SVC_QUERY_COMBINATION);
	query->has_skip = true;
	return number_parse(query, value, &query->skip);
}

/* "(" "$levels=" number ")", or nothing. */
static int levels_parse(struct svc_query *query, const char *text)
{
	static const char head[] = "($levels=";
	char digits[16];
	size_t n, levels;
	int r;

	if (!*text)
		return 0;
	if (strncmp(text, head, sizeof(head) - 1))
		return refuse(query, SVC_QUERY_FORMAT);
	text += sizeof(head) - 1;
	n = strcspn(text, ")");
	if (n >= sizeof(digits) || strcmp(text + n, ")"))
		return refuse(query, SVC_QUERY_FORMAT);
	memcpy(digits, text, n);
	digits[n] = '\0';
	r = number_parse(query, digits, &levels);
	if (r < 0)
		return r;
	if (!levels || levels > RF_LEVELS_MAX)
		return refuse(query, SVC_QUERY_RANGE);
	query->levels = (unsigned int)levels;
	return 0;
}

static int set_expand(struct svc_query *query, const char *value)
{
	if (query->expand)
		return refuse(query, SVC_QUERY_COMBINATION);
	if (*value == '.')
		query->expand = SVC_EXPAND_OTHERS;
	else if (*value == '~')
		query->expand = SVC_EXPAND_LINKS;
	else if (*value == '*')
		query->expand = SVC_EXPAND_OTHERS | SVC_EXPAND_LINKS;
	else
		return refuse(query, SVC_QUERY_FORMAT);
	return levels_parse(query, value + 1);
}

static int set_select(struct svc_query *query, const char *value)
{
	if (query->select[0])
		return refuse(query, SVC_QUERY_COMBINATION);
	if (!*value || value[strspn(value, SELECT_CHARS)])
		return refuse(query, SVC_QUERY_FORMAT);
	strcpy(query->select, value);
	return 0;
}

static const struct parameter parameters[] = {
	{ "only", set_only },
	{ "$top", set_top },
	{ "$skip", set_skip },
	{ "$expand", set_expand },
	{ "$select", set_select },
};

static int parameter_parse(struct svc_query *query, const char *text,
			   const char *end)
{
	const char *name_end = text + strcspn(text, "&=");
	const char *value = name_end < end ? name_end + 1 : end;
	size_t i;
	int r;

	if (svc_text_decode(query->name, sizeof(query->name), text, name_end))
		i = sizeof(parameters) / sizeof(parameters[0]);
	else
		i = 0;
	for (; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		if (strcmp(query->name, parameters[i].name))
			continue;
		r = svc_text_decode(query->value, sizeof(query->value), value,
				    end);
		if (r < 0)
			return refuse(query, SVC_QUERY_FORMAT);
		return parameters[i].set(query, query->value);
	}
	if (query->name[0] == '$')
		return refuse(query, SVC_QUERY_UNSUPPORTED);
	return 0;
}

/**
 * svc_query_parse - read what follows the "?" of a target
 * @query: filled in
 * @text: as it was sent, shorter than SVC_QUERY_MAX
 *
 * $select is applied to what $expand made (DSP0266 has that order): members of
 * an expanded collection are at Members/....
 *
 * Return: 0; -EINVAL with @query's status and message.
 */
int svc_query_parse(struct svc_query *query, const char *text)
{
	const char *end;
	int r;

	memset(query, 0, sizeof(*query));
	query->top = SIZE_MAX;
	query->levels = 1;
	for (; *text; text = *end ? end + 1 : end) {
		end = text + strcspn(text, "&");
		r = parameter_parse(query, text, end);
		if (r < 0)
			return r;
	}
	if (query->only && (query->has_top || query->has_skip ||
			    query->expand || query->select[0]))
		return refuse(query, SVC_QUERY_COMBINATION);
	return 0;
}

/* Is there a parameter that means something? */
bool svc_query_given(const struct svc_query *query)
{
	return query->only || query->has_top || query->has_skip ||
	       query->expand || query->select[0];
}

/* Is what was asked for possible with @resource? Pages have collections only. */
bool svc_query_fits(const struct svc_query *query, const json_t *resource)
{
	return svc_is_collection(resource) ||
	       !(query->only || query->has_top || query->has_skip);
}

/**
 * svc_query_error - the body for what svc_query_parse() refused
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_query_error(const struct svc_query *query)
{
	const char *args[SVC_ARGS_MAX] = { NULL };
	char range[32];

	snprintf(range, sizeof(range), "1 to %d", RF_LEVELS_MAX);
	switch (query->message) {
	case SVC_QUERY_RANGE:
		args[2] = range;
		/* fall through */
	case SVC_QUERY_TYPE:
	case SVC_QUERY_FORMAT:
		args[0] = query->value;
		args[1] = query->name;
		break;
	case SVC_QUERY_COMBINATION:
		break;
	default:
		args[0] = query->name;
	}
	return svc_error_new(json_pack("[o]", svc_message_args(query->message,
							      args, NULL)));
}
