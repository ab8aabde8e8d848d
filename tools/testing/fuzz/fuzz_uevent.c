// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A uevent of the kernel, or of somebody who pretends to be it. */
#include "kernel/uevent.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *text = fuzz_text(&in, size);
	const char *path = uevent_parse(text, size, "dax");

	fuzz_assert(!path || (path > text && path < text + size));
	fuzz_assert(!path || *path == '/');
	free(text);
	return 0;
}
