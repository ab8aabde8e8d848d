// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The schemas of Oem objects, which nobody else publishes. They are data, in
 * redfish/schema/, and part of the program.
 */
#include <string.h>

#include "svc.h"

#define SCHEMAS		SVC_PREFIX "/Schemas/"

/* As text with a NUL; the path is from where make runs. */
#define INCLUDE_TEXT(symbol, path) \
	extern const char symbol[]; \
	__asm__(".pushsection .rodata\n" \
		".globl " #symbol "\n" \
		#symbol ":\n" \
		".incbin \"" path "\"\n" \
		".byte 0\n" \
		".popsection\n")

INCLUDE_TEXT(svc_schema_fabmon, "daemon/redfish/schema/Fabmon_v1.xml");
INCLUDE_TEXT(svc_schema_sunfish,
	     "daemon/redfish/schema/SunfishExtensions_v1.xml");

static const struct schema {
	const char *namespace;
	const char *uri;
	const char *text;
} schemas[] = {
	{ "Fabmon", SCHEMAS "Fabmon_v1.xml", svc_schema_fabmon },
	{ "SunfishExtensions", SCHEMAS "SunfishExtensions_v1.xml",
	  svc_schema_sunfish },
};

#define N_SCHEMAS	(sizeof(schemas) / sizeof(schemas[0]))

/**
 * svc_schema_text - the schema at a path, or NULL if there is none
 */
const char *svc_schema_text(const char *path)
{
	size_t i;

	for (i = 0; i < N_SCHEMAS; i++)
		if (!strcmp(path, schemas[i].uri))
			return schemas[i].text;
	return NULL;
}

/**
 * svc_schema_references - what $metadata says of them
 */
void svc_schema_references(FILE *out)
{
	size_t i;

	for (i = 0; i < N_SCHEMAS; i++)
		fprintf(out, "  <edmx:Reference Uri=\"%s\">\n"
			"    <edmx:Include Namespace=\"%s\"/>\n"
			"    <edmx:Include Namespace=\"%s.v1_0_0\"/>\n"
			"  </edmx:Reference>\n", schemas[i].uri,
			schemas[i].namespace, schemas[i].namespace);
}
