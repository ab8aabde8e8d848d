// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Documents that are about the tree and not in it: versions, the OData
 * service document, $metadata (DSP0266, "OData").
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svc.h"

#define SCHEMA_BASE	"http://redfish.dmtf.org/schemas/v1/"
#define TYPE_MAX	128
/* Newest ServiceRoot whose CSDL has a container and that is in wide use. */
#define CONTAINER_SCHEMA "ServiceRoot.v1_16_0"

/**
 * svc_document_versions - the body of /redfish
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_document_versions(void)
{
	return json_pack("{s:s}", "v1", SVC_ROOT);
}

static void service_add(json_t *value, const char *name, const json_t *link)
{
	json_t *id = json_object_get(link, "@odata.id");

	if (!json_is_string(id) || json_object_size(link) != 1)
		return;
	json_array_append_new(value, json_pack("{s:s, s:s, s:O}", "name", name,
					       "kind", "Singleton", "url", id));
}

/**
 * svc_document_service - the body of /redfish/v1/odata
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_document_service(const struct tree *tree)
{
	const json_t *root = tree_get(tree, SVC_ROOT);
	json_t *value = json_array();
	const char *name;
	json_t *link;

	json_array_append_new(value, json_pack("{s:s, s:s, s:s}",
					       "name", "Service",
					       "kind", "Singleton",
					       "url", SVC_ROOT));
	json_object_foreach((json_t *)root, name, link)
		service_add(value, name, link);
	json_object_foreach(json_object_get(root, "Links"), name, link)
		service_add(value, name, link);
	return json_pack("{s:s, s:o}",
			 "@odata.context", SVC_PREFIX "/$metadata",
			 "value", value);
}

/* "#Port.v1_14_0.Port" gives "Port.v1_14_0"; false if it is no such type. */
static bool type_namespace(const json_t *resource, char out[static TYPE_MAX])
{
	const char *type = json_string_value(json_object_get(resource,
							     "@odata.type"));
	const char *end;
	size_t i;

	if (!type || *type != '#')
		return false;
	type++;
	end = strrchr(type, '.');
	if (!end || end == type || end - type >= TYPE_MAX)
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
	char namespace[TYPE_MAX];
	char *uri;

	if (!type_namespace(resource, namespace))
		return NULL;
	if (asprintf(&uri, SCHEMA_BASE "%s.json", namespace) < 0)
		return NULL;
	return uri;
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void metadata_references(FILE *out, char (*names)[TYPE_MAX], size_t n)
{
	char open[TYPE_MAX] = "";
	size_t i;

	for (i = 0; i < n; i++) {
		size_t len = strcspn(names[i], ".");

		if (i && !strcmp(names[i], names[i - 1]))
			continue;
		if (strlen(open) != len || strncmp(open, names[i], len)) {
			if (*open)
				fputs("  </edmx:Reference>\n", out);
			snprintf(open, sizeof(open), "%.*s", (int)len,
				 names[i]);
			fprintf(out, "  <edmx:Reference Uri=\"" SCHEMA_BASE
				"%s_v1.xml\">\n", open);
			fprintf(out, "    <edmx:Include Namespace=\"%s\"/>\n",
				open);
		}
		if (names[i][len])
			fprintf(out, "    <edmx:Include Namespace=\"%s\"/>\n",
				names[i]);
	}
	if (*open)
		fputs("  </edmx:Reference>\n", out);
}

static void metadata_write(FILE *out, char (*names)[TYPE_MAX], size_t n)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\""
	      " Version=\"4.0\">\n", out);
	metadata_references(out, names, n);
	fputs("  <edmx:Reference Uri=\"" SCHEMA_BASE
	      "RedfishExtensions_v1.xml\">\n"
	      "    <edmx:Include Namespace=\"RedfishExtensions.v1_0_0\""
	      " Alias=\"Redfish\"/>\n"
	      "  </edmx:Reference>\n"
	      "  <edmx:DataServices>\n"
	      "    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\""
	      " Namespace=\"Service\">\n", out);
	fputs("      <EntityContainer Name=\"Service\""
	      " Extends=\"" CONTAINER_SCHEMA ".ServiceContainer\"/>\n"
	      "    </Schema>\n"
	      "  </edmx:DataServices>\n"
	      "</edmx:Edmx>\n", out);
}

/**
 * svc_document_metadata - the body of /redfish/v1/$metadata
 *
 * References the schema of every resource in the tree. Return: malloc()ed
 * XML, or NULL without memory.
 */
char *svc_document_metadata(const struct tree *tree)
{
	const json_t *all = tree_all(tree);
	char (*names)[TYPE_MAX] = NULL;
	size_t n = 0, size = 0;
	char *text = NULL;
	const char *uri;
	json_t *value;
	FILE *out;

	names = calloc(json_object_size(all) + 1, sizeof(*names));
	if (!names)
		return NULL;
	strcpy(names[n++], CONTAINER_SCHEMA);
	json_object_foreach((json_t *)all, uri, value)
		if (type_namespace(value, names[n]))
			n++;
	qsort(names, n, sizeof(*names), name_compare);
	out = open_memstream(&text, &size);
	if (out) {
		metadata_write(out, names, n);
		if (fclose(out)) {
			free(text);
			text = NULL;
		}
	}
	free(names);
	return text;
}
