// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Running out of memory in Jansson, after so many allocations. */
#include <jansson.h>
#include <stdlib.h>

#include "json_memory.h"

static size_t left, done;

static void *take(size_t size)
{
	if (!left)
		return NULL;
	left--;
	done++;
	return malloc(size);
}

void json_memory_limit(size_t n)
{
	left = n;
	done = 0;
	json_set_alloc_funcs(take, free);
}

size_t json_memory_restore(void)
{
	json_set_alloc_funcs(malloc, free);
	return done;
}
