// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Links of RDMA ports: what is reported of them, and those that flap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event_bytes.h"
#include "model/model.h"

#define HCA	"0000000000000042"
#define PORT	11
#define SECOND	1000000000ULL

enum { DOWN = 1, INIT, ARMED, ACTIVE };
enum { PHYS_POLLING = 2, PHYS_DISABLED, PHYS_TRAINING, PHYS_UP };

/* Up more than five times and down in a minute; shown each 30 s. */
static const struct model_flap_limits limits = {
	.count = 5, .window = 60 * SECOND, .hold = 30 * SECOND,
	.quiet = 60 * SECOND,
};

static uint64_t seq, clock_ns;

static struct model_stamp stamp(void)
{
	return (struct model_stamp) {
		.instance = 7, .seq = ++seq, .boottime = clock_ns,
		.realtime = clock_ns + 1,
	};
}

static struct knl_node port_as(uint32_t state, uint32_t phys, uint32_t rate)
{
	return (struct knl_node) {
		.id = PORT, .parent = PORT - 1,
		.kind = FABMON_NODE_KIND_RDMA_PORT, .name = strdup("mlx5_0/1"),
		.port = { .number = 1, .state = state, .phys_state = phys,
			  .rate = rate },
	};
}

/* As after a notification of the kernel: put, then compared. */
static bool become(struct model *model, struct knl_node k)
{
	const struct model_stamp now = stamp();
	struct model_node *port = model_node_put(model, &k);

	return model_health_node(model, port, model_link_true(port), 0, &now);
}

static bool up(struct model *model)
{
	return become(model, port_as(ACTIVE, PHYS_UP, 100000));
}

static bool lose(struct model *model)
{
	return become(model, port_as(DOWN, PHYS_POLLING, 100000));
}

static bool settle(struct model *model)
{
	const struct model_stamp now = stamp();

	model_identify(model);
	return model_health_settle(model, &now);
}

static struct model_node *port_of(const struct model *model)
{
	return model_node_by_id(model, PORT);
}

static enum model_severity health(const struct model *model)
{
	return model_node_severity(port_of(model));
}

static size_t count(const struct model *model, enum model_what what)
{
	const struct model_entry *entry = model_log_after(model, 0);
	size_t n = 0;

	for (; entry; entry = model_log_after_next(entry))
		n += entry->what == what;
	return n;
}

static size_t entries(const struct model *model)
{
	return model_log_count(model_log_find(model, HCA));
}

static struct model *host(void)
{
	struct model *model = model_new();
	struct knl_node dev = {
		.id = PORT - 1, .kind = FABMON_NODE_KIND_RDMA_DEV,
		.name = strdup("mlx5_0"), .dev = { .node_guid = 0x42 },
	};

	model_flap_limit(model, &limits);
	model_node_put(model, &dev);
	return model;
}

