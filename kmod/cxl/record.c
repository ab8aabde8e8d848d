// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL event records: from the bytes of the device to netlink attributes.
 *
 * Pure functions. Fields that a revision of the specification added were
 * reserved and zero before it, so their validity flags, zero too, leave them
 * out; in those without a flag 0 means "none" or "not reported".
 */
#include <linux/bits.h>

#include "record.h"

/* flags of the common event record (table 8-55) */
#define FLAG_MAINT_SUB_CLASS	BIT(6)
#define FLAG_LD_ID		BIT(7)
#define FLAG_HEAD_ID		BIT(8)

/* physical address: bits 0 and 1 are flags, 2 to 5 reserved (table 8-57) */
#define DPA_MASK		GENMASK_ULL(63, 6)
#define DPA_FLAGS_MASK		GENMASK_ULL(1, 0)

/* validity flags of general media and DRAM records (tables 8-57, 8-58) */
#define VALID_CHANNEL		BIT(0)
#define VALID_RANK		BIT(1)
#define GM_VALID_DEVICE		BIT(2)
#define GM_VALID_COMPONENT	BIT(3)
#define GM_COMPONENT_PLDM	BIT(4)
#define DRAM_VALID_NIBBLE	BIT(2)
#define DRAM_VALID_BANK_GROUP	BIT(3)
#define DRAM_VALID_BANK		BIT(4)
#define DRAM_VALID_ROW		BIT(5)
#define DRAM_VALID_COLUMN	BIT(6)
#define DRAM_VALID_CORRECTION	BIT(7)
#define DRAM_VALID_COMPONENT	BIT(8)
#define DRAM_COMPONENT_PLDM	BIT(9)
#define DRAM_VALID_SUB_CHANNEL	BIT(10)

/* validity flags of memory module records (table 8-59) */
#define MODULE_VALID_COMPONENT	BIT(0)
#define MODULE_COMPONENT_PLDM	BIT(1)

/* validity flags of memory sparing records (table 8-60) */
#define SPARING_VALID_CHANNEL		BIT(0)
#define SPARING_VALID_RANK		BIT(1)
#define SPARING_VALID_NIBBLE		BIT(2)
#define SPARING_VALID_BANK_GROUP	BIT(3)
#define SPARING_VALID_BANK		BIT(4)
#define SPARING_VALID_ROW		BIT(5)
#define SPARING_VALID_COLUMN		BIT(6)
#define SPARING_VALID_COMPONENT		BIT(7)
#define SPARING_COMPONENT_PLDM		BIT(8)
#define SPARING_VALID_SUB_CHANNEL	BIT(9)

/* media error record (table 8-140 of CXL 3.1) */
#define POISON_SOURCE_MASK	GENMASK_ULL(2, 0)
#define POISON_UNIT		64

/* flag of the poison list: there was more than it holds (table 8-139) */
#define POISON_OVERFLOW		BIT(1)

/* types of records (tables 8-57 to 8-60) */
#define UUID_GENERAL_MEDIA						\
	UUID_INIT(0xfbcd0a77, 0xc260, 0x417f,				\
		  0x85, 0xa9, 0x08, 0x8b, 0x16, 0x21, 0xeb, 0xa6)
#define UUID_DRAM							\
	UUID_INIT(0x601dcbb3, 0x9c06, 0x4eab,				\
		  0xb8, 0xaf, 0x4e, 0x9b, 0xfb, 0x5c, 0x96, 0x24)
#define UUID_MODULE							\
	UUID_INIT(0xfe927475, 0xdd59, 0x4339,				\
		  0xa5, 0x86, 0x79, 0xba, 0xb1, 0x13, 0xb7, 0x74)
#define UUID_SPARING							\
	UUID_INIT(0xe71f3a40, 0x2d29, 0x4092,				\
		  0x8a, 0x39, 0x4d, 0x1c, 0x96, 0x6c, 0x7c, 0x65)

static u32 le24_at(const u8 *b)
{
	return b[0] | b[1] << 8 | b[2] << 16;
}

static int put_u32_if(struct sk_buff *attrs, bool valid, int type, u32 value)
{
	return valid ? nla_put_u32(attrs, type, value) : 0;
}

