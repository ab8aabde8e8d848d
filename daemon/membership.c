// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon.h"
#include "util/error.h"
#include "util/log.h"

/**
 * struct client - who asked
 * @io: NULL: the place is free
 * @waiting: for the OFMFs of @chosen, whose bits are their indexes
 * @line: what was received so far
 */
struct client {
	struct daemon *d;
	sd_event_source *io;
	int fd;
	bool waiting;
	unsigned int chosen;
	size_t len;
	char line[MEMBERSHIP_LINE];
};

struct membership {
	struct control *control;
	struct client clients[MEMBERSHIP_CLIENTS];
};

/* ---- OFMFs -------------------------------------------------------------- */

/* Bits of those that are meant; 0: none is. */
static unsigned int choose(const struct daemon *d, const char *name)
{
	unsigned int chosen = 0;
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++) {
		const struct config_ofmf *c = &d->config.ofmfs[i];

		if (c->subscribes)
			continue;
		if (!name || (*name && !strcmp(c->name, name)) ||
		    !strcmp(c->url, name))
			chosen |= 1u << i;
	}
	return chosen;
}

static int each(struct daemon *d, unsigned int chosen,
		int (*fn)(struct ofmf *ofmf))
{
	int r = 0, r1;
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++) {
		if (!(chosen & 1u << i) || !d->ofmfs[i])
			continue;
		r1 = fn(d->ofmfs[i]);
		if (r1)
			error_log(LOG_ERR, r1, "OFMF %s: that it is left or joined cannot be stored",
				  d->config.ofmfs[i].url);
		r = r ? r : r1;
	}
	return r;
}

/* All have left, or do not get on. */
static bool is_done(const struct daemon *d, unsigned int chosen)
{
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++)
		if (chosen & 1u << i && d->ofmfs[i] &&
		    ofmf_membership(d->ofmfs[i]) == OFMF_LEAVING &&
		    !ofmf_leave_stuck(d->ofmfs[i]))
			return false;
	return true;
}

static json_t *results(const struct daemon *d, unsigned int chosen)
{
	json_t *list = json_array(), *report;
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++) {
		if (!(chosen & 1u << i) || !d->ofmfs[i])
			continue;
		report = ofmf_leave_report(d->ofmfs[i]);
		if (*d->config.ofmfs[i].name)
			json_object_set_new(report, "name", json_string(
				d->config.ofmfs[i].name));
		json_array_append_new(list, report);
	}
	return json_pack("{s:o}", "results", list);
}

/* ---- clients ------------------------------------------------------------ */

static void client_close(struct client *client)
{
	client->io = sd_event_source_disable_unref(client->io);
	close(client->fd);
	client->waiting = false;
	client->len = 0;
}

