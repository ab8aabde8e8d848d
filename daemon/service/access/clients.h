/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Who is connected, and what each client may take: connections, requests, time,
 * and memory for answers. All times are microseconds of CLOCK_MONOTONIC and
 * come from the caller.
 */
#ifndef FABMON_CLIENTS_H
#define FABMON_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "setup.h"

/* After which to ask again for what there is no room for, in seconds. */
#define SVC_ANSWER_SECONDS	2

struct svc_clients;
struct svc_client;

uint64_t svc_clients_now(void);
struct svc_clients *svc_clients_new(const struct service_limits *limits);
/* All clients must have been closed. */
void svc_clients_free(struct svc_clients *clients);

/**
 * svc_client_open - somebody has connected
 * @addr: where from; an IPv6 client is its /64
 * @fd: shut down, never closed, to be rid of it
 *
 * Makes room for it by ending the connection that has waited longest without
 * a request: of the same client, or of the client with most connections.
 *
 * Return: for svc_client_close(); NULL where there is no room, @fd is shut
 * down then.
 */
struct svc_client *svc_client_open(struct svc_clients *clients,
				   const struct sockaddr *addr, int fd,
				   uint64_t now);
void svc_client_close(struct svc_client *client);

/* A request may come, or goes on coming; it must be in by the deadline. */
void svc_client_wait(struct svc_client *client, uint64_t now);
/*
 * It is in: the connection is not ended to make room for others. The answer, or
 * what there is of one that has no end, must be taken by the deadline.
 */
void svc_client_serve(struct svc_client *client, uint64_t now);

/* There is no more of an answer that has no end, and no deadline. */
void svc_client_stay(struct svc_client *client);

/**
 * svc_client_charge - count requests
 * @cost: how many it is worth
 *
 * Return: 0, or the seconds after which it may be asked for again, because there
 * were too many, or because much that was answered has not been read; nothing
 * was counted then.
 */
unsigned int svc_client_charge(struct svc_client *client, unsigned int cost,
			       uint64_t now);
/* Counts what was done already, even if it was too much. */
void svc_client_debit(struct svc_client *client, size_t cost, uint64_t now);

/**
 * svc_client_answer - hold an answer until svc_client_wait()
 *
 * Return: false if too much is held already, for this client or over all. It
 * is not held then.
 */
bool svc_client_answer(struct svc_client *client, size_t size);

/* When somebody is late next; UINT64_MAX for never. */
uint64_t svc_clients_next(const struct svc_clients *clients);
/* Shuts down the connections whose deadline has passed. */
void svc_clients_expire(struct svc_clients *clients, uint64_t now);

#endif /* FABMON_CLIENTS_H */
