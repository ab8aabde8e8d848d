// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The OFMFs: sections [ofmf] and [ofmf NAME]. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"

#define HEARTBEAT	300
#define HEARTBEAT_MIN	10
#define INTERVAL	3600
#define INTERVAL_MIN	60
#define INTERVAL_MAX	(7 * 86400)
#define SPREAD		30
#define SPREAD_MAX	3600
#define QUIET		1500	/* ms */
#define QUIET_MAX	60000
#define LATEST		10
#define LATEST_MAX	3600
#define BACKOFF		{ 10, 60, 600 }
#define BACKOFF_MAX	86400

typedef int ofmf_set(struct config_ofmf *ofmf, const char *value, char *error,
		     size_t size);

/* ---- keys --------------------------------------------------------------- */

static int set_url(struct config_ofmf *ofmf, const char *value, char *error,
		   size_t size)
{
	return config_set_url(&ofmf->url, value, error, size);
}

static int set_profile(struct config_ofmf *ofmf, const char *value,
		       char *error, size_t size)
{
	if (strcmp(value, "sunfish") && strcmp(value, "redfish")) {
		config_say(error, size, "it is sunfish or redfish");
		return -EBADMSG;
	}
	ofmf->subscribes = !strcmp(value, "redfish");
	return 0;
}

static int set_resync(struct config_ofmf *ofmf, const char *value, char *error,
		      size_t size)
{
	static const char *const words[] = {
		[CONFIG_RESYNC_AUTO] = "auto",
		[CONFIG_RESYNC_NONE] = "none",
		[CONFIG_RESYNC_DETACH] = "detach",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]))
			continue;
		ofmf->resync = (enum config_resync)i;
		return 0;
	}
	config_say(error, size, "it is auto, none or detach");
	return -EBADMSG;
}

static int set_on_stop(struct config_ofmf *ofmf, const char *value,
		       char *error, size_t size)
{
	if (strcmp(value, "keep") && strcmp(value, "offline")) {
		config_say(error, size, "it is keep or offline");
		return -EBADMSG;
	}
	ofmf->offline = !strcmp(value, "offline");
	return 0;
}

/* ~0UL: not a number of seconds. */
static unsigned long seconds_of(const char *value)
{
	size_t len = strlen(value);

	if (!len || len > 6 || strspn(value, "0123456789") != len)
		return ~0UL;
	return strtoul(value, NULL, 10);
}

static int set_spread(struct config_ofmf *ofmf, const char *value,
		      char *error, size_t size)
{
	unsigned long seconds = seconds_of(value);

	if (seconds > SPREAD_MAX) {
		config_say(error, size, "it is a number of seconds, 0 to %d",
			   SPREAD_MAX);
		return -EBADMSG;
	}
	ofmf->spread = (unsigned int)seconds;
	return 0;
}

static int set_quiet(struct config_ofmf *ofmf, const char *value,
		     char *error, size_t size)
{
	unsigned long ms = seconds_of(value);

	if (ms > QUIET_MAX) {
		config_say(error, size, "it is a number of milliseconds, 0 to %d",
			   QUIET_MAX);
		return -EBADMSG;
	}
	ofmf->quiet = (unsigned int)ms;
	return 0;
}

static int set_latest(struct config_ofmf *ofmf, const char *value,
		      char *error, size_t size)
{
	unsigned long seconds = seconds_of(value);

	if (seconds > LATEST_MAX) {
		config_say(error, size, "it is a number of seconds, 0 to %d",
			   LATEST_MAX);
		return -EBADMSG;
	}
	ofmf->latest = (unsigned int)seconds;
	return 0;
}

/* Three numbers, none less than the one before. */
static int set_backoff(struct config_ofmf *ofmf, const char *value,
		       char *error, size_t size)
{
	unsigned int n[CONFIG_BACKOFFS];
	int end = 0;

	if (sscanf(value, "%5u %5u %5u%n", &n[0], &n[1], &n[2], &end) != 3 ||
	    value[end] || strspn(value, "0123456789 ") != strlen(value) ||
	    n[0] > n[1] || n[1] > n[2] || n[2] > BACKOFF_MAX) {
		config_say(error, size, "it is three numbers of seconds, 0 to %d, none less than the one before",
			   BACKOFF_MAX);
		return -EBADMSG;
	}
	memcpy(ofmf->backoff, n, sizeof(n));
	return 0;
}

