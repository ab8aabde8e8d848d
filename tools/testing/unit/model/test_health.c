// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Health: what events make of devices, what takes it away again, and that the
 * logs alone are enough to know it. The rules are in Documentation/health.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "event_bytes.h"
#include "model/model.h"
#include "util/error.h"

#define MEM	"cxl-0000000000001234"
#define HCA	"0000000000000042"

static uint64_t seq;

static struct model_stamp stamp(void)
{
	seq++;
	return (struct model_stamp) {
		.instance = 7, .seq = seq, .boottime = seq * 1000000,
		.realtime = 1000 + seq,
	};
}

static bool happen(struct model *model, struct knl_event *event)
{
	const struct model_stamp now = stamp();

	event_pack(event);
	return model_health(model, event, 0, &now);
}

static bool settle(struct model *model)
{
	const struct model_stamp now = stamp();

	model_identify(model);
	return model_health_settle(model, &now);
}

static struct model_node *put_memdev(struct model *model, uint32_t id,
				     bool bound)
{
	struct knl_node k = {
		.id = id, .kind = FABMON_NODE_KIND_CXL_MEMDEV,
		.name = strdup("mem0"),
		.driver = bound ? strdup("cxl_mem") : NULL,
	};
	struct model_node *node = model_node_put(model, &k);

	node->memdev.serial = 0x1234;
	model_identify(model);
	assert_string_equal(node->ident, MEM);
	return node;
}

static struct model_node *put_hca(struct model *model, uint32_t id)
{
	struct knl_node k = {
		.id = id, .kind = FABMON_NODE_KIND_RDMA_DEV,
		.name = strdup("mlx5_0"), .dev = { .node_guid = 0x42 },
	};
	struct knl_node port = {
		.id = id + 1, .parent = id, .kind = FABMON_NODE_KIND_RDMA_PORT,
		.name = strdup("mlx5_0/1"), .port = { .number = 1, .state = 4 },
	};
	struct model_node *node = model_node_put(model, &k);

	model_node_put(model, &port);
	model_identify(model);
	return node;
}

static size_t entries(const struct model *model, const char *device)
{
	return model_log_count(model_log_find(model, device));
}

static const struct model_entry *last(const struct model *model,
				      const char *device)
{
	const struct model_entry *entry, *next;

	entry = model_log_first(model_log_find(model, device));
	while (entry && (next = model_log_next(entry)))
		entry = next;
	return entry;
}

/*
 * Another run makes the same of the logs that were stored, whatever is in them,
 * except for what is reported only once.
 */
static void check_rebuilt(struct model *model, struct model_node *node,
			  uint32_t id)
{
	struct model *later = model_new();
	const struct model_entry *entry;
	struct model_entry copy;
	struct model_node *same;
	size_t i;

	for (entry = model_log_after(model, 0); entry;
	     entry = model_log_after_next(entry)) {
		copy = *entry;
		copy.resolved = copy.pinned = copy.saved = false;
		if (copy.raw.len) {
			copy.raw.data = malloc(copy.raw.len);
			memcpy(copy.raw.data, entry->raw.data, copy.raw.len);
		}
		assert_int_equal(model_log_load(later, entry->device, &copy),
				 0);
	}
	same = put_memdev(later, id, true);
	settle(later);
	assert_int_equal(same->n_conditions, node->n_conditions);
	for (i = 0; i < node->n_conditions; i++)
		assert_memory_equal(&same->conditions[i],
				    &node->conditions[i],
				    sizeof(node->conditions[i]));
	model_free(later);
}

static int setup(void **state)
{
	seq = 0;
	*state = model_new();
	return 0;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

static struct knl_event media(int64_t log, int64_t descriptor, int64_t dpa)
{
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_DRAM, 1);

	event_set(&event, FABMON_A_EVENT_LOG, log);
	event_set(&event, FABMON_A_EVENT_DESCRIPTOR, descriptor);
	event_set(&event, FABMON_A_EVENT_DPA, dpa);
	return event;
}

