// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Checks of single values. Pure functions: an error is a phrase on what is
 * wrong and what would be right; the caller adds where it is.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"
#include "util/error.h"

#define MAX_HOST	253

__attribute__((format(printf, 3, 4)))
static int refuse(char *error, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, size, format, args);
	va_end(args);
	return -EBADMSG;
}

/* A decimal number of 1 to 5 digits, 0 .. 65535. */
static bool parse_port(const char *text, uint16_t *port)
{
	unsigned long value;
	size_t len = strlen(text);

	if (!len || len > 5 || strspn(text, "0123456789") != len)
		return false;
	value = strtoul(text, NULL, 10);
	*port = value;
	return value <= UINT16_MAX;
}

static bool is_v4(const char *text)
{
	struct in_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1;
}

static bool is_v6(const char *text)
{
	struct in6_addr addr;

	return inet_pton(AF_INET6, text, &addr) == 1;
}

static bool is_host_name(const char *text)
{
	size_t len = strlen(text), i;

	if (!len || len > MAX_HOST || text[0] == '-' || text[0] == '.')
		return false;
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' &&
		    text[i] != '.' && text[i] != '_')
			return false;
	/* what has the form of an IPv4 address must be one */
	return strspn(text, "0123456789.") != len || is_v4(text);
}

/*
 * Takes "HOST", "HOST:PORT", "[V6]" or "[V6]:PORT" apart, in place.
 * @port stays NULL where there is none.
 */
static bool split_authority(char *text, char **host, char **port, bool *v6)
{
	char *end;

	*port = NULL;
	*v6 = *text == '[';
	if (*v6) {
		*host = text + 1;
		end = strchr(text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
		*end++ = '\0';
	} else {
		*host = text;
		end = strchr(text, ':');
		if (end && strchr(end + 1, ':'))
			return false;
		if (!end)
			return true;
	}
	if (*end == ':') {
		*end = '\0';
		*port = end + 1;
	}
	return true;
}

static int parse_authority(const char *scheme, char *text, char **url,
			   char *error, size_t size)
{
	char *host, *port;
	uint16_t number;
	bool v6;

	if (strchr(text, '@'))
		return refuse(error, size, "a URL must hold no user or password");
	if (strpbrk(text, "?#"))
		return refuse(error, size, "a base URL ends after host and port, without '?' or '#'");
	if (!split_authority(text, &host, &port, &v6))
		return refuse(error, size, "host and port must be HOST:PORT, an IPv6 address [ADDRESS]:PORT");
	if (v6 ? !is_v6(host) : !is_host_name(host))
		return refuse(error, size, "'%s' is not a host name or address", host);
	if (port && (!parse_port(port, &number) || !number))
		return refuse(error, size, "'%s' is not a port (1 to 65535)", port);
	for (char *p = host; *p; p++)
		*p = tolower((unsigned char)*p);
	if (asprintf(url, "%s://%s%s%s%s%s", scheme, v6 ? "[" : "", host,
		     v6 ? "]" : "", port ? ":" : "", port ? port : "") < 0) {
		*url = NULL;
		return error_origin(-ENOMEM, "configuration: a URL");
	}
	return 0;
}

int config_parse_url(const char *text, char **url, char *error, size_t size)
{
	const char *rest, *scheme;
	char *copy, *path;
	int ret;

	*url = NULL;
	if (!strncasecmp(text, "http://", 7)) {
		scheme = "http";
		rest = text + 7;
	} else if (!strncasecmp(text, "https://", 8)) {
		scheme = "https";
		rest = text + 8;
	} else {
		return refuse(error, size, "a URL begins with http:// or https://");
	}
	copy = strdup(rest);
	if (!copy)
		return error_origin(-ENOMEM, "configuration: a URL");
	path = strchr(copy, '/');
	if (path && path[strspn(path, "/")]) {
		ret = refuse(error, size, "a base URL has no path; leave '%s' away", path);
	} else {
		if (path)
			*path = '\0';
		ret = parse_authority(scheme, copy, url, error, size);
	}
	free(copy);
	return ret;
}

int config_parse_listen(const char *text, char **addr, uint16_t *port,
			char *error, size_t size)
{
	char *copy, *host, *number;
	uint16_t value;
	int ret = 0;
	bool v6;

	*addr = NULL;
	copy = strdup(text);
	if (!copy)
		return error_origin(-ENOMEM, "configuration: an address");
	if (!split_authority(copy, &host, &number, &v6)) {
		ret = refuse(error, size, "an IPv6 address is written [ADDRESS]:PORT");
		goto out;
	}
	if (!v6 && !number) {
		/* a port alone: for this host only */
		number = host;
		host = "127.0.0.1";
	} else if (!v6 && !*host) {
		host = "0.0.0.0";
	} else if (!v6 && !strcmp(host, "localhost")) {
		host = "127.0.0.1";
	}
	if (v6 ? !is_v6(host) : !is_v4(host))
		ret = refuse(error, size, "'%s' is not an IP address; write ADDRESS:PORT, e.g. 127.0.0.1:8640", host);
	else if (!number || !parse_port(number, &value))
		ret = refuse(error, size, "'%s' is not a port (1 to 65535)", number ? number : "");
	if (ret)
		goto out;
	*addr = strdup(host);
	*port = value;
	if (!*addr)
		ret = error_origin(-ENOMEM, "configuration: an address");
out:
	free(copy);
	return ret;
}

int config_parse_number(const char *text, unsigned int min, unsigned int max,
			unsigned int *number, char *error, size_t size)
{
	size_t len = strlen(text);
	unsigned long value = 0;

	/* nine digits fit everywhere */
	if (len && len < 10 && strspn(text, "0123456789") == len)
		value = strtoul(text, NULL, 10);
	else
		len = 0;
	if (!len || value < min || value > max)
		return refuse(error, size, "a number from %u to %u is needed",
			      min, max);
	*number = (unsigned int)value;
	return 0;
}

int config_parse_id(const char *text, char *error, size_t size)
{
	size_t len = strlen(text), i;

	if (!len || len > CONFIG_ID_MAX)
		return refuse(error, size, "an id has 1 to %d characters",
			      CONFIG_ID_MAX);
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '.' &&
		    text[i] != '_' && text[i] != '-')
			return refuse(error, size, "an id becomes part of URLs and has only letters, digits, '.', '_' and '-'");
	if (text[0] == '.')
		return refuse(error, size, "an id must not begin with a '.'");
	return 0;
}

/* Edits that make one word of the other; words are short. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[33], diagonal, above, best;
	size_t i, j, len = strlen(b);

	if (len > 32)
		return len;
	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		diagonal = row[0]++;
		for (j = 0; j < len; j++) {
			above = row[j + 1];
			best = diagonal + (a[i] != b[j]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			diagonal = above;
			row[j + 1] = best;
		}
	}
	return row[len];
}

bool config_similar(const char *a, const char *b)
{
	return distance(a, b) <= 2 && strlen(a) > 1;
}