static int set_heartbeat(struct config_ofmf *ofmf, const char *value,
			 char *error, size_t size)
{
	unsigned long seconds = seconds_of(value);

	if (seconds && (seconds < HEARTBEAT_MIN || seconds > INTERVAL_MAX)) {
		config_say(error, size, "it is a number of seconds, %d to %d, or 0 for never",
			   HEARTBEAT_MIN, INTERVAL_MAX);
		return -EBADMSG;
	}
	ofmf->heartbeat = (unsigned int)seconds;
	return 0;
}

static int set_interval(struct config_ofmf *ofmf, const char *value,
			char *error, size_t size)
{
	unsigned long seconds = seconds_of(value);

	if (seconds && (seconds < INTERVAL_MIN || seconds > INTERVAL_MAX)) {
		config_say(error, size, "it is a number of seconds, %d to %d, or 0 for never",
			   INTERVAL_MIN, INTERVAL_MAX);
		return -EBADMSG;
	}
	ofmf->reconcile = (unsigned int)seconds;
	return 0;
}

#define FILE_KEY(key, field)	{ key, NULL, offsetof(struct config_ofmf, field) }

static const struct {
	const char *key;
	ofmf_set *set;		/* NULL: a file, */
	size_t offset;		/* whose name is there */
} keys[] = {
	{ "profile", set_profile },
	{ "url", set_url },
	FILE_KEY("ca", ca),
	FILE_KEY("cert", cert),
	FILE_KEY("key", key),
	FILE_KEY("login_file", login),
	{ "resync", set_resync },
	{ "resync_quiet", set_quiet },
	{ "resync_latest", set_latest },
	{ "resync_backoff", set_backoff },
	{ "heartbeat", set_heartbeat },
	{ "reconcile_interval", set_interval },
	{ "register_spread", set_spread },
	{ "on_stop", set_on_stop },
};

#define N_KEYS		(sizeof(keys) / sizeof(keys[0]))
#define KEY_PROFILE	0

int config_ofmf_set(struct config_ofmf *ofmf, const char *key,
		    const char *value, char *error, size_t size)
{
	size_t i;

	for (i = 0; i < N_KEYS && strcmp(keys[i].key, key); i++)
		;
	if (i == N_KEYS)
		return -ENOENT;
	if (ofmf->seen & 1u << i)
		return -EEXIST;
	ofmf->seen |= 1u << i;
	if (keys[i].set)
		return keys[i].set(ofmf, value, error, size);
	return config_set_file((void *)((char *)ofmf + keys[i].offset), value,
			       error, size);
}

const char *config_ofmf_similar(const char *key)
{
	size_t i;

	for (i = 0; i < N_KEYS; i++)
		if (config_similar(key, keys[i].key))
			return keys[i].key;
	return NULL;
}

/* ---- sections ----------------------------------------------------------- */

bool config_ofmf_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= CONFIG_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

struct config_ofmf *config_ofmf_get(struct config *config, const char *name)
{
	static const unsigned int backoff[CONFIG_BACKOFFS] = BACKOFF;
	struct config_ofmf *ofmf;
	size_t i;

	for (i = 0; i < config->n_ofmfs; i++)
		if (!strcmp(config->ofmfs[i].name, name))
			return &config->ofmfs[i];
	if (i == CONFIG_OFMFS_MAX)
		return NULL;
	ofmf = &config->ofmfs[config->n_ofmfs++];
	snprintf(ofmf->name, sizeof(ofmf->name), "%s", name);
	ofmf->heartbeat = HEARTBEAT;
	ofmf->reconcile = INTERVAL;
	ofmf->spread = SPREAD;
	ofmf->quiet = QUIET;
	ofmf->latest = LATEST;
	memcpy(ofmf->backoff, backoff, sizeof(backoff));
	return ofmf;
}

static void ofmf_clear(struct config_ofmf *ofmf)
{
	free(ofmf->url);
	free(ofmf->ca);
	free(ofmf->cert);
	free(ofmf->key);
	free(ofmf->login);
	memset(ofmf, 0, sizeof(*ofmf));
}

void config_ofmfs_clear(struct config *config)
{
	while (config->n_ofmfs)
		ofmf_clear(&config->ofmfs[--config->n_ofmfs]);
}

