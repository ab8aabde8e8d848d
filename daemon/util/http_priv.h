/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files of the HTTP client share. */
#ifndef FABMON_HTTP_PRIV_H
#define FABMON_HTTP_PRIV_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- http_why.c --------------------------------------------------------- */

void http_why(CURL *easy, CURLcode result, bool offline, const char *detail,
	      char *why, size_t size);

#endif /* FABMON_HTTP_PRIV_H */
