// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Where a PCI device is, in words that outlive an enumeration.
 *
 * Bus numbers are handed out in the order that bridges are found, so a card
 * more anywhere renumbers devices that nobody touched. What stays is the
 * address of the root port, whose bus firmware fixes (ACPI _BBN), and the
 * device and function numbers on the way down from there, which are wired.
 */
#include <stdio.h>
#include <string.h>

#include "model.h"

/* Segment, bus, device and function of a path's component. */
static bool is_address(const char *name, size_t len, unsigned int at[4])
{
	char text[KNL_PCI_LEN];
	int end = 0;

	if (!len || len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	return sscanf(text, "%8x:%2x:%2x.%1x%n", &at[0], &at[1], &at[2],
		      &at[3], &end) == 4 && !text[end];
}

bool model_place(const char *path, char *place, size_t size)
{
	unsigned int at[4];
	size_t used = 0, len;
	int n;

	for (; path && *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (!is_address(path, len, at))
			continue;
		n = used ? snprintf(place + used, size - used, "-%02x.%x",
				    at[2], at[3]) :
			   snprintf(place, size, "%04x-%02x-%02x.%x", at[0],
				    at[1], at[2], at[3]);
		if (n < 0 || (size_t)n >= size - used)
			return false;
		used += (size_t)n;
	}
	return used;
}