static struct knl_event poison(int64_t op, int64_t dpa)
{
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_POISON, 1);

	event_set(&event, FABMON_A_EVENT_POISON_OP, op);
	event_set(&event, FABMON_A_EVENT_DPA, dpa);
	event_set(&event, FABMON_A_EVENT_LENGTH, 64);
	return event;
}

static void test_media(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event;
	int i;

	event = media(FABMON_EVENT_LOG_INFO, 0, 0x1000);
	assert_true(happen(model, &event));
	assert_int_equal(node->n_conditions, 0);
	assert_int_equal(last(model, MEM)->after, MODEL_OK);
	event = media(FABMON_EVENT_LOG_INFO, 1, 0x1000);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_CRITICAL);
	assert_int_equal(last(model, MEM)->before, MODEL_OK);
	assert_int_equal(last(model, MEM)->after, MODEL_CRITICAL);
	/* corrected ones do not hide it, nor push it out of the log */
	for (i = 0; i < 100; i++) {
		event = media(FABMON_EVENT_LOG_WARNING, 2, 0x2000);
		happen(model, &event);
	}
	assert_int_equal(model_node_severity(node), MODEL_CRITICAL);
	assert_int_equal(node->n_conditions, 2);
	assert_true(node->conditions[0].uncorrected);
	assert_int_equal(node->conditions[1].count, 100);
	assert_int_equal(node->conditions[1].realtime, 1102);
	assert_int_equal(node->conditions[1].dpa, 0x2000);
	assert_int_equal(entries(model, MEM), MODEL_LOG_ENTRIES);
	check_rebuilt(model, node, 1);
	/* by name, and of what is not known */
	event = event_of_type(FABMON_EVENT_TYPE_POISON, 0);
	event.device = (char *)"mem0";
	assert_true(happen(model, &event));
	event.device = (char *)"mem9";
	assert_false(happen(model, &event));
}

static void test_module(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event =
		event_of_type(FABMON_EVENT_TYPE_MEMORY_MODULE, 1);

	event_set(&event, FABMON_A_EVENT_HEALTH_STATUS, 4);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_CRITICAL);
	event_set(&event, FABMON_A_EVENT_HEALTH_STATUS, 2);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_WARNING);
	assert_int_equal(node->n_conditions, 1);
	event_set(&event, FABMON_A_EVENT_HEALTH_STATUS, 0);
	event_set(&event, FABMON_A_EVENT_ADDITIONAL_STATUS, 2 << 2);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_CRITICAL);
	event_set(&event, FABMON_A_EVENT_ADDITIONAL_STATUS, 0);
	event_set(&event, FABMON_A_EVENT_MEDIA_STATUS, 4);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_WARNING);
	check_rebuilt(model, node, 1);
	event_set(&event, FABMON_A_EVENT_MEDIA_STATUS, 0);
	happen(model, &event);
	assert_int_equal(node->n_conditions, 0);
	check_rebuilt(model, node, 1);
}

static void test_poison(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event = poison(FABMON_POISON_OP_INJECT, 0x40);

	happen(model, &event);
	event = poison(FABMON_POISON_OP_LIST, 0x1000);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_WARNING);
	/* the later one goes, the other one stays; so in the other order */
	event = poison(FABMON_POISON_OP_CLEAR, 0x1000);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_WARNING);
	assert_int_equal(node->conditions[0].dpa, 0x40);
	event = poison(FABMON_POISON_OP_CLEAR, 0x80);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_WARNING);
	check_rebuilt(model, node, 1);
	event = poison(FABMON_POISON_OP_CLEAR, 0x40);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_OK);
	assert_int_equal(last(model, MEM)->before, MODEL_WARNING);
	check_rebuilt(model, node, 1);
	/* what could not be read there can be again; elsewhere it cannot */
	event = media(FABMON_EVENT_LOG_FATAL, 1, 0x2008);
	happen(model, &event);
	event = media(FABMON_EVENT_LOG_FATAL, 0, 0x2010);
	happen(model, &event);
	event = poison(FABMON_POISON_OP_CLEAR, 0x2000);
	happen(model, &event);
	assert_int_equal(node->n_conditions, 1);
	assert_int_equal(node->conditions[0].dpa, 0x2010);
}

