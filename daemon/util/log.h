/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * One line a message to stderr, as the journal wants it when it reads, else with
 * the level in front ("fabmond: error: ..."). Lines lead with the object's
 * id, then the fact. No secrets.
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
