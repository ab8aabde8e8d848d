// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A device that is added makes the OFMF read the tree once, whatever it has and
 * however slowly the kernel makes its parts.
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

static void host_set(struct agent *agent, bool device)
{
	struct model *old = host;

	host = fix_host();
	fix_hca(host);
	fix_nic(host);
	fix_cxl(host);
	if (device)
		fix_pmem(host);
	agent_model(agent, host);
	model_free(old);
}

static int setup(void **state, bool conformant, enum ofmf_resync resync)
{
	struct agent *agent = site_setup(state, conformant, true, resync);

	if (!agent)
		return 0;
	agent_patient(agent);
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

	host_set(agent, false);
	site_start(site);
	before = copies(agent);
	count_begin(site);
	host_set(agent, true);
	agent_publish(agent);
	site_settle(site);
	c = count_end(site);
	print_message("# a device of %zu resources, of %zu in the end\n",
		      copies(agent) - before, copies(agent));
	print_count("device added", &c);
	assert_true(copies(agent) - before >= 10);
	one_reading(agent, &c);
}

/* One more part of the host, that leads to the others as all do. */
static void part_add(struct agent *agent, int number)
{
	char id[8], path[32], uri[AGENT_URI_MAX];

	snprintf(id, sizeof(id), "x%d", number);
	snprintf(path, sizeof(path), "Memory/%s", id);
	agent_add(agent, "Memory", id, "Memory");
	agent_uri(agent, path, uri);
	json_object_set_new(json_object_get(agent->resources, uri), "Links",
			    json_pack("{s:[{s:s}]}", "Systems", "@odata.id",
				      agent->system));
	agent_publish(agent);
	agent_run(agent, 15);
}

/* The kernel makes its parts one after the other. */
static void test_parts(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	struct count c;
	int i;

	site_start(site);
	count_begin(site);
	for (i = 0; i < 10; i++)
		part_add(agent, i);
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
	int i;

	site_start(site);
	count_begin(site);
	for (i = 0; !count_end(site).created && i < 200; i++)
		part_add(agent, i);
	assert_true(i < 200);
	site_settle(site);
	c = count_end(site);
	assert_true(c.created <= 2);
}

int main(void)
{
#define CASE(fn, how) \
	{ #fn " (" #how ")", fn, setup_ ## how, teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_device, auto), CASE(test_device, none),
		CASE(test_device, conformant),
		CASE(test_parts, auto), CASE(test_parts_for_long, auto),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