bool config_registers(const struct config *config)
{
	size_t i;

	for (i = 0; i < config->n_ofmfs; i++)
		if (!config->ofmfs[i].subscribes)
			return true;
	return false;
}

/* ---- checks ------------------------------------------------------------- */

#define SECTION_MAX	(sizeof("[ofmf ]") + CONFIG_NAME_MAX)

/* The name of the section, as in the file. */
static const char *section_of(const struct config_ofmf *ofmf,
			      char section[static SECTION_MAX])
{
	snprintf(section, SECTION_MAX, "[ofmf%s%s]", *ofmf->name ? " " : "",
		 ofmf->name);
	return section;
}

/* A setting that needs TLS, which an OFMF without must not have; or NULL. */
static const char *needs_tls(const struct config_ofmf *ofmf)
{
	if (ofmf->login)
		return "login_file: it would go over the network in clear";
	if (ofmf->cert)
		return "cert";
	return ofmf->ca ? "ca" : NULL;
}

static int check_sunfish(const struct config_ofmf *ofmf, const char *section,
			 char *error, size_t size)
{
	const char *what = needs_tls(ofmf);

	if (ofmf->key && !ofmf->cert) {
		config_say(error, size, "%s key is set and cert is not: set both",
			   section);
		return -EBADMSG;
	}
	if (what && !(ofmf->url && !strncmp(ofmf->url, "https://", 8))) {
		config_say(error, size, "%s url is no https:// URL, so there must be no %s",
			   section, what);
		return -EBADMSG;
	}
	if (!ofmf->url && *ofmf->name) {
		config_say(error, size, "%s has no url: set it, or remove the section",
			   section);
		return -EBADMSG;
	}
	return 0;
}

/* It subscribes by itself: nothing but the profile can be set here. */
static int check_redfish(const struct config *config,
			 const struct config_ofmf *ofmf, const char *section,
			 char *error, size_t size)
{
	const char *key = ofmf->url ? "url" : NULL;
	size_t i;

	for (i = 0; i < N_KEYS; i++)
		if (i != KEY_PROFILE && ofmf->seen & 1u << i)
			key = keys[i].key;
	if (key) {
		config_say(error, size, "%s profile = redfish: such an OFMF subscribes at our EventService, and is sent nothing else: remove %s",
			   section, key);
		return -EBADMSG;
	}
	if (!config->events.subscriptions) {
		config_say(error, size, "%s profile = redfish: it cannot subscribe: [events] subscriptions is 0",
			   section);
		return -EBADMSG;
	}
	return 0;
}

static int check_same(const struct config *config,
		      const struct config_ofmf *ofmf, const char *section,
		      char *error, size_t size)
{
	const struct config_ofmf *other;
	char before[SECTION_MAX];

	for (other = config->ofmfs; other < ofmf; other++) {
		if (!ofmf->url || !other->url || strcmp(ofmf->url, other->url))
			continue;
		config_say(error, size, "%s and %s have the same url: a host registers with an OFMF once: remove one",
			   section_of(other, before), section);
		return -EBADMSG;
	}
	return 0;
}

/* The section may have been there for --ofmf, which was not given. */
static void drop_empty(struct config *config)
{
	size_t i = 0;

	while (i < config->n_ofmfs) {
		struct config_ofmf *ofmf = &config->ofmfs[i];

		if (ofmf->url || ofmf->subscribes) {
			i++;
			continue;
		}
		ofmf_clear(ofmf);
		config->n_ofmfs--;
		memmove(ofmf, ofmf + 1,
			(config->n_ofmfs - i) * sizeof(*ofmf));
		memset(&config->ofmfs[config->n_ofmfs], 0, sizeof(*ofmf));
	}
}

int config_ofmfs_check(struct config *config, char *error, size_t size)
{
	char section[SECTION_MAX];
	size_t i;
	int ret;

	for (i = 0; i < config->n_ofmfs; i++) {
		const struct config_ofmf *ofmf = &config->ofmfs[i];

		section_of(ofmf, section);
		ret = ofmf->subscribes ?
		      check_redfish(config, ofmf, section, error, size) :
		      check_sunfish(ofmf, section, error, size);
		if (!ret)
			ret = check_same(config, ofmf, section, error, size);
		if (ret)
			return ret;
	}
	drop_empty(config);
	return 0;
}
