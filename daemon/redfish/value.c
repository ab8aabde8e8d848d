// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Values of resources: set what is known, leave out what is not. */
#include <ctype.h>
#include <string.h>

#include "rf.h"
#include "text.h"
#include "value.h"

/**
 * rf_known - whether a size or address of the model is known
 */
bool rf_known(uint64_t value)
{
	return value != MODEL_NONE;
}

/**
 * rf_odata_id - URI of a resource, or NULL
 */
const char *rf_odata_id(const json_t *resource)
{
	return json_string_value(json_object_get(resource, "@odata.id"));
}

/**
 * rf_set - set a property; takes the reference to @value
 *
 * A NULL @value is one that could not be allocated.
 */
void rf_set(struct rf *rf, json_t *obj, const char *key, json_t *value)
{
	if (value && !obj)
		json_decref(value);
	else if (!value || json_object_set_new(obj, key, value))
		rf_fail(rf, obj, key);
}

/*
 * Strings of devices and firmware come in any encoding: what is not UTF-8 is
 * replaced byte by byte.
 */
static json_t *string_of(struct rf *rf, const char *value)
{
	json_t *string = json_string(value);
	const char *clean;
	char *c;

	if (string)
		return string;
	clean = rf_printf(rf, "%s", value);
	for (c = (char *)clean; c && *c; c++)
		if (!isascii((unsigned char)*c))
			*c = '?';
	return clean ? json_string(clean) : NULL;
}

static bool is_blank(const char *value)
{
	return !value || !value[strspn(value, " \t\r\n")];
}

/**
 * rf_str - set a string, unless it is NULL or blank
 */
void rf_str(struct rf *rf, json_t *obj, const char *key, const char *value)
{
	if (obj && !is_blank(value))
		rf_set(rf, obj, key, string_of(rf, value));
}

void rf_int(struct rf *rf, json_t *obj, const char *key, int64_t value)
{
	if (obj)
		rf_set(rf, obj, key, json_integer(value));
}

/**
 * rf_count - set a number, unless it is 0, which stands for unknown
 */
void rf_count(struct rf *rf, json_t *obj, const char *key, uint64_t value)
{
	if (value)
		rf_int(rf, obj, key, (int64_t)value);
}

void rf_bool(struct rf *rf, json_t *obj, const char *key, bool value)
{
	if (obj)
		rf_set(rf, obj, key, json_boolean(value));
}

/**
 * rf_real - set a number, as an integer where it is one, unless it is 0
 */
void rf_real(struct rf *rf, json_t *obj, const char *key, double value)
{
	if (!obj || value <= 0)
		return;
	if (value == (double)(int64_t)value)
		rf_int(rf, obj, key, (int64_t)value);
	else
		rf_set(rf, obj, key, json_real(value));
}

void rf_hex(struct rf *rf, json_t *obj, const char *key, uint64_t value,
	    int digits)
{
	rf_str(rf, obj, key, rf_printf(rf, "0x%0*llx", digits,
				       (unsigned long long)value));
}

/**
 * rf_bytes - set a number of bytes, if it is known and not 0
 */
void rf_bytes(struct rf *rf, json_t *obj, const char *key, uint64_t value)
{
	if (rf_known(value))
		rf_count(rf, obj, key, value);
}

/**
 * rf_mib - set a number of bytes in MiB, if it is known
 */
void rf_mib(struct rf *rf, json_t *obj, const char *key, uint64_t bytes)
{
	if (rf_known(bytes))
		rf_int(rf, obj, key, (int64_t)(bytes / RF_MIB));
}

/**
 * rf_ref - set a reference to a resource that is there
 */
void rf_ref(struct rf *rf, json_t *obj, const char *key, const char *uri)
{
	if (obj && uri && rf_get(rf, uri))
		rf_str(rf, rf_obj(rf, obj, key), "@odata.id", uri);
}

/**
 * rf_push - append to an array; takes the reference to @value
 */
void rf_push(struct rf *rf, json_t *array, json_t *value)
{
	if (value && !array)
		json_decref(value);
	else if (!value || json_array_append_new(array, value))
		rf_fail(rf, array, NULL);
}

void rf_push_str(struct rf *rf, json_t *array, const char *value)
{
	if (array && !is_blank(value))
		rf_push(rf, array, string_of(rf, value));
}

static json_t *child(struct rf *rf, json_t *obj, const char *key,
		     json_t *(*make)(void))
{
	json_t *value;

	if (!obj)
		return NULL;
	value = json_object_get(obj, key);
	if (value)
		return value;
	rf_set(rf, obj, key, make());
	return json_object_get(obj, key);
}

/**
 * rf_obj - the object at @key, made if need be; borrowed
 */
json_t *rf_obj(struct rf *rf, json_t *obj, const char *key)
{
	return child(rf, obj, key, json_object);
}

/**
 * rf_arr - the array at @key, made if need be; borrowed
 */
json_t *rf_arr(struct rf *rf, json_t *obj, const char *key)
{
	return child(rf, obj, key, json_array);
}

/**
 * rf_push_obj - append an empty object; borrowed
 */
json_t *rf_push_obj(struct rf *rf, json_t *array)
{
	json_t *obj;

	if (!array)
		return NULL;
	obj = json_object();
	rf_push(rf, array, obj);
	return rf->failed ? NULL : obj;
}

/**
 * rf_oem - our Oem object of a resource, made if need be; borrowed
 * @type: its type in the Fabmon name space
 */
json_t *rf_oem(struct rf *rf, json_t *obj, const char *type)
{
	json_t *oem = rf_obj(rf, rf_obj(rf, obj, "Oem"), RF_OEM);

	rf_str(rf, oem, "@odata.type",
	       rf_printf(rf, "#" RF_OEM ".v1_0_0.%s", type));
	return oem;
}

/**
 * rf_identifier - append to the Identifiers of @obj
 * @name: NULL: nothing is appended
 */
void rf_identifier(struct rf *rf, json_t *obj, const char *format,
		   const char *name)
{
	json_t *id;

	if (!obj || is_blank(name))
		return;
	id = rf_push_obj(rf, rf_arr(rf, obj, "Identifiers"));
	rf_str(rf, id, "DurableNameFormat", format);
	rf_str(rf, id, "DurableName", name);
}
