/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Documents that are about the tree and not in it. */
#ifndef FABMON_SVC_DOCUMENT_H
#define FABMON_SVC_DOCUMENT_H

#include <jansson.h>

#include "tree/tree.h"

struct svc_site;

json_t *svc_document_versions(void);
json_t *svc_document_service(const struct tree *tree);
char *svc_document_metadata(const struct svc_site *site);

#endif /* FABMON_SVC_DOCUMENT_H */
