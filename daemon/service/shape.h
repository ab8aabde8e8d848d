/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Resources in the shape that a query asks for. */
#ifndef FABMON_SVC_SHAPE_H
#define FABMON_SVC_SHAPE_H

#include <jansson.h>
#include <stddef.h>

#include "service/protocol/query.h"
#include "service/protocol/site.h"

json_t *svc_shape_page(const json_t *collection, const char *uri,
		       const struct svc_query *query);
json_t *svc_shape_expand(const struct svc_site *site, const json_t *resource,
			 const struct svc_query *query, size_t *count);
json_t *svc_shape_select(const json_t *resource, const char *select);

#endif /* FABMON_SVC_SHAPE_H */
