// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * fabmond: puts the parts together. Data goes one way: kernel, model, tree,
 * and from there to the OFMF and to whoever asks the service.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "config.h"
#include "control.h"
#include "follow.h"
#include "host.h"
#include "log.h"
#include "model.h"
#include "netdev.h"
#include "ofmf/ofmf.h"
#include "publish.h"
#include "readings.h"
#include "redfish/redfish.h"
#include "service/service.h"
#include "store.h"
#include "store_log.h"
#include "tree.h"
#include "uevent.h"

#define NS_PER_S	1000000000ULL

/* Everything there is one of. */
struct daemon {
	struct config config;
	sd_event *event;
	struct model *model;
	struct tree *tree;
	struct store *store;
	struct publish *publish;
	struct uevents *uevents;
	struct follow *follow;
	struct netdev_watch *netdevs;
	struct service *service;
	struct ofmf *ofmf;
	struct control *control;
	time_t notified;		/* CLOCK_MONOTONIC, last status */
};

/* ---- status ------------------------------------------------------------- */

static const char *ofmf_phrase(const struct daemon *d)
{
	if (!d->config.ofmf)
		return "none configured";
	return d->ofmf ? ofmf_status(d->ofmf) : "not started";
}

static void notify_status(struct daemon *d)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	d->notified = now.tv_sec;
	sd_notifyf(0, "STATUS=%s; %zu resources; OFMF: %s",
		   d->follow ? follow_status(d->follow) : "starting",
		   json_object_size(tree_all(d->tree)), ofmf_phrase(d));
}

static void on_status(void *ctx)
{
	struct daemon *d = ctx;

	if (d->follow)
		notify_status(d);
}

static int on_usr1(sd_event_source *source, const struct signalfd_siginfo *si,
		   void *ctx)
{
	struct daemon *d = ctx;

	log_info("status: %s; %zu nodes at %llu; %zu resources, generation %llu",
		 follow_status(d->follow), model_count(d->model),
		 (unsigned long long)follow_seq(d->follow),
		 json_object_size(tree_all(d->tree)),
		 (unsigned long long)tree_generation(d->tree));
	log_info("status: OFMF: %s", ofmf_phrase(d));
	notify_status(d);
	return 0;
}

/* Without a file to read again there is nothing to do. */
static int on_hup(sd_event_source *source, const struct signalfd_siginfo *si,
		  void *ctx)
{
	struct daemon *d = ctx;

	service_reload(d->service);
	return 0;
}

static json_t *on_report(void *ctx)
{
	struct daemon *d = ctx;
	json_t *receivers = json_array();

	if (d->ofmf)
		json_array_append_new(receivers, ofmf_report(d->ofmf));
	return json_pack("{s:s, s:s, s:{s:s, s:I, s:I}, s:{s:I, s:I}, s:o}",
		"version", FABMON_VERSION,
		"host", model_host_get(d->model)->id,
		"kernel", "state", follow_status(d->follow),
		"nodes", (json_int_t)model_count(d->model),
		"seq", (json_int_t)follow_seq(d->follow),
		"tree", "resources",
		(json_int_t)json_object_size(tree_all(d->tree)),
		"generation", (json_int_t)tree_generation(d->tree),
		"receivers", receivers);
}

/* ---- what the parts tell each other ------------------------------------- */

static void save_log(struct daemon *d)
{
	store_begin(d->store);
	store_log_write(d->store, d->model);
	if (!store_end(d->store))
		model_log_saved(d->model);
}

/*
 * What is new in the logs and the alerts that receivers are owed for it are
 * stored together, or not at all: then the next run hears of it again.
 */
static int publish_with_log(struct daemon *d, uint64_t realtime)
{
	size_t dropped;
	int ret;

	model_log_dropped(d->model, &dropped);
	if (!d->store || !(model_log_unsaved(d->model) || dropped))
		return publish_tree(d->publish, realtime);
	store_begin(d->store);
	store_log_write(d->store, d->model);
	ret = publish_tree(d->publish, realtime);
	if (!store_end(d->store))
		model_log_saved(d->model);
	return ret;
}

/* The status line follows the tree, but not every change of a storm. */
static int on_publish(uint64_t realtime, void *ctx)
{
	struct daemon *d = ctx;
	struct timespec now;
	int ret = publish_with_log(d, realtime);

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (ret > 0 && now.tv_sec > d->notified)
		notify_status(d);
	return ret;
}

static void on_record(json_t *record, void *ctx)
{
	struct daemon *d = ctx;

	if (d->ofmf)
		ofmf_alert(d->ofmf, json_incref(record));
}

static void on_uevent(const char *path, void *ctx)
{
	struct daemon *d = ctx;

	follow_device(d->follow, path);
}

static void on_subscribers(json_t *record, void *ctx)
{
	service_record(ctx, record);
}