static int put_component(struct sk_buff *attrs, bool valid, bool pldm,
			 const void *id)
{
	if (!valid)
		return 0;
	if (nla_put(attrs, FABMON_A_EVENT_COMPONENT_ID,
		    FABMON_CXL_COMPONENT_ID_SIZE, id))
		return -EMSGSIZE;
	return put_u32_if(attrs, pldm, FABMON_A_EVENT_COMPONENT_ID_PLDM, 1);
}

static int put_uuid(struct sk_buff *attrs, const uuid_t uuid)
{
	return nla_put(attrs, FABMON_A_EVENT_UUID, sizeof(uuid), &uuid);
}

static int fill_header(const struct fabmon_cxl_hdr *hdr, u32 log,
		       struct sk_buff *open)
{
	u32 flags = le24_at(hdr->flags);

	if (nla_put_u32(open, FABMON_A_EVENT_LOG, log) ||
	    nla_put_u32(open, FABMON_A_EVENT_FLAGS, flags) ||
	    nla_put_u32(open, FABMON_A_EVENT_RECORD_LENGTH, hdr->length) ||
	    nla_put_u32(open, FABMON_A_EVENT_HANDLE,
			le16_to_cpu(hdr->handle)) ||
	    nla_put_u32(open, FABMON_A_EVENT_RELATED_HANDLE,
			le16_to_cpu(hdr->related_handle)) ||
	    fabmon_put_u64(open, FABMON_A_EVENT_RECORD_TIME,
			   le64_to_cpu(hdr->timestamp)) ||
	    nla_put_u32(open, FABMON_A_EVENT_MAINT_OP_CLASS,
			hdr->maint_op_class) ||
	    put_u32_if(open, flags & FLAG_MAINT_SUB_CLASS,
		       FABMON_A_EVENT_MAINT_OP_SUB_CLASS,
		       hdr->maint_op_sub_class) ||
	    put_u32_if(open, flags & FLAG_LD_ID, FABMON_A_EVENT_LD_ID,
		       le16_to_cpu(hdr->ld_id)) ||
	    put_u32_if(open, flags & FLAG_HEAD_ID, FABMON_A_EVENT_HEAD_ID,
		       hdr->head_id))
		return -EMSGSIZE;
	return 0;
}

static int fill_media(const struct fabmon_cxl_media *media, u32 valid,
		      struct sk_buff *open, struct sk_buff *secret)
{
	u64 address = le64_to_cpu(media->phys_addr);

	if (nla_put_u32(open, FABMON_A_EVENT_DPA_FLAGS,
			address & DPA_FLAGS_MASK) ||
	    nla_put_u32(open, FABMON_A_EVENT_DESCRIPTOR, media->descriptor) ||
	    nla_put_u32(open, FABMON_A_EVENT_MEMORY_EVENT_TYPE, media->type) ||
	    nla_put_u32(open, FABMON_A_EVENT_TRANSACTION_TYPE,
			media->transaction_type) ||
	    put_u32_if(open, valid & VALID_CHANNEL, FABMON_A_EVENT_CHANNEL,
		       media->channel) ||
	    put_u32_if(open, valid & VALID_RANK, FABMON_A_EVENT_RANK,
		       media->rank))
		return -EMSGSIZE;
	return fabmon_put_u64(secret, FABMON_A_EVENT_DPA, address & DPA_MASK);
}

static int fill_general_media(const struct fabmon_cxl_general_media *rec,
			      struct sk_buff *open, struct sk_buff *secret)
{
	u32 valid = le16_to_cpu(rec->media.validity);

	if (put_uuid(open, UUID_GENERAL_MEDIA) ||
	    fill_media(&rec->media, valid, open, secret) ||
	    put_u32_if(open, valid & GM_VALID_DEVICE,
		       FABMON_A_EVENT_COMPONENT_DEVICE,
		       le24_at(rec->device)) ||
	    put_component(open, valid & GM_VALID_COMPONENT,
			  valid & GM_COMPONENT_PLDM, rec->component_id) ||
	    nla_put_u32(open, FABMON_A_EVENT_THRESHOLD_FLAGS,
			rec->threshold_flags) ||
	    nla_put_u32(open, FABMON_A_EVENT_CORRECTED_ERRORS,
			le24_at(rec->corrected_errors)) ||
	    nla_put_u32(open, FABMON_A_EVENT_SUB_TYPE, rec->sub_type))
		return -EMSGSIZE;
	return 0;
}

