/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Schemas: where those of the DMTF are, and those of Oem objects. */
#ifndef FABMON_SVC_SCHEMA_H
#define FABMON_SVC_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define SVC_SCHEMA_BASE	"http://redfish.dmtf.org/schemas/v1/"
#define SVC_NAMESPACE_MAX	128	/* bytes of a namespace with its NUL */

bool svc_type_namespace(const json_t *resource, char out[SVC_NAMESPACE_MAX]);
char *svc_schema_uri(const json_t *resource);
const char *svc_schema_text(const char *path);
void svc_schema_references(FILE *out);

#endif /* FABMON_SVC_SCHEMA_H */
