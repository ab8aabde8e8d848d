/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The listening socket. */
#ifndef FABMON_SVC_LISTEN_H
#define FABMON_SVC_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int svc_listen(const char *addr, uint16_t port);
void svc_listen_name(int fd, bool tls, uint16_t *port, char *origin,
		     size_t size);

#endif /* FABMON_SVC_LISTEN_H */
