// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Log lines about events, and about a kernel that cannot be followed. */
#include <errno.h>
#include <stdio.h>

#include "priv.h"
#include "util/error.h"
#include "util/log.h"

#define CAUSES_LEN	160

static const char *causes(char *buffer, uint32_t cause)
{
	size_t len = 0;
	uint32_t bit;

	buffer[0] = 0;
	for (bit = 1; bit && len < CAUSES_LEN; bit <<= 1) {
		if (cause & bit)
			len += snprintf(buffer + len, CAUSES_LEN - len, "%s%s",
					len ? ", " : "", knl_cause_name(bit));
	}
	return buffer;
}

static void log_memory(const struct knl_event *event, const char *device,
		       const char *state)
{
	uint64_t hpa = knl_event_num(event, FABMON_A_EVENT_HPA, -1);
	uint64_t length = knl_event_num(event, FABMON_A_EVENT_LENGTH, 0);

	if (hpa == MODEL_NONE)
		log_info("%s: memory is %s", device, state);
	else
		log_info("%s: memory is %s, %llu bytes at 0x%llx", device,
			 state, (unsigned long long)length,
			 (unsigned long long)hpa);
}

/* A device that has failed is the only thing here that somebody must see to. */
static void log_async(const struct knl_msg *msg, const char *device)
{
	char buffer[CAUSES_LEN];

	if (msg->cause & FABMON_CAUSE_DEVICE_FATAL)
		log_warning("%s: the device has failed", device);
	else
		log_debug("%s: %s", device, causes(buffer, msg->cause));
}

static void log_health(const struct knl_event *event, const char *device)
{
	static const char * const words[] = { "ok", "warning", "critical" };
	uint64_t dpa = knl_event_num(event, FABMON_A_EVENT_DPA, -1);
	const char *word = words[model_event_severity(event)];
	int64_t type = knl_event_num(event, FABMON_A_EVENT_TYPE, 0);

	if (dpa == MODEL_NONE)
		log_info("%s: %s event, %s", device, knl_event_name(type),
			 word);
	else
		log_info("%s: %s event, %s, at DPA 0x%llx", device,
			 knl_event_name(type), word, (unsigned long long)dpa);
}

void follow_log_event(const struct knl_msg *msg)
{
	const struct knl_event *event = &msg->event;
	const char *device = event->device ? event->device : "?";
	uint64_t count = knl_event_num(event, FABMON_A_EVENT_COUNT, 0);

	switch (knl_event_num(event, FABMON_A_EVENT_TYPE, 0)) {
	case FABMON_EVENT_TYPE_LOST:
		log_warning("health: %llu events were lost, they came too fast",
			    (unsigned long long)count);
		break;
	case FABMON_EVENT_TYPE_OVERFLOW:
		log_warning("%s: its event log overflowed, %llu records are lost",
			    device, (unsigned long long)count);
		break;
	case FABMON_EVENT_TYPE_MEMORY_ONLINE:
		log_memory(event, device, "online");
		break;
	case FABMON_EVENT_TYPE_MEMORY_OFFLINE:
		log_memory(event, device, "offline");
		break;
	case FABMON_EVENT_TYPE_RDMA_ASYNC:
		log_async(msg, device);
		break;
	default:
		log_health(event, device);
	}
}

void follow_log_open(int error)
{
	switch (error) {
	case -ENOENT:
	case -ENODEV:
		log_error("kernel: module fabmon is not loaded; " TO_LOAD);
		break;
	case -EPROTO:
		log_error("kernel: module fabmon is older than this fabmond: install both from one version");
		break;
	case -EPERM:
	case -EACCES:
		log_error("kernel: reading the fabric is not permitted: give fabmond CAP_NET_ADMIN");
		break;
	default:
		error_log(LOG_ERR, error, "kernel: module fabmon cannot be read");
	}
}

/* The providers are modules of their own. */
void follow_log_providers(const struct knl_info *info)
{
	if (!(info->capabilities & (FABMON_CAPABILITY_RDMA |
				    FABMON_CAPABILITY_CXL)))
		log_warning("kernel: fabmon reports neither RDMA nor CXL: modprobe -a fabmon_rdma fabmon_cxl");
}

/* Windows and regions are where only root, or this capability, can read. */
void follow_log_unreadable(const struct model *model)
{
	const struct model_node *node;

	for (node = model_first(model); node; node = node->next) {
		if (node->k.kind == FABMON_NODE_KIND_CXL_ROOT_DECODER &&
		    node->decoder.start == MODEL_NONE) {
			log_warning("%s: its address cannot be read, memory windows stay out of the tree: give fabmond CAP_DAC_READ_SEARCH",
				    node->k.name ? node->k.name : "decoder");
			return;
		}
	}
}
