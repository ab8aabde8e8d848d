// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Where the schema of a type is. Those of Oem objects nobody else publishes:
 * they are data, in redfish/schema/, and part of the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol.h"
#include "schema.h"

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
 * svc_type_namespace - the namespace of a resource's type
 * @out: set to it: "Port.v1_14_0" for "#Port.v1_14_0.Port"
 *
 * Return: false if its @odata.type is no such type.
 */
bool svc_type_namespace(const json_t *resource, char out[SVC_NAMESPACE_MAX])
{
	const char *type = json_string_value(json_object_get(resource,
							     "@odata.type"));
	const char *end;
	size_t i;

	if (!type || *type != '#')
		return false;
	type++;
	end = strrchr(type, '.');
	if (!end || *type == '.' || end - type >= SVC_NAMESPACE_MAX)
		return false;
	for (i = 0; type + i < end; i++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_.", type[i]))
			return false;
		out[i] = type[i];
	}
	out[i] = '\0';
	return true;
}

/**
 * svc_schema_uri - the JSON schema that describes a resource
 *
 * Return: malloc()ed URI, or NULL if its type has none.
 */
char *svc_schema_uri(const json_t *resource)
{
	char namespace[SVC_NAMESPACE_MAX];
	char *uri;

	if (!svc_type_namespace(resource, namespace))
		return NULL;
	if (asprintf(&uri, SVC_SCHEMA_BASE "%s.json", namespace) < 0)
		return NULL;
	return uri;
}

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
 * svc_schema_references - write what $metadata has of them
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
