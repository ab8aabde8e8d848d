// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Health events of CXL memory devices, from the tracepoints of cxl_core.
 *
 * Nothing but the tracepoints reports these records to the rest of the kernel.
 * Their prototypes (drivers/cxl/core/trace.h) are no stable interface and no
 * header has them: a probe is attached only if the fields of the event are
 * those that go with a prototype known here.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/string.h>
#include <linux/trace_events.h>
#include <linux/tracepoint.h>

#include "record.h"
#include "trace.h"

static int media_events = -1;
module_param(media_events, int, 0444);
MODULE_PARM_DESC(media_events,
		 "Report general media and DRAM events: 1 yes, 0 no, -1 unless the kernel warns on ordinary records (default)");

/*
 * Every field that an event may have. An argument that a later kernel adds
 * shows as a field, as hpa_alias0 did: one that is not here is taken for that.
 * As of Linux 7.3.
 */
static const char *const known_fields[] = {
	"add_status", "bank", "bank_group", "channel", "cme_count",
	"cme_threshold_ev_flags", "column", "comp_id", "cor_mask",
	"cor_per_err_cnt", "cor_vol_err_cnt", "count", "cvme_count", "data",
	"descriptor", "device", "device_temp", "dirty_shutdown_cnt", "dpa",
	"dpa_flags", "dpa_length", "event_sub_type", "event_type",
	"first_error", "first_ts", "flags", "hdr_flags", "hdr_handle",
	"hdr_head_id", "hdr_ld_id", "hdr_length", "hdr_maint_op_class",
	"hdr_maint_op_sub_class", "hdr_related_handle", "hdr_timestamp",
	"hdr_uuid", "header_log", "health_status", "host", "hpa", "hpa_alias0",
	"last_ts", "life_used", "log", "media_status", "memdev", "nibble_mask",
	"overflow_ts", "rank", "region", "region_name", "region_uuid",
	"res_avail", "result", "row", "serial", "source", "status",
	"sub_channel", "sub_type", "trace_type", "transaction_type", "type",
	"uuid", "validity_flags",
};

static bool event_has(const struct trace_event_call *call, const char *name)
{
	const struct trace_event_fields *field = call->class->fields_array;

	for (; field && field->type; field++) {
		if (field->name && !strcmp(field->name, name))
			return true;
	}
	return false;
}

/**
 * event_odd_field - does an event have the fields of a known prototype?
 * @probe: the probe for it
 * @call: the event
 *
 * Return: NULL if so, else the field that is missing or not known.
 */
static const char *event_odd_field(const struct fabmon_cxl_probe *probe,
				   const struct trace_event_call *call)
{
	const struct trace_event_fields *field = call->class->fields_array;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe->fields) && probe->fields[i]; i++) {
		if (!event_has(call, probe->fields[i]))
			return probe->fields[i];
	}
	for (; field && field->type; field++) {
		if (!field->name ||
		    match_string(known_fields, ARRAY_SIZE(known_fields),
				 field->name) < 0)
			return field->name ?: "without a name";
	}
	return NULL;
}

/**
 * probe_attach - attach to a tracepoint, if it is there and as expected
 * @probe: the probe
 *
 * The event file leads to the tracepoint and to the fields, and pins the
 * module that has them.
 *
 * Return: NULL, or why not.
 */
static const char *probe_attach(struct fabmon_cxl_probe *probe)
{
	const char *odd, *reason = "this kernel's tracepoint differs";
	struct trace_event_file *file;
	struct trace_event_call *call;
	void *func = probe->func;

	file = trace_get_event_file(NULL, "cxl", probe->event);
	if (IS_ERR(file))
		return "this kernel has no tracepoint for it";
	call = file->event_call;
	odd = call->flags & TRACE_EVENT_FL_TRACEPOINT ?
	      event_odd_field(probe, call) : "no tracepoint";
	if (odd) {
		pr_warn("events %s are not reported: this kernel's differ (%s)\n",
			probe->event, odd);
		goto err_put;
	}
	if (probe->func_alias && event_has(call, "hpa_alias0"))
		func = probe->func_alias;
	if (tracepoint_probe_register(call->tp, func, NULL)) {
		reason = "the tracepoint cannot be used";
		goto err_put;
	}

	probe->file = file;
	probe->attached = func;
	return NULL;

err_put:
	trace_put_event_file(file);
	return reason;
}

/* media_off - Return: why media events are off, or NULL if they are on */
static const char *media_off(void)
{
	if (media_events > 0)
		return NULL;
	if (!media_events)
		return "switched off (parameter media_events)";
	if (!FABMON_CXL_MEDIA_WARNS)
		return NULL;
	pr_info("general media and DRAM events are off: this kernel warns on ordinary records (parameter media_events)\n");
	return "this kernel warns on ordinary records (parameter media_events)";
}

/**
 * fabmon_cxl_trace_init - attach to what this kernel has
 *
 * What cannot be attached to is an absent capability, not an error. cxl_core,
 * which has the tracepoints, is there: its bus is in use.
 *
 * Context: process, fabmon_cxl_wq ready.
 */
void fabmon_cxl_trace_init(void)
{
	const char *off = media_off(), *reason;
	struct fabmon_cxl_probe *probe;
	u32 absent = 0;

	for (probe = fabmon_cxl_probes; probe->event; probe++) {
		reason = probe->media && off ? off : probe_attach(probe);
		if (reason) {
			absent |= probe->capability;
			fabmon_capability_clear(probe->capability, reason);
		} else if (!(absent & probe->capability)) {
			fabmon_capability_set(probe->capability);
		}
	}
}

/**
 * fabmon_cxl_trace_exit - detach, and send what was seen until then
 *
 * Context: process.
 */
void fabmon_cxl_trace_exit(void)
{
	struct fabmon_cxl_probe *probe;

	for (probe = fabmon_cxl_probes; probe->event; probe++) {
		if (!probe->file)
			continue;
		tracepoint_probe_unregister(probe->file->event_call->tp,
					    probe->attached, NULL);
	}
	/* no probe runs after this, and none queues the work */
	tracepoint_synchronize_unregister();
	fabmon_cxl_samples_flush();

	for (probe = fabmon_cxl_probes; probe->event; probe++) {
		if (!probe->file)
			continue;
		trace_put_event_file(probe->file);
		probe->file = NULL;
	}
}
