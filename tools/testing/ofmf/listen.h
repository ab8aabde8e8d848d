/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef LISTEN_H
#define LISTEN_H

#include <stddef.h>

/**
 * listen_open - bind and listen
 * @where: ADDR:PORT, [ADDR]:PORT; port 0 takes a free one
 * @url: gets http://ADDR:PORT with the port taken
 * @why: set to the reason of a failure
 *
 * Return: the socket; -EINVAL for an unusable @where; another -errno.
 */
int listen_open(const char *where, char *url, size_t len, const char **why);

#endif
