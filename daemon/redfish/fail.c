// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Running out of memory. */
#include "rf.h"

/**
 * rf_fail - fail the projection: out of memory
 * @in: object or array that something was to be put into, or NULL
 * @key: the property; NULL: a member of an array
 */
void rf_fail(struct rf *rf, const json_t *in, const char *key)
{
	rf->failed = true;
}
