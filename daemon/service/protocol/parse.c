// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Parsing of what a client sent. Pure functions, nothing trusted.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "parse.h"
#include "schema.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Next byte of a percent-encoded text, and how much it took; -1 for a broken
 * escape or an encoded NUL.
 */
static int decode_next(const char *text, const char *end, size_t *used)
{
	int high, low;

	if (*text != '%') {
		*used = 1;
		return (unsigned char)*text;
	}
	if (end - text < 3)
		return -1;
	high = hex_value(text[1]);
	low = hex_value(text[2]);
	if (high < 0 || low < 0 || !(high | low))
		return -1;
	*used = 3;
	return high << 4 | low;
}

/*
 * The reference OFMF asks for //redfish/v1/...: runs of slashes become one.
 * No resource but the root ends in one.
 */
static int path_decode(char out[static SVC_URI_MAX], const char *text,
		       const char *end)
{
	size_t n = 0, used;

	for (; text < end; text += used) {
		int c = decode_next(text, end, &used);

		if (c < 0)
			return -EINVAL;
		if (c == '/' && n && out[n - 1] == '/')
			continue;
		if (n == SVC_URI_MAX - 2)
			return -ENAMETOOLONG;
		out[n++] = (char)c;
	}
	if (n > 1 && out[n - 1] == '/')
		n--;
	out[n] = '\0';
	return 0;
}

/**
 * svc_text_decode - undo percent-encoding, as far as it goes
 * @out: terminated text, cut to @size
 *
 * Return: 0; -EINVAL at a broken escape or an encoded NUL; -ENAMETOOLONG if it
 * was cut. @out is then what came before.
 */
