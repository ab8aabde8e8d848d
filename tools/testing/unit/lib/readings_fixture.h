/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A published tree whose placeholders are filled from files of a test. */
#ifndef READINGS_FIXTURE_H
#define READINGS_FIXTURE_H

#include <jansson.h>

#include "model/model.h"
#include "tree/tree.h"

/**
 * struct readings_fixture - what a test of readings works with
 * @dir: stands for /sys; empty at first
 * @model: the host's nodes
 * @tree: published once from @model
 */
struct readings_fixture {
	char *dir;
	struct model *model;
	struct tree *tree;
};

/**
 * readings_fixture_new() - publish a model and have its placeholders filled
 * @model: becomes the fixture's
 *
 * Return: the fixture, to be freed with readings_fixture_free().
 */
struct readings_fixture *readings_fixture_new(struct model *model);
void readings_fixture_free(struct readings_fixture *f);

/** readings_fixture_publish() - project again; what tree_publish() returns */
int readings_fixture_publish(struct readings_fixture *f);

/**
 * readings_fixture_read() - read one resource as a client would
 *
 * Return: a tree of this resource alone, so that fix_int() and the like can be
 * asked; the caller's.
 */
json_t *readings_fixture_read(struct readings_fixture *f, const char *uri);

#endif
