// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Looking into projected trees, and having them validated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fixture_state.h"
#include "tree/tree.h"

json_t *fix_project(struct model *model, const struct rf_agent *agent)
{
	json_t *tree;

	model_identify(model);
	tree = rf_project(model, agent);
	assert_non_null(tree);
	return tree;
}

json_t *fix_decorated(json_t *tree, const struct rf_view *view)
{
	json_t *decorated = json_object(), *resource;
	const char *uri;

	json_object_foreach(tree, uri, resource)
		json_object_set_new(decorated, uri,
				    rf_view_decorate(view, uri, resource));
	resource = rf_view_decorate(view, RF_SUBSCRIPTION_URI, NULL);
	assert_int_equal(json_object_set_new(decorated, RF_SUBSCRIPTION_URI,
					     resource), 0);
	json_decref(tree);
	return decorated;
}

const json_t *fix_at(const json_t *tree, const char *uri, const char *path)
{
	const json_t *json = json_object_get(tree, uri);
	char copy[256], *rest = copy, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	while (json && (key = strsep(&rest, "/")))
		json = json_is_array(json) ?
		       json_array_get(json, strtoul(key, NULL, 10)) :
		       json_object_get(json, key);
	return json;
}

const char *fix_str(const json_t *tree, const char *uri, const char *path)
{
	const json_t *json = fix_at(tree, uri, path);

	if (!json_is_string(json))
		fail_msg("%s has no string at %s", uri, path);
	return json_string_value(json);
}

json_int_t fix_int(const json_t *tree, const char *uri, const char *path)
{
	const json_t *json = fix_at(tree, uri, path);

	if (!json_is_integer(json))
		fail_msg("%s has no integer at %s", uri, path);
	return json_integer_value(json);
}

bool fix_links(const json_t *tree, const char *uri, const char *path,
	       const char *to)
{
	const json_t *list = fix_at(tree, uri, path);
	const char *id;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		id = json_string_value(json_object_get(json_array_get(list, i),
						       "@odata.id"));
		if (id && !strcmp(id, to))
			return true;
	}
	return false;
}

/* Where validate.py is and can run. Python takes longer to start than to answer. */
static const char *schemas(void)
{
	static const char *found;
	const char *dir = getenv("REDFISH_SCHEMAS");
	char path[256];

	if (found)
		return found;
	if (!dir || !*dir)
		dir = "../shared/redfish";
	snprintf(path, sizeof(path), "%s/validate.py", dir);
	if (!access(path, R_OK) &&
	    !system("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null"))
		return found = dir;
	fprintf(stderr,
		"not validated: no %s, or no jsonschema (REDFISH_SCHEMAS)\n",
		path);
	return NULL;
}

static int validate(const char *options, const char *path)
{
	const char *dir = schemas();
	char command[1024];

	if (!dir)
		return -1;
	snprintf(command, sizeof(command),
		 "/usr/bin/python3 '%s/validate.py' %s '%s' >'%s.out' 2>&1 || "
		 "{ cat '%s.out' >&2; exit 1; }",
		 dir, options, path, path, path);
	return system(command) ? 1 : 0;
}

int fix_validate_tree(const json_t *resources)
{
	char dir[] = "/tmp/fabmon-tree.XXXXXX", command[128];
	struct tree *tree = tree_new();
	int ret;

	assert_non_null(mkdtemp(dir));
	assert_true(tree_publish(tree, json_deep_copy(resources), 0) > 0);
	assert_int_equal(tree_dump(tree, dir), 0);
	tree_free(tree);
	ret = validate("--links", dir);
	snprintf(command, sizeof(command), "rm -rf %s %s.out", dir, dir);
	assert_int_equal(system(command), 0);
	return ret;
}

int fix_validate_doc(const json_t *doc)
{
	char path[] = "/tmp/fabmon-doc.XXXXXX", out[64];
	int fd = mkstemp(path), ret;

	assert_true(fd >= 0);
	assert_int_equal(json_dumpfd(doc, fd, JSON_INDENT(2)), 0);
	close(fd);
	ret = validate("", path);
	snprintf(out, sizeof(out), "%s.out", path);
	unlink(path);
	unlink(out);
	return ret;
}

int fix_setup(void **state)
{
	static struct fixture f;

	f.model = fix_all();
	f.tree = fix_project(f.model, &fix_alone);
	*state = &f;
	return 0;
}

int fix_teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->tree);
	model_free(f->model);
	return 0;
}

const json_t *fix_tree_of(void **state)
{
	return ((struct fixture *)*state)->tree;
}
