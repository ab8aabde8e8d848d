// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Limits of clients. A connection has one deadline: a request must be in some
 * time after the connection was made or the one before was answered, and its
 * answer must be read in as much. Requests are counted in a bucket of tokens
 * for each address, so that nothing runs while nobody asks.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "util/error.h"
#include "clients.h"

#define SECOND		1000000ull
/* More than connections there may be: those without are only remembered. */
#define PEERS_MAX	(SERVICE_CONNECTIONS_MAX + 256)
#define SMALL_ANSWER	(64u * 1024)		/* never refused for its size */
/* One client has to read before it asks for more. */
#define PEER_UNREAD	(2u * 1024 * 1024)
#define PEER_ANSWERS	(4u * 1024 * 1024)	/* bytes held for one client */
#define ALL_ANSWERS	(16u * 1024 * 1024)	/* and for all */

/**
 * struct peer - an address that connects, or has
 * @key: IPv6 address without its interface, or IPv4 address in IPv6
 * @tokens: millionths of requests left at @at; negative after svc_client_debit()
 */
struct peer {
	struct in6_addr key;
	size_t connections;
	size_t held;
	int64_t tokens;
	uint64_t at;
	struct peer *next;
};

/**
 * struct svc_client - a connection
 * @prev: in a list with those first that have waited longest
 * @waits: for a request, or the rest of one
 * @ended: shut down; what still comes from it is ignored
 * @held: bytes of the answer
 */
struct svc_client {
	struct svc_clients *clients;
	struct peer *peer;
	struct svc_client *prev, *next;
	int fd;
	bool waits;
	bool ended;
	uint64_t deadline;
	size_t held;
};

struct svc_clients {
	struct service_limits limits;
	struct svc_client *first, *last;
	struct peer *peers;
	size_t n_peers;
	size_t connections;
	size_t held;
};

/**
 * svc_clients_now - the time, as all functions here take it
 */
uint64_t svc_clients_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000;
}

/* ---- the list of connections -------------------------------------------- */

static void list_append(struct svc_client *client)
{
	struct svc_clients *clients = client->clients;

	client->next = NULL;
	client->prev = clients->last;
	if (clients->last)
		clients->last->next = client;
	else
		clients->first = client;
	clients->last = client;
}

static void list_remove(struct svc_client *client)
{
	struct svc_clients *clients = client->clients;

	if (client->prev)
		client->prev->next = client->next;
	else
		clients->first = client->next;
	if (client->next)
		client->next->prev = client->prev;
	else
		clients->last = client->prev;
}

/* The server sees the end of it, and closes. What is not read is thrown away. */
static void client_end(struct svc_client *client)
{
	const struct linger at_once = { .l_onoff = 1 };
	int unread = 0;

	if (!ioctl(client->fd, SIOCOUTQ, &unread) && unread)
		setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	shutdown(client->fd, SHUT_RDWR);
	client->waits = false;
	client->ended = true;
	client->deadline = UINT64_MAX;
}

/* ---- addresses ---------------------------------------------------------- */

static struct in6_addr peer_key(const struct sockaddr *addr)
{
	const struct sockaddr_in6 *sin6 = (const void *)addr;
	const struct sockaddr_in *sin = (const void *)addr;
	struct in6_addr key = IN6ADDR_ANY_INIT;

	if (addr->sa_family == AF_INET) {
		key.s6_addr16[5] = 0xffff;
		key.s6_addr32[3] = sin->sin_addr.s_addr;
	} else if (addr->sa_family == AF_INET6) {
		key = sin6->sin6_addr;
		if (!IN6_IS_ADDR_V4MAPPED(&key) && !IN6_IS_ADDR_LOOPBACK(&key))
			memset(key.s6_addr + 8, 0, 8);
	}
	return key;
}

static int64_t bucket_size(const struct svc_clients *clients)
{
	return (int64_t)clients->limits.request_burst * (int64_t)SECOND;
}

/* Tokens come with time. A rate of n a second is n millionths a microsecond. */
static void bucket_fill(const struct svc_clients *clients, struct peer *peer,
			uint64_t now)
{
	uint64_t passed = now - peer->at;
	uint64_t rate = clients->limits.request_rate;
	int64_t room = bucket_size(clients) - peer->tokens;

	peer->at = now;
	if (passed >= (uint64_t)room / rate + 1)
		peer->tokens += room;
	else
		peer->tokens += (int64_t)(passed * rate);
}

/* Forgets the address that was seen longest ago, of those not connected. */
static void peers_trim(struct svc_clients *clients)
{
	struct peer **at, **oldest = NULL, *peer;

	for (at = &clients->peers; *at; at = &(*at)->next)
		if (!(*at)->connections && (!oldest || (*at)->at < (*oldest)->at))
			oldest = at;
	if (!oldest)
		return;
	peer = *oldest;
	*oldest = peer->next;
	free(peer);
	clients->n_peers--;
}

static struct peer *peer_get(struct svc_clients *clients,
			     const struct sockaddr *addr, uint64_t now)
{
	const struct in6_addr key = peer_key(addr);
	struct peer *peer;

	for (peer = clients->peers; peer; peer = peer->next)
		if (!memcmp(&peer->key, &key, sizeof(key)))
			return peer;
	if (clients->n_peers == PEERS_MAX)
		peers_trim(clients);
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	peer->key = key;
	peer->tokens = bucket_size(clients);
	peer->at = now;
	peer->next = clients->peers;
	clients->peers = peer;
	clients->n_peers++;
	return peer;
}

