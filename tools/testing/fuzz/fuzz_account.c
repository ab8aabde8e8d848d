// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* An accounts file. */
#include <errno.h>

#include "fuzz.h"
#include "service/svc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct svc_accounts *accounts = calloc(1, sizeof(*accounts));
	char error[256] = "";
	size_t i;
	int r;

	fuzz_assert(accounts);
	r = svc_accounts_parse(accounts, (const char *)data, size, error,
			       sizeof(error));
	fuzz_assert(!r || r == -EBADMSG);
	fuzz_assert(!r == !*error);
	fuzz_assert(*accounts->decoy);
	for (i = 0; !r && i < accounts->count; i++) {
		const struct svc_account *a = &accounts->account[i];

		fuzz_assert(*a->name && !strpbrk(a->name, ":/%?# \r\n"));
		fuzz_assert(*a->hash);
		fuzz_assert(a->role < SVC_ROLES);
		fuzz_assert(svc_account_find(accounts, a->name) == a);
	}
	free(accounts);
	return 0;
}
