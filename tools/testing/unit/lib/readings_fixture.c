// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A published tree whose placeholders are filled from files of a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fixture.h"
#include "readings_fixture.h"
#include "tempdir.h"
#include "tree/readings.h"

static int on_fill(const char *uri, json_t *resource, void *ctx)
{
	struct readings_fixture *f = ctx;

	return readings_fill(f->model, f->dir, uri, resource);
}

int readings_fixture_publish(struct readings_fixture *f)
{
	return tree_publish(f->tree, fix_project(f->model, &fix_alone), 0);
}

struct readings_fixture *readings_fixture_new(struct model *model)
{
	struct readings_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->dir = tempdir_make();
	f->model = model;
	f->tree = tree_new();
	tree_set_filler(f->tree, on_fill, f);
	assert_true(readings_fixture_publish(f) > 0);
	return f;
}

void readings_fixture_free(struct readings_fixture *f)
{
	tree_free(f->tree);
	model_free(f->model);
	tempdir_remove(f->dir);
	free(f);
}

json_t *readings_fixture_read(struct readings_fixture *f, const char *uri)
{
	json_t *resource = tree_read(f->tree, uri);

	assert_non_null(resource);
	return json_pack("{s:o}", uri, resource);
}
