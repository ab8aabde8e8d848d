/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files of the configuration share. */
#ifndef FABMON_CONFIG_PRIV_H
#define FABMON_CONFIG_PRIV_H

#include <stdarg.h>

#include "config.h"

#define CONFIG_ID_MAX	64

/* An id that becomes a segment of URIs. 0 or -EBADMSG. */
int config_parse_id(const char *text, char *error, size_t size);
/* Whether one word may be a slip for the other. */
bool config_similar(const char *a, const char *b);

#endif /* FABMON_CONFIG_PRIV_H */