int svc_text_decode(char *out, size_t size, const char *text, const char *end)
{
	size_t n = 0, used;
	int r = 0;

	for (; text < end; text += used) {
		int c = decode_next(text, end, &used);

		if (c < 0 || n == size - 1) {
			r = c < 0 ? -EINVAL : -ENAMETOOLONG;
			break;
		}
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return r;
}

/* A name that is too long for one is none. */
static void view_split(struct svc_target *target)
{
	char *name = target->path + strlen(SVC_VIEWS), *rest;
	size_t n;

	if (strncmp(target->path, SVC_VIEWS, strlen(SVC_VIEWS)))
		return;
	n = strcspn(name, "/");
	rest = name + n;
	if (!n || n >= sizeof(target->view) || strncmp(rest, "/redfish", 8))
		return;
	memcpy(target->view, name, n);
	memmove(target->path, rest, strlen(rest) + 1);
}

/**
 * svc_target_parse - read the target of a request line
 * @uri: origin form or absolute form, as it was sent
 *
 * /ofmf/NAME/redfish/v1/... is /redfish/v1/... in the view of NAME.
 *
 * Return: 0; -EINVAL for what is no path; -ENAMETOOLONG.
 */
int svc_target_parse(struct svc_target *target, const char *uri)
{
	const char *end;
	int r;

	memset(target, 0, sizeof(*target));
	if (!strncasecmp(uri, "http://", 7) ||
	    !strncasecmp(uri, "https://", 8)) {
		uri = strchr(uri, ':') + 3;
		uri += strcspn(uri, "/?");
	}
	if (*uri != '/')
		return -EINVAL;
	end = uri + strcspn(uri, "?#");
	r = path_decode(target->path, uri, end);
	if (r < 0) {
		target->path[0] = '\0';
		return r;
	}
	view_split(target);
	if (*end == '?') {
		size_t n = strcspn(++end, "#");

		if (n >= sizeof(target->query))
			return -ENAMETOOLONG;
		memcpy(target->query, end, n);
	}
	if (!strcmp(target->path, "/redfish"))
		target->kind = SVC_VERSIONS;
	else if (!strcmp(target->path, SVC_PREFIX))
		strcpy(target->path, SVC_ROOT);
	else if (!strcmp(target->path, SVC_PREFIX "/odata"))
		target->kind = SVC_SERVICE;
	else if (!strcmp(target->path, SVC_PREFIX "/$metadata"))
		target->kind = SVC_METADATA;
	else if (svc_schema_text(target->path))
		target->kind = SVC_SCHEMA;
	return 0;
}

/* Jansson recurses once a level; what a client may nest is far less. */
static bool body_is_shallow(const char *body, size_t size)
{
	bool quoted = false;
	int depth = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		char c = body[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
		if (depth > SVC_DEPTH_MAX)
			return false;
	}
	return true;
}

/**
 * svc_body_parse - read a JSON object
 * @json: set to a new reference on success
 *
 * Return: 0; -EBADMSG for what is no JSON or nests too deeply; -EINVAL for
 * JSON that is no object.
 */
int svc_body_parse(const char *body, size_t size, json_t **json)
{
	json_error_t error;
	json_t *value;

	if (!body || !body_is_shallow(body, size))
		return -EBADMSG;
	value = json_loadb(body, size, JSON_REJECT_DUPLICATES |
			   JSON_DECODE_ANY, &error);
	if (!value)
		return -EBADMSG;
	if (!json_is_object(value)) {
		json_decref(value);
		return -EINVAL;
	}
	*json = value;
	return 0;
}

/* Length of the item at *list without blanks; moves *list past its comma. */
static size_t list_next(const char **list, const char **item)
{
	const char *end;

	*item = *list + strspn(*list, " \t,");
	end = *item + strcspn(*item, ",");
	*list = end;
	while (end > *item && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (size_t)(end - *item);
}

/* Does an item of Accept, as "a/b; q=0.0", refuse what it names? */
static bool item_refuses(const char *item, size_t n)
{
	const char *end = item + n;

	/* blanks at its end are not the item's */
	while (item < end && (item = memchr(item, ';', (size_t)(end - item)))) {
		item++;
		item += strspn(item, " \t");
		if (end - item < 3 || strncasecmp(item, "q=", 2))
			continue;
		item += 2;
		n = strcspn(item, "; \t,");
		return n && strspn(item, "0.") >= n;
	}
	return false;
}

static bool item_names(const char *item, size_t n, const char *subtype)
{
	size_t len = strcspn(item, "; \t,");

	if (len > n)
		len = n;
	if (len == 3 && !strncmp(item, "*/*", 3))
		return true;
	if (len < 12 || strncasecmp(item, "application/", 12))
		return false;
	if (len == 13 && item[12] == '*')
		return true;
	return len == 12 + strlen(subtype) &&
	       !strncasecmp(item + 12, subtype, len - 12);
}

/**
 * svc_header_accepts - does an Accept header take application/@subtype?
 *
 * No header takes everything. There is one form, so that of weights only 0
 * matters, which refuses.
 */
bool svc_header_accepts(const char *accept, const char *subtype)
{
	const char *item;
	size_t n;

	if (!accept || !accept[strspn(accept, " \t,")])
		return true;
	while ((n = list_next(&accept, &item)))
		if (item_names(item, n, subtype) && !item_refuses(item, n))
			return true;
	return false;
}

/**
 * svc_header_is_json - does a Content-Type say JSON?
 * @content_type: or NULL, which does not
 */
bool svc_header_is_json(const char *content_type)
{
	size_t n;

	if (!content_type)
		return false;
	content_type += strspn(content_type, " \t");
	n = strcspn(content_type, "; \t");
	return n == 16 && !strncasecmp(content_type, "application/json", n);
}

/**
 * svc_header_is_identity - is a body as it was sent?
 * @content_encoding: or NULL, with which it is
 */
bool svc_header_is_identity(const char *content_encoding)
{
	return !content_encoding || !*content_encoding ||
	       !strcasecmp(content_encoding, "identity");
}

/**
 * svc_etag_matches - is @etag in the list of an If-Match or If-None-Match?
 * @list: header's value
 * @etag: strong entity tag with its quotes, or NULL where there is none
 * @weak: weak comparison (RFC 9110, 8.8.3.2)
 */
bool svc_etag_matches(const char *list, const char *etag, bool weak)
{
	const char *item;
	size_t n;

	if (!etag)
		return false;
	while ((n = list_next(&list, &item))) {
		if (n == 1 && *item == '*')
			return true;
		if (weak && n > 2 && !strncmp(item, "W/", 2)) {
			item += 2;
			n -= 2;
		}
		if (n == strlen(etag) && !strncmp(item, etag, n))
			return true;
	}
	return false;
}
