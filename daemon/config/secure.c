// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The settings of the service's security. What they allow together has to be
 * safe; what is not safe is refused unless "insecure" allows it explicitly.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"
#include "util/error.h"

#define TRUST_MAX	8
#define TIMEOUT_MIN	30	/* both: schema of SessionTimeout */
#define TIMEOUT_MAX	86400

/* ---- single settings ---------------------------------------------------- */

int config_set_file(char **to, const char *value, char *error, size_t size)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path;

	if (*value == '/')
		return config_replace(to, value);
	if (!*value || strchr(value, '/')) {
		config_say(error, size, "a file begins with '/'; a credential of the unit is a name without any");
		return -EBADMSG;
	}
	if (!dir) {
		config_say(error, size, "a file begins with '/'; the unit has no credential of that name: add LoadCredential=%.40s:PATH to it",
			   value);
		return -EBADMSG;
	}
	if (asprintf(&path, "%s/%s", dir, value) < 0)
		return error_origin(-ENOMEM, "configuration: a path");
	free(*to);
	*to = path;
	return 0;
}

int config_set_tls_cert(struct config *config, const char *value, char *error,
			size_t size)
{
	return config_set_file(&config->tls_cert, value, error, size);
}

int config_set_tls_key(struct config *config, const char *value, char *error,
		       size_t size)
{
	return config_set_file(&config->tls_key, value, error, size);
}

int config_set_events_ca(struct config *config, const char *value, char *error,
			 size_t size)
{
	int r = config_set_file(&config->events_ca, value, error, size);

	config->events.ca = config->events_ca;
	return r;
}

int config_set_client_ca(struct config *config, const char *value, char *error,
			 size_t size)
{
	return config_set_file(&config->client_ca, value, error, size);
}

int config_set_client_crl(struct config *config, const char *value,
			  char *error, size_t size)
{
	return config_set_file(&config->client_crl, value, error, size);
}

int config_set_accounts(struct config *config, const char *value, char *error,
			size_t size)
{
	return config_set_file(&config->accounts, value, error, size);
}

/* GnuTLS checks it when the service starts. */
int config_set_tls_priority(struct config *config, const char *value,
			    char *error, size_t size)
{
	if (*value)
		return config_replace(&config->tls_priority, value);
	config_say(error, size, "a GnuTLS priority string is not empty: remove the line for the default");
	return -EBADMSG;
}

int config_set_session_timeout(struct config *config, const char *value,
			       char *error, size_t size)
{
	size_t len = strlen(value);
	unsigned long seconds = 0;

	if (len && len <= 5 && strspn(value, "0123456789") == len)
		seconds = strtoul(value, NULL, 10);
	if (seconds < TIMEOUT_MIN || seconds > TIMEOUT_MAX) {
		config_say(error, size, "it is a number of seconds, %d to %d",
			   TIMEOUT_MIN, TIMEOUT_MAX);
		return -EBADMSG;
	}
	config->session_timeout = (unsigned int)seconds;
	return 0;
}

static bool is_address(const char *text)
{
	unsigned char addr[16];

	return inet_pton(AF_INET, text, addr) == 1 ||
	       inet_pton(AF_INET6, text, addr) == 1;
}

/* Calls @fn for each word; stops where it returns less than 0. */
static int each_word(const char *value, int (*fn)(const char *word, void *ctx),
		     void *ctx)
{
	char *copy = strdup(value), *rest = copy, *word;
	int ret = copy ? 0 : error_origin(-ENOMEM, "configuration: a list");

	while (!ret && (word = strsep(&rest, " \t,")))
		if (*word)
			ret = fn(word, ctx);
	free(copy);
	return ret;
}

/* The words of one value, and where the result goes. */
struct words {
	struct config *config;
	unsigned int count;
	char *error;
	size_t size;
};

static int trust_word(const char *word, void *ctx)
{
	struct words *w = ctx;

	if (++w->count <= TRUST_MAX && is_address(word))
		return 0;
	config_say(w->error, w->size, "it is a list of at most %d IP addresses, and '%.50s' is none or too many",
		   TRUST_MAX, word);
	return -EBADMSG;
}

