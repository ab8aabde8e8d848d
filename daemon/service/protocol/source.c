// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Sources hold the resources that the service has beside the published tree:
 * sessions, accounts, subscriptions. What a source has at a URI is served in
 * place of what the tree has there. The tree has the collections in any case, so
 * that no link in it leads nowhere.
 */
#include <string.h>

#include "site.h"
#include "source.h"

/**
 * svc_source_add - serve what is below @source->prefix from @source
 * @source: borrowed until the site is gone
 */
void svc_source_add(struct svc_site *site, struct svc_source *source)
{
	struct svc_source **at = &site->sources;

	/* the longest first: the first that fits is the one */
	while (*at && strlen((*at)->prefix) > strlen(source->prefix))
		at = &(*at)->next;
	source->next = *at;
	*at = source;
}

/* The first of @source and those behind it that @uri is below of. */
static const struct svc_source *source_of(const struct svc_source *source,
					  const char *uri)
{
	size_t n;

	for (; source; source = source->next) {
		n = strlen(source->prefix);
		if (!strncmp(uri, source->prefix, n) &&
		    (!uri[n] || uri[n] == '/'))
			break;
	}
	return source;
}

/**
 * svc_source_find - the source that a URI belongs to, or NULL
 *
 * The one with the longest prefix, in whatever order they were added.
 */
const struct svc_source *svc_source_find(const struct svc_site *site,
					 const char *uri)
{
	return source_of(site->sources, uri);
}

/**
 * svc_source_taking - the source whose operations a URI takes, or NULL
 * @allow: set to them, with GET and HEAD; may be NULL
 */
const struct svc_source *svc_source_taking(const struct svc_site *site,
					   const char *uri, const char **allow)
{
	const struct svc_source *source = source_of(site->sources, uri);
	const char *takes;

	for (; source; source = source_of(source->next, uri)) {
		takes = source->ops->allow ?
			source->ops->allow(source->ctx, uri) : NULL;
		if (takes && allow)
			*allow = takes;
		if (takes)
			break;
	}
	return source;
}

