// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Identities of CXL regions: see region.h. Two regions cannot have the same
 * first address at a time, so the memory has one record for each address.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"
#include "util/error.h"

#define KEY_PREFIX	"cxl-region/"
#define KEY_LEN		40
#define SHAPE_LEN	1280		/* 16 devices, and the rest */
#define RECORD_LEN	2048
/* A device of a region that is not known, as long as its driver is away. */
#define UNKNOWN		"?"

/**
 * struct model_expected - a region that is about to be made
 * @made: it is the one at @start
 */
struct model_expected {
	char name[MODEL_REGION_NAME], connection[MODEL_REGION_NAME];
	char *window, *others;
	bool made;
	uint64_t start;
};

/**
 * struct record - what the memory has of a region
 * @text: what the members point into
 *
 * Members are "-" where they are not known.
 */
struct record {
	char text[RECORD_LEN];
	const char *birth, *ident, *uid, *shape, *path, *connection;
};

bool model_region_name_valid(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n && !name[n] && n < MODEL_REGION_NAME &&
	       strcmp(name, ".") && strcmp(name, "..");
}

const struct model_node *model_region_by_ident(const struct model *model,
					       const char *ident)
{
	const struct model_node *node;

	for (node = model_first(model); node; node = node->next)
		if (node->k.kind == FABMON_NODE_KIND_CXL_REGION &&
		    node->ident && !strcmp(node->ident, ident))
			return node;
	return NULL;
}

const struct model_node *model_region_by_connection(const struct model *model,
						    const char *name)
{
	const struct model_node *node;

	for (node = model_first(model); node; node = node->next)
		if (node->k.kind == FABMON_NODE_KIND_CXL_REGION &&
		    node->ident && !strcmp(node->connection ? node->connection :
					   node->ident, name))
			return node;
	return NULL;
}

static bool is_mapped(const struct model_node *region)
{
	return model_region_committed(region) &&
	       region->region.start != MODEL_NONE;
}

/* ---- shape -------------------------------------------------------------- */

/*
 * Window, range, ways and UUID, then the devices in their order. Return: length
 * of the first part; all devices are known unless UNKNOWN is in the second.
 */
static size_t shape_of(const struct model *model,
		       const struct model_node *region,
		       char shape[static SHAPE_LEN])
{
	const struct model_node *root = model_region_root(region), *memdev;
	const struct model_region *r = &region->region;
	size_t n, first, i;

	n = (size_t)snprintf(shape, SHAPE_LEN, "%" PRIx64 "/%" PRIx64
			     "/%" PRIx64 "/%u/%.40s:",
			     root ? root->decoder.start : MODEL_NONE, r->start,
			     r->size, r->ways,
			     r->uuid && *r->uuid ? r->uuid : "-");
	first = n;
	for (i = 0; i < r->n_targets && n < SHAPE_LEN; i++) {
		memdev = r->targets[i].decoder ?
			model_decoder_memdev(model, r->targets[i].decoder) :
			NULL;
		n += (size_t)snprintf(shape + n, SHAPE_LEN - n, ",%.62s",
				      memdev && memdev->ident ? memdev->ident :
								UNKNOWN);
	}
	return first;
}

/* As far as both are known. @first: what shape_of() returned for @shape. */
static bool shape_fits(const char *old, const char *shape, size_t first)
{
	if (!strcmp(old, shape))
		return true;
	return (strstr(old, UNKNOWN) || strstr(shape, UNKNOWN)) &&
	       !strncmp(old, shape, first);
}

/* ---- the memory --------------------------------------------------------- */

static void record_key(const struct model_node *region,
		       char key[static KEY_LEN])
{
	snprintf(key, KEY_LEN, KEY_PREFIX "%" PRIx64, region->region.start);
}

static bool record_parse(struct record *record)
{
	const char **const fields[] = {
		&record->birth, &record->ident, &record->uid, &record->shape,
		&record->path, &record->connection,
	};
	char *state = NULL, *at = record->text;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++, at = NULL) {
		*fields[i] = strtok_r(at, " ", &state);
		if (!*fields[i])
			return false;
	}
	return model_region_name_valid(record->ident) &&
	       model_region_name_valid(record->uid);
}

static bool record_get(const struct model *model,
		       const struct model_node *region, struct record *record)
{
	const struct model_memory *memory = &model->memory;
	char key[KEY_LEN];

	record_key(region, key);
	return memory->get && memory->get(key, record->text,
					  sizeof(record->text), memory->ctx) &&
	       record_parse(record);
}

static const char *text_or_none(const char *text)
{
	return text && *text ? text : "-";
}

