// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* An accounts file. */
#include <errno.h>

#include "fuzz.h"
#include "service/access/account.h"

static void check(const struct svc_accounts *accounts)
{
	size_t i;

	fuzz_assert(accounts->count && accounts->count <= SVC_ACCOUNTS_MAX);
	for (i = 0; i < accounts->count; i++) {
		const struct svc_account *a = &accounts->account[i];

		fuzz_assert(*a->name && !strpbrk(a->name, "/:%?# \r\n"));
		fuzz_assert(svc_account_find(accounts, a->name) == a);
		fuzz_assert(a->role < SVC_ROLES);
		/* nothing that crypt(3) returns for no password */
		fuzz_assert(a->hash[0] != '*' || !a->hash[1]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct svc_accounts *accounts = calloc(1, sizeof(*accounts));
	char error[256] = "";
	int r;

	fuzz_assert(accounts);
	r = svc_accounts_parse(accounts, (const char *)data, size, error,
			       sizeof(error));
	fuzz_assert(!r || r == -EBADMSG);
	fuzz_assert(!r == !*error);
	if (!r)
		check(accounts);
	free(accounts);
	return 0;
}
