// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a change costs in requests, in both directions: of a device that is
 * added, and of a link that goes down, by setting and by what the OFMF does with
 * events. Documentation/ofmf.md has the numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "site.h"

#define MS	1000ULL

/* Requests since count_begin(), by who sent them. */
struct count {
	unsigned int get, post, edit;	/* ours; PATCH and DELETE are edits */
	unsigned int read;		/* the OFMF's, all GET */
	unsigned int created;		/* of our POSTs */
};

static struct model *host;
static struct fault_proxy *back;

static void host_set(struct agent *agent, bool device, bool down)
{
	struct model *old = host;
	struct model_node *port;

	host = fix_host();
	fix_hca(host);
	fix_nic(host);
	fix_cxl(host);
	if (device)
		fix_pmem(host);
	if (down) {
		port = fix_node(host, "mlx5_0/1", FABMON_NODE_KIND_RDMA_PORT);
		port->k.port.state = 1;		/* down, polling */
		port->k.port.phys_state = 2;
	}
	agent_model(agent, host);
	model_free(old);
}

static int setup(void **state, bool conformant, enum ofmf_resync resync)
{
	struct agent *agent = site_setup(state, conformant, true, resync);

	if (!agent)
		return 0;
	agent->timing.get = agent->timing.event = 30000;
	agent->timing.handshake = agent->timing.crawl = 30000;
	/* in the proportions of the product's */
	agent->timing.gather = 100 * MS;
	agent->timing.gathered = 400 * MS;
	agent->timing.quiet = 300 * MS;
	agent->timing.latest = 2000 * MS;
	agent->timing.backoff[0] = 200 * MS;
	agent->timing.backoff[1] = agent->timing.backoff[2] = 300 * MS;
	agent->timing.calm = 3600 * 1000 * MS;
	agent->timing.recompare = 1000 * MS;
	back = fault_proxy_new();
	agent->back = back;
	return 0;
}

static int setup_auto(void **state)
{
	return setup(state, false, OFMF_RESYNC_AUTO);
}

static int setup_none(void **state)
{
	return setup(state, false, OFMF_RESYNC_NONE);
}

static int setup_detach(void **state)
{
	return setup(state, false, OFMF_RESYNC_DETACH);
}

static int setup_conformant(void **state)
{
	return setup(state, true, OFMF_RESYNC_AUTO);
}

static int teardown(void **state)
{
	site_teardown(state);
	if (back)
		fault_proxy_free(back);
	model_free(host);
	back = NULL;
	host = NULL;
	return 0;
}

/* ---- counting ----------------------------------------------------------- */

static void count_begin(struct site *site)
{
	static const struct fault_rule created = {
		.fault = FAULT_DELAY, .method = "POST",
		.body = "ResourceCreated", .count = 1000, .ms = 1,
	};

	fault_proxy_rule(site->front, &created);
	fault_proxy_rule(back, NULL);
}

static struct count count_end(struct site *site)
{
	return (struct count){
		.get = fault_proxy_seen(site->front, "GET"),
		.post = fault_proxy_seen(site->front, "POST"),
		.edit = fault_proxy_seen(site->front, "PATCH"),
		.read = fault_proxy_seen(back, "GET"),
		.created = fault_proxy_hits(site->front),
	};
}

static unsigned int ours(const struct count *c)
{
	return c->get + c->post + c->edit;
}

static void print_count(const char *what, const struct count *c)
{
	print_message("# %s: %u to the OFMF (%u GET, %u POST, %u PATCH or DELETE), %u from it\n",
		      what, ours(c), c->get, c->post, c->edit, c->read);
}

/* Resources that the OFMF has copies of. */
static size_t copies(const struct agent *agent)
{
	const char *uri;
	json_t *value;
	size_t n = 0;

	json_object_foreach(agent->resources, uri, value)
		n += ofmf_announced(uri, value);
	return n;
}

/* Each once, and the one where it begins once more. */
static void one_reading(const struct agent *agent, const struct count *c)
{
	assert_int_equal(c->created, 1);
	assert_true(c->read <= json_object_size(agent->resources) + 1);
}

/* ---- a device that is added --------------------------------------------- */

static void test_device(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	struct count c;
	size_t before;

	host_set(agent, false, false);
	site_start(site);
	before = copies(agent);
	count_begin(site);
	host_set(agent, true, false);
	agent_publish(agent);
	site_settle(site);
	c = count_end(site);
	print_message("# a device of %zu resources, of %zu in the end\n",
		      copies(agent) - before, copies(agent));
	print_count("device added", &c);
	assert_true(copies(agent) - before >= 10);
	one_reading(agent, &c);
}

/* The kernel makes its parts one after the other. */
static void test_parts(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	struct count c;
	char id[8];
	int i;

	site_start(site);
	count_begin(site);
	for (i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "x%d", i);
		agent_add(agent, "Memory", id, "Memory");
		agent_publish(agent);
		agent_run(agent, 15);
	}
	site_settle(site);
	c = count_end(site);
	print_count("ten parts", &c);
	one_reading(agent, &c);
}

/* They keep coming: what is there is not held back for ever. */
static void test_parts_for_long(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	struct count c;
	char id[8];
	int i;

	site_start(site);
	count_begin(site);
	for (i = 0; !count_end(site).created && i < 200; i++) {
		snprintf(id, sizeof(id), "x%d", i);
		agent_add(agent, "Memory", id, "Memory");
		agent_publish(agent);
		agent_run(agent, 15);
	}
	assert_true(i < 200);
	site_settle(site);
	c = count_end(site);
	assert_true(c.created <= 2);
}

/* ---- a link that goes down ---------------------------------------------- */

/* With the alert that goes with it. */
static void link_set(struct agent *agent, bool down)
{
	host_set(agent, false, down);
	agent_publish(agent);
	ofmf_alert(agent->ofmf, json_pack(
		"{s:s, s:s, s:s, s:s, s:[], s:{s:s}}",
		"EventType", "Alert", "Severity", "Warning",
		"Message", "link", "MessageId", down ?
		"NetworkDevice.1.0.LinkDown" : "NetworkDevice.1.0.LinkUp",
		"MessageArgs", "OriginOfCondition", "@odata.id",
		agent->system));
}

static struct count link_down(struct site *site, const char *what)
{
	struct agent *agent = site->agents[0];
	struct count c;
	char text[64];

	count_begin(site);
	link_set(agent, true);
	site_settle(site);
	c = count_end(site);
	snprintf(text, sizeof(text), "link down, %s", what);
	print_count(text, &c);
	link_set(agent, false);
	site_settle(site);
	return c;
}

/* The first, and one after the OFMF was seen to ignore such events twice. */
static void test_link(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	struct count first, later;

	host_set(agent, false, false);
	site_start(site);
	print_message("# %zu copies\n", copies(agent));
	first = link_down(site, "the first");
	link_down(site, "again");
	later = link_down(site, "later");
	(void)first;
	(void)later;
}

int main(void)
{
#define CASE(fn, how) \
	{ #fn " (" #how ")", fn, setup_ ## how, teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_device, auto), CASE(test_device, none),
		CASE(test_device, conformant),
		CASE(test_parts, auto), CASE(test_parts_for_long, auto),
		CASE(test_link, none), CASE(test_link, auto),
		CASE(test_link, detach), CASE(test_link, conformant),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
