/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The configuration of fabmond.
 *
 * In come the file and the command line, out comes struct config: every value
 * is set, checked, and fits the others. It is read once, at the start, and
 * belongs to main.c; the other parts get their values from the wiring.
 *
 * Everything is checked here, before anything is started: each value for
 * itself, then all of them together for what would be insecure. Who made a
 * mistake gets one line with the file, the line, the key, and what to write
 * instead. Nothing is guessed, and an unknown key is an error.
 *
 * Values are checked by pure functions, which fuzzers call, too.
 */
#ifndef FABMON_CONFIG_H
#define FABMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "service/access/setup.h"
#include "service/events/setup.h"

#define CONFIG_FILE	"/etc/fabmon/fabmond.conf"
#define CONFIG_STATE	"/var/lib/fabmon"
#define CONFIG_CONTROL	"/run/fabmon/control"

#define CONFIG_OFMFS_MAX	8
#define CONFIG_NAME_MAX		32
#define CONFIG_BACKOFFS		3

/* What to do with copies at an OFMF that do not follow. */
enum config_resync {
	CONFIG_RESYNC_AUTO,
	CONFIG_RESYNC_NONE,
	CONFIG_RESYNC_DETACH,
};

/* What a volatile chunk is used as, where a client does not say it. */
enum config_chunk {
	CONFIG_CHUNK_NONE,		/* whatever the kernel does with it */
	CONFIG_CHUNK_DEVDAX,
	CONFIG_CHUNK_SYSTEM_RAM,
};

/**
 * struct config_ofmf - an OFMF: section [ofmf] or [ofmf NAME]
 *
 * Keys in brackets. It either has a url or subscribes.
 */
struct config_ofmf {
	char name[CONFIG_NAME_MAX + 1];	/* a-z, 0-9 and '-'; "": has none */
	bool subscribes;	/* [profile] is redfish: to our EventService */
	char *url;		/* [url]: base URL of one to register with */
	/* each a file, or NULL: */
	char *ca;		/* [ca]: certificates that its own must come from */
	char *cert;		/* [cert]: ours */
	char *key;		/* [key]: its key */
	char *login;		/* [login_file]: "name:password" */
	enum config_resync resync;	/* [resync] */
	bool offline;		/* [on_stop] is offline */
	unsigned int quiet;	/* [resync_quiet], ms */
	unsigned int latest;	/* [resync_latest], s */
	unsigned int backoff[CONFIG_BACKOFFS];	/* [resync_backoff], s */
	unsigned int heartbeat;	/* [heartbeat], s, 0: never */
	unsigned int reconcile;	/* [reconcile_interval], s, 0: never */
	unsigned int spread;	/* [register_spread], s; 0 by --ofmf */
	unsigned int seen;	/* keys that the file has, bits of ofmf.c */
	int line;		/* of the file, that the section begins in */
};

/**
 * struct config - everything that can be set
 *
 * Owns its strings. File sections and keys in brackets.
 */
struct config {
	char *listen_addr;	/* [service] listen = ADDR:PORT, host part */
	uint16_t listen_port;	/* 0: any that is free */
	char *callback;		/* [service] url: base URL others reach us at;
				 * NULL while that hangs on port 0 */
	/* [service], each a file, or NULL: */
	char *tls_cert;		/* tls_cert; NULL: plain HTTP */
	char *tls_key;		/* tls_key */
	char *client_ca;	/* client_ca */
	char *client_crl;	/* client_crl */
	char *accounts;		/* accounts */
	char *tls_priority;	/* [service] tls_priority, or NULL */
	char *trust;		/* [service] trust: addresses, or NULL */
	bool plain_http;	/* [service] insecure has plain-http */
	bool no_auth;		/* [service] insecure has no-auth */
	bool allow_actions;	/* [service] allow_actions */
	enum config_chunk chunk_state;	/* [service] chunk_state */
	unsigned int session_timeout; /* [service], seconds, 0: the default */
	struct service_limits limits;	/* [service] max_* and timeout */
	struct service_events events;	/* [events] */
	char *events_ca;	/* ca; @events points to it */
	struct config_ofmf ofmfs[CONFIG_OFMFS_MAX];
	size_t n_ofmfs;
	char *host_id;		/* [host] id: overrides the stable id, or NULL */
	char *rdma_fabric;	/* [host] rdma_fabric, default "RoCE" */
	char *state_dir;	/* [daemon] state_dir */
	char *sysfs;		/* [daemon] sysfs: root of sysfs, default "/sys" */
	/* [health] log_entries of a device; flap_*: when links flap, s */
	unsigned int log_entries;
	unsigned int flap_count, flap_window, flap_hold, flap_quiet;
	char *control;		/* [daemon] control_socket */
	int log_level;		/* [daemon] log_level: LOG_ERR .. LOG_DEBUG */
	/* command line only */
	char *dump_tree;	/* --dump-tree DIR */
	bool check;		/* --check-config */
	bool leave;		/* --leave [NAME] */
	char *leave_name;	/* of one OFMF, or NULL: all */
};

/**
 * config_load - read the file and the command line, which wins
 * @error: buffer for one line: where it is, what is wrong, what to do
 *
 * A missing file is an error only if it was named with --config. Unknown
 * sections, keys and bad values are errors. --help and --version print and
 * return 1. config_clear() frees what @config holds, after errors too.
 *
 * Return: 0, 1 (done, exit 0), -EINVAL (usage, exit EX_USAGE), -EBADMSG (bad
 * configuration, exit EX_CONFIG), -ENOMEM with its origin.
 */
int config_load(struct config *config, int argc, char **argv,
		char *error, size_t size);
void config_clear(struct config *config);

/* Whether the service can be reached from this host only. */
bool config_is_loopback(const struct config *config);

/* Whether there is an OFMF to register with. */
bool config_registers(const struct config *config);

/* Sets the callback from the listen address, unless it was configured. */
int config_derive_callback(struct config *config, uint16_t port);

/*
 * Checks of values. Return: 0; -ENOMEM; -EBADMSG with a phrase in @error on
 * what would be right. First an http:// or https:// base URL (no path but "/"),
 * which is normalised:
 */
int config_parse_url(const char *text, char **url, char *error, size_t size);
/*
 * "ADDR:PORT", "[V6]:PORT", ":PORT" (all IPv4 addresses), "PORT" (loopback).
 * Addresses are numbers: nothing waits for DNS.
 */
int config_parse_listen(const char *text, char **addr, uint16_t *port,
			char *error, size_t size);
/* A decimal number from @min to @max. */
int config_parse_number(const char *text, unsigned int min, unsigned int max,
			unsigned int *number, char *error, size_t size);

#endif /* FABMON_CONFIG_H */
