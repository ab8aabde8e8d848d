// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What an OFMF's AggregationSources mean, and which of our resources are its
 * business. Answers may have any shape: what makes no sense is passed over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"

#define PREFIX		"/redfish/v1/"
/* A name that the reference gave to a resource whose own was taken. */
#define ALIAS		"Sunfish_"
#define ALIAS_LEN	(sizeof(ALIAS) - 1 + 4 + 1)

static const char *link_uri(const json_t *link)
{
	if (json_is_string(link))
		return json_string_value(link);
	return json_string_value(json_object_get(link, "@odata.id"));
}

/**
 * ofmf_url_public - a URL without user name and password
 *
 * Return: malloc()ed, or NULL without memory.
 */
char *ofmf_url_public(const char *url)
{
	const char *host = strstr(url, "://");
	const char *at, *end;
	char *out;

	host = host ? host + 3 : url;
	end = host + strcspn(host, "/?#");
	at = memrchr(host, '@', (size_t)(end - host));
	if (asprintf(&out, "%.*s%s", (int)(host - url), url,
		     at ? at + 1 : host) < 0)
		return NULL;
	return out;
}

/* The URI with the names that we gave; malloc()ed or NULL. */
static char *alias_strip(const char *uri)
{
	char *out = strdup(uri), *p = out;

	while (p && (p = strstr(p, "/" ALIAS))) {
		p++;
		if (strcspn(p, "/") <= ALIAS_LEN || p[ALIAS_LEN - 1] != '_')
			continue;
		memmove(p, p + ALIAS_LEN, strlen(p + ALIAS_LEN) + 1);
	}
	return out;
}

/**
 * ofmf_accessed - the resources of ours that an AggregationSource lists
 * @source: its Links.ResourcesAccessed are strings (reference) or links
 *
 * Return: JSON object, our URI -> the OFMF's, a new reference, or NULL
 * without memory.
 */
json_t *ofmf_accessed(const json_t *source, const struct tree *tree)
{
	const json_t *list = json_object_get(json_object_get(source, "Links"),
					     "ResourcesAccessed");
	json_t *out = json_object();
	size_t n = json_array_size(list), i;

	for (i = 0; out && i < n && i < OFMF_ACCESSED_MAX; i++) {
		const char *uri = link_uri(json_array_get(list, i));
		char *ours;

		if (!uri || strncmp(uri, PREFIX, strlen(PREFIX)))
			continue;
		ours = tree_get(tree, uri) ? NULL : alias_strip(uri);
		json_object_set_new(out, ours && tree_get(tree, ours) ?
				    ours : uri, json_string(uri));
		free(ours);
	}
	return out;
}

static bool base_same(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	while (n && a[n - 1] == '/')
		n--;
	while (m && b[m - 1] == '/')
		m--;
	return n == m && !strncmp(a, b, n);
}

/**
 * ofmf_host_same - is our callback the HostName of an AggregationSource?
 */
bool ofmf_host_same(const json_t *source, const char *callback)
{
	const char *host = json_string_value(json_object_get(source,
							     "HostName"));

	return host && base_same(host, callback);
}

/**
 * ofmf_source_ours - does an AggregationSource stand for this host?
 *
 * Its ConnectionMethod tells, for its name is unique; the address only where
 * there is none, for another host may have had it before.
 */
bool ofmf_source_ours(const json_t *source, const char *method_uri,
		      const char *callback)
{
	const json_t *links = json_object_get(source, "Links");
	const char *method = link_uri(json_object_get(links,
						      "ConnectionMethod"));

	if (!json_is_object(source))
		return false;
	if (method)
		return base_same(method, method_uri);
	return ofmf_host_same(source, callback);
}

/**
 * ofmf_source_id - the context that an AggregationSource stands for
 *
 * Return: malloc()ed and valid, or NULL.
 */