static int fill_dram_place(const struct fabmon_cxl_dram *rec, u32 valid,
			   struct sk_buff *open)
{
	if (put_u32_if(open, valid & DRAM_VALID_NIBBLE,
		       FABMON_A_EVENT_NIBBLE_MASK,
		       le24_at(rec->nibble_mask)) ||
	    put_u32_if(open, valid & DRAM_VALID_BANK_GROUP,
		       FABMON_A_EVENT_BANK_GROUP, rec->bank_group) ||
	    put_u32_if(open, valid & DRAM_VALID_BANK,
		       FABMON_A_EVENT_BANK, rec->bank) ||
	    put_u32_if(open, valid & DRAM_VALID_ROW,
		       FABMON_A_EVENT_ROW, le24_at(rec->row)) ||
	    put_u32_if(open, valid & DRAM_VALID_COLUMN,
		       FABMON_A_EVENT_COLUMN, le16_to_cpu(rec->column)) ||
	    put_u32_if(open, valid & DRAM_VALID_SUB_CHANNEL,
		       FABMON_A_EVENT_SUB_CHANNEL, rec->sub_channel))
		return -EMSGSIZE;
	return 0;
}

static int fill_dram(const struct fabmon_cxl_dram *rec, struct sk_buff *open,
		     struct sk_buff *secret)
{
	u32 valid = le16_to_cpu(rec->media.validity);

	if (put_uuid(open, UUID_DRAM) ||
	    fill_media(&rec->media, valid, open, secret) ||
	    fill_dram_place(rec, valid, open) ||
	    put_component(open, valid & DRAM_VALID_COMPONENT,
			  valid & DRAM_COMPONENT_PLDM, rec->component_id) ||
	    nla_put_u32(open, FABMON_A_EVENT_THRESHOLD_FLAGS,
			rec->threshold_flags) ||
	    nla_put_u32(open, FABMON_A_EVENT_CORRECTED_VOLATILE,
			le24_at(rec->corrected_volatile)) ||
	    nla_put_u32(open, FABMON_A_EVENT_SUB_TYPE, rec->sub_type))
		return -EMSGSIZE;
	if (!(valid & DRAM_VALID_CORRECTION))
		return 0;
	return nla_put(open, FABMON_A_EVENT_CORRECTION_MASK,
		       sizeof(rec->correction_mask), rec->correction_mask);
}

static int fill_module(const struct fabmon_cxl_module *rec,
		       struct sk_buff *open)
{
	u32 valid = le16_to_cpu(rec->validity);

	if (put_uuid(open, UUID_MODULE) ||
	    nla_put_u32(open, FABMON_A_EVENT_MODULE_EVENT_TYPE,
			rec->event_type) ||
	    nla_put_u32(open, FABMON_A_EVENT_HEALTH_STATUS,
			rec->health_status) ||
	    nla_put_u32(open, FABMON_A_EVENT_MEDIA_STATUS,
			rec->media_status) ||
	    nla_put_u32(open, FABMON_A_EVENT_ADDITIONAL_STATUS,
			rec->additional_status) ||
	    nla_put_u32(open, FABMON_A_EVENT_LIFE_USED, rec->life_used) ||
	    nla_put_s32(open, FABMON_A_EVENT_TEMPERATURE,
			(s16)le16_to_cpu(rec->temperature)) ||
	    nla_put_u32(open, FABMON_A_EVENT_DIRTY_SHUTDOWNS,
			le32_to_cpu(rec->dirty_shutdowns)) ||
	    nla_put_u32(open, FABMON_A_EVENT_CORRECTED_VOLATILE_ERRORS,
			le32_to_cpu(rec->corrected_volatile_errors)) ||
	    nla_put_u32(open, FABMON_A_EVENT_CORRECTED_PERSISTENT_ERRORS,
			le32_to_cpu(rec->corrected_persistent_errors)) ||
	    put_component(open, valid & MODULE_VALID_COMPONENT,
			  valid & MODULE_COMPONENT_PLDM, rec->component_id) ||
	    nla_put_u32(open, FABMON_A_EVENT_SUB_TYPE, rec->sub_type))
		return -EMSGSIZE;
	return 0;
}

