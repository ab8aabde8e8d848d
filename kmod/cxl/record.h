/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A health event between the probe that saw it and the work that sends it.
 *
 * The layouts are those of CXL 3.2, 8.2.10.2.1, here and not from
 * <cxl/event.h>: headers name what a revision added only from the kernel on
 * that traces it, yet the kernel hands on the whole record.
 */
#ifndef FABMON_CXL_RECORD_H
#define FABMON_CXL_RECORD_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include <linux/uuid.h>

#include "provider.h"

/* a record of 128 bytes without its UUID */
#define FABMON_CXL_RECORD_SIZE		112

#define FABMON_CXL_COMPONENT_ID_SIZE	16
#define FABMON_CXL_CORRECTION_MASK_SIZE	32

/* CXL 3.1, 8.2.4.17.7; the kernel's buffer may be longer, or end there */
#define FABMON_CXL_HEADER_LOG_SIZE	64

/* Common event record, table 8-55 */
struct fabmon_cxl_hdr {
	u8 length;
	u8 flags[3];
	__le16 handle;
	__le16 related_handle;
	__le64 timestamp;
	u8 maint_op_class;
	u8 maint_op_sub_class;
	__le16 ld_id;
	u8 head_id;
	u8 reserved[11];
} __packed;

/* What general media and DRAM records begin with. */
struct fabmon_cxl_media {
	struct fabmon_cxl_hdr hdr;
	__le64 phys_addr;
	u8 descriptor;
	u8 type;
	u8 transaction_type;
	__le16 validity;
	u8 channel;
	u8 rank;
} __packed;

/* General media event record, table 8-57 */
struct fabmon_cxl_general_media {
	struct fabmon_cxl_media media;
	u8 device[3];
	u8 component_id[FABMON_CXL_COMPONENT_ID_SIZE];
	u8 threshold_flags;
	u8 corrected_errors[3];
	u8 sub_type;
	u8 reserved[41];
} __packed;

/* DRAM event record, table 8-58 */
struct fabmon_cxl_dram {
	struct fabmon_cxl_media media;
	u8 nibble_mask[3];
	u8 bank_group;
	u8 bank;
	u8 row[3];
	__le16 column;
	u8 correction_mask[FABMON_CXL_CORRECTION_MASK_SIZE];
	u8 component_id[FABMON_CXL_COMPONENT_ID_SIZE];
	u8 sub_channel;
	u8 threshold_flags;
	u8 corrected_volatile[3];
	u8 sub_type;
	u8 reserved;
} __packed;

/* Memory module event record, table 8-59, with the health information */
struct fabmon_cxl_module {
	struct fabmon_cxl_hdr hdr;
	u8 event_type;
	u8 health_status;
	u8 media_status;
	u8 additional_status;
	u8 life_used;
	__le16 temperature;
	__le32 dirty_shutdowns;
	__le32 corrected_volatile_errors;
	__le32 corrected_persistent_errors;
	__le16 validity;
	u8 component_id[FABMON_CXL_COMPONENT_ID_SIZE];
	u8 sub_type;
	u8 reserved[42];
} __packed;

/* Memory sparing event record, table 8-60 */
struct fabmon_cxl_sparing {
	struct fabmon_cxl_hdr hdr;
	u8 maint_op_class;
	u8 maint_op_sub_class;
	u8 flags;
	u8 result;
	__le16 validity;
	u8 reserved1[6];
	__le16 spares;
	u8 channel;
	u8 rank;
	u8 nibble_mask[3];
	u8 bank_group;
	u8 bank;
	u8 row[3];
	__le16 column;
	u8 component_id[FABMON_CXL_COMPONENT_ID_SIZE];
	u8 sub_channel;
	u8 reserved2[37];
} __packed;

union fabmon_cxl_record {
	struct fabmon_cxl_hdr hdr;
	struct fabmon_cxl_general_media general_media;
	struct fabmon_cxl_dram dram;
	struct fabmon_cxl_module module;
	struct fabmon_cxl_sparing sparing;
	u8 raw[FABMON_CXL_RECORD_SIZE];
};

static_assert(sizeof(struct fabmon_cxl_general_media) ==
	      FABMON_CXL_RECORD_SIZE);
static_assert(sizeof(struct fabmon_cxl_dram) == FABMON_CXL_RECORD_SIZE);
static_assert(sizeof(struct fabmon_cxl_module) == FABMON_CXL_RECORD_SIZE);
static_assert(sizeof(struct fabmon_cxl_sparing) == FABMON_CXL_RECORD_SIZE);

/**
 * struct fabmon_cxl_poison - arguments of the tracepoint cxl_poison
 * @address: start and source, as in the media error record
 * @length: in units of 64 bytes
 * @overflow_time: when the poison list overflowed, if a flag is set
 * @flags: flags of the poison list
 * @op: what was done
 *
 * Media error record: CXL 3.1, 8.2.9.9.4.1, table 8-140.
 */
struct fabmon_cxl_poison {
	__le64 address;
	__le32 length;
	__le64 overflow_time;
	u8 flags;
	u8 op;
};

/* What Get Event Records answers, up to the records (table 8-62). */
struct fabmon_cxl_overflow {
	u8 flags;
	u8 reserved;
	__le16 count;
	__le64 first_time;
	__le64 last_time;
} __packed;

/**
 * struct fabmon_cxl_aer - CXL RAS registers (CXL 3.1, 8.2.4.17)
 * @status: the errors
 * @first_error: the bit of @status that came first; uncorrectable errors only
 * @header_log: what was on the link then; likewise
 */
struct fabmon_cxl_aer {
	u32 status;
	u32 first_error;
	u8 header_log[FABMON_CXL_HEADER_LOG_SIZE];
};

/**
 * struct fabmon_cxl_sample - a health event
 * @stamp: when the probe ran
 * @type: which of the members of the union
 * @node: id of the memory device or port, 0 if it is not known
 * @region: id of the region, 0 if there is none
 * @log: event log, for records and overflows
 * @hpa: host physical address, ULLONG_MAX if there is none
 * @hpa_alias: the like of it in an extended linear cache
 * @uuid: type of a record of another type
 * @device: name of the memory device or port, or ""
 * @pci: PCI address of the function that reported protocol errors, or ""
 * @record: the event record
 * @poison: the entry of the poison list
 * @overflow: the overflow of an event log
 * @aer: protocol errors
 */
struct fabmon_cxl_sample {
	struct fabmon_stamp stamp;
	enum fabmon_event_type type;
	u32 node;
	u32 region;
	u32 log;
	u64 hpa;
	u64 hpa_alias;
	uuid_t uuid;
	char device[FABMON_CXL_NAME_SIZE];
	char pci[FABMON_CXL_PCI_SIZE];
	union {
		union fabmon_cxl_record record;
		struct fabmon_cxl_poison poison;
		struct fabmon_cxl_overflow overflow;
		struct fabmon_cxl_aer aer;
	};
};

/* record.c */
int fabmon_cxl_record_fill(const struct fabmon_cxl_sample *sample,
			   struct sk_buff *open, struct sk_buff *secret);

/* sample.c */
void fabmon_cxl_sample_init(struct fabmon_cxl_sample *sample,
			    enum fabmon_event_type type, const void *memdev,
			    const void *region);
void fabmon_cxl_sample_queue(const struct fabmon_cxl_sample *sample);
void fabmon_cxl_sample_unreadable(void);
void fabmon_cxl_samples_flush(void);

#endif /* FABMON_CXL_RECORD_H */