/* Where nobody could listen with addresses nothing is taken for the same. */
static void test_poison_unknown(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_POISON, 1);

	happen(model, &event);
	event_set(&event, FABMON_A_EVENT_POISON_OP, FABMON_POISON_OP_CLEAR);
	happen(model, &event);
	assert_int_equal(model_node_severity(node), MODEL_WARNING);
}

static void test_sparing(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event dram = media(FABMON_EVENT_LOG_WARNING, 2, 0x3000);
	struct knl_event event =
		event_of_type(FABMON_EVENT_TYPE_MEMORY_SPARING, 1);

	event_set(&dram, FABMON_A_EVENT_CHANNEL, 1);
	event_set(&dram, FABMON_A_EVENT_RANK, 0);
	event_set(&dram, FABMON_A_EVENT_ROW, 77);
	happen(model, &dram);
	event_set(&event, FABMON_A_EVENT_RESULT, 1);
	event_set(&event, FABMON_A_EVENT_CHANNEL, 1);
	event_set(&event, FABMON_A_EVENT_RANK, 0);
	happen(model, &event);
	assert_int_equal(node->n_conditions, 2);
	/* elsewhere, and all of the rank */
	event_set(&event, FABMON_A_EVENT_RESULT, 0);
	event_set(&event, FABMON_A_EVENT_RANK, 3);
	happen(model, &event);
	assert_int_equal(node->n_conditions, 2);
	check_rebuilt(model, node, 1);
	event_set(&event, FABMON_A_EVENT_RANK, 0);
	happen(model, &event);
	assert_int_equal(node->n_conditions, 0);
	check_rebuilt(model, node, 1);
}

static void test_protocol_bound(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event =
		event_of_type(FABMON_EVENT_TYPE_AER_UNCORRECTABLE, 1);
	struct knl_event dram = media(FABMON_EVENT_LOG_FATAL, 1, 0);
	struct knl_node bound = { .driver = (char *)"cxl_mem" };
	struct model_stamp now;

	happen(model, &event);
	happen(model, &dram);
	assert_int_equal(node->n_conditions, 2);
	assert_false(settle(model));
	/* bound to nothing, and something else than binding */
	now = stamp();
	assert_false(model_health_node(model, node, &(struct knl_node) { 0 },
				       FABMON_CAUSE_BIND, &now));
	assert_false(model_health_node(model, node, &bound, FABMON_CAUSE_LINK,
				       &now));
	assert_true(model_health_node(model, node, &bound, FABMON_CAUSE_BIND,
				      &now));
	/* the medium is as it was */
	assert_int_equal(node->n_conditions, 1);
	assert_int_equal(node->conditions[0].type, FABMON_EVENT_TYPE_DRAM);
	assert_int_equal(last(model, MEM)->what, MODEL_RENEWED);
	assert_false(model_health_node(model, node, &bound, FABMON_CAUSE_BIND,
				       &now));
	check_rebuilt(model, node, 1);
}

/* The kernel's driver was unbound and bound: another node, the same device. */
static void test_protocol_anew(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event =
		event_of_type(FABMON_EVENT_TYPE_AER_UNCORRECTABLE, 1);

	happen(model, &event);
	settle(model);
	model_node_drop(model, 1);
	node = put_memdev(model, 5, false);
	assert_false(settle(model));
	assert_int_equal(model_node_severity(node), MODEL_CRITICAL);
	model_node_drop(model, 5);
	node = put_memdev(model, 6, true);
	assert_true(settle(model));
	assert_int_equal(model_node_severity(node), MODEL_OK);
	assert_int_equal(last(model, MEM)->before, MODEL_CRITICAL);
	assert_false(settle(model));
}

