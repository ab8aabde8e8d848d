// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A query, of the root, of a collection and of a system. */
#include "../unit/lib/fixture.h"
#include "service/protocol/protocol.h"
#include "service/protocol/query.h"
#include "service/protocol/resource.h"
#include "service/shape.h"
#include "fuzz.h"
#include "site.h"

static const char *const uris[] = {
	SVC_ROOT, RF_PREFIX "/Systems", FIX_SYSTEM, FIX_CHASSIS "/PCIeDevices",
};

static void shape(const struct svc_site *site, const char *uri,
		  const struct svc_query *query)
{
	json_t *from = svc_resource_get(site, uri), *to;
	size_t count = 0;

	if (svc_query_fits(query, from) && query->has_top) {
		to = svc_shape_page(from, uri, query);
		json_decref(from);
		from = to;
		fuzz_assert(json_array_size(json_object_get(from, "Members")) <=
			    query->top);
	}
	if (query->expand) {
		to = svc_shape_expand(site, from, query, &count);
		fuzz_assert(count <= SVC_EXPAND_MAX);
		if (to) {
			json_decref(from);
			from = to;
		}
	}
	to = svc_shape_select(from, query->select);
	fuzz_assert(to);
	fuzz_assert(json_equal(json_object_get(from, "@odata.id"),
			       json_object_get(to, "@odata.id")));
	json_decref(to);
	json_decref(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const struct svc_site *site = fuzz_site();
	struct svc_query query;
	json_t *error;
	char *text;
	size_t i;

	if (size >= SVC_QUERY_MAX)
		return -1;
	text = fuzz_text(&in, size);
	if (svc_query_parse(&query, text)) {
		fuzz_assert(query.status == 400 || query.status == 501);
		error = svc_query_error(&query);
		fuzz_assert(json_object_get(error, "error"));
		json_decref(error);
	} else {
		for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
			shape(site, uris[i], &query);
		fuzz_site_check();
	}
	free(text);
	return 0;
}
