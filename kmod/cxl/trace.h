/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The probes of the CXL tracepoints, and how they are attached. */
#ifndef FABMON_CXL_TRACE_H
#define FABMON_CXL_TRACE_H

#include <linux/types.h>

struct trace_event_file;

/**
 * struct fabmon_cxl_probe - a tracepoint to attach to
 * @event: name of the event, and of the tracepoint
 * @capability: what it allows to be reported
 * @media: it is under the parameter media_events
 * @fields: fields that the event always has
 * @func: the probe
 * @func_alias: the probe for an event that has a field hpa_alias0, where the
 *	argument of that name came with it, in Linux 6.15; else NULL
 * @file: the event, while attached
 * @attached: @func or @func_alias, while attached
 */
struct fabmon_cxl_probe {
	const char *event;
	u32 capability;
	bool media;
	const char *fields[4];
	void *func;
	void *func_alias;
	struct trace_event_file *file;
	void *attached;
};

/* ended by one without an event */
extern struct fabmon_cxl_probe fabmon_cxl_probes[];

#endif /* FABMON_CXL_TRACE_H */