static void test_fatal(void **state)
{
	struct model *model = *state;
	struct model_node *dev = put_hca(model, 10);
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_RDMA_ASYNC,
					       11);
	struct model_stamp now = stamp();

	settle(model);
	event_pack(&event);
	assert_false(model_health(model, &event, FABMON_CAUSE_SM_CHANGE,
				  &now));
	assert_true(model_health(model, &event, FABMON_CAUSE_DEVICE_FATAL,
				 &now));
	assert_int_equal(model_node_severity(dev), MODEL_CRITICAL);
	assert_int_equal(model_node_severity(dev->next), MODEL_OK);
	/* each port reports it */
	assert_false(model_health(model, &event, FABMON_CAUSE_DEVICE_FATAL,
				  &now));
	assert_false(model_health_node(model, dev->next, &dev->next->k,
				       FABMON_CAUSE_DEVICE_FATAL, &now));
	assert_false(settle(model));
	model_node_drop(model, 11);
	model_node_drop(model, 10);
	dev = put_hca(model, 20);
	assert_true(settle(model));
	assert_int_equal(model_node_severity(dev), MODEL_OK);
	assert_int_equal(entries(model, HCA), 2);
}

/* Types of the second revision: how bad each is, and whose health it is. */
static void test_types(void **state)
{
	static const struct {
		int type;
		uint64_t log, result;
		enum model_severity severity;
		bool health;
	} cases[] = {
		{ FABMON_EVENT_TYPE_MEMORY_SPARING, FABMON_EVENT_LOG_INFO, 0,
		  MODEL_OK, true },
		{ FABMON_EVENT_TYPE_MEMORY_SPARING, FABMON_EVENT_LOG_INFO, 1,
		  MODEL_WARNING, true },
		{ FABMON_EVENT_TYPE_MEMORY_SPARING, FABMON_EVENT_LOG_FATAL, 1,
		  MODEL_CRITICAL, true },
		{ FABMON_EVENT_TYPE_GENERIC, FABMON_EVENT_LOG_FAILURE, 0,
		  MODEL_CRITICAL, true },
		{ FABMON_EVENT_TYPE_OVERFLOW, FABMON_EVENT_LOG_FATAL, 0,
		  MODEL_OK, true },
		{ FABMON_EVENT_TYPE_AER_CORRECTABLE, 0, 0, MODEL_OK, true },
		{ FABMON_EVENT_TYPE_AER_UNCORRECTABLE, 0, 0, MODEL_CRITICAL,
		  true },
		{ FABMON_EVENT_TYPE_MEMORY_ONLINE, 0, 0, MODEL_OK, false },
		{ FABMON_EVENT_TYPE_MEMORY_OFFLINE, 0, 0, MODEL_OK, false },
		{ FABMON_EVENT_TYPE_RDMA_ASYNC, 0, 0, MODEL_OK, false },
		{ FABMON_EVENT_TYPE_LOST, 0, 0, MODEL_OK, true },
		{ 99, FABMON_EVENT_LOG_FATAL, 0, MODEL_CRITICAL, true },
	};
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct knl_event event = event_of_type(cases[i].type, 1);

		model_health_clear(model, MEM);
		assert_int_equal(model_node_severity(node), MODEL_OK);
		event_set(&event, FABMON_A_EVENT_LOG, cases[i].log);
		event_set(&event, FABMON_A_EVENT_RESULT, cases[i].result);
		assert_int_equal(model_event_severity(&event),
				 cases[i].severity);
		assert_int_equal(happen(model, &event), cases[i].health);
		assert_int_equal(model_node_severity(node), cases[i].severity);
	}
}

/* More kinds of trouble than there is room for. */
static void test_many_kinds(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event;
	int i;

	for (i = 40; i < 140; i++) {
		event = event_of_type(i, 1);
		event_set(&event, FABMON_A_EVENT_LOG, FABMON_EVENT_LOG_FATAL);
		happen(model, &event);
	}
	assert_int_equal(node->n_conditions, MODEL_MAX_CONDITIONS);
	assert_int_equal(entries(model, MEM), MODEL_LOG_ENTRIES);
}

/* What is larger than what is kept counts all the same. */
static void test_large(void **state)
{
	static uint8_t data[MODEL_RAW_MAX];
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event = media(FABMON_EVENT_LOG_FATAL, 1, 0);

	event.bytes[FABMON_A_EVENT_RAW] = (struct knl_bytes) {
		data, sizeof(data),
	};
	assert_true(happen(model, &event));
	assert_int_equal(model_node_severity(node), MODEL_CRITICAL);
	assert_int_equal(last(model, MEM)->raw.len, 0);
}

