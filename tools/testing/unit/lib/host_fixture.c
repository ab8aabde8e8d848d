// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <stdlib.h>

#include "host_fixture.h"

int host_fixture_setup(void **state)
{
	struct host_fixture *f = calloc(1, sizeof(*f));

	f->dir = tempdir_make();
	f->model = model_new();
	*state = f;
	return 0;
}

int host_fixture_teardown(void **state)
{
	struct host_fixture *f = *state;

	model_free(f->model);
	tempdir_remove(f->dir);
	free(f);
	return 0;
}
