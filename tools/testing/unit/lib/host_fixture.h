/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the tests of host/ share: files below a directory, and an empty model. */
#ifndef FABMON_TEST_HOST_FIXTURE_H
#define FABMON_TEST_HOST_FIXTURE_H

#include "model/model.h"
#include "tempdir.h"

/**
 * struct host_fixture - the files and the model of a test
 * @dir: the root of sysfs; host_fixture_teardown() removes it
 * @model: host_fixture_teardown() frees it
 * @port: for the test
 */
struct host_fixture {
	char *dir;
	struct model *model;
	struct model_node *port;
};

/* For cmocka: the state is a struct host_fixture. */
int host_fixture_setup(void **state);
int host_fixture_teardown(void **state);

#endif /* FABMON_TEST_HOST_FIXTURE_H */