static void record_put(const struct model *model,
		       const struct model_node *region)
{
	char key[KEY_LEN], text[RECORD_LEN];

	if (!model->memory.put || !region->ident || !region->uid ||
	    !region->shape)
		return;
	record_key(region, key);
	if (snprintf(text, sizeof(text), "%s %s %s %s %s %s",
		     text_or_none(region->region.birth), region->ident,
		     region->uid, region->shape,
		     text_or_none(region->k.path),
		     text_or_none(region->connection)) < (int)sizeof(text))
		model->memory.put(key, text, model->memory.ctx);
}

/* The part of a birth that is the boot's. */
static bool same_boot(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	return n == strcspn(b, "/") && !strncmp(a, b, n);
}

enum kinship { OTHER, SAME_OBJECT, SAME_SHAPE };

static enum kinship compare(const struct record *record,
			    const struct model_node *region,
			    const char *shape, size_t first)
{
	const char *birth = text_or_none(region->region.birth);
	bool known = strcmp(birth, "-") && strcmp(record->birth, "-");

	if (known && same_boot(record->birth, birth))
		return !strcmp(record->birth, birth) &&
		       shape_fits(record->shape, shape, first) ?
		       SAME_OBJECT : OTHER;
	return !strcmp(record->shape, shape) && !strstr(shape, UNKNOWN) ?
	       SAME_SHAPE : OTHER;
}

/* ---- giving ------------------------------------------------------------- */

static bool ident_taken(const struct model *model,
			const struct model_node *self, const char *ident)
{
	const struct model_node *node = model_region_by_ident(model, ident);

	return node && node != self;
}

static void text_set(char **text, const char *value)
{
	char *copy = strdup(value);

	free(*text);
	*text = copy;		/* NULL: the identity is given next time */
}

/* @name: "" or "-": the Connection is called as the region is. */
static void give_connection(const struct model *model,
			    struct model_node *region, const char *name)
{
	if (model_region_name_valid(name) && strcmp(name, "-") &&
	    !model_region_by_connection(model, name))
		text_set(&region->connection, name);
}

void model_region_connect(struct model *model, const char *ident,
			  const char *name)
{
	struct model_node *region;

	region = (struct model_node *)model_region_by_ident(model, ident);
	if (!region)
		return;
	give_connection(model, region, name);
	record_put(model, region);
}

static void give(struct model *model, struct model_node *region,
		 const char *ident, const char *uid, const char *shape)
{
	text_set(&region->uid, uid);
	text_set(&region->shape, shape);
	if (region->uid && region->shape)
		text_set(&region->ident, ident_taken(model, region, ident) ?
					 region->uid : ident);
	else
		model_ident_clear(region);
	record_put(model, region);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 1099511628211ull;
	return hash;
}

/* FNV-1a of what no other region is, folded. */
static uint32_t region_hash(const struct model_node *region, const char *shape)
{
	uint64_t hash = 14695981039346656037ull;

	hash = hash_text(hash, text_or_none(region->region.birth));
	hash = hash_text(hash, shape);
	return (uint32_t)(hash >> 32) ^ (uint32_t)hash;
}

static void make_uid(const struct model *model,
		     const struct model_node *region, const char *shape,
		     char uid[static MODEL_REGION_NAME])
{
	unsigned int n = 1;
	int len;

	len = snprintf(uid, MODEL_REGION_NAME, "%" PRIx64 "-%08" PRIx32,
		       region->region.start, region_hash(region, shape));
	/* one that is going and one that is coming can overlap for a moment */
	while (ident_taken(model, region, uid))
		snprintf(uid + len, MODEL_REGION_NAME - (size_t)len, "-%u",
			 n++);
}

/* ---- what is expected --------------------------------------------------- */

void model_region_failed(struct model *model)
{
	struct model_expected *expected = model->expected;

	model->expected = NULL;
	if (!expected)
		return;
	free(expected->window);
	free(expected->others);
	free(expected);
}

int model_region_expect(struct model *model, const char *name,
			const char *connection, const char *window,
			const char *others)
{
	struct model_expected *expected = calloc(1, sizeof(*expected));

	model_region_failed(model);
	model->expected = expected;
	if (expected) {
		snprintf(expected->name, sizeof(expected->name), "%s", name);
		snprintf(expected->connection, sizeof(expected->connection),
			 "%s", connection);
		expected->window = strdup(window);
		expected->others = strdup(others);
	}
	if (expected && expected->window && expected->others)
		return 0;
	model_region_failed(model);
	return error_origin(-ENOMEM, "%s: name of a region that is to be made",
			    window);
}

