// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Texts of a projection: they live as long as it does. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rf.h"
#include "text.h"

#define POOL_SIZE	65536

/* A projection makes many short strings and frees them all at once. */
struct rf_pool {
	struct rf_pool *next;
	size_t size, used;
	char text[];
};

/* Makes room for @size bytes at the pool's head. */
static bool pool_reserve(struct rf *rf, size_t size)
{
	size_t room = size > POOL_SIZE ? size : POOL_SIZE;
	struct rf_pool *pool = malloc(sizeof(*pool) + room);

	if (!pool) {
		rf_fail(rf, NULL, "its texts");
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
			rf_fail(rf, NULL, "a text");
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
 * rf_text_free - free all texts of a projection
 */
void rf_text_free(struct rf *rf)
{
	struct rf_pool *next;

	while (rf->pool) {
		next = rf->pool->next;
		free(rf->pool);
		rf->pool = next;
	}
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