/* The OFMF gave or took our context: what the tree says of it changes. */
static void on_context(const char *context, void *ctx)
{
	struct daemon *d = ctx;

	if (publish_set_context(d->publish, context))
		log_error("ofmf: context not taken over: out of memory");
	else
		follow_flush(d->follow);
}

static int on_fill(const char *uri, json_t *resource, void *ctx)
{
	struct daemon *d = ctx;
	int ret = rf_log_fill(d->model, uri, resource);

	return ret == -ENOENT ? readings_fill(d->model, d->config.sysfs, uri,
					      resource) : ret;
}

static int on_patch(const char *uri, const char *context, void *ctx)
{
	struct daemon *d = ctx;

	if (!d->ofmf || strcmp(uri, RF_SUBSCRIPTION_URI))
		return -EINVAL;
	return ofmf_context_set(d->ofmf, context);
}

static void on_netdev(const struct netdev_change *change, void *ctx)
{
	struct daemon *d = ctx;

	follow_netdev(d->follow, change);
}

static void ident_key(const char *key, char *full, size_t size)
{
	snprintf(full, size, "identity/%s", key);
}

static bool on_ident_get(const char *key, char *ident, size_t size, void *ctx)
{
	struct daemon *d = ctx;
	char full[256], *value;
	bool fits;

	ident_key(key, full, sizeof(full));
	if (store_get(d->store, full, &value))
		return false;
	fits = snprintf(ident, size, "%s", value) < (int)size;
	free(value);
	return fits;
}

/* What cannot be kept has been logged: the identity is only less stable. */
static void on_ident_put(const char *key, const char *ident, void *ctx)
{
	struct daemon *d = ctx;
	char full[256];

	ident_key(key, full, sizeof(full));
	store_set(d->store, full, ident);
}

static int on_clear_log(const char *uri, void *ctx)
{
	struct daemon *d = ctx;
	const char *device = rf_log_device(d->model, uri);

	if (!device)
		return -ENOENT;
	if (model_health_clear(d->model, device))
		log_info("%s: its log was cleared", device);
	follow_flush(d->follow);
	return 0;
}

/* ---- starting; each returns 0 or an exit code, and has said why --------- */

static int out_of_memory(void)
{
	log_error("fabmond: out of memory");
	return EX_OSERR;
}

static int start_model(struct daemon *d)
{
	const struct model_flap_limits flap = {
		.count = d->config.flap_count,
		.window = d->config.flap_window * NS_PER_S,
		.hold = d->config.flap_hold * NS_PER_S,
		.quiet = d->config.flap_quiet * NS_PER_S,
	};
	int ret;

	d->model = model_new();
	d->tree = tree_new();
	if (!d->model || !d->tree)
		return out_of_memory();
	tree_set_filler(d->tree, on_fill, d);
	model_log_limit(d->model, d->config.log_entries);
	model_flap_limit(d->model, &flap);
	ret = host_read(model_host(d->model), d->config.sysfs,
			d->config.host_id);
	if (ret == -ENXIO) {
		log_error("host: it has neither an SMBIOS UUID nor a machine id: set id in [host]");
		return EX_CONFIG;
	}
	return ret ? out_of_memory() : 0;
}

static int start_publish(struct daemon *d)
{
	char *context = NULL;

	if (d->store && d->config.ofmf)
		context = ofmf_stored_context(d->store, d->config.ofmf);
	d->publish = publish_new(d->model, d->tree, &d->config, context);
	free(context);
	return d->publish ? 0 : out_of_memory();
}

/* Before the first look at devices, so that nothing is missed between. */
static void start_uevents(struct daemon *d)
{
	int ret = uevent_open(&d->uevents, d->event, "dax", on_uevent, d);

	if (ret)
		log_warning("host: no uevents, so drivers of DAX devices are read with their region only: %s",
			    strerror(-ret));
}

static int start_follow(struct daemon *d)
{
	const struct follow_setup setup = {
		.event = d->event, .model = d->model, .sysfs = d->config.sysfs,
		.publish = on_publish, .status = on_status, .ctx = d,
	};

	switch (follow_open(&d->follow, &setup)) {
	case 0:
		return 0;
	case -ENOENT:
	case -ENODEV:
		return EX_UNAVAILABLE;
	case -EPROTO:
		return EX_PROTOCOL;
	case -EPERM:
	case -EACCES:
		return EX_NOPERM;
	default:
		return EX_OSERR;
	}
}

static void start_netdevs(struct daemon *d)
{
	int ret = netdev_watch_start(&d->netdevs, d->event, on_netdev, d);

	if (ret < 0)
		log_warning("network devices cannot be watched, changes of VLANs and bonds are seen late: %s",
			    strerror(-ret));
}

