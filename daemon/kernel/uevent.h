/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the kernel's uevents tell and fabmon's modules do not: drivers of devices
 * of other subsystems, modules that come and go, and devices that are removed
 * while nobody watches them.
 */
#ifndef FABMON_UEVENT_H
#define FABMON_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

/**
 * uevent_parse - take a uevent apart (pure)
 * @text: "bind@/devices/...", then "KEY=VALUE"s, each with its NUL
 * @subsystem: the one that is wanted, NULL: any
 *
 * Return: path of the device below /sys, in @text; NULL if it is none of
 * @subsystem, or makes no sense.
 */
const char *uevent_parse(const char *text, size_t len, const char *subsystem);

struct uevents;

enum uevent_what {
	UEVENT_DRIVERS,		/* are bound and unbound */
	UEVENT_MODULES,		/* are loaded and unloaded */
	UEVENT_REMOVALS,	/* of devices */
};

/**
 * uevent_open - watch a subsystem
 * @what: of all that happens
 * @subsystem: borrowed; NULL: any
 * @fn: it happened; @path: of the device or module below /sys; NULL: of any,
 *	uevents were lost. A module's "add" comes when its initialization has
 *	ended (Linux, do_init_module())
 *
 * Return: 0 or -errno. uevent_close() frees it.
 */
int uevent_open(struct uevents **uevents, sd_event *event,
		enum uevent_what what, const char *subsystem, void (*fn)(const char *path, void *ctx),
		void *ctx);
void uevent_close(struct uevents *uevents);

#endif /* FABMON_UEVENT_H */
