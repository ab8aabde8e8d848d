// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A test module; see README.md. */
#include <linux/module.h>

static int __init mock_cxl_init(void)
{
	return 0;
}

static void __exit mock_cxl_exit(void)
{
}

module_init(mock_cxl_init);
module_exit(mock_cxl_exit);

MODULE_DESCRIPTION("For the tests of fabmon");
MODULE_LICENSE("Dual BSD/GPL");
