// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL event records, from the layout of the device to attributes.
 *
 * Pure functions. The layouts are those of CXL 3.1, 8.2.9.2.1; the fields that
 * 3.1 added were reserved and zero before it, so their validity flags, zero
 * too, leave them out.
 */
#include "compat.h"

#ifdef FABMON_HAVE_CXL_EVENTS

#include <linux/bits.h>

#include "record.h"

/* physical address: bits 0 and 1 are flags, 2 to 5 reserved (table 8-45) */
#define DPA_MASK		GENMASK_ULL(63, 6)

/* validity flags of general media and DRAM records (tables 8-45, 8-46) */
#define VALID_CHANNEL		BIT(0)
#define VALID_RANK		BIT(1)
#define GM_VALID_DEVICE		BIT(2)
#define GM_VALID_COMPONENT	BIT(3)
#define DRAM_VALID_NIBBLE	BIT(2)
#define DRAM_VALID_BANK_GROUP	BIT(3)
#define DRAM_VALID_BANK		BIT(4)
#define DRAM_VALID_ROW		BIT(5)
#define DRAM_VALID_COLUMN	BIT(6)
#define DRAM_VALID_COMPONENT	BIT(8)

/* validity flags of memory module records (table 8-47) */
#define MODULE_VALID_COMPONENT	BIT(0)

/* fields that the headers before Linux 6.14 do not name */
#define DRAM_COMPONENT_ID	offsetofend(struct cxl_event_dram, \
					    correction_mask)
#define MODULE_VALIDITY		offsetofend(struct cxl_event_mem_module, info)
#define MODULE_COMPONENT_ID	(MODULE_VALIDITY + sizeof(__le16))

/* media error record (table 8-140) */
#define POISON_SOURCE_MASK	GENMASK_ULL(2, 0)
#define POISON_UNIT		64

static u32 le16_at(const void *p)
{
	const u8 *b = p;

	return b[0] | b[1] << 8;
}

static u32 le24_at(const void *p)
{
	const u8 *b = p;

	return b[0] | b[1] << 8 | b[2] << 16;
}

static u32 le32_at(const void *p)
{
	const u8 *b = p;

	return le24_at(b) | (u32)b[3] << 24;
}

static int put_u32_if(struct sk_buff *attrs, bool valid, int type, u32 value)
{
	return valid ? nla_put_u32(attrs, type, value) : 0;
}

static int put_component(struct sk_buff *attrs, bool valid, const void *id)
{
	if (!valid)
		return 0;
	return nla_put(attrs, FABMON_A_EVENT_COMPONENT_ID,
		       CXL_EVENT_GEN_MED_COMP_ID_SIZE, id);
}

static int fill_header(const struct cxl_event_record_hdr *hdr, u32 log,
		       struct sk_buff *open)
{
	if (nla_put_u32(open, FABMON_A_EVENT_LOG, log) ||
	    nla_put_u32(open, FABMON_A_EVENT_FLAGS, le24_at(hdr->flags)) ||
	    nla_put_u32(open, FABMON_A_EVENT_HANDLE,
			le16_to_cpu(hdr->handle)) ||
	    fabmon_put_u64(open, FABMON_A_EVENT_RECORD_TIME,
			   le64_to_cpu(hdr->timestamp)))
		return -EMSGSIZE;
	return 0;
}

static int fill_media(const struct cxl_event_media_hdr *media, u32 valid,
		      struct sk_buff *open, struct sk_buff *secret)
{
	if (nla_put_u32(open, FABMON_A_EVENT_DESCRIPTOR, media->descriptor) ||
	    nla_put_u32(open, FABMON_A_EVENT_MEMORY_EVENT_TYPE, media->type) ||
	    nla_put_u32(open, FABMON_A_EVENT_TRANSACTION_TYPE,
			media->transaction_type) ||
	    put_u32_if(open, valid & VALID_CHANNEL, FABMON_A_EVENT_CHANNEL,
		       media->channel) ||
	    put_u32_if(open, valid & VALID_RANK, FABMON_A_EVENT_RANK,
		       media->rank))
		return -EMSGSIZE;
	return fabmon_put_u64(secret, FABMON_A_EVENT_DPA,
			      le64_to_cpu(media->phys_addr) & DPA_MASK);
}

static int fill_general_media(const struct cxl_event_gen_media *rec,
			      struct sk_buff *open, struct sk_buff *secret)
{
	u32 valid = le16_at(rec->media_hdr.validity_flags);

	if (fill_media(&rec->media_hdr, valid, open, secret) ||
	    put_u32_if(open, valid & GM_VALID_DEVICE,
		       FABMON_A_EVENT_COMPONENT_DEVICE,
		       le24_at(rec->device)) ||
	    put_component(open, valid & GM_VALID_COMPONENT, rec->component_id))
		return -EMSGSIZE;
	return 0;
}

