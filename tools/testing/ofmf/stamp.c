// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Points in time, in and out. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "stamp.h"

static const char *parse_fraction(const char *p, long *nsec)
{
	long unit = 100000000;

	*nsec = 0;
	if (*p != '.')
		return p;
	for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
		*nsec += (*p - '0') * unit;
	return p;
}

static bool parse_zone(const char *p, long *offset)
{
	int hours, minutes, used = 0;

	*offset = 0;
	if (!strcmp(p, "Z") || !strcmp(p, "z"))
		return true;
	if (*p != '+' && *p != '-')
		return false;
	if (sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 ||
	    p[1 + used] || hours < 0 || minutes < 0)
		return false;
	*offset = (hours * 60L + minutes) * 60L;
	if (*p == '-')
		*offset = -*offset;
	return true;
}

bool stamp_parse(const char *text, struct timespec *out)
{
	struct tm tm = { 0 };
	long nsec, offset;
	const char *p;

	if (!text || strlen(text) >= STAMP_MAX)
		return false;
	p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!p)
		return false;
	p = parse_fraction(p, &nsec);
	if (!parse_zone(p, &offset))
		return false;
	out->tv_sec = timegm(&tm) - offset;
	out->tv_nsec = nsec;
	return true;
}

void stamp_utc(char *buf)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, STAMP_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, STAMP_MAX - n, ".%03ldZ", ts.tv_nsec / 1000000);
}

void stamp_clock(char *buf)
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	n = strftime(buf, STAMP_MAX, "%H:%M:%S", &tm);
	snprintf(buf + n, STAMP_MAX - n, ".%03ld", ts.tv_nsec / 1000000);
}
