/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Drivers that are bound and unbound, from the kernel's uevents, for devices
 * that fabmon's module does not report.
 */
#ifndef FABMON_UEVENT_H
#define FABMON_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

/**
 * uevent_parse - take a uevent apart (pure)
 * @text: "bind@/devices/...", then "KEY=VALUE"s, each with its NUL
 * @subsystem: the one that is wanted
 *
 * Return: path of the device below /sys, in @text; NULL if it is none of
 * @subsystem, or makes no sense.
 */
const char *uevent_parse(const char *text, size_t len, const char *subsystem);

struct uevents;

/**
 * uevent_open - watch a subsystem
 * @subsystem: borrowed
 * @fn: a device's driver was bound or unbound; @path: of the device below
 *	/sys; NULL: of any, uevents were lost
 *
 * Return: 0 or -errno. uevent_close() frees it.
 */
int uevent_open(struct uevents **uevents, sd_event *event,
		const char *subsystem, void (*fn)(const char *path, void *ctx),
		void *ctx);
void uevent_close(struct uevents *uevents);

#endif /* FABMON_UEVENT_H */
