// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A request, from its text to the answer: "METHOD TARGET", headers, an empty
 * line, a body. What libmicrohttpd does before is fuzz_http's.
 */
#include "service/handle.h"
#include "request.h"
#include "site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct svc_site *site = fuzz_site();
	struct svc_reply reply = { 0 };
	struct fuzz_request r;

	fuzz_request_read(&in, &r);
	svc_handle(site, &r.request, &reply);
	fuzz_reply_check(&reply);
	svc_reply_clear(&reply);
	fuzz_site_check();
	fuzz_request_clear(&r);
	return 0;
}
