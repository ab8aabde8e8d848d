/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Running out of memory in Jansson, after so many allocations. */
#ifndef FABMON_TEST_JSON_MEMORY_H
#define FABMON_TEST_JSON_MEMORY_H

#include <stddef.h>

/* From now on @n of Jansson's allocations succeed, and all others fail. */
void json_memory_limit(size_t n);
/* All succeed again. Return: how many did since json_memory_limit(). */
size_t json_memory_restore(void);

#endif /* FABMON_TEST_JSON_MEMORY_H */
