/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A site with the tree of a host that has everything. */
#ifndef FABMON_FUZZ_SITE_H
#define FABMON_FUZZ_SITE_H

#include "service/protocol/site.h"

struct svc_site *fuzz_site(void);
/* Nothing has written to the tree. Looks every now and then only. */
void fuzz_site_check(void);

#endif /* FABMON_FUZZ_SITE_H */
