/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Configuration from a text and arguments, as fabmond reads it. */
#ifndef FABMON_TEST_CONFIG_FIXTURE_H
#define FABMON_TEST_CONFIG_FIXTURE_H

#include "config/config.h"

extern char fix_error[512];	/* of the last fix_load() that failed */

/**
 * fix_load() - config_load() with a file and a command line
 * @config: for config_clear(), also after an error
 * @text: what is in the file; NULL: no file is given
 * @...: arguments, up to a NULL
 *
 * Return: as config_load().
 */
int fix_load(struct config *config, const char *text, ...);

#endif /* FABMON_TEST_CONFIG_FIXTURE_H */
