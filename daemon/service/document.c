// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Documents that are about the tree and not in it: the versions of the protocol,
 * the OData service document, and $metadata (DSP0266, "OData").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/protocol/message.h"
#include "service/protocol/protocol.h"
#include "service/protocol/schema.h"
#include "service/protocol/site.h"
#include "service/protocol/source.h"
#include "document.h"

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

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The namespaces of a value's types. What is in Oem is of other schemas. */
static void types_collect(json_t *names, const json_t *value)
{
	char name[SVC_NAMESPACE_MAX];
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_object(value) && svc_type_namespace(value, name))
		json_object_set_new(names, name, json_true());
	json_object_foreach((json_t *)value, key, item)
		if (strcmp(key, "Oem"))
			types_collect(names, item);
	json_array_foreach(value, i, item)
		types_collect(names, item);
}

/* Those of all that is served, as the keys of an object. */
static json_t *types_served(const struct svc_site *site)
{
	json_t *names = json_pack("{s:b, s:b}", CONTAINER_SCHEMA, true,
				  SVC_MESSAGE_TYPE, true);
	const struct svc_source *source;
	const char *const *type;

	types_collect(names, tree_all(site->tree));
	for (source = site->sources; source; source = source->next)
		for (type = source->ops->types; type && *type; type++)
			json_object_set_new(names, *type, json_true());
	return names;
}

/* Sorted; one reference to a schema includes all of its versions. */
static void metadata_references(FILE *out, const char **names, size_t n)
{
	size_t i, len, open = 0;

	for (i = 0; i < n; i++) {
		len = strcspn(names[i], ".");
		if (open != len || strncmp(names[i - 1], names[i], len)) {
			if (open)
				fputs("  </edmx:Reference>\n", out);
			open = len;
			fprintf(out, "  <edmx:Reference Uri=\"" SVC_SCHEMA_BASE
				"%.*s_v1.xml\">\n", (int)len, names[i]);
			fprintf(out, "    <edmx:Include Namespace=\"%.*s\"/>\n",
				(int)len, names[i]);
		}
		if (names[i][len])
			fprintf(out, "    <edmx:Include Namespace=\"%s\"/>\n",
				names[i]);
	}
	if (open)
		fputs("  </edmx:Reference>\n", out);
}

static void metadata_write(FILE *out, const char **names, size_t n)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\""
	      " Version=\"4.0\">\n", out);
	metadata_references(out, names, n);
	svc_schema_references(out);
	fputs("  <edmx:Reference Uri=\"" SVC_SCHEMA_BASE
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
 * References the schema of every type in the tree, of what sources say that
 * they have, and of error bodies. Return: malloc()ed XML, or NULL without
 * memory.
 */
char *svc_document_metadata(const struct svc_site *site)
{
	json_t *types = types_served(site), *value;
	size_t n = 0, size = 0;
	const char **names;
	char *text = NULL;
	const char *name;
	FILE *out;

	names = calloc(json_object_size(types) + 1, sizeof(*names));
	out = names ? open_memstream(&text, &size) : NULL;
	if (out) {
		json_object_foreach(types, name, value)
			names[n++] = name;
		qsort(names, n, sizeof(*names), name_compare);
		metadata_write(out, names, n);
		if (fclose(out)) {
			free(text);
			text = NULL;
		}
	}
	free(names);
	json_decref(types);
	return text;
}
