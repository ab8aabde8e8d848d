// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Settings of the OFMF that this host is registered with. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_priv.h"

#define INTERVAL_MIN	60
#define INTERVAL_MAX	(7 * 86400)

int config_set_ofmf_ca(struct config *config, const char *value, char *error,
		       size_t size)
{
	return config_set_file(&config->ofmf_ca, value, error, size);
}

int config_set_ofmf_cert(struct config *config, const char *value,
			 char *error, size_t size)
{
	return config_set_file(&config->ofmf_cert, value, error, size);
}

int config_set_ofmf_key(struct config *config, const char *value, char *error,
			size_t size)
{
	return config_set_file(&config->ofmf_key, value, error, size);
}

int config_set_ofmf_login(struct config *config, const char *value,
			  char *error, size_t size)
{
	return config_set_file(&config->ofmf_login, value, error, size);
}

int config_set_ofmf_resync(struct config *config, const char *value,
			   char *error, size_t size)
{
	if (strcmp(value, "none") && strcmp(value, "detach")) {
		config_say(error, size, "it is none or detach");
		return -EBADMSG;
	}
	config->ofmf_detach = !strcmp(value, "detach");
	return 0;
}

int config_set_ofmf_reconcile(struct config *config, const char *value,
			      char *error, size_t size)
{
	size_t len = strlen(value);
	unsigned long seconds = ~0UL;

	if (len && len <= 6 && strspn(value, "0123456789") == len)
		seconds = strtoul(value, NULL, 10);
	if (seconds && (seconds < INTERVAL_MIN || seconds > INTERVAL_MAX)) {
		config_say(error, size, "it is a number of seconds, %d to %d, or 0 for never",
			   INTERVAL_MIN, INTERVAL_MAX);
		return -EBADMSG;
	}
	config->ofmf_reconcile = (unsigned int)seconds;
	return 0;
}

int config_check_ofmf(const struct config *config, char *error, size_t size)
{
	bool https = config->ofmf && !strncmp(config->ofmf, "https://", 8);
	const char *what = NULL;

	if (config->ofmf_key && !config->ofmf_cert) {
		config_say(error, size, "[ofmf] key is set and cert is not: set both");
		return -EBADMSG;
	}
	if (config->ofmf_login)
		what = "login_file: it would go over the network in clear";
	else if (config->ofmf_cert)
		what = "cert";
	else if (config->ofmf_ca)
		what = "ca";
	if (!what || https)
		return 0;
	config_say(error, size, "[ofmf] url is no https:// URL, so there must be no %s",
		   what);
	return -EBADMSG;
}