static int start_store(struct daemon *d)
{
	const struct model_memory memory = {
		.get = on_ident_get, .put = on_ident_put, .ctx = d,
	};

	if (store_open(&d->store, d->config.state_dir))
		return EX_CANTCREAT;
	model_remember(d->model, &memory);
	/* a log that cannot be read is no reason not to watch */
	return store_log_load(d->store, d->model) == -ENOMEM ?
	       out_of_memory() : 0;
}

static void warn_insecure(const struct config *c)
{
	if (config_is_loopback(c))
		return;
	if (!c->tls_cert)
		log_warning("service: %s: plain HTTP: whoever is on the way reads and changes all of it",
			    c->listen_addr);
	if (!c->accounts && !c->trust)
		log_warning("service: %s: no authentication: everybody may read and change all of it",
			    c->listen_addr);
	if (c->trust)
		log_warning("service: %s: %s may read all of it, and set the OFMF's Context, without authentication",
			    c->listen_addr, c->trust);
}

static struct service_security security_of(const struct config *c)
{
	return (struct service_security) {
		.tls_cert = c->tls_cert, .tls_key = c->tls_key,
		.tls_priority = c->tls_priority,
		.client_ca = c->client_ca, .client_crl = c->client_crl,
		.accounts = c->accounts, .trust = c->trust,
		.no_auth = c->no_auth, .guests = !c->no_auth, .url = c->callback,
		.session_timeout = c->session_timeout,
	};
}

static int start_service(struct daemon *d)
{
	const struct config *c = &d->config;
	const struct service_setup setup = {
		.event = d->event, .tree = d->tree, .store = d->store,
		.addr = c->listen_addr, .port = c->listen_port,
		.hooks = { .context = on_patch, .clear_log = on_clear_log,
			   .ctx = d },
		.security = security_of(c),
		.limits = c->limits,
		.events = c->events,
	};
	int ret;

	warn_insecure(c);

	ret = service_start(&d->service, &setup);
	switch (ret) {
	case 0:
		break;
	case -EKEYREJECTED:
		return EX_CONFIG;
	case -EADDRINUSE:
		log_error("service: %s port %u is taken: stop who has it, or set another listen in [service]",
			  c->listen_addr, c->listen_port);
		return EX_OSERR;
	case -EADDRNOTAVAIL:
		log_error("service: %s is no address of this host: set another listen in [service]",
			  c->listen_addr);
		return EX_OSERR;
	case -EACCES:
		log_error("service: port %u is privileged: set one from 1024 as listen in [service]",
			  c->listen_port);
		return EX_NOPERM;
	default:
		log_error("service: %s port %u: %s", c->listen_addr,
			  c->listen_port, strerror(-ret));
		return EX_OSERR;
	}
	if (config_derive_callback(&d->config, service_port(d->service)))
		return out_of_memory();
	log_info("service: listening on %s port %u", c->listen_addr,
		 service_port(d->service));
	publish_listen(d->publish, on_subscribers, d->service);
	return 0;
}

static bool is_loopback(const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return !strncmp(host, "127.", 4) || !strncmp(host, "localhost", 9) ||
	       !strncmp(host, "[::1]", 5);
}

static int start_ofmf(struct daemon *d)
{
	char *method = rf_connection_method_uri(d->model);
	char *system = rf_system_uri(d->model);
	const struct ofmf_setup setup = {
		.url = d->config.ofmf, .callback = d->config.callback,
		.method_uri = method, .system_uri = system,
		.security = {
			.ca = d->config.ofmf_ca, .cert = d->config.ofmf_cert,
			.key = d->config.ofmf_key,
			.login = d->config.ofmf_login,
		},
		.resync = d->config.ofmf_detach ? OFMF_RESYNC_DETACH :
						  OFMF_RESYNC_NONE,
		.reconcile = d->config.ofmf_reconcile,
		.changed = on_context, .ctx = d,
	};
	int ret = -ENOMEM;

	if (is_loopback(setup.callback) && !is_loopback(setup.url))
		log_warning("service: the OFMF at %s cannot reach us at %s: set listen and url in [service]",
			    setup.url, setup.callback);
	if (method && system)
		ret = ofmf_start(&d->ofmf, d->event, d->tree, d->store, &setup);
	free(method);
	free(system);
	if (ret) {
		log_error("ofmf: cannot be started: %s", strerror(-ret));
		return EX_OSERR;
	}
	publish_listen(d->publish, on_record, d);
	return 0;
}