static int fill_sparing_place(const struct fabmon_cxl_sparing *rec, u32 valid,
			      struct sk_buff *open)
{
	if (put_u32_if(open, valid & SPARING_VALID_CHANNEL,
		       FABMON_A_EVENT_CHANNEL, rec->channel) ||
	    put_u32_if(open, valid & SPARING_VALID_RANK,
		       FABMON_A_EVENT_RANK, rec->rank) ||
	    put_u32_if(open, valid & SPARING_VALID_NIBBLE,
		       FABMON_A_EVENT_NIBBLE_MASK,
		       le24_at(rec->nibble_mask)) ||
	    put_u32_if(open, valid & SPARING_VALID_BANK_GROUP,
		       FABMON_A_EVENT_BANK_GROUP, rec->bank_group) ||
	    put_u32_if(open, valid & SPARING_VALID_BANK,
		       FABMON_A_EVENT_BANK, rec->bank) ||
	    put_u32_if(open, valid & SPARING_VALID_ROW,
		       FABMON_A_EVENT_ROW, le24_at(rec->row)) ||
	    put_u32_if(open, valid & SPARING_VALID_COLUMN,
		       FABMON_A_EVENT_COLUMN, le16_to_cpu(rec->column)) ||
	    put_u32_if(open, valid & SPARING_VALID_SUB_CHANNEL,
		       FABMON_A_EVENT_SUB_CHANNEL, rec->sub_channel))
		return -EMSGSIZE;
	return 0;
}

/* The maintenance class, twice in this record, is taken from its header. */
static int fill_sparing(const struct fabmon_cxl_sparing *rec,
			struct sk_buff *open)
{
	u32 valid = le16_to_cpu(rec->validity);

	if (put_uuid(open, UUID_SPARING) ||
	    nla_put_u32(open, FABMON_A_EVENT_SPARING_FLAGS, rec->flags) ||
	    nla_put_u32(open, FABMON_A_EVENT_RESULT, rec->result) ||
	    nla_put_u32(open, FABMON_A_EVENT_SPARES,
			le16_to_cpu(rec->spares)) ||
	    fill_sparing_place(rec, valid, open) ||
	    put_component(open, valid & SPARING_VALID_COMPONENT,
			  valid & SPARING_COMPONENT_PLDM, rec->component_id))
		return -EMSGSIZE;
	return 0;
}

static int fill_poison(const struct fabmon_cxl_poison *poison,
		       struct sk_buff *open, struct sk_buff *secret)
{
	u64 address = le64_to_cpu(poison->address);

	if (nla_put_u32(open, FABMON_A_EVENT_POISON_OP, poison->op) ||
	    nla_put_u32(open, FABMON_A_EVENT_POISON_SOURCE,
			address & POISON_SOURCE_MASK) ||
	    nla_put_u32(open, FABMON_A_EVENT_POISON_FLAGS, poison->flags) ||
	    fabmon_put_u64(secret, FABMON_A_EVENT_DPA, address & DPA_MASK) ||
	    fabmon_put_u64(secret, FABMON_A_EVENT_LENGTH,
			   (u64)le32_to_cpu(poison->length) * POISON_UNIT))
		return -EMSGSIZE;
	if (!(poison->flags & POISON_OVERFLOW))
		return 0;
	return fabmon_put_u64(open, FABMON_A_EVENT_FIRST_TIME,
			      le64_to_cpu(poison->overflow_time));
}

static int fill_overflow(const struct fabmon_cxl_overflow *overflow, u32 log,
			 struct sk_buff *open)
{
	if (nla_put_u32(open, FABMON_A_EVENT_LOG, log) ||
	    fabmon_put_u64(open, FABMON_A_EVENT_COUNT,
			   le16_to_cpu(overflow->count)) ||
	    fabmon_put_u64(open, FABMON_A_EVENT_FIRST_TIME,
			   le64_to_cpu(overflow->first_time)) ||
	    fabmon_put_u64(open, FABMON_A_EVENT_LAST_TIME,
			   le64_to_cpu(overflow->last_time)))
		return -EMSGSIZE;
	return 0;
}

