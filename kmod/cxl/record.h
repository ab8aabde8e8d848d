/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A health event between the probe that saw it and the work that sends it.
 */
#ifndef FABMON_CXL_RECORD_H
#define FABMON_CXL_RECORD_H

#include <cxl/event.h>

#include "provider.h"

/**
 * struct fabmon_cxl_poison - arguments of the tracepoint cxl_poison
 * @address: start and source, as in the media error record
 * @length: in units of 64 bytes
 * @flags: flags of the poison list
 * @op: what was done
 *
 * Media error record: CXL 3.1, 8.2.9.9.4.1, table 8-140.
 */
struct fabmon_cxl_poison {
	__le64 address;
	__le32 length;
	u8 flags;
	u8 op;
};

/**
 * struct fabmon_cxl_sample - a health event
 * @stamp: when the probe ran
 * @type: which of the members of the union
 * @node: id of the memory device, 0 if it is not known
 * @region: id of the region, 0 if there is none
 * @log: event log, for all but poison
 * @hpa: host physical address, ULLONG_MAX if there is none
 * @device: name of the memory device, or ""
 * @record: the event record
 * @poison: the entry of the poison list
 */
struct fabmon_cxl_sample {
	struct fabmon_stamp stamp;
	enum fabmon_event_type type;
	u32 node;
	u32 region;
	u32 log;
	u64 hpa;
	char device[FABMON_CXL_NAME_SIZE];
	union {
		union cxl_event record;
		struct fabmon_cxl_poison poison;
	};
};

int fabmon_cxl_record_fill(const struct fabmon_cxl_sample *sample,
			   struct sk_buff *open, struct sk_buff *secret);

#endif /* FABMON_CXL_RECORD_H */
