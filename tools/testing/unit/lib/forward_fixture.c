// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "forward_fixture.h"
#include "store/store.h"
#include "tempdir.h"

static const struct rf_agent acting = {
	.version = "0.1.0", .rdma_fabric = "RoCE", .actions = true,
};

static struct rig *the_rig;	/* action_start() has no context of ours */

void rig_publish(struct rig *rig)
{
	json_t *tree;

	model_identify(rig->model);
	tree = rf_project(rig->model, &acting);
	assert_non_null(tree);
	assert_true(tree_publish(rig->tree, tree, 0) >= 0);
}

/* Changes the model as the kernel's notifications would. */
static void kernel_does(struct rig *rig, const struct action *action)
{
	struct model_node *node;
	size_t i;

	if (action->kind == ACTION_LINK) {
		node = fix_node(rig->model, "mlx5_1/1",
				FABMON_NODE_KIND_RDMA_PORT);
		for (i = 0; i < node->k.n_edges; i++)
			if (node->k.edges[i].type == FABMON_EDGE_TYPE_NETDEV) {
				node->k.edges[i].has |=
					KNL_HAS(FABMON_A_EDGE_UP);
				node->k.edges[i].up = action->up;
			}
	} else if (action->kind == ACTION_REGION_CREATE) {
		fix_region(rig->model);
		if (rig->made++)
			fix_birth(fix_node(rig->model, "region0",
					   FABMON_NODE_KIND_CXL_REGION),
				  rig->made);
		if (action->use == ACTION_USE_SYSTEM_RAM)
			fix_kmem(rig->model);
		else if (action->use == ACTION_USE_DEVDAX)
			fix_dax(rig->model, "device_dax", 0);
	} else {
		node = model_node_by_name(rig->model,
					  FABMON_NODE_KIND_CXL_DAX_REGION,
					  "dax_region0");
		if (node)
			model_node_drop(rig->model, node->k.id);
		node = fix_node(rig->model, "region0",
				FABMON_NODE_KIND_CXL_REGION);
		model_node_drop(rig->model, node->k.id);
	}
	rig_publish(rig);
}

void rig_end_one(struct rig *rig)
{
	size_t i = rig->ended++;
	struct action_result result = rig->result;

	memset(&rig->result, 0, sizeof(rig->result));
	if (!result.error && rig->started[i].kind == ACTION_REGION_CREATE)
		result.start = 0x430000000;
	if (!result.error && !rig->blind &&
	    rig->started[i].kind != ACTION_REGION_SETTLE)
		kernel_does(rig, &rig->started[i]);
	rig->done[i](&result, rig->ctx[i]);
}

static int on_defer(sd_event_source *source, void *ctx)
{
	struct rig *rig = ctx;

	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	while (rig->ended < rig->count && !rig->slow)
		rig_end_one(rig);
	return 0;
}

static int start_action(struct actions *actions, const struct action *action,
			action_done done, void *ctx)
{
	struct rig *rig = the_rig;

	assert_true(rig->count < ENOUGH);
	rig->started[rig->count] = *action;
	rig->done[rig->count] = done;
	rig->ctx[rig->count++] = ctx;
	assert_int_equal(sd_event_source_set_enabled(rig->defer,
						     SD_EVENT_ONESHOT), 0);
	return 0;
}

static void on_change(const struct change *change, change_done done,
		      void *done_ctx, void *ctx)
{
	forward_change(change, done, done_ctx, ((struct rig *)ctx)->forward);
}

static const char *on_methods(const char *uri, void *ctx)
{
	return forward_methods(uri, ((struct rig *)ctx)->forward);
}

static int on_context(const char *uri, const char *context, void *ctx)
{
	return 0;
}

static void on_publish(void *ctx)
{
	rig_publish(ctx);
}

void rig_start_forward(struct rig *rig)
{
	const struct forward_setup setup = {
		.event = rig->event, .model = rig->model, .tree = rig->tree,
		.store = rig->store, .start = start_action,
		.use = rig->use,
		.publish = on_publish, .ctx = rig, .patience = 50000,
	};

	assert_int_equal(forward_new(&rig->forward, &setup), 0);
}

