/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Resources of a site as a client is to see them. */
#ifndef FABMON_SVC_RESOURCE_H
#define FABMON_SVC_RESOURCE_H

#include <jansson.h>
#include <stdbool.h>

#define SVC_ALLOW_READ	"GET, HEAD"

struct svc_site;

json_t *svc_resource_get(const struct svc_site *site, const char *uri);
json_t *svc_resource_read(const struct svc_site *site, const char *uri,
			  char **etag);
char *svc_resource_etag(const struct svc_site *site, const char *uri);
const char *svc_resource_allow(const struct svc_site *site, const char *uri);
bool svc_is_collection(const json_t *resource);

#endif /* FABMON_SVC_RESOURCE_H */