static int setup(void **state)
{
	seq = 0;
	clock_ns = 1000 * SECOND;
	*state = host();
	return 0;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

static void start_up(struct model *model)
{
	struct knl_node k = port_as(ACTIVE, PHYS_UP, 100000);

	model_node_put(model, &k);
	assert_false(settle(model));
	assert_int_equal(entries(model), 0);
}

/* ---- one link, now and then --------------------------------------------- */

static void test_lost(void **state)
{
	struct model *model = *state;

	start_up(model);
	assert_true(lose(model));
	assert_int_equal(health(model), MODEL_WARNING);
	assert_int_equal(count(model, MODEL_LINK_LOST), 1);
	/* still lost, in other words */
	assert_false(become(model, port_as(DOWN, PHYS_TRAINING, 2500)));
	assert_false(become(model, port_as(INIT, PHYS_UP, 100000)));
	assert_false(settle(model));
	assert_true(up(model));
	assert_int_equal(health(model), MODEL_OK);
	assert_int_equal(count(model, MODEL_LINK_UP), 1);
	assert_int_equal(entries(model), 2);
}

/* One that never was up may have no cable, and one that is taken down is down. */
static void test_off(void **state)
{
	struct model *model = *state;
	struct knl_node k = port_as(DOWN, PHYS_POLLING, 0);

	model_node_put(model, &k);
	assert_false(settle(model));
	assert_int_equal(health(model), MODEL_OK);
	up(model);
	assert_true(become(model, port_as(DOWN, PHYS_DISABLED, 0)));
	assert_int_equal(health(model), MODEL_OK);
	assert_int_equal(count(model, MODEL_LINK_OFF), 1);
	/* set up, without a cable */
	assert_false(lose(model));
	assert_int_equal(health(model), MODEL_OK);
	up(model);
	/* lost, and then taken down: that ends it */
	lose(model);
	assert_int_equal(health(model), MODEL_WARNING);
	assert_true(become(model, port_as(DOWN, PHYS_DISABLED, 0)));
	assert_int_equal(health(model), MODEL_OK);
}

/* The net device knows who took it down; physical states of RoCE are made up. */
static void test_off_netdev(void **state)
{
	struct model *model = *state;
	struct knl_node k;
	int set_up;

	for (set_up = 0; set_up < 2; set_up++) {
		start_up(model);
		k = port_as(DOWN, PHYS_DISABLED, 0);
		k.edges = calloc(1, sizeof(*k.edges));
		k.n_edges = 1;
		k.edges->type = FABMON_EDGE_TYPE_NETDEV;
		k.edges->has = KNL_HAS(FABMON_A_EDGE_UP);
		k.edges->up = set_up;
		become(model, k);
		assert_int_equal(health(model),
				 set_up ? MODEL_WARNING : MODEL_OK);
		model_health_clear(model, HCA);
		model_node_drop(model, PORT);
	}
}

static void test_slow(void **state)
{
	struct model *model = *state;

	start_up(model);
	lose(model);
	assert_true(become(model, port_as(ACTIVE, PHYS_UP, 25000)));
	assert_int_equal(count(model, MODEL_LINK_SLOW), 1);
	assert_int_equal(port_of(model)->n_conditions, 1);
	assert_int_equal(health(model), MODEL_WARNING);
	assert_false(settle(model));
	assert_true(up(model));
	assert_int_equal(health(model), MODEL_OK);
	/* faster is no news */
	assert_false(become(model, port_as(ACTIVE, PHYS_UP, 200000)));
	assert_true(up(model));
	assert_int_equal(count(model, MODEL_LINK_SLOW), 2);
}

/* So short that the kernel found it as it was. */
static void test_blink(void **state)
{
	struct model *model = *state;
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_RDMA_ASYNC,
					       PORT);
	const uint32_t both = FABMON_CAUSE_PORT_ERROR |
			      FABMON_CAUSE_PORT_ACTIVE;
	struct model_stamp now;

	start_up(model);
	event_pack(&event);
	now = stamp();
	assert_true(model_health(model, &event, both, &now));
	assert_int_equal(entries(model), 2);
	assert_int_equal(health(model), MODEL_OK);
	assert_false(model_health(model, &event, FABMON_CAUSE_PORT_ERROR,
				  &now));
	assert_false(model_health(model, &event, FABMON_CAUSE_LID_CHANGE,
				  &now));
	lose(model);
	assert_false(model_health(model, &event, both, &now));
}

static struct model *restart(const struct model *model)
{
	struct model *later = host();
	const struct model_entry *entry;
	struct model_entry copy;

	for (entry = model_log_after(model, 0); entry;
	     entry = model_log_after_next(entry)) {
		copy = *entry;
		assert_int_equal(model_log_load(later, entry->device, &copy),
				 0);
	}
	return later;
}

