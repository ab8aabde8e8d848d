// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Accounts and privileges without a service: the file's lines, and the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "service/access/account.h"
#include "service/access/privilege.h"

static void test_privileges(void **state)
{
	static const struct {
		const char *type, *method;
		unsigned int needed;
	} cases[] = {
		{ "#Port.v1_14_0.Port", "GET", SVC_MAY_LOGIN },
		{ "#Port.v1_14_0.Port", "PATCH", SVC_MAY_COMPONENTS },
		{ "#PortCollection.PortCollection", "POST", SVC_MAY_COMPONENTS },
		{ "#Session.v1_8_0.Session", "GET",
		  SVC_MAY_MANAGER | SVC_MAY_SELF },
		{ "#SessionCollection.SessionCollection", "GET", SVC_MAY_LOGIN },
		{ "#EventDestinationCollection.EventDestinationCollection",
		  "POST", SVC_MAY_MANAGER | SVC_MAY_COMPONENTS },
		{ "#EventDestination.v1_16_0.EventDestination", "DELETE",
		  SVC_MAY_MANAGER | SVC_MAY_SELF },
		{ "#EventService.v1_12_0.EventService", "POST", SVC_MAY_MANAGER },
		{ "#LogEntryCollection.LogEntryCollection", "DELETE",
		  SVC_MAY_MANAGER },
		{ "#ManagerAccount.v1_14_1.ManagerAccount", "HEAD",
		  SVC_MAY_MANAGER | SVC_MAY_USERS | SVC_MAY_SELF },
		{ NULL, "GET", SVC_MAY_LOGIN }, { NULL, "POST", SVC_MAY_MANAGER },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(svc_privilege_needed(cases[i].type,
						      cases[i].method),
				 cases[i].needed);
}

static void test_accounts_file(void **state)
{
	static const char *const cases[][2] = {
		{ "", "line 1: there is no account" },
		{ "# nothing\n\n", "line 2: there is no account" },
		{ "a:*\n", "line 1: a line is NAME:HASH:ROLE" },
		{ "a:*:Operator:x\n", "a line is NAME:HASH:ROLE" },
		{ "\na\n", "line 2: a line is" },
		{ ":*:Operator\n", "a name has 1 to 63" },
		{ ".a:*:Operator\n", "no '.' first" },
		{ "a/b:*:Operator\n", "a name has" },
		{ "a b:*:Operator\n", "a name has" },
		{ "a:*:Boss\n", "a role is Administrator" },
		{ "a:*:operator\n", "a role is Administrator" },
		{ "a:*:Operator\na:*:ReadOnly\n", "line 2: there is an account 'a' already" },
		{ "a::Operator\n", "no hash of crypt(5)" },
		{ "a:secret:Operator\n", "of a weak kind" },
		{ "a:$1$abcdefgh$0123456789012345678901:Operator\n", "weak kind" },
		{ "a:$9$x:Operator\n", "no hash of crypt(5)" },
	};
	struct svc_accounts *accounts = calloc(1, sizeof(*accounts));
	char error[256], text[600] = "a:";
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(accounts, 0, sizeof(*accounts));
		assert_int_equal(svc_accounts_parse(accounts, cases[i][0],
				 strlen(cases[i][0]), error, sizeof(error)),
				 -EBADMSG);
		if (!strstr(error, cases[i][1]))
			fail_msg("'%s' is not in '%s'", cases[i][1], error);
		assert_null(strstr(error, "secret"));
	}
	memset(text + 2, '$', 500);
	assert_int_equal(svc_accounts_parse(accounts, text, strlen(text), error,
					    sizeof(error)), -EBADMSG);
	assert_int_equal(svc_accounts_parse(accounts, "a:*\0:Operator", 13,
					    error, sizeof(error)), -EBADMSG);
	memset(accounts, 0, sizeof(*accounts));
	/* without a line feed at the end, or with those of other systems */
	assert_int_equal(svc_accounts_parse(accounts,
			 "a:*:Operator\r\nb:*:ReadOnly", 26, error,
			 sizeof(error)), 0);
	assert_int_equal(accounts->count, 2);
	assert_int_equal(svc_account_find(accounts, "b")->role, SVC_READ_ONLY);
	assert_null(svc_account_find(accounts, "c"));
	free(accounts);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_accounts_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