/* ---- connections -------------------------------------------------------- */

static const struct peer *peer_busiest(const struct svc_clients *clients)
{
	const struct peer *peer, *busiest = clients->peers;

	for (peer = clients->peers; peer; peer = peer->next)
		if (peer->connections > busiest->connections)
			busiest = peer;
	return busiest;
}

/* Ends the connection of @peer that has waited longest; false: all are served. */
static bool peer_make_room(struct svc_clients *clients, const struct peer *peer)
{
	struct svc_client *client;

	for (client = clients->first; client; client = client->next) {
		if (client->peer != peer || !client->waits)
			continue;
		client_end(client);
		client->peer->connections--;
		clients->connections--;
		client->peer = NULL;
		return true;
	}
	return false;
}

static bool clients_make_room(struct svc_clients *clients,
			      const struct peer *peer)
{
	if (peer->connections >= clients->limits.client_connections)
		return peer_make_room(clients, peer);
	if (clients->connections >= clients->limits.connections)
		return peer_make_room(clients, peer_busiest(clients));
	return true;
}

struct svc_client *svc_client_open(struct svc_clients *clients,
				   const struct sockaddr *addr, int fd,
				   uint64_t now)
{
	struct peer *peer = peer_get(clients, addr, now);
	struct svc_client *client = NULL;

	if (peer && clients_make_room(clients, peer))
		client = calloc(1, sizeof(*client));
	if (!client) {
		shutdown(fd, SHUT_RDWR);
		return NULL;
	}
	client->clients = clients;
	client->peer = peer;
	client->fd = fd;
	peer->connections++;
	clients->connections++;
	list_append(client);
	svc_client_wait(client, now);
	return client;
}

static void answer_release(struct svc_client *client)
{
	client->clients->held -= client->held;
	if (client->peer)
		client->peer->held -= client->held;
	client->held = 0;
}

void svc_client_close(struct svc_client *client)
{
	if (!client)
		return;
	answer_release(client);
	if (client->peer) {
		client->peer->connections--;
		client->clients->connections--;
	}
	list_remove(client);
	free(client);
}

static void deadline_set(struct svc_client *client, uint64_t now)
{
	client->deadline = now + client->clients->limits.seconds * SECOND;
}

void svc_client_wait(struct svc_client *client, uint64_t now)
{
	answer_release(client);
	if (client->ended)
		return;
	client->waits = true;
	deadline_set(client, now);
	list_remove(client);
	list_append(client);
}

void svc_client_serve(struct svc_client *client, uint64_t now)
{
	if (client->ended)
		return;
	client->waits = false;
	deadline_set(client, now);
}

void svc_client_stay(struct svc_client *client)
{
	client->waits = false;
	client->deadline = UINT64_MAX;
}

/* ---- requests and answers ----------------------------------------------- */

unsigned int svc_client_charge(struct svc_client *client, unsigned int cost,
			       uint64_t now)
{
	struct svc_clients *clients = client->clients;
	struct peer *peer = client->peer;
	int64_t need = cost * (int64_t)SECOND, rate;

	if (!peer)
		return 1;
	if (peer->held >= PEER_UNREAD)
		return SVC_ANSWER_SECONDS;
	bucket_fill(clients, peer, now);
	if (peer->tokens >= need) {
		peer->tokens -= need;
		return 0;
	}
	rate = (int64_t)clients->limits.request_rate * (int64_t)SECOND;
	return (unsigned int)((need - peer->tokens + rate - 1) / rate);
}

void svc_client_debit(struct svc_client *client, size_t cost, uint64_t now)
{
	if (!client->peer)
		return;
	bucket_fill(client->clients, client->peer, now);
	client->peer->tokens -= (int64_t)cost * (int64_t)SECOND;
}

bool svc_client_answer(struct svc_client *client, size_t size)
{
	struct svc_clients *clients = client->clients;
	struct peer *peer = client->peer;

	if (!peer)
		return false;
	if (size > SMALL_ANSWER &&
	    ((peer->held && peer->held + size > PEER_ANSWERS) ||
	     (clients->held && clients->held + size > ALL_ANSWERS)))
		return false;
	client->held += size;
	peer->held += size;
	clients->held += size;
	return true;
}

/* ---- all of them -------------------------------------------------------- */

struct svc_clients *svc_clients_new(const struct service_limits *limits)
{
	struct svc_clients *clients = calloc(1, sizeof(*clients));

	if (!clients) {
		error_origin(-ENOMEM, "table of clients: cannot be allocated");
		return NULL;
	}
	clients->limits = *limits;
	return clients;
}

void svc_clients_free(struct svc_clients *clients)
{
	struct peer *peer;

	if (!clients)
		return;
	while ((peer = clients->peers)) {
		clients->peers = peer->next;
		free(peer);
	}
	free(clients);
}

uint64_t svc_clients_next(const struct svc_clients *clients)
{
	const struct svc_client *client;
	uint64_t next = UINT64_MAX;

	for (client = clients->first; client; client = client->next)
		if (client->deadline < next)
			next = client->deadline;
	return next;
}

void svc_clients_expire(struct svc_clients *clients, uint64_t now)
{
	struct svc_client *client;

	for (client = clients->first; client; client = client->next)
		if (client->deadline <= now)
			client_end(client);
}
