// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The configuration: defaults, then the file, then the command line. One table
 * has each setting, with its section and key and with its option, so that both
 * are checked alike. The OFMFs, of which there may be several, have a table of
 * their own (ofmf.c).
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <unistd.h>

#include "priv.h"
#include "model/flap.h"
#include "model/log.h"
#include "util/error.h"

#define DEFAULT_ADDR	"127.0.0.1"
#define DEFAULT_PORT	8640

void config_say(char *error, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, size, format, args);
	va_end(args);
}

int config_replace(char **to, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return error_origin(-ENOMEM, "configuration: a value");
	free(*to);
	*to = copy;
	return 0;
}

/* ---- the settings ------------------------------------------------------- */

static int set_listen(struct config *config, const char *value,
		      char *error, size_t size)
{
	char *addr;
	int ret;

	ret = config_parse_listen(value, &addr, &config->listen_port, error,
				  size);
	if (ret)
		return ret;
	free(config->listen_addr);
	config->listen_addr = addr;
	return 0;
}

int config_set_url(char **to, const char *value, char *error, size_t size)
{
	char *url;
	int ret = config_parse_url(value, &url, error, size);

	if (ret)
		return ret;
	free(*to);
	*to = url;
	return 0;
}

static int set_callback(struct config *config, const char *value,
			char *error, size_t size)
{
	return config_set_url(&config->callback, value, error, size);
}

/* --ofmf sets the section without a name. */
static int set_ofmf(struct config *config, const char *value,
		    char *error, size_t size)
{
	struct config_ofmf *ofmf = config_ofmf_get(config, "");

	if (!ofmf) {
		config_say(error, size, "there are %d OFMFs in the file already",
			   CONFIG_OFMFS_MAX);
		return -EBADMSG;
	}
	/* given by hand: register at once */
	ofmf->spread = 0;
	return config_set_url(&ofmf->url, value, error, size);
}

static int set_host_id(struct config *config, const char *value,
		       char *error, size_t size)
{
	int ret = config_parse_id(value, error, size);

	return ret ? ret : config_replace(&config->host_id, value);
}

static int set_rdma_fabric(struct config *config, const char *value,
			   char *error, size_t size)
{
	int ret = config_parse_id(value, error, size);

	return ret ? ret : config_replace(&config->rdma_fabric, value);
}

static int set_path(char **to, const char *value, char *error, size_t size)
{
	if (*value != '/') {
		config_say(error, size, "the path must begin with '/'");
		return -EBADMSG;
	}
	return config_replace(to, value);
}

static int set_control(struct config *config, const char *value, char *error,
		       size_t size)
{
	return set_path(&config->control, value, error, size);
}

static int set_state_dir(struct config *config, const char *value,
			 char *error, size_t size)
{
	return set_path(&config->state_dir, value, error, size);
}

static int set_sysfs(struct config *config, const char *value,
		     char *error, size_t size)
{
	return set_path(&config->sysfs, value, error, size);
}

static int set_log_level(struct config *config, const char *value,
			 char *error, size_t size)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {
		{ "error", LOG_ERR }, { "warning", LOG_WARNING },
		{ "info", LOG_INFO }, { "debug", LOG_DEBUG },
	};
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!strcasecmp(value, levels[i].name)) {
			config->log_level = levels[i].level;
			return 0;
		}
	}
	config_say(error, size, "a level is error, warning, info or debug");
	return -EBADMSG;
}

#define LIMIT(key, field, min, max) \
	{ "service", key, NULL, NULL, offsetof(struct config, limits.field), \
	  min, max }

#define NUMBER(section, key, member, min, max) \
	{ section, key, NULL, NULL, offsetof(struct config, member), min, max }

