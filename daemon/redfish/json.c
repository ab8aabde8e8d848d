// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Values of resources: set what is known, leave out what is not. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rf.h"

#define POOL_SIZE	65536

/* A projection makes many short strings and frees them all at once. */
struct rf_pool {
	struct rf_pool *next;
	size_t size, used;
	char text[];
};

/**
 * rf_known - whether a size or address of the model is known
 */
bool rf_known(uint64_t value)
{
	return value != MODEL_NONE;
}

/**
 * rf_set - set a property; takes the reference to @value
 *
 * A NULL @value is one that could not be allocated.
 */
void rf_set(struct rf *rf, json_t *obj, const char *key, json_t *value)
{
	if (!value) {
		rf->failed = true;
		return;
	}
	if (!obj) {
		json_decref(value);
		return;
	}
	if (json_object_set_new(obj, key, value))
		rf->failed = true;
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
	if (!value)
		rf->failed = true;
	else if (!array)
		json_decref(value);
	else if (json_array_append_new(array, value))
		rf->failed = true;
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

/* Makes room for @size bytes at the pool's head. */
static bool pool_reserve(struct rf *rf, size_t size)
{
	size_t room = size > POOL_SIZE ? size : POOL_SIZE;
	struct rf_pool *pool = malloc(sizeof(*pool) + room);

	if (!pool) {
		rf->failed = true;
		return false;
	}
	*pool = (struct rf_pool){ .next = rf->pool, .size = room };
	rf->pool = pool;
	return true;
}

/**
 * rf_printf - a string that lives as long as the projection
 *
 * Return: the string, NULL without memory, which fails the projection.
 */
const char *rf_printf(struct rf *rf, const char *format, ...)
{
	struct rf_pool *pool;
	va_list args;
	size_t room;
	char *text;
	int len;

	do {
		pool = rf->pool;
		text = pool ? pool->text + pool->used : NULL;
		room = pool ? pool->size - pool->used : 0;
		va_start(args, format);
		len = vsnprintf(text, room, format, args);
		va_end(args);
		if (len < 0) {
			rf->failed = true;
			return NULL;
		}
		if ((size_t)len < room) {
			pool->used += (size_t)len + 1;
			return text;
		}
	} while (pool_reserve(rf, (size_t)len + 1));
	return NULL;
}

/**
 * rf_init - begin a projection, or an event
 * @model: NULL for events that need none
 */
void rf_init(struct rf *rf, const struct model *model,
	     const struct rf_agent *agent)
{
	*rf = (struct rf){
		.model = model,
		.host = model ? model_host_get(model) : NULL,
		.agent = agent,
		.tree = json_object(),
	};
	rf->failed = !rf->tree;
}

void rf_done(struct rf *rf)
{
	struct rf_pool *next;

	while (rf->pool) {
		next = rf->pool->next;
		free(rf->pool);
		rf->pool = next;
	}
	json_decref(rf->teams);
	json_decref(rf->tree);
	rf->tree = NULL;
}

/**
 * rf_eui - a 64-bit identifier as Redfish's EUI: eight octets with dashes
 */
const char *rf_eui(struct rf *rf, uint64_t value)
{
	unsigned int o[8], i;

	for (i = 0; i < 8; i++)
		o[i] = (unsigned int)(value >> (56 - 8 * i)) & 0xff;
	return rf_printf(rf, "%02X-%02X-%02X-%02X-%02X-%02X-%02X-%02X",
			 o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7]);
}

/**
 * rf_guid - a GUID the way InfiniBand and sysfs print it
 */
const char *rf_guid(struct rf *rf, uint64_t value)
{
	return rf_printf(rf, "%04x:%04x:%04x:%04x",
			 (unsigned int)(value >> 48) & 0xffff,
			 (unsigned int)(value >> 32) & 0xffff,
			 (unsigned int)(value >> 16) & 0xffff,
			 (unsigned int)value & 0xffff);
}

/**
 * rf_mac - a MAC address
 */
const char *rf_mac(struct rf *rf, const uint8_t mac[6])
{
	return rf_printf(rf, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			 mac[2], mac[3], mac[4], mac[5]);
}

/**
 * rf_time - a time stamp in ns since the epoch as Redfish's date-time
 *
 * Return: NULL for 0, which stands for unknown.
 */
const char *rf_time(struct rf *rf, uint64_t realtime)
{
	time_t seconds = (time_t)(realtime / 1000000000);
	struct tm tm;
	char date[32];

	if (!realtime || !gmtime_r(&seconds, &tm) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		return NULL;
	return rf_printf(rf, "%s.%06uZ", date,
			 (unsigned int)(realtime % 1000000000 / 1000));
}

/**
 * rf_base64 - RFC 4648 with padding
 */
const char *rf_base64(struct rf *rf, const uint8_t *data, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *text = rf_printf(rf, "%*s", (int)((len + 2) / 3 * 4), "");
	char *out = (char *)text;
	size_t i, left;
	uint32_t v;

	for (i = 0; out && i < len; i += 3) {
		left = len - i;
		v = (uint32_t)data[i] << 16;
		v |= left > 1 ? (uint32_t)data[i + 1] << 8 : 0;
		v |= left > 2 ? data[i + 2] : 0;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[v & 63] : '=';
	}
	return text;
}
