/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Learning that files have changed. */
#ifndef FABMON_SVC_WATCH_H
#define FABMON_SVC_WATCH_H

#include <stddef.h>
#include <systemd/sd-event.h>

struct svc_watch;

int svc_watch_new(struct svc_watch **watch, sd_event *event,
		  const char *const *paths, size_t count,
		  void (*changed)(void *ctx), void *ctx);
void svc_watch_free(struct svc_watch *watch);

#endif /* FABMON_SVC_WATCH_H */
