/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * daemon/util/: what every other folder may use, and what uses none of them.
 * The log is here, errors (error.h), and the client for HTTP (http.h).
 *
 * Nothing in here knows of nodes, resources, receivers or the configuration. It
 * is handed what it needs and returns a result; it never decides what a failure
 * means.
 *
 * The log: a message is one line on stderr, with a prefix for the journal where
 * that reads it, else with the level as a word ("fabmond: error: ..."). A line
 * begins with the object, then comes the fact. It holds no secrets.
 */
#ifndef FABMON_LOG_H
#define FABMON_LOG_H

#include <syslog.h>

void log_open(const char *name, int level);
void log_set_level(int level);

__attribute__((format(printf, 2, 3)))
void log_line(int level, const char *format, ...);

#define log_error(...)		log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)		log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)		log_line(LOG_DEBUG, __VA_ARGS__)

#endif /* FABMON_LOG_H */
