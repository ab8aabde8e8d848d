/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files of the configuration share. */
#ifndef FABMON_CONFIG_PRIV_H
#define FABMON_CONFIG_PRIV_H

#include <stdarg.h>

#include "config.h"

#define CONFIG_ID_MAX	64

__attribute__((format(printf, 3, 4)))
void config_say(char *error, size_t size, const char *format, ...);
/* Puts a copy of @value in the place of what *@to was. 0 or -ENOMEM. */
int config_replace(char **to, const char *value);

/* ---- config_secure.c ---------------------------------------------------- */

/* 0, -EBADMSG with a phrase in @error, or -ENOMEM. */
typedef int config_set(struct config *config, const char *value, char *error,
		       size_t size);
typedef config_set *config_set_fn;

config_set config_set_tls_cert, config_set_tls_key, config_set_tls_priority;
config_set config_set_client_ca, config_set_client_crl, config_set_accounts;
config_set config_set_session_timeout, config_set_trust, config_set_insecure;
/* A path, or the name of a credential that the service manager loaded. */
int config_set_file(char **to, const char *value, char *error, size_t size);
/* Whether all of it is safe together. 0 or -EBADMSG with a whole sentence. */
int config_check_security(const struct config *config, char *error,
			  size_t size);

/* ---- config_ofmf.c ------------------------------------------------------ */

config_set config_set_events_ca;
config_set config_set_ofmf_ca, config_set_ofmf_cert, config_set_ofmf_key;
config_set config_set_ofmf_login, config_set_ofmf_resync;
config_set config_set_ofmf_reconcile;
/* 0 or -EBADMSG with a whole sentence. */
int config_check_ofmf(const struct config *config, char *error, size_t size);

/* ---- config_parse.c ----------------------------------------------------- */

/* An id that becomes a segment of URIs. 0 or -EBADMSG. */
int config_parse_id(const char *text, char *error, size_t size);
/* A number from @min to @max. 0 or -EBADMSG. */
int config_parse_number(const char *text, unsigned int min, unsigned int max,
			unsigned int *number, char *error, size_t size);
/* Whether one word may be a slip for the other. */
bool config_similar(const char *a, const char *b);

#endif /* FABMON_CONFIG_PRIV_H */
