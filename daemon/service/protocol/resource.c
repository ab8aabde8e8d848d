// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The resource at a URI: what a source has there, else what the tree has, as
 * whoever asks is to see it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resource.h"
#include "site.h"
#include "source.h"

/**
 * svc_is_collection - does a resource have Members?
 * @resource: or NULL
 */
bool svc_is_collection(const json_t *resource)
{
	return json_is_array(json_object_get(resource, "Members"));
}

static json_t *source_get(const struct svc_site *site, const char *uri)
{
	const struct svc_source *source = svc_source_find(site, uri);

	return source && source->ops->get ?
	       source->ops->get(source->ctx, uri) : NULL;
}

/* As whoever asks is to see it. The reference is taken over. */
static json_t *decorated(const struct svc_site *site, const char *uri,
			 json_t *resource)
{
	json_t *out;

	if (!site->hooks.decorate)
		return resource;
	out = site->hooks.decorate(site->view ? site->view : "", uri, resource,
				   site->hooks.ctx);
	json_decref(resource);
	return out;
}

/**
 * svc_resource_get - the resource at @uri, without values that are not kept
 *
 * Return: a new reference to what must not be written to; NULL if there is
 * none.
 */
json_t *svc_resource_get(const struct svc_site *site, const char *uri)
{
	json_t *resource = source_get(site, uri);

	if (!resource)
		resource = json_incref((json_t *)tree_get(site->tree, uri));
	return decorated(site, uri, resource);
}

static char *content_tag(const json_t *resource)
{
	char *tag;

	if (asprintf(&tag, "\"%016llx\"",
		     (unsigned long long)tree_digest(resource)) < 0)
		return NULL;
	return tag;
}

/*
 * DSP0266, "LogEntryCollection" is one of the collections whose members are
 * given whole (OData.AutoExpand in its CSDL).
 */
static bool is_expanded(const json_t *resource)
{
	const char *type = json_string_value(json_object_get(resource,
							     "@odata.type"));

	return type && !strncmp(type, "#LogEntryCollection.", 20);
}

/* Takes the reference over; a member that is gone stays a link. */
static json_t *expand_members(const struct svc_site *site, json_t *resource)
{
	json_t *copy = json_copy(resource), *members = json_array();
	json_t *link, *member;
	const char *uri;
	size_t i;

	json_array_foreach(json_object_get(resource, "Members"), i, link) {
		uri = json_string_value(json_object_get(link, "@odata.id"));
		member = uri ? svc_resource_read(site, uri, NULL) : NULL;
		json_array_append_new(members, member ? member :
				      json_incref(link));
	}
	json_object_set_new(copy, "Members", members);
	json_decref(resource);
	return copy;
}

/**
 * svc_resource_read - the resource at @uri as it is now
 * @etag: its strong entity tag, malloc()ed, with its quotes, or NULL; may be
 *	NULL
 *
 * The tag of what is not the tree's, word for word, is made from its content:
 * so two views differ in it where they differ. Return: as svc_resource_get().
 */
json_t *svc_resource_read(const struct svc_site *site, const char *uri,
			  char **etag)
{
	json_t *resource = source_get(site, uri);
	const char *tag = NULL;

	if (!resource) {
		resource = tree_read(site->tree, uri);
		if (resource && is_expanded(resource))
			resource = expand_members(site, resource);
	}
	resource = decorated(site, uri, resource);
	if (resource && resource == tree_get(site->tree, uri))
		tag = tree_etag(site->tree, uri);
	if (etag && tag)
		*etag = strdup(tag);
	else if (etag)
		*etag = resource ? content_tag(resource) : NULL;
	return resource;
}

/**
 * svc_resource_etag - entity tag of the resource at @uri; see above
 */
char *svc_resource_etag(const struct svc_site *site, const char *uri)
{
	char *etag;

	json_decref(svc_resource_read(site, uri, &etag));
	return etag;
}

/**
 * svc_resource_allow - the methods that the resource at @uri takes
 *
 * Return: the value of Allow; NULL if there is no such resource.
 */
const char *svc_resource_allow(const struct svc_site *site, const char *uri)
{
	const char *allow;
	json_t *resource;

	if (svc_source_taking(site, uri, &allow))
		return allow;
	resource = svc_resource_get(site, uri);
	json_decref(resource);
	return resource ? SVC_ALLOW_READ : NULL;
}
