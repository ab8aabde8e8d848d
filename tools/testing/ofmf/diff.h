/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef DIFF_H
#define DIFF_H

#include <jansson.h>

#define DIFF_MAX	64

/**
 * diff_properties - what changed between two versions of a resource
 *
 * @odata.etag and Oem.Sunfish_RM are left out. At most DIFF_MAX are listed.
 *
 * Return: new array of {path, old, new}; a missing side is null.
 */
json_t *diff_properties(const json_t *old, const json_t *now);

#endif
