// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A test module; see README.md. */
#include <linux/module.h>

static int __init mock_ib_init(void)
{
	return 0;
}

static void __exit mock_ib_exit(void)
{
}

module_init(mock_ib_init);
module_exit(mock_ib_exit);

MODULE_DESCRIPTION("For the tests of fabmon");
MODULE_LICENSE("Dual BSD/GPL");