/* A change while no fabmond ran is reported by the next one that runs. */
static void test_restart(void **state)
{
	struct model *model = *state, *later;
	struct knl_node k;

	start_up(model);
	lose(model);
	later = restart(model);
	k = port_as(DOWN, PHYS_POLLING, 0);
	model_node_put(later, &k);
	assert_false(settle(later));
	assert_int_equal(health(later), MODEL_WARNING);
	model_free(later);

	later = restart(model);
	k = port_as(ACTIVE, PHYS_UP, 100000);
	model_node_put(later, &k);
	assert_true(settle(later));
	assert_int_equal(health(later), MODEL_OK);
	assert_int_equal(count(later, MODEL_LINK_UP), 1);
	model_free(later);
	/* found slow: only faster than now is not */
	become(model, port_as(ACTIVE, PHYS_UP, 25000));
	later = restart(model);
	k = port_as(ACTIVE, PHYS_UP, 25000);
	model_node_put(later, &k);
	assert_false(settle(later));
	assert_int_equal(health(later), MODEL_WARNING);
	assert_true(up(later));
	assert_int_equal(health(later), MODEL_OK);
	model_free(later);
}

/* Older ones are replayed after the dump, which has what is now. */
static void test_replayed(void **state)
{
	struct model *model = *state;
	struct knl_node k = port_as(ACTIVE, PHYS_UP, 100000), old;
	struct model_stamp now = stamp();
	struct model_node *port;

	port = model_node_put(model, &k);
	model_identify(model);
	old = port_as(ACTIVE, PHYS_UP, 100000);
	assert_false(model_health_node(model, port, &old, 0, &now));
	knl_node_clear(&old);
	old = port_as(DOWN, PHYS_POLLING, 0);
	assert_true(model_health_node(model, port, &old, 0, &now));
	knl_node_clear(&old);
	assert_true(settle(model));
	assert_int_equal(count(model, MODEL_LINK_LOST), 1);
	assert_int_equal(count(model, MODEL_LINK_UP), 1);
	assert_int_equal(health(model), MODEL_OK);
}

/* ---- flapping ----------------------------------------------------------- */

static bool run(struct model *model)
{
	const struct model_stamp now = stamp();

	return model_flap_run(model, &now);
}

/* Lost and back each second, so often. */
static void flap(struct model *model, unsigned int times)
{
	while (times--) {
		clock_ns += SECOND / 2;
		lose(model);
		clock_ns += SECOND / 2;
		up(model);
	}
}

static uint32_t shown(const struct model *model)
{
	return port_of(model)->k.port.state;
}

static void test_flap_once(void **state)
{
	struct model *model = *state;
	const struct model_entry *entry;
	size_t before;

	start_up(model);
	flap(model, 2);
	assert_int_equal(count(model, MODEL_FLAPPING), 0);
	assert_true(model_flap_wait(model) == UINT64_MAX);
	flap(model, 1);
	assert_int_equal(count(model, MODEL_FLAPPING), 1);
	assert_int_equal(health(model), MODEL_WARNING);
	entry = model_log_first(model_log_find(model, HCA));
	while (entry->what != MODEL_FLAPPING)
		entry = model_log_next(entry);
	assert_int_equal(entry->times, 3);
	assert_int_equal(entry->minutes, 1);
	assert_int_equal(entry->port, 1);
	/* a thousand more: not one entry, and nothing is seen of them */
	before = entries(model);
	flap(model, 25);
	assert_int_equal(entries(model), before);
	assert_int_equal(shown(model), ACTIVE);
	clock_ns += SECOND;
	assert_false(lose(model));
	assert_int_equal(shown(model), ACTIVE);
	assert_int_equal(model_link_true(port_of(model))->port.state, DOWN);
	assert_false(settle(model));
}

static void test_flap_shown(void **state)
{
	struct model *model = *state;
	uint64_t since;

	start_up(model);
	flap(model, 3);
	since = clock_ns;
	clock_ns += SECOND;
	lose(model);
	assert_true(model_flap_wait(model) == since + limits.hold);
	clock_ns = since + limits.hold - 1;
	assert_false(run(model));
	assert_int_equal(shown(model), ACTIVE);
	clock_ns++;
	assert_true(run(model));
	assert_int_equal(shown(model), DOWN);
	assert_int_equal(count(model, MODEL_FLAPPING), 1);
	/* nothing is held: what is waited for is that it is quiet */
	assert_true(model_flap_wait(model) == since + SECOND + limits.quiet);
	flap(model, 1);
	assert_int_equal(shown(model), DOWN);
	clock_ns = since + 2 * limits.hold;
	assert_true(run(model));
	assert_int_equal(shown(model), ACTIVE);
}

