/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef STAMP_H
#define STAMP_H

#include <stdbool.h>
#include <time.h>

#define STAMP_MAX	64

/* Parse an ISO 8601 date-time with Z or an offset; false if it is none. */
bool stamp_parse(const char *text, struct timespec *out);

/* Now, in UTC as 2026-11-22T14:00:00.123Z; @buf holds STAMP_MAX. */
void stamp_utc(char *buf);

/* Now, local time of day as 14:00:00.123; @buf holds STAMP_MAX. */
void stamp_clock(char *buf);

#endif