/* What cannot be asked does its work all the same. */
static void start_control(struct daemon *d)
{
	const char *path = d->config.control;
	char *dir = strndup(path, (size_t)(strrchr(path, '/') - path));
	int ret = -ENOMEM;

	if (dir) {
		mkdir(dir, 0750);
		ret = control_open(&d->control, d->event, path, on_report, d);
	}
	free(dir);
	if (ret == -EADDRINUSE)
		log_warning("control: %s is another's: \"fabmon status\" will not ask this fabmond; set control_socket in [daemon]",
			    path);
	else if (ret)
		log_warning("control: %s: %s: \"fabmon status\" will not work; set control_socket in [daemon]",
			    path, strerror(-ret));
}

static int start_loop(struct daemon *d)
{
	sigset_t mask;
	int ret;

	/* blocked before any thread of a library could take them */
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	ret = sd_event_new(&d->event);
	/* without a handler the loop ends with code 0 */
	if (ret >= 0)
		ret = sd_event_add_signal(d->event, NULL, SIGTERM, NULL, NULL);
	if (ret >= 0)
		ret = sd_event_add_signal(d->event, NULL, SIGINT, NULL, NULL);
	if (ret >= 0)
		ret = sd_event_set_watchdog(d->event, true);
	if (ret >= 0)
		return 0;
	log_error("loop: %s", strerror(-ret));
	return EX_OSERR;
}

/* ---- the things it can be asked for ------------------------------------- */

static int dump_tree(struct daemon *d)
{
	int ret;

	ret = start_model(d);
	if (!ret)
		ret = start_publish(d);
	if (!ret)
		ret = start_follow(d);
	if (ret)
		return ret;
	ret = tree_dump(d->tree, d->config.dump_tree);
	if (!ret)
		return 0;
	log_error("%s: the tree cannot be written there: %s",
		  d->config.dump_tree, strerror(-ret));
	return EX_CANTCREAT;
}

static int check(const struct config *config)
{
	const struct service_security security = security_of(config);

	if (service_check(&security))
		return EX_CONFIG;
	puts("fabmond: the configuration is valid");
	return 0;
}

static int start(struct daemon *d)
{
	int ret;

	ret = start_loop(d);
	if (!ret)
		ret = start_model(d);
	if (!ret)
		ret = start_store(d);
	if (!ret)
		ret = start_publish(d);
	/* before anything is read of them */
	if (!ret)
		start_netdevs(d);
	if (!ret)
		start_uevents(d);
	if (!ret)
		ret = start_follow(d);
	if (!ret)
		ret = start_service(d);
	if (!ret && d->config.ofmf)
		ret = start_ofmf(d);
	if (!ret && follow_start(d->follow))
		ret = EX_OSERR;
	/* all who want to know are there */
	if (!ret)
		publish_records(d->publish);
	return ret;
}

static int run(struct daemon *d)
{
	int ret;

	ret = start(d);
	if (ret)
		return ret;
	ret = sd_event_add_signal(d->event, NULL, SIGUSR1, on_usr1, d);
	if (ret >= 0)
		ret = sd_event_add_signal(d->event, NULL, SIGHUP, on_hup, d);
	if (ret >= 0) {
		start_control(d);
		log_info("host %s: %zu nodes, %zu resources, OFMF: %s",
			 model_host_get(d->model)->id, model_count(d->model),
			 json_object_size(tree_all(d->tree)),
			 d->config.ofmf ? d->config.ofmf : "none configured");
		notify_status(d);
		sd_notify(0, "READY=1");
		ret = sd_event_loop(d->event);
	}
	sd_notify(0, "STOPPING=1");
	if (ret >= 0)
		return 0;
	log_error("loop: %s", strerror(-ret));
	return EX_OSERR;
}

static void stop(struct daemon *d)
{
	control_close(d->control);
	if (d->ofmf)
		ofmf_stop(d->ofmf);
	if (d->service)
		service_stop(d->service);
	netdev_watch_stop(d->netdevs);
	uevent_close(d->uevents);
	follow_close(d->follow);
	if (d->store && d->follow)
		save_log(d);
	publish_free(d->publish);
	tree_free(d->tree);
	store_close(d->store);
	model_free(d->model);
	sd_event_unref(d->event);
	config_clear(&d->config);
}

int main(int argc, char **argv)
{
	struct daemon d = { 0 };
	char error[512];
	int ret;

	log_open("fabmond", LOG_INFO);
	ret = config_load(&d.config, argc, argv, error, sizeof(error));
	switch (ret) {
	case 0:
		log_set_level(d.config.log_level);
		if (d.config.check)
			ret = check(&d.config);
		else if (d.config.dump_tree)
			ret = dump_tree(&d);
		else
			ret = run(&d);
		break;
	case 1:
		ret = EX_OK;
		break;
	case -EINVAL:
		log_error("%s", error);
		ret = EX_USAGE;
		break;
	case -EBADMSG:
		log_error("%s", error);
		ret = EX_CONFIG;
		break;
	default:
		ret = out_of_memory();
	}
	stop(&d);
	return ret;
}