/* ---- the log ------------------------------------------------------------ */

static void test_bounds(void **state)
{
	struct model *model = *state;
	struct knl_event event;
	uint64_t number = 0;
	const struct model_entry *entry;
	size_t count = 0;
	int i, n;

	model_log_limit(model, 100);
	for (i = 1; i <= 60; i++) {
		struct knl_node k = {
			.id = i, .kind = FABMON_NODE_KIND_CXL_MEMDEV,
			.name = strdup("mem"),
		};

		model_node_put(model, &k)->memdev.serial = i;
	}
	model_identify(model);
	for (i = 1; i <= 60; i++) {
		event = event_of_type(FABMON_EVENT_TYPE_POISON, i);
		happen(model, &event);
		for (n = 0; n < 120; n++) {
			event = event_of_type(FABMON_EVENT_TYPE_LOST, i);
			happen(model, &event);
		}
	}
	for (entry = model_log_after(model, 0); entry;
	     entry = model_log_after_next(entry)) {
		assert_true(entry->number > number);
		number = entry->number;
		count++;
	}
	assert_int_equal(count, MODEL_LOG_TOTAL);
	assert_int_equal(number, 60 * 121);
	assert_int_equal(model_log_last(model), number);
	/* the first device's log gave its entries, but for what it stands on */
	assert_int_equal(entries(model, "cxl-0000000000000001"), 1);
	assert_int_equal(model_node_severity(model_node_by_id(model, 1)),
			 MODEL_WARNING);
	assert_int_equal(entries(model, "cxl-000000000000003c"), 100);
	model_log_dropped(model, &count);
	assert_int_equal(count, 0);
}

static void test_clear(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, true);
	struct knl_event event = media(FABMON_EVENT_LOG_FATAL, 1, 0);
	const uint64_t *dropped;
	size_t count;

	happen(model, &event);
	happen(model, &event);
	model_log_saved(model);
	assert_null(model_log_unsaved(model));
	assert_false(model_health_clear(model, "cxl-5"));
	assert_true(model_health_clear(model, MEM));
	assert_int_equal(model_node_severity(node), MODEL_OK);
	assert_int_equal(entries(model, MEM), 0);
	dropped = model_log_dropped(model, &count);
	assert_int_equal(count, 2);
	assert_int_equal(dropped[0], 1);
	assert_int_equal(dropped[1], 2);
	/* no number is ever given again */
	happen(model, &event);
	assert_int_equal(last(model, MEM)->number, 3);
	assert_ptr_equal(model_log_unsaved(model), last(model, MEM));
}

static void test_load_bad(void **state)
{
	struct model *model = *state;
	struct model_entry good = {
		.number = 5, .what = MODEL_FATAL, .severity = MODEL_CRITICAL,
	}, bad;

	assert_int_equal(model_log_load(model, HCA, &good), 0);
	/* twice */
	assert_int_equal(model_log_load(model, HCA, &good), -EBADMSG);
	assert_non_null(strstr(error_text(-EBADMSG), "log of " HCA ": entry "));
	good.number = 6;
	bad = good;
	bad.what = 99;
	assert_int_equal(model_log_load(model, HCA, &bad), -EBADMSG);
	bad = good;
	bad.severity = 3;
	assert_int_equal(model_log_load(model, HCA, &bad), -EBADMSG);
	assert_int_equal(model_log_load(model, "", &good), -EBADMSG);
	bad = good;
	bad.what = MODEL_EVENT;
	bad.raw.data = calloc(1, 7);
	bad.raw.len = 7;
	assert_int_equal(model_log_load(model, HCA, &bad), -EBADMSG);
	assert_int_equal(model_log_load(model, HCA, &good), 0);
	assert_int_equal(entries(model, HCA), 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_media), TEST(test_module), TEST(test_poison),
		TEST(test_poison_unknown), TEST(test_sparing),
		TEST(test_protocol_bound), TEST(test_protocol_anew),
		TEST(test_fatal), TEST(test_types), TEST(test_many_kinds),
		TEST(test_large), TEST(test_bounds), TEST(test_clear),
		TEST(test_load_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
