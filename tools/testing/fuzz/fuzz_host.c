// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Texts of firmware and sysfs, one a line. */
#include <uuid/uuid.h>

#include "fuzz.h"
#include "host/host.h"
#include "host/priv.h"
#include "host/sysfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char uuid[37], *text;
	uint64_t number;
	uuid_t value;

	while (in.size) {
		text = fuzz_line(&in);
		host_is_filler(text);
		if (host_parse_uuid(text, uuid))
			fuzz_assert(!uuid_parse(uuid, value));
		sysfs_parse_number(text, 0, &number);
		sysfs_parse_number(text, 10, &number);
		sysfs_parse_number(text, 16, &number);
		fuzz_assert(sysfs_parse_gen(text) < 16);
		free(text);
	}
	return 0;
}