void rig_start_service(struct rig *rig, bool actions)
{
	struct service_setup setup = {
		.event = rig->event, .tree = rig->tree, .addr = "127.0.0.1",
		.hooks = { .context = on_context, .ctx = rig },
		.security = rig->security,
	};

	if (actions) {
		setup.hooks.methods = on_methods;
		setup.hooks.change = on_change;
	}
	assert_int_equal(service_start(&rig->service, &setup), 0);
}

int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	the_rig = rig;
	rig->dir = tempdir_make();
	assert_int_equal(sd_event_new(&rig->event), 0);
	assert_true(sd_event_add_defer(rig->event, &rig->defer, on_defer,
				       rig) >= 0);
	sd_event_source_set_enabled(rig->defer, SD_EVENT_OFF);
	assert_int_equal(store_open(&rig->store, rig->dir), 0);
	rig->model = fix_host();
	fix_hca(rig->model);
	fix_nic(rig->model);
	fix_cxl(rig->model);
	rig->tree = tree_new();
	rig_publish(rig);
	rig->security.no_auth = true;
	rig_start_forward(rig);
	rig_start_service(rig, true);
	*state = rig;
	return 0;
}

int rig_teardown(void **state)
{
	struct rig *rig = *state;

	forward_stop(rig->forward);
	service_stop(rig->service);
	forward_free(rig->forward);
	tree_free(rig->tree);
	model_free(rig->model);
	store_close(rig->store);
	sd_event_source_disable_unref(rig->defer);
	sd_event_unref(rig->event);
	tempdir_remove(rig->dir);
	free(rig);
	return 0;
}

void rig_renew(struct rig *rig, bool actions)
{
	forward_stop(rig->forward);
	service_stop(rig->service);
	forward_free(rig->forward);
	tree_free(rig->tree);
	rig->tree = tree_new();
	rig_publish(rig);
	rig_start_forward(rig);
	rig_start_service(rig, actions);
}

void rig_restart(struct rig *rig)
{
	rig_renew(rig, true);
}

struct answer *rig_ask(struct rig *rig, const char *method, const char *uri,
		       const char *body)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL
	};

	return http_call(rig->event, service_port(rig->service), method, uri,
			 body ? headers : NULL, body, body ? strlen(body) : 0);
}

json_t *rig_expect(struct rig *rig, const char *method, const char *uri,
		   const char *body, long status)
{
	struct answer *a = rig_ask(rig, method, uri, body);
	json_t *json;

	if (a->status != status)
		fail_msg("%s %s: %ld, not %ld: %s", method, uri, a->status,
			 status, a->body);
	json = json_incref(a->json);
	answer_free(a);
	return json;
}

const char *rig_message(const json_t *error)
{
	const json_t *list = json_object_get(json_object_get(error, "error"),
					     "@Message.ExtendedInfo");

	return json_string_value(json_object_get(json_array_get(list, 0),
						 "MessageId"));
}

void rig_refused(struct rig *rig, const char *method, const char *uri,
		 const char *body, long status, const char *message)
{
	json_t *error = rig_expect(rig, method, uri, body, status);

	assert_non_null(rig_message(error));
	assert_string_equal(rig_message(error), message);
	json_decref(error);
}

void rig_done(struct rig *rig, const char *method, const char *uri,
	      const char *body, long status)
{
	json_decref(rig_expect(rig, method, uri, body, status));
}

int rig_begin(struct rig *rig, const char *method, const char *uri,
	      const char *body)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(service_port(rig->service)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t before = rig->count;

	rig->slow = true;
	assert_int_equal(connect(fd, (void *)&to, sizeof(to)), 0);
	assert_true(dprintf(fd, "%s %s HTTP/1.1\r\nHost: localhost\r\n"
			    "Content-Type: application/json\r\n"
			    "Content-Length: %zu\r\n\r\n%s", method, uri,
			    strlen(body), body) > 0);
	while (rig->count == before)
		assert_true(sd_event_run(rig->event, 5000000) >= 0);
	return fd;
}

