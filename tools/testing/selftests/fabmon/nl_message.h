/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Messages of the kernel as the tests compare them: notifications, dumps and
 * replays, read into lists. And fabmon_sim, whose commands cause them.
 */
#ifndef FABMON_NL_MESSAGE_H
#define FABMON_NL_MESSAGE_H

#include "nl_lib.h"

#define SIM_CTL	"/sys/kernel/debug/fabmon_sim/ctl"

/* The family's number, once sim_open() was called. */
extern int family;

/* What the tests compare of a message. */
struct message {
	uint64_t instance, seq, boottime, realtime, lost, dpa;
	uint32_t cmd, action, cause, node, port, gids;
	size_t len;		/* of @bytes */
	uint8_t bytes[256];	/* node or event, from its beginning */
};

struct list {
	struct message *at;
	size_t count, room;
};

void list_free(struct list *list);

/* sim_open - Return: false if fabmon or fabmon_sim is not there */
bool sim_open(void);

/* sim_try - give fabmon_sim a command. Return: 0 or -errno. */
int sim_try(const char *format, unsigned int number);

/* sim - the same; the test ends if it fails */
void sim(const char *format, unsigned int number);

/* subscribe - a socket in a group, with a buffer of so many bytes unless 0 */
struct nl_sock *subscribe(const char *group, int buffer);

/* drain - read what waits at a socket. Return: how often it read ENOBUFS. */
int drain(struct nl_sock *sk, struct list *list);

/* replay - event-get; 0 leaves an attribute out */
struct answer replay(uint64_t from, uint64_t instance, struct list *list);

/* dump - node-get */
struct answer dump(struct list *list);

/* node_get - node-get of one node */
struct answer node_get(uint32_t id, struct list *list);

/* info - one number of info-get */
uint64_t info(int type);

#endif /* FABMON_NL_MESSAGE_H */