static int fill_aer(const struct fabmon_cxl_aer *aer, bool uncorrectable,
		    struct sk_buff *open, struct sk_buff *secret)
{
	if (nla_put_u32(open, FABMON_A_EVENT_STATUS, aer->status))
		return -EMSGSIZE;
	if (!uncorrectable)
		return 0;
	if (nla_put_u32(open, FABMON_A_EVENT_FIRST_ERROR, aer->first_error) ||
	    nla_put(secret, FABMON_A_EVENT_HEADER_LOG,
		    sizeof(aer->header_log), aer->header_log))
		return -EMSGSIZE;
	return 0;
}

static int fill_record(const struct fabmon_cxl_sample *sample,
		       struct sk_buff *open, struct sk_buff *secret)
{
	const union fabmon_cxl_record *record = &sample->record;
	int ret;

	ret = fill_header(&record->hdr, sample->log, open);
	if (ret)
		return ret;
	switch (sample->type) {
	case FABMON_EVENT_TYPE_GENERAL_MEDIA:
		ret = fill_general_media(&record->general_media, open, secret);
		break;
	case FABMON_EVENT_TYPE_DRAM:
		ret = fill_dram(&record->dram, open, secret);
		break;
	case FABMON_EVENT_TYPE_MEMORY_MODULE:
		ret = fill_module(&record->module, open);
		break;
	case FABMON_EVENT_TYPE_MEMORY_SPARING:
		ret = fill_sparing(&record->sparing, open);
		break;
	default:
		ret = put_uuid(open, sample->uuid);
		break;
	}
	if (ret)
		return ret;
	return nla_put(secret, FABMON_A_EVENT_RAW, sizeof(*record), record);
}

/* fill_place - what was hit, as the kernel knows it */
static int fill_place(const struct fabmon_cxl_sample *sample,
		      struct sk_buff *open, struct sk_buff *secret)
{
	if (put_u32_if(open, sample->node, FABMON_A_EVENT_NODE,
		       sample->node) ||
	    (sample->device[0] &&
	     nla_put_string(open, FABMON_A_EVENT_DEVICE, sample->device)) ||
	    (sample->pci[0] &&
	     nla_put_string(open, FABMON_A_EVENT_PCI, sample->pci)) ||
	    put_u32_if(open, sample->region, FABMON_A_EVENT_REGION,
		       sample->region))
		return -EMSGSIZE;
	if (sample->hpa != ULLONG_MAX &&
	    fabmon_put_u64(secret, FABMON_A_EVENT_HPA, sample->hpa))
		return -EMSGSIZE;
	if (sample->hpa_alias != ULLONG_MAX &&
	    fabmon_put_u64(secret, FABMON_A_EVENT_HPA_ALIAS,
			   sample->hpa_alias))
		return -EMSGSIZE;
	return 0;
}

/**
 * fabmon_cxl_record_fill - describe a health event
 * @sample: the event
 * @open: takes what anyone may read
 * @secret: takes addresses, the header log and the raw record
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int fabmon_cxl_record_fill(const struct fabmon_cxl_sample *sample,
			   struct sk_buff *open, struct sk_buff *secret)
{
	if (nla_put_u32(open, FABMON_A_EVENT_TYPE, sample->type) ||
	    fill_place(sample, open, secret))
		return -EMSGSIZE;

	switch (sample->type) {
	case FABMON_EVENT_TYPE_POISON:
		return fill_poison(&sample->poison, open, secret);
	case FABMON_EVENT_TYPE_OVERFLOW:
		return fill_overflow(&sample->overflow, sample->log, open);
	case FABMON_EVENT_TYPE_AER_CORRECTABLE:
		return fill_aer(&sample->aer, false, open, secret);
	case FABMON_EVENT_TYPE_AER_UNCORRECTABLE:
		return fill_aer(&sample->aer, true, open, secret);
	default:
		return fill_record(sample, open, secret);
	}
}
