// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What an OFMF answers: JSON of any shape. */
#include "fuzz.h"
#include "ofmf/priv.h"
#include "site.h"

static void answer(const json_t *json, const struct tree *tree)
{
	static const char uri[] = "/redfish/v1/Systems";
	json_t *ours = ofmf_reachable(tree, uri);
	json_t *theirs = ofmf_accessed(json, tree);
	char *id;

	fuzz_assert(ours && theirs);
	fuzz_assert(ofmf_missing(ours, tree, theirs, NULL, NULL) <=
		    json_object_size(ours));
	json_decref(ours);
	json_decref(theirs);
	id = ofmf_source_id(json);
	fuzz_assert(!id || ofmf_context_valid(id));
	free(id);
	ofmf_source_ours(json, "/redfish/v1/m", "http://h:1");
	ofmf_host_same(json, "http://h:1");
	ofmf_resource_same(tree_get(tree, uri), json, NULL);
	ofmf_resource_same(json, tree_get(tree, uri), NULL);
	fuzz_assert(ofmf_resource_same(json, json, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const struct tree *tree = fuzz_site()->tree;
	json_t *json;
	char *text;

	json = json_loadb((const char *)data, size, 0, NULL);
	if (json)
		answer(json, tree);
	json_decref(json);
	text = fuzz_text(&in, size);
	ofmf_context_valid(text);
	free(ofmf_url_public(text));
	free(text);
	return 0;
}