char *ofmf_source_id(const json_t *source)
{
	const char *id = json_string_value(json_object_get(source, "Id"));
	const char *uri = link_uri(source);

	if (!id && uri && strrchr(uri, '/'))
		id = strrchr(uri, '/') + 1;
	return id && ofmf_context_valid(id) ? strdup(id) : NULL;
}

/**
 * ofmf_context_valid - may @context be one? It becomes part of URIs.
 */
bool ofmf_context_valid(const char *context)
{
	size_t len = strlen(context);

	return len && len <= OFMF_CONTEXT_MAX && *context != '.' &&
	       strspn(context, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789-_.:") == len;
}

/**
 * ofmf_announced - does the OFMF get events about this resource?
 *
 * Not about collections, for it gets those about their members; and not about
 * what describes the agent instead of the host, for links to that stop the
 * reference's crawl. Not about log entries either: each is an event of its own,
 * and for a new resource the reference reads nearly the whole tree again.
 */
bool ofmf_announced(const char *uri, const json_t *resource)
{
	static const char *const own[] = {
		"AggregationService", "EventService", "SessionService",
		"AccountService", "UpdateService", "TaskService",
		"CertificateService", "JsonSchemas", "Registries",
	};
	size_t len, i;

	if (strncmp(uri, PREFIX, strlen(PREFIX)) || !uri[strlen(PREFIX)])
		return false;
	uri += strlen(PREFIX);
	len = strcspn(uri, "/");
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (len == strlen(own[i]) && !strncmp(uri, own[i], len))
			return false;
	return !strstr(uri, "/Entries/") &&
	       !json_object_get(resource, "Members");
}

static void links_follow(const struct tree *tree, const json_t *value,
			 json_t *seen, json_t *todo)
{
	const char *key;
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)value, i, item)
		links_follow(tree, item, seen, todo);
	json_object_foreach((json_t *)value, key, item) {
		const char *uri = json_string_value(item);

		if (strcmp(key, "@odata.id") || !uri) {
			links_follow(tree, item, seen, todo);
		} else if (!json_object_get(seen, uri) && tree_get(tree, uri)) {
			json_object_set_new(seen, uri, json_true());
			json_array_append(todo, item);
		}
	}
}

/**
 * ofmf_reachable - what a crawl that begins at @uri finds in our tree
 *
 * Return: JSON object with the URIs of what is announced as keys, a new
 * reference, or NULL without memory.
 */
json_t *ofmf_reachable(const struct tree *tree, const char *uri)
{
	json_t *seen = json_object(), *todo = json_array();
	json_t *value;
	const char *key;
	void *next;
	size_t i;

	if (!seen || !todo) {
		json_decref(seen);
		json_decref(todo);
		return NULL;
	}
	if (tree_get(tree, uri))
		json_object_set_new(seen, uri, json_true());
	links_follow(tree, tree_get(tree, uri), seen, todo);
	for (i = 0; i < json_array_size(todo); i++) {
		const char *at = json_string_value(json_array_get(todo, i));

		links_follow(tree, tree_get(tree, at), seen, todo);
	}
	json_decref(todo);
	json_object_foreach_safe(seen, next, key, value)
		if (!ofmf_announced(key, tree_get(tree, key)))
			json_object_del(seen, key);
	return seen;
}

/**
 * ofmf_missing - which of our resources the OFMF does not have
 * @ours: JSON object with URIs as keys
 * @theirs: what ofmf_accessed() gave
 * @found: called for each, or NULL
 *
 * Return: how many.
 */
size_t ofmf_missing(const json_t *ours, const struct tree *tree,
		    const json_t *theirs,
		    void (*found)(const char *uri, void *ctx), void *ctx)
{
	size_t n = 0;
	const char *uri;
	json_t *value;

	json_object_foreach((json_t *)ours, uri, value) {
		if (json_object_get(theirs, uri) ||
		    !ofmf_announced(uri, tree_get(tree, uri)))
			continue;
		n++;
		if (found)
			found(uri, ctx);
	}
	return n;
}
