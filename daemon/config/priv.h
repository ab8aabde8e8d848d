/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files of daemon/config/ share. */
#ifndef FABMON_CONFIG_PRIV_H
#define FABMON_CONFIG_PRIV_H

#include <stdarg.h>

#include "config.h"

#define CONFIG_ID_MAX	64

/* Writes the phrase, or the line, that explains -EBADMSG. */
__attribute__((format(printf, 3, 4)))
void config_say(char *error, size_t size, const char *format, ...);
/* Puts a copy of @value in the place of what *@to was. 0 or -ENOMEM. */
int config_replace(char **to, const char *value);

/* ---- config.c: the settings --------------------------------------------- */

/* 0, -EBADMSG with a phrase in @error, or -ENOMEM. */
typedef int config_set(struct config *config, const char *value, char *error,
		       size_t size);
typedef config_set *config_set_fn;

/* More than there are, for arrays that go with the table below. */
#define CONFIG_SETTINGS_MAX	64

struct config_setting {
	const char *section, *key;	/* NULL: on the command line only */
	const char *option;		/* NULL: in the file only */
	config_set_fn set;		/* NULL: an unsigned int, */
	size_t offset;			/* where it is in struct config, */
	unsigned int min, max;		/* and what it may be */
};

extern const struct config_setting config_settings[];
extern const size_t config_n_settings;

int config_setting_set(const struct config_setting *setting,
		       struct config *config, const char *value, char *error,
		       size_t size);
int config_set_url(char **to, const char *value, char *error, size_t size);

/* ---- secure.c ----------------------------------------------------------- */

config_set config_set_tls_cert, config_set_tls_key, config_set_tls_priority;
config_set config_set_client_ca, config_set_client_crl, config_set_accounts;
config_set config_set_session_timeout, config_set_trust, config_set_insecure;
config_set config_set_events_ca, config_set_allow_actions,
	   config_set_chunk_state;
/* A path, or the name of a credential that the service manager loaded. */
int config_set_file(char **to, const char *value, char *error, size_t size);
/* Whether all settings together are safe. 0, or -EBADMSG with a sentence. */
int config_check_security(const struct config *config, char *error,
			  size_t size);

/* ---- ofmf.c ------------------------------------------------------------- */

/* Whether this may be the name of an OFMF. */
bool config_ofmf_name(const char *name);
/* The OFMF of that name, made if there is none; NULL: there are too many. */
struct config_ofmf *config_ofmf_get(struct config *config, const char *name);
/* 0, -ENOENT: no such key; -EEXIST: it was set already; or as config_set. */
int config_ofmf_set(struct config_ofmf *ofmf, const char *key,
		    const char *value, char *error, size_t size);
/* The key that may have been meant, or NULL. */
const char *config_ofmf_similar(const char *key);
/*
 * Checks all OFMFs, and removes a section that names none. 0 or -EBADMSG with a
 * whole sentence.
 */
int config_ofmfs_check(struct config *config, char *error, size_t size);
void config_ofmfs_clear(struct config *config);

/* ---- file.c ------------------------------------------------------------- */

/* 0, -EBADMSG with a whole line in @error, or -ENOMEM. */
int config_file_load(struct config *config, const char *path, bool must,
		     char *error, size_t size);

/* ---- parse.c ------------------------------------------------------------ */

/* An id that becomes a segment of URIs. 0 or -EBADMSG. */
int config_parse_id(const char *text, char *error, size_t size);
/* A number from @min to @max. 0 or -EBADMSG. */
int config_parse_number(const char *text, unsigned int min, unsigned int max,
			unsigned int *number, char *error, size_t size);
/* Whether one word may be the other, mistyped. */
bool config_similar(const char *a, const char *b);

#endif /* FABMON_CONFIG_PRIV_H */
