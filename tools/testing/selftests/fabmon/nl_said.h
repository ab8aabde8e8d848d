/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the kernel said: notifications, dumps and replays as the tests look at
 * them, and fabmon_sim to make it speak.
 */
#ifndef FABMON_NL_SAID_H
#define FABMON_NL_SAID_H

#include "nl_lib.h"

#define SIM_CTL	"/sys/kernel/debug/fabmon_sim/ctl"

/* The family's number, once said_open() was called. */
extern int family;

/* What the tests look at of a message. */
struct said {
	uint64_t instance, seq, boottime, realtime, lost, dpa;
	uint32_t cmd, action, cause, node, port, gids;
	size_t len;		/* of @bytes */
	uint8_t bytes[256];	/* node or event, from its beginning */
};

struct list {
	struct said *said;
	size_t count, room;
};

void list_free(struct list *list);

/* said_open - Return: false if fabmon or fabmon_sim is not there */
bool said_open(void);

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

#endif /* FABMON_NL_SAID_H */