const struct config_setting config_settings[] = {
	{ "service", "listen", "listen", set_listen },
	{ "service", "url", "url", set_callback },
	{ "service", "tls_cert", NULL, config_set_tls_cert },
	{ "service", "tls_key", NULL, config_set_tls_key },
	{ "service", "tls_priority", NULL, config_set_tls_priority },
	{ "service", "client_ca", NULL, config_set_client_ca },
	{ "service", "client_crl", NULL, config_set_client_crl },
	{ "service", "accounts", NULL, config_set_accounts },
	{ "service", "session_timeout", NULL, config_set_session_timeout },
	{ "service", "trust", NULL, config_set_trust },
	{ "service", "insecure", NULL, config_set_insecure },
	{ "service", "allow_actions", NULL, config_set_allow_actions },
	{ "service", "chunk_state", NULL, config_set_chunk_state },
	LIMIT("max_connections", connections, 1, SERVICE_CONNECTIONS_MAX),
	LIMIT("max_client_connections", client_connections, 1,
	      SERVICE_CONNECTIONS_MAX),
	LIMIT("max_request_rate", request_rate, 1, 1000000),
	LIMIT("max_request_burst", request_burst, 1, 1000000),
	LIMIT("max_header_size", header_size, 1024, 1024 * 1024),
	LIMIT("max_body_size", body_size, 1024, 1024 * 1024),
	LIMIT("timeout", seconds, 1, 3600),
	NUMBER("events", "retry_attempts", events.attempts, 0, 1000),
	NUMBER("events", "retry_interval", events.interval, 1, 86400),
	NUMBER("events", "subscriptions", events.subscriptions, 0, 256),
	NUMBER("events", "streams", events.streams, 0, 64),
	{ "events", "ca", NULL, config_set_events_ca },
	/* the keys of [ofmf] are in ofmf.c */
	{ NULL, NULL, "ofmf", set_ofmf },
	{ "host", "id", "host-id", set_host_id },
	{ "host", "rdma_fabric", NULL, set_rdma_fabric },
	NUMBER("health", "log_entries", log_entries, 8, 1024),
	NUMBER("health", "flap_count", flap_count, 0, MODEL_FLAP_MAX),
	NUMBER("health", "flap_window", flap_window, 1, 3600),
	NUMBER("health", "flap_hold", flap_hold, 1, 3600),
	NUMBER("health", "flap_quiet", flap_quiet, 1, 3600),
	{ "daemon", "state_dir", "state-dir", set_state_dir },
	{ "daemon", "sysfs", "sysfs", set_sysfs },
	{ "daemon", "log_level", "log-level", set_log_level },
	{ "daemon", "control_socket", "control-socket", set_control },
};

#define N_SETTINGS	(sizeof(config_settings) / sizeof(config_settings[0]))

_Static_assert(N_SETTINGS <= CONFIG_SETTINGS_MAX, "arrays are large enough");
const size_t config_n_settings = N_SETTINGS;

int config_setting_set(const struct config_setting *setting,
		       struct config *config, const char *value, char *error,
		       size_t size)
{
	if (setting->set)
		return setting->set(config, value, error, size);
	return config_parse_number(value, setting->min, setting->max,
				   (void *)((char *)config + setting->offset),
				   error, size);
}

/* ---- the command line --------------------------------------------------- */

/* The command line; values are borrowed from it. */
struct arguments {
	const char *file;
	const char *value[CONFIG_SETTINGS_MAX];
	const char *dump_tree;
	bool check, leave;
	const char *leave_name;
};

enum { OPT_DUMP = 256, OPT_CHECK, OPT_LEAVE, OPT_VERSION, OPT_SETTING };

static void print_help(void)
{
	puts("Usage: fabmond [OPTION]...\n"
	     "Report the fabrics of this host to an OpenFabrics Management Framework.\n"
	     "\n"
	     "  -c, --config FILE       read FILE instead of " CONFIG_FILE "\n"
	     "      --listen ADDR:PORT  serve Redfish there (127.0.0.1:8640)\n"
	     "      --url URL           base URL that the OFMF reaches us at\n"
	     "      --ofmf URL          base URL of the OFMF to register with\n"
	     "      --host-id ID        name of this host instead of its UUID\n"
	     "      --state-dir DIR     keep state there (" CONFIG_STATE ")\n"
	     "      --sysfs DIR         root of sysfs (/sys)\n"
	     "      --log-level LEVEL   error, warning, info or debug\n"
	     "      --dump-tree DIR     write the Redfish tree below DIR and exit\n"
	     "      --check-config      check the configuration and exit\n"
	     "      --leave [NAME]      take this host out of the OFMF, or all, and exit\n"
	     "  -h, --help              print this and exit\n"
	     "      --version           print the version and exit\n"
	     "\n"
	     "The command line wins over the file. See fabmond(8) and fabmond.conf(5).");
}

static void build_options(struct option *options)
{
	size_t i, n = 0;

	options[n++] = (struct option) { "config", 1, NULL, 'c' };
	options[n++] = (struct option) { "help", 0, NULL, 'h' };
	options[n++] = (struct option) { "version", 0, NULL, OPT_VERSION };
	options[n++] = (struct option) { "dump-tree", 1, NULL, OPT_DUMP };
	options[n++] = (struct option) { "check-config", 0, NULL, OPT_CHECK };
	options[n++] = (struct option) { "leave", 0, NULL, OPT_LEAVE };
	for (i = 0; i < N_SETTINGS; i++)
		if (config_settings[i].option)
			options[n++] = (struct option) {
				config_settings[i].option, 1, NULL,
				OPT_SETTING + i
			};
	options[n] = (struct option) { 0 };
}

static int bad_usage(int argc, char **argv, int code, char *error, size_t size)
{
	const char *arg = optind > 0 && optind <= argc ? argv[optind - 1] : "";

	if (code == ':')
		config_say(error, size, "option '%s' needs a value: see fabmond --help",
		    arg);
	else
		config_say(error, size, "unknown option or needless value '%s': see fabmond --help",
		    arg);
	return -EINVAL;
}

