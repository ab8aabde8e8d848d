// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Values of headers, one a line, and targets. */
#include "fuzz.h"
#include "service/protocol/parse.h"

static void target(const char *text)
{
	struct svc_target target, again;

	if (svc_target_parse(&target, text))
		return;
	fuzz_assert(*target.path == '/');
	fuzz_assert(strlen(target.path) < sizeof(target.path));
	fuzz_assert(strlen(target.query) < sizeof(target.query));
	fuzz_assert(!strstr(target.path, "//"));
	/* What needs no decoding means the same again. */
	if (strpbrk(target.path, "%?#"))
		return;
	fuzz_assert(!svc_target_parse(&again, target.path));
	fuzz_assert(again.kind == target.kind);
	fuzz_assert(!strcmp(again.path, target.path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *text;

	while (in.size) {
		text = fuzz_line(&in);
		svc_header_accepts(text, "json");
		svc_header_is_json(text);
		svc_header_is_identity(text);
		svc_etag_matches(text, "\"a-1\"", true);
		svc_etag_matches(text, "\"a-1\"", false);
		target(text);
		free(text);
	}
	return 0;
}
