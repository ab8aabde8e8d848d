/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Counters, read from the kernel when somebody asks for them and kept nowhere.
 */
#ifndef FABMON_READINGS_H
#define FABMON_READINGS_H

#include <jansson.h>

#include "model/model.h"

/**
 * readings_fill - read the values of a resource
 * @model: identified
 * @sysfs: root of sysfs
 * @uri: of the resource
 * @resource: its placeholder, to be added to
 *
 * Counters that are absent or make no sense are left out, and so are all of
 * a device that is gone. Blocks only on sysfs. Return: 0; -ENOENT: @uri is no
 * resource that is read; -ENOMEM.
 */
int readings_fill(const struct model *model, const char *sysfs,
		  const char *uri, json_t *resource);

#endif /* FABMON_READINGS_H */