/* After a quiet time all is reported, and the state shown is the real one. */
static void test_flap_over(void **state)
{
	struct model *model = *state;
	int state_at_end;

	for (state_at_end = DOWN; state_at_end <= ACTIVE;
	     state_at_end += ACTIVE - DOWN) {
		start_up(model);
		flap(model, 9);
		if (state_at_end == DOWN) {
			clock_ns += SECOND;
			lose(model);
		}
		clock_ns += limits.quiet - 1;
		run(model);
		assert_int_equal(count(model, MODEL_STEADY), 0);
		assert_int_equal(health(model), MODEL_WARNING);
		clock_ns++;
		assert_true(run(model));
		assert_int_equal(shown(model), state_at_end);
		assert_int_equal(count(model, MODEL_STEADY), 1);
		assert_int_equal(health(model), state_at_end == DOWN ?
				 MODEL_WARNING : MODEL_OK);
		assert_true(model_flap_wait(model) == UINT64_MAX);
		assert_false(run(model));
		assert_false(settle(model));
		/* and it takes as many again */
		clock_ns += SECOND;
		up(model);
		flap(model, 2);
		assert_int_equal(count(model, MODEL_FLAPPING), 1);
		model_health_clear(model, HCA);
		model_node_drop(model, PORT);
	}
}

static void test_flap_slowly(void **state)
{
	struct model *model = *state;
	int i;

	start_up(model);
	for (i = 0; i < 50; i++) {
		clock_ns += 13 * SECOND;
		lose(model);
		clock_ns += 13 * SECOND;
		up(model);
	}
	assert_int_equal(count(model, MODEL_FLAPPING), 0);
}

static void test_flap_never(void **state)
{
	struct model *model = *state;

	model_flap_limit(model, &(struct model_flap_limits) { 0 });
	start_up(model);
	flap(model, 20);
	assert_int_equal(count(model, MODEL_FLAPPING), 0);
	assert_int_equal(count(model, MODEL_LINK_LOST), 20);
}

/* The next run waits for quiet, too. */
static void test_flap_restart(void **state)
{
	struct model *model = *state, *later;
	struct knl_node k = port_as(ACTIVE, PHYS_UP, 100000);

	start_up(model);
	flap(model, 5);
	later = restart(model);
	model_node_put(later, &k);
	settle(later);
	assert_int_equal(health(later), MODEL_WARNING);
	clock_ns += limits.quiet + 1;
	assert_true(run(later));
	assert_int_equal(health(later), MODEL_OK);
	assert_int_equal(count(later, MODEL_STEADY), 1);
	model_free(later);
}

/* It goes, and a dump comes, while something is held back. */
static void test_flap_gone(void **state)
{
	struct model *model = *state;
	struct knl_node k;

	start_up(model);
	flap(model, 4);
	lose(model);
	model_mark(model);
	k = port_as(DOWN, PHYS_TRAINING, 0);
	model_node_put(model, &k);
	model_sweep(model);
	/* the device itself was in no dump */
	assert_int_equal(model_count(model), 1);
	assert_int_equal(shown(model), ACTIVE);
	model_node_drop(model, PORT);
	assert_true(model_flap_wait(model) == UINT64_MAX);
	clock_ns += 3600 * SECOND;
	assert_false(run(model));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_lost), TEST(test_off), TEST(test_off_netdev),
		TEST(test_slow), TEST(test_blink), TEST(test_restart),
		TEST(test_replayed), TEST(test_flap_once),
		TEST(test_flap_shown), TEST(test_flap_over),
		TEST(test_flap_slowly), TEST(test_flap_never),
		TEST(test_flap_restart), TEST(test_flap_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