int config_set_trust(struct config *config, const char *value, char *error,
		     size_t size)
{
	struct words words = { .error = error, .size = size };
	int ret = each_word(value, trust_word, &words);

	if (ret)
		return ret;
	if (words.count)
		return config_replace(&config->trust, value);
	config_say(error, size, "it is a list of IP addresses: remove the line to trust none");
	return -EBADMSG;
}

static int insecure_word(const char *word, void *ctx)
{
	struct words *w = ctx;

	if (!strcmp(word, "plain-http")) {
		w->config->plain_http = true;
	} else if (!strcmp(word, "no-auth")) {
		w->config->no_auth = true;
	} else {
		config_say(w->error, w->size, "there are plain-http and no-auth, and '%.50s' is neither",
			   word);
		return -EBADMSG;
	}
	w->count++;
	return 0;
}

int config_set_insecure(struct config *config, const char *value, char *error,
			size_t size)
{
	struct words words = { config, 0, error, size };
	int ret = each_word(value, insecure_word, &words);

	if (ret || words.count)
		return ret;
	config_say(error, size, "there are plain-http and no-auth: remove the line for neither");
	return -EBADMSG;
}

int config_set_allow_actions(struct config *config, const char *value,
			     char *error, size_t size)
{
	if (strcmp(value, "yes") && strcmp(value, "no")) {
		config_say(error, size, "it is yes or no");
		return -EBADMSG;
	}
	config->allow_actions = !strcmp(value, "yes");
	return 0;
}

int config_set_chunk_state(struct config *config, const char *value,
			   char *error, size_t size)
{
	static const char *const names[] = {
		[CONFIG_CHUNK_NONE] = "none",
		[CONFIG_CHUNK_DEVDAX] = "devdax",
		[CONFIG_CHUNK_SYSTEM_RAM] = "system-ram",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(value, names[i]))
			continue;
		config->chunk_state = (enum config_chunk)i;
		return 0;
	}
	config_say(error, size, "it is none, devdax or system-ram");
	return -EBADMSG;
}

/* ---- all of them together ----------------------------------------------- */

bool config_is_loopback(const struct config *config)
{
	return !strncmp(config->listen_addr, "127.", 4) ||
	       !strcmp(config->listen_addr, "::1");
}

/* A setting that makes no sense without another one, or with it; or NULL. */
static const char *contradiction(const struct config *c)
{
	if (!c->tls_cert != !c->tls_key)
		return "tls_cert and tls_key in [service] go together: set both or neither";
	if (c->accounts && !c->tls_cert)
		return "accounts in [service] needs TLS, for passwords go over it only: set tls_cert and tls_key";
	if (c->client_ca && !c->tls_cert)
		return "client_ca in [service] needs TLS: set tls_cert and tls_key";
	if (c->client_ca && !c->accounts)
		return "client_ca in [service] needs accounts, which certificates are matched with: set accounts";
	if (c->client_crl && !c->client_ca)
		return "client_crl in [service] is of no use without client_ca: set that too, or remove it";
	if (c->tls_priority && !c->tls_cert)
		return "tls_priority in [service] is of no use without TLS: set tls_cert and tls_key, or remove it";
	if (c->plain_http && c->tls_cert)
		return "insecure = plain-http and tls_cert in [service] contradict each other: remove one";
	if (c->no_auth && (c->accounts || c->trust))
		return "insecure = no-auth in [service] lets everybody in: remove it, or accounts and trust";
	return NULL;
}

int config_check_security(const struct config *c, char *error, size_t size)
{
	const char *wrong = contradiction(c);

	if (wrong) {
		config_say(error, size, "%s", wrong);
		return -EBADMSG;
	}
	if (config_is_loopback(c))
		return 0;
	if (!c->tls_cert && !c->plain_http) {
		config_say(error, size, "listen on %s in [service] is beyond this host and not encrypted: set tls_cert and tls_key, or, on a network that nobody else is on, insecure = plain-http",
			   c->listen_addr);
		return -EBADMSG;
	}
	if (!c->accounts && !c->trust && !c->no_auth) {
		config_say(error, size, "listen on %s in [service] is beyond this host and lets everybody in: set accounts, or trust with the OFMF's address, or, where everybody may do everything, insecure = no-auth",
			   c->listen_addr);
		return -EBADMSG;
	}
	return 0;
}
