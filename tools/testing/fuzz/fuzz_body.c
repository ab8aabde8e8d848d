// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The body of a change. */
#include <errno.h>

#include "fuzz.h"
#include "service/protocol/parse.h"

static int depth_of(const json_t *value)
{
	int depth = 0, below;
	const char *name;
	json_t *item;
	size_t i;

	json_object_foreach((json_t *)value, name, item) {
		below = 1 + depth_of(item);
		depth = below > depth ? below : depth;
	}
	json_array_foreach(value, i, item) {
		below = 1 + depth_of(item);
		depth = below > depth ? below : depth;
	}
	return depth;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = NULL;
	int r = svc_body_parse((const char *)data, size, &json);

	fuzz_assert(r == 0 || r == -EBADMSG || r == -EINVAL);
	fuzz_assert(!r == json_is_object(json));
	fuzz_assert(depth_of(json) <= SVC_DEPTH_MAX);
	json_decref(json);
	return 0;
}