static bool is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);
	const char *at;

	for (at = list; (at = strstr(at, name)); at += n)
		if ((at == list || at[-1] == ' ') && at[n] == ' ')
			return true;
	return false;
}

static bool is_held(const struct model *model, const struct model_node *region)
{
	const struct model_expected *expected = model->expected;
	const struct model_node *root = model_region_root(region);

	return expected && !expected->made && root && root->k.name &&
	       region->k.name && !strcmp(root->k.name, expected->window) &&
	       !is_listed(expected->others, region->k.name);
}

static bool is_made(const struct model *model, const struct model_node *region)
{
	const struct model_expected *expected = model->expected;

	return expected && expected->made &&
	       expected->start == region->region.start;
}

/* Whether it is what its identity was given for; what is known now is noted. */
static bool is_named(struct model *model, struct model_node *region,
		     const char *shape, size_t first)
{
	if (!region->ident || is_made(model, region))
		return false;
	if (!strcmp(region->shape, shape))
		return true;
	if (!shape_fits(region->shape, shape, first))
		return false;
	if (!strstr(shape, UNKNOWN))
		give(model, region, region->ident, region->uid, shape);
	return true;
}

/* It is the one that was expected. */
static void name_made(struct model *model, struct model_node *region,
		      const struct record *record, const char *uid,
		      const char *shape)
{
	const struct model_expected *expected = model->expected;
	const char *ident = record ? record->ident : uid;

	give_connection(model, region, *expected->connection ?
			expected->connection :
			record ? record->connection : "");
	give(model, region, *expected->name ? expected->name : ident,
	     record ? record->uid : uid, shape);
	model_region_failed(model);
}

void model_identify_region(struct model *model, struct model_node *region)
{
	char shape[SHAPE_LEN], uid[MODEL_REGION_NAME];
	enum kinship kinship = OTHER;
	struct record record;
	size_t first;

	if (!is_mapped(region)) {
		model_ident_clear(region);
		return;
	}
	first = shape_of(model, region, shape);
	if (is_named(model, region, shape, first))
		return;
	if (record_get(model, region, &record))
		kinship = compare(&record, region, shape, first);
	model_ident_clear(region);
	make_uid(model, region, shape, uid);
	if (is_made(model, region)) {
		name_made(model, region, kinship == SAME_OBJECT ? &record :
								  NULL,
			  uid, shape);
	} else if (kinship == SAME_OBJECT ||
		   (kinship == SAME_SHAPE && !is_held(model, region))) {
		give_connection(model, region, record.connection);
		give(model, region, record.ident, record.uid, shape);
	} else if (!is_held(model, region)) {
		give(model, region, uid, uid, shape);
	}
}

void model_region_made(struct model *model, uint64_t start)
{
	struct model_node *node, *next;

	if (!model->expected)
		return;
	model->expected->made = true;
	model->expected->start = start;
	for (node = model_first(model); node; node = next) {
		next = node->next;
		if (node->k.kind == FABMON_NODE_KIND_CXL_REGION)
			model_identify_region(model, node);
	}
}

/* ---- the end ------------------------------------------------------------ */

/**
 * struct ending - regions that are to be forgotten
 * @keys: a blank after each; NULL: there are none
 */
struct ending {
	bool (*there)(const char *birth, const char *path, void *ctx);
	void *ctx;
	char *keys;
};

static void on_record(const char *key, const char *value, void *ctx)
{
	struct ending *ending = ctx;
	struct record record;
	char *keys;

	if (snprintf(record.text, sizeof(record.text), "%s", value) <
	    (int)sizeof(record.text) && record_parse(&record) &&
	    ending->there(record.birth, record.path, ending->ctx))
		return;
	if (asprintf(&keys, "%s%s ", ending->keys ? ending->keys : "",
		     key) < 0)
		return;		/* found again next time */
	free(ending->keys);
	ending->keys = keys;
}

void model_regions_end(struct model *model,
		       bool (*there)(const char *birth, const char *path,
				     void *ctx), void *ctx)
{
	const struct model_memory *memory = &model->memory;
	struct ending ending = { .there = there, .ctx = ctx };
	char *key, *state = NULL;

	if (!memory->each || !memory->put)
		return;
	memory->each(KEY_PREFIX, on_record, &ending, memory->ctx);
	key = ending.keys ? strtok_r(ending.keys, " ", &state) : NULL;
	for (; key; key = strtok_r(NULL, " ", &state))
		memory->put(key, NULL, memory->ctx);
	free(ending.keys);
}
