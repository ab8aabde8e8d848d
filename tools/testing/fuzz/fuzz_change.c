// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Requests to change a host that has everything: whatever is to be done is of
 * names that the kernel gave, and within bounds. Method and URI are the first
 * line, the body is the rest.
 */
#include <stdio.h>

#include "../unit/lib/fixture.h"
#include "fuzz.h"
#include "redfish/request.h"

static struct model *model;
static json_t *tree;

static void host_make(void)
{
	if (model)
		return;
	model = fix_all();
	tree = fix_project(model, &fix_alone);
}

static bool is_node(const char *name, enum fabmon_node_kind kind)
{
	return model_node_by_name(model, kind, name);
}

static void check_create(const struct rf_request *request)
{
	const struct action *action = &request->action;
	unsigned int i;

	fuzz_assert(is_node(action->root, FABMON_NODE_KIND_CXL_ROOT_DECODER));
	fuzz_assert(action->ways > 0 && action->ways <= ACTION_WAYS_MAX);
	fuzz_assert(action->size &&
		    action->size % (action->ways * (256ull << 20)) == 0);
	for (i = 0; i < action->ways; i++)
		fuzz_assert(is_node(action->memdevs[i],
				    FABMON_NODE_KIND_CXL_MEMDEV));
	fuzz_assert(strlen(request->member) < sizeof(request->member));
	fuzz_assert(!request->refusals.count);
}

static void check(const struct change *change, const struct rf_request *request)
{
	const char *allow = rf_request_methods(model, change->uri);

	fuzz_assert(allow && strstr(allow, change->method));
	fuzz_assert(request->refusals.count <= CHANGE_REFUSALS_MAX);
	if (!request->asked)
		return;
	switch (request->action.kind) {
	case ACTION_LINK:
		fuzz_assert(!strcmp(change->method, "PATCH"));
		fuzz_assert(request->action.ifindex);
		break;
	case ACTION_REGION_CREATE:
		fuzz_assert(!strcmp(change->method, "POST"));
		check_create(request);
		break;
	case ACTION_REGION_DELETE:
		fuzz_assert(!strcmp(change->method, "DELETE"));
		fuzz_assert(is_node(request->action.region,
				    FABMON_NODE_KIND_CXL_REGION));
		break;
	case ACTION_REGION_SETTLE:
		fuzz_assert(false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *line = fuzz_line(&in), *space = strchr(line, ' ');
	struct change change = { .method = line, .who = "fuzz" };
	struct rf_request request;
	json_t *body;

	host_make();
	if (space)
		*space = '\0';
	change.uri = space ? space + 1 : "";
	body = json_loadb((const char *)in.data, in.size, 0, NULL);
	/* the service refuses a body that is no object, and other methods */
	if (!strcmp(line, "DELETE") ||
	    (json_is_object(body) &&
	     (!strcmp(line, "PATCH") || !strcmp(line, "POST")))) {
		change.body = strcmp(line, "DELETE") ? body : NULL;
		if (!rf_request_parse(model, &change,
				      json_object_get(tree, change.uri),
				      &request))
			check(&change, &request);
	}
	json_decref(body);
	free(line);
	return 0;
}