/* It is small, so it goes into the socket's buffer. */
static void client_answer(struct client *client, json_t *answer)
{
	char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	if (!text ||
	    send(client->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("control: an answer could not be sent");
	free(text);
	json_decref(answer);
	client_close(client);
}

static void client_refuse(struct client *client, const char *why)
{
	client_answer(client, json_pack("{s:s}", "error", why));
}

static void leave(struct client *client, unsigned int chosen)
{
	if (each(client->d, chosen, ofmf_leave)) {
		client_refuse(client, "it cannot be stored that an OFMF is left; see the log of fabmond");
		return;
	}
	client->chosen = chosen;
	client->waiting = true;
	membership_check(client->d);
}

static void join(struct client *client, unsigned int chosen)
{
	if (each(client->d, chosen, ofmf_join))
		client_refuse(client, "it cannot be stored that an OFMF is joined; see the log of fabmond");
	else
		client_answer(client, results(client->d, chosen));
}

static void client_command(struct client *client, const json_t *request)
{
	const json_t *word = json_object_get(request, "command");
	const json_t *name = json_object_get(request, "name");
	const char *command = json_string_value(word);
	unsigned int chosen = choose(client->d, json_string_value(name));

	if (!command || (name && !json_is_string(name)))
		client_refuse(client, "no command");
	else if (!chosen)
		client_refuse(client, name ? "no section [ofmf] has that name or url" :
			      "no OFMF to register with is configured");
	else if (!strcmp(command, "leave"))
		leave(client, chosen);
	else if (!strcmp(command, "join"))
		join(client, chosen);
	else
		client_refuse(client, "unknown command");
}

static int on_client(sd_event_source *source, int fd, uint32_t events,
		     void *ctx)
{
	struct client *client = ctx;
	ssize_t n = recv(fd, client->line + client->len,
			 sizeof(client->line) - client->len, MSG_DONTWAIT);
	json_t *request;

	if (n < 0 && errno == EAGAIN)
		return 0;
	/* it went away; what it asked for goes on */
	if (n <= 0) {
		client_close(client);
		return 0;
	}
	if (client->waiting)
		return 0;
	client->len += (size_t)n;
	if (!memchr(client->line, '\n', client->len)) {
		if (client->len == sizeof(client->line))
			client_refuse(client, "the command is too long");
		return 0;
	}
	request = json_loadb(client->line, client->len,
			     JSON_DISABLE_EOF_CHECK, NULL);
	client_command(client, request);
	json_decref(request);
	return 0;
}

/* root, and fabmond's own user. */
static bool is_allowed(int fd)
{
	socklen_t len = sizeof(struct ucred);
	struct ucred peer;

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (!peer.uid || peer.uid == geteuid());
}

static struct client *client_free_place(struct membership *membership)
{
	size_t i;

	for (i = 0; i < MEMBERSHIP_CLIENTS; i++)
		if (!membership->clients[i].io)
			return &membership->clients[i];
	return NULL;
}

static void on_connect(int fd, void *ctx)
{
	struct daemon *d = ctx;
	struct client *client = client_free_place(d->membership);

	if (!client || !is_allowed(fd)) {
		close(fd);
		return;
	}
	*client = (struct client) { .d = d, .fd = fd };
	if (sd_event_add_io(d->event, &client->io, fd, EPOLLIN, on_client,
			    client) < 0)
		close(fd);
}

void membership_check(struct daemon *d)
{
	struct client *client;
	size_t i;

	if (d->leaving && is_done(d, d->leaving))
		sd_event_exit(d->event, 0);
	for (i = 0; d->membership && i < MEMBERSHIP_CLIENTS; i++) {
		client = &d->membership->clients[i];
		if (client->waiting && is_done(d, client->chosen))
			client_answer(client, results(d, client->chosen));
	}
}

void membership_start(struct daemon *d)
{
	char *path;
	int r;

	d->membership = calloc(1, sizeof(*d->membership));
	if (asprintf(&path, "%s" MEMBERSHIP_SOCKET, d->config.control) < 0)
		path = NULL;
	if (!d->membership || !path)
		r = error_origin(-ENOMEM, "its state");
	else
		r = control_listen(&d->membership->control, d->event, path,
				   0600, on_connect, d);
	/* of another fabmond: that was logged for the other socket */
	if (r && r != -EADDRINUSE)
		error_log(LOG_WARNING, r, "control: \"fabmon leave\" will not work, set control_socket in [daemon]");
	free(path);
}

void membership_stop(struct daemon *d)
{
	size_t i;

	for (i = 0; d->membership && i < MEMBERSHIP_CLIENTS; i++)
		if (d->membership->clients[i].io)
			client_close(&d->membership->clients[i]);
	if (d->membership)
		control_close(d->membership->control);
	free(d->membership);
	d->membership = NULL;
}

/* ---- fabmond --leave ---------------------------------------------------- */

static int result_print(const json_t *result)
{
	const char *url = json_string_value(json_object_get(result, "url"));
	const char *error = json_string_value(json_object_get(result,
							      "error"));
	const char *state = json_string_value(json_object_get(result,
							      "state"));

	if (!strcmp(state, "left")) {
		printf("fabmond: OFMF %s: this host is out of it\n", url);
		return 0;
	}
	log_error("OFMF %s: is not left yet: %s: see to that, then run this again, or start fabmond, which goes on",
		  url, error ? error : "it takes too long");
	return EX_TEMPFAIL;
}

static int results_print(struct daemon *d)
{
	json_t *all = results(d, d->leaving), *result;
	int ret = 0, r;
	size_t i;

	json_array_foreach(json_object_get(all, "results"), i, result) {
		r = result_print(result);
		ret = ret ? ret : r;
	}
	json_decref(all);
	return ret;
}

int membership_leave(struct daemon *d)
{
	const char *name = d->config.leave_name;
	unsigned int chosen = choose(d, name);
	int ret;

	if (!chosen && name)
		log_error("fabmond: --leave: no section [ofmf] has the name or url %s",
			  name);
	else if (!chosen)
		log_error("fabmond: --leave: no OFMF to register with is configured");
	if (!chosen)
		return EX_CONFIG;
	ret = receivers_leave(d, chosen);
	if (ret)
		return ret;
	d->leaving = chosen;
	if (each(d, chosen, ofmf_leave))
		return EX_CANTCREAT;
	ret = daemon_run_loop(d);
	if (ret) {
		error_log(LOG_ERR, ret, "fabmond: cannot go on");
		return EX_OSERR;
	}
	return results_print(d);
}