static int fill_dram(const struct cxl_event_dram *rec, struct sk_buff *open,
		     struct sk_buff *secret)
{
	u32 valid = le16_at(rec->media_hdr.validity_flags);
	const u8 *raw = (const u8 *)rec;

	if (fill_media(&rec->media_hdr, valid, open, secret) ||
	    put_u32_if(open, valid & DRAM_VALID_NIBBLE,
		       FABMON_A_EVENT_NIBBLE_MASK,
		       le24_at(rec->nibble_mask)) ||
	    put_u32_if(open, valid & DRAM_VALID_BANK_GROUP,
		       FABMON_A_EVENT_BANK_GROUP, rec->bank_group) ||
	    put_u32_if(open, valid & DRAM_VALID_BANK,
		       FABMON_A_EVENT_BANK, rec->bank) ||
	    put_u32_if(open, valid & DRAM_VALID_ROW,
		       FABMON_A_EVENT_ROW, le24_at(rec->row)) ||
	    put_u32_if(open, valid & DRAM_VALID_COLUMN,
		       FABMON_A_EVENT_COLUMN, le16_at(rec->column)) ||
	    put_component(open, valid & DRAM_VALID_COMPONENT,
			  raw + DRAM_COMPONENT_ID))
		return -EMSGSIZE;
	return 0;
}

static int fill_module(const struct cxl_event_mem_module *rec,
		       struct sk_buff *open)
{
	const struct cxl_get_health_info *info = &rec->info;
	const u8 *raw = (const u8 *)rec;
	u32 valid = le16_at(raw + MODULE_VALIDITY);

	if (nla_put_u32(open, FABMON_A_EVENT_MODULE_EVENT_TYPE,
			rec->event_type) ||
	    nla_put_u32(open, FABMON_A_EVENT_HEALTH_STATUS,
			info->health_status) ||
	    nla_put_u32(open, FABMON_A_EVENT_MEDIA_STATUS,
			info->media_status) ||
	    nla_put_u32(open, FABMON_A_EVENT_ADDITIONAL_STATUS,
			info->add_status) ||
	    nla_put_u32(open, FABMON_A_EVENT_LIFE_USED, info->life_used) ||
	    nla_put_s32(open, FABMON_A_EVENT_TEMPERATURE,
			(s16)le16_at(info->device_temp)) ||
	    nla_put_u32(open, FABMON_A_EVENT_DIRTY_SHUTDOWNS,
			le32_at(info->dirty_shutdown_cnt)) ||
	    nla_put_u32(open, FABMON_A_EVENT_CORRECTED_VOLATILE_ERRORS,
			le32_at(info->cor_vol_err_cnt)) ||
	    nla_put_u32(open, FABMON_A_EVENT_CORRECTED_PERSISTENT_ERRORS,
			le32_at(info->cor_per_err_cnt)) ||
	    put_component(open, valid & MODULE_VALID_COMPONENT,
			  raw + MODULE_COMPONENT_ID))
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
	return 0;
}

static int fill_record(const struct fabmon_cxl_sample *sample,
		       struct sk_buff *open, struct sk_buff *secret)
{
	const union cxl_event *record = &sample->record;
	int ret;

	ret = fill_header(&record->generic.hdr, sample->log, open);
	if (ret)
		return ret;
	switch (sample->type) {
	case FABMON_EVENT_TYPE_GENERAL_MEDIA:
		ret = fill_general_media(&record->gen_media, open, secret);
		break;
	case FABMON_EVENT_TYPE_DRAM:
		ret = fill_dram(&record->dram, open, secret);
		break;
	default:
		ret = fill_module(&record->mem_module, open);
		break;
	}
	if (ret)
		return ret;
	return nla_put(secret, FABMON_A_EVENT_RAW, sizeof(*record), record);
}

/**
 * fabmon_cxl_record_fill - describe a health event
 * @sample: the event
 * @open: takes what anyone may read
 * @secret: takes addresses and the raw record
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int fabmon_cxl_record_fill(const struct fabmon_cxl_sample *sample,
			   struct sk_buff *open, struct sk_buff *secret)
{
	if (nla_put_u32(open, FABMON_A_EVENT_TYPE, sample->type) ||
	    put_u32_if(open, sample->node, FABMON_A_EVENT_NODE,
		       sample->node) ||
	    (sample->device[0] &&
	     nla_put_string(open, FABMON_A_EVENT_DEVICE, sample->device)) ||
	    put_u32_if(open, sample->region, FABMON_A_EVENT_REGION,
		       sample->region) ||
	    (sample->hpa != ULLONG_MAX &&
	     fabmon_put_u64(secret, FABMON_A_EVENT_HPA, sample->hpa)))
		return -EMSGSIZE;

	if (sample->type == FABMON_EVENT_TYPE_POISON)
		return fill_poison(&sample->poison, open, secret);
	return fill_record(sample, open, secret);
}

#endif /* FABMON_HAVE_CXL_EVENTS */