static int read_arguments(struct arguments *args, int argc, char **argv,
			  char *error, size_t size)
{
	struct option options[N_SETTINGS + 7];
	int c;

	build_options(options);
	optind = 0;			/* glibc: from the start, also again */
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			args->file = optarg;
			break;
		case 'h':
			print_help();
			return 1;
		case OPT_VERSION:
			puts("fabmond " FABMON_VERSION);
			return 1;
		case OPT_DUMP:
			args->dump_tree = optarg;
			break;
		case OPT_CHECK:
			args->check = true;
			break;
		case OPT_LEAVE:
			args->leave = true;
			break;
		case ':':
		case '?':
			return bad_usage(argc, argv, c, error, size);
		default:
			args->value[c - OPT_SETTING] = optarg;
		}
	}
	if (args->leave && optind < argc)
		args->leave_name = argv[optind++];
	if (optind < argc) {
		config_say(error, size, "unexpected argument '%s': see fabmond --help",
		    argv[optind]);
		return -EINVAL;
	}
	return 0;
}

static int apply_arguments(struct config *config, const struct arguments *args,
			   char *error, size_t size)
{
	char phrase[256];
	size_t i;
	int ret;

	for (i = 0; i < N_SETTINGS; i++) {
		if (!args->value[i])
			continue;
		ret = config_setting_set(&config_settings[i], config,
					 args->value[i], phrase,
					 sizeof(phrase));
		if (ret == -EBADMSG)
			config_say(error, size, "--%s '%s': %s",
				   config_settings[i].option, args->value[i],
				   phrase);
		if (ret)
			return ret;
	}
	config->check = args->check;
	config->leave = args->leave;
	if (args->leave_name) {
		ret = config_replace(&config->leave_name, args->leave_name);
		if (ret)
			return ret;
	}
	if (args->dump_tree)
		return config_replace(&config->dump_tree, args->dump_tree);
	return 0;
}

/* ---- all of it ---------------------------------------------------------- */

int config_derive_callback(struct config *config, uint16_t port)
{
	const char *addr = config->listen_addr;
	char name[256] = "";
	bool v6;

	if (config->callback)
		return 0;
	if (!strcmp(addr, "0.0.0.0") || !strcmp(addr, "::")) {
		if (gethostname(name, sizeof(name) - 1) || !*name)
			strcpy(name, "localhost");
		addr = name;
	}
	v6 = strchr(addr, ':');
	if (asprintf(&config->callback, "%s://%s%s%s:%u",
		     config->tls_cert ? "https" : "http", v6 ? "[" : "", addr,
		     v6 ? "]" : "", port) < 0) {
		config->callback = NULL;
		return error_origin(-ENOMEM, "configuration: our URL");
	}
	return 0;
}

static int set_defaults(struct config *config)
{
	*config = (struct config) {
		.limits = SERVICE_LIMITS_DEFAULT,
		.events = SERVICE_EVENTS_DEFAULT,
	};
	config->listen_port = DEFAULT_PORT;
	config->log_level = LOG_INFO;
	config->log_entries = MODEL_LOG_ENTRIES;
	config->chunk_state = CONFIG_CHUNK_SYSTEM_RAM;
	config->flap_count = 5;
	config->flap_window = 60;
	config->flap_hold = 30;
	config->flap_quiet = 60;
	if (config_replace(&config->listen_addr, DEFAULT_ADDR) ||
	    config_replace(&config->rdma_fabric, "RoCE") ||
	    config_replace(&config->state_dir, CONFIG_STATE) ||
	    config_replace(&config->control, CONFIG_CONTROL) ||
	    config_replace(&config->sysfs, "/sys"))
		return error_trace(-ENOMEM);
	return 0;
}

int config_load(struct config *config, int argc, char **argv,
		char *error, size_t size)
{
	struct arguments args = { 0 };
	int ret;

	*error = '\0';
	ret = set_defaults(config);
	if (ret)
		return ret;
	ret = read_arguments(&args, argc, argv, error, size);
	if (ret)
		return ret;
	ret = config_file_load(config, args.file ? args.file : CONFIG_FILE,
			       args.file, error, size);
	if (ret)
		return ret;
	ret = apply_arguments(config, &args, error, size);
	if (ret)
		return ret;
	ret = config->dump_tree ? 0 : config_check_security(config, error,
							    size);
	if (!ret)
		ret = config_ofmfs_check(config, error, size);
	if (ret)
		return ret;
	return config->listen_port ?
	       config_derive_callback(config, config->listen_port) : 0;
}

void config_clear(struct config *config)
{
	free(config->listen_addr);
	free(config->callback);
	free(config->tls_cert);
	free(config->tls_key);
	free(config->tls_priority);
	free(config->client_ca);
	free(config->client_crl);
	free(config->accounts);
	free(config->trust);
	free(config->events_ca);
	config_ofmfs_clear(config);
	free(config->control);
	free(config->host_id);
	free(config->rdma_fabric);
	free(config->state_dir);
	free(config->sysfs);
	free(config->dump_tree);
	free(config->leave_name);
	memset(config, 0, sizeof(*config));
}
