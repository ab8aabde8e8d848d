// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is taken from the kernel's uevents, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/uevent.h"

#define PATH	"/devices/platform/ACPI0017:00/root0/dax0.0"

/* A copy that ends where the text does, for the sanitizer. */
static const char *parse(const char *text, size_t len)
{
	static char *copy;

	free(copy);
	copy = malloc(len ? len : 1);
	memcpy(copy, text, len);
	return uevent_parse(copy, len, "dax");
}

#define PARSE(text)	parse(text, sizeof(text))

static void test_parse(void **state)
{
	(void)state;
	assert_string_equal(PARSE("bind@" PATH "\0ACTION=bind\0"
				  "SUBSYSTEM=dax\0DRIVER=kmem"), PATH);
	assert_string_equal(PARSE("unbind@" PATH "\0SUBSYSTEM=dax"), PATH);
	assert_null(PARSE("bind@" PATH "\0SUBSYSTEM=daxes"));
	assert_null(PARSE("bind@" PATH "\0SUBSYSTEM=pci\0SUBSYSTEM=dax"));
	assert_null(PARSE("bind@" PATH "\0DEVPATH=SUBSYSTEM=dax"));
	assert_null(PARSE("bind@" PATH));
	assert_string_equal(uevent_parse("remove@/d\0SUBSYSTEM=x",
					 sizeof("remove@/d\0SUBSYSTEM=x"),
					 NULL), "/d");
}

static void test_nonsense(void **state)
{
	static const char text[] = "bind@" PATH "\0SUBSYSTEM=dax";

	(void)state;
	assert_null(parse("", 0));
	assert_null(PARSE(""));
	assert_null(PARSE("\0\0\0\0"));
	assert_null(PARSE("bind" PATH "\0SUBSYSTEM=dax"));
	assert_null(PARSE("bind@devices\0SUBSYSTEM=dax"));
	assert_null(PARSE("bind@\0SUBSYSTEM=dax"));
	assert_null(PARSE("libudev\0@/devices\0SUBSYSTEM=dax"));
	/* cut short, wherever */
	for (size_t len = 0; len < sizeof(text); len++)
		assert_null(parse(text, len));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
