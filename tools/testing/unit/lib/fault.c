// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "fault_priv.h"

#define CONNECTIONS	256
#define BACKLOG		64

/**
 * struct fault_proxy - one proxy
 * @lock: over all below but @port and @thread
 * @idle: signalled when a connection ends
 * @fds: clients' sockets, -1 where none
 * @demand: header line that requests have to have, or NULL
 * @refuse_until: CLOCK_MONOTONIC ms
 */
struct fault_proxy {
	pthread_mutex_t lock;
	pthread_cond_t idle;
	pthread_t thread;
	int port, listener, target;
	bool stopping;
	int fds[CONNECTIONS];
	unsigned int open;
	struct fault_rule rule;
	const char *demand;
	unsigned int matched, hits, gets, posts, others, records;
	uint64_t refuse_until;
	gnutls_certificate_credentials_t cred;
	char priority[128];
	bool asks;
};

static const char *const names[] = {
	[FAULT_NONE] = "none",
	[FAULT_REFUSE] = "refuse",
	[FAULT_HANG_BEFORE] = "hang-before",
	[FAULT_HANG_AFTER] = "hang-after",
	[FAULT_500] = "500",
	[FAULT_503] = "503",
	[FAULT_400] = "400",
	[FAULT_401] = "401",
	[FAULT_404] = "404",
	[FAULT_409] = "409",
	[FAULT_GARBAGE] = "garbage",
	[FAULT_GARBLED] = "garbled",
	[FAULT_HALF] = "half",
	[FAULT_BYTES] = "byte-by-byte",
	[FAULT_CLOSE_BEFORE] = "close-before",
	[FAULT_CLOSE_AFTER] = "close-after",
	[FAULT_TRUNCATE] = "truncate",
	[FAULT_DUPLICATE] = "duplicate",
	[FAULT_DELAY] = "delay",
	[FAULT_LIE] = "lie",
	[FAULT_REDIRECT] = "redirect",
};

const char *fault_name(enum fault fault)
{
	return names[fault];
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- sockets ------------------------------------------------------------ */

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void at_loopback(struct sockaddr_in *addr, int port)
{
	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_port = htons((uint16_t)port);
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

/* Bound, but nobody listens: connections are refused, and the port is kept. */
static int bound_at(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in addr;

	at_loopback(&addr, port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror("fault proxy");
		exit(1);
	}
	return fd;
}

/* ---- rules -------------------------------------------------------------- */

static bool target_is(const char *data, const char *path)
{
	const char *begin = strchr(data, ' ');
	const char *end = begin ? strchr(begin + 1, ' ') : NULL;
	char target[1024];

	if (!path)
		return true;
	if (!end || end - begin > (int)sizeof(target))
		return false;
	snprintf(target, sizeof(target), "%.*s", (int)(end - begin - 1),
		 begin + 1);
	if (*path != '$')
		return strstr(target, path);
	path++;
	return strlen(target) >= strlen(path) &&
	       !strcmp(target + strlen(target) - strlen(path), path);
}

static bool rule_matches(const struct fault_rule *rule,
			 const struct fault_message *m)
{
	size_t len = rule->method ? strlen(rule->method) : 0;

	if (len && (strncmp(m->data, rule->method, len) ||
		    m->data[len] != ' '))
		return false;
	return target_is(m->data, rule->path) &&
	       (!rule->body || strstr(m->data + m->head, rule->body));
}

/* Event records in a body. */
static unsigned int records_of(const struct fault_message *m)
{
	const char *at = m->data + m->head;
	unsigned int n = 0;

	while ((at = strstr(at, "\"MessageId\""))) {
		at++;
		n++;
	}
	return n;
}

int fault_target(struct fault_proxy *proxy)
{
	int target;

	pthread_mutex_lock(&proxy->lock);
	target = proxy->target;
	pthread_mutex_unlock(&proxy->lock);
	return target;
}

enum fault fault_choose(struct fault_proxy *proxy,
			const struct fault_message *m,
			unsigned int *ms)
{
	enum fault fault = FAULT_NONE;

	pthread_mutex_lock(&proxy->lock);
	if (!strncmp(m->data, "GET ", 4))
		proxy->gets++;
	else if (!strncmp(m->data, "POST ", 5))
		proxy->posts++;
	else
		proxy->others++;
	if (proxy->records < records_of(m))
		proxy->records = records_of(m);
	if (proxy->demand && !strstr(m->data, proxy->demand))
		fault = FAULT_401;
	else if (proxy->rule.fault && rule_matches(&proxy->rule, m) &&
	    proxy->matched++ >= proxy->rule.skip &&
	    proxy->hits < proxy->rule.count) {
		proxy->hits++;
		fault = proxy->rule.fault;
		*ms = proxy->rule.ms;
		if (fault == FAULT_REFUSE)
			proxy->refuse_until = now_ms() + *ms;
	}
	pthread_mutex_unlock(&proxy->lock);
	return fault;
}

/* ---- connections -------------------------------------------------------- */

static bool handshake(struct fault_link *link)
{
	struct fault_proxy *proxy = link->proxy;
	int r;

	if (gnutls_init(&link->tls, GNUTLS_SERVER) < 0)
		return false;
	pthread_mutex_lock(&proxy->lock);
	gnutls_credentials_set(link->tls, GNUTLS_CRD_CERTIFICATE, proxy->cred);
	r = gnutls_priority_set_direct(link->tls, proxy->priority, NULL);
	pthread_mutex_unlock(&proxy->lock);
	if (r < 0) {
		fprintf(stderr, "fault proxy: priority: %s\n",
			gnutls_strerror(r));
		return false;
	}
	if (proxy->asks) {
		gnutls_certificate_server_set_request(link->tls,
						      GNUTLS_CERT_REQUIRE);
		gnutls_session_set_verify_cert(link->tls, NULL, 0);
	}
	gnutls_transport_set_int(link->tls, link->client);
	do
		r = gnutls_handshake(link->tls);
	while (r < 0 && !gnutls_error_is_fatal(r));
	return r >= 0;
}

static void link_end(struct fault_link *link)
{
	struct fault_proxy *proxy = link->proxy;

	if (link->tls)
		gnutls_deinit(link->tls);
	if (link->server >= 0)
		close(link->server);
	pthread_mutex_lock(&proxy->lock);
	proxy->fds[link->slot] = -1;
	close(link->client);
	proxy->open--;
	pthread_cond_broadcast(&proxy->idle);
	pthread_mutex_unlock(&proxy->lock);
	free(link);
}

static void *serve(void *ctx)
{
	struct fault_link *link = ctx;
	struct fault_message request = { 0 };

	if (!link->proxy->cred || handshake(link))
		while (fault_request_read(link, &request) && fault_handle(link, &request))
			fault_message_clear(&request);
	fault_message_clear(&request);
	link_end(link);
	return NULL;
}

static void link_begin(struct fault_proxy *proxy, int fd)
{
	struct fault_link *link = must(calloc(1, sizeof(*link)));
	pthread_t thread;

	link->proxy = proxy;
	link->client = fd;
	link->server = -1;
	pthread_mutex_lock(&proxy->lock);
	while (proxy->fds[link->slot] >= 0)
		if (++link->slot == CONNECTIONS)
			abort();
	proxy->fds[link->slot] = fd;
	proxy->open++;
	pthread_mutex_unlock(&proxy->lock);
	if (pthread_create(&thread, NULL, serve, link))
		abort();
	pthread_detach(thread);
}

/* What a client sees of a server that is down. */
static void refuse(struct fault_proxy *proxy)
{
	uint64_t now = now_ms();

	if (proxy->refuse_until <= now || proxy->stopping)
		return;
	close(proxy->listener);
	proxy->listener = bound_at(proxy->port);
	while (!proxy->stopping && now < proxy->refuse_until) {
		struct timespec pause = { .tv_nsec = 2000000 };

		pthread_mutex_unlock(&proxy->lock);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&proxy->lock);
		now = now_ms();
	}
	listen(proxy->listener, BACKLOG);
}

static void *accept_all(void *ctx)
{
	struct fault_proxy *proxy = ctx;
	bool stopping = false;

	while (!stopping) {
		struct pollfd fd = { .fd = proxy->listener, .events = POLLIN };

		/* a rule may have begun to refuse meanwhile */
		poll(&fd, 1, 2);
		pthread_mutex_lock(&proxy->lock);
		refuse(proxy);
		stopping = proxy->stopping;
		pthread_mutex_unlock(&proxy->lock);
		if (!stopping && fd.revents && fd.fd == proxy->listener) {
			int client = accept4(fd.fd, NULL, NULL, SOCK_CLOEXEC);

			if (client >= 0)
				link_begin(proxy, client);
		}
	}
	return NULL;
}

/* ---- for the caller ----------------------------------------------------- */

struct fault_proxy *fault_proxy_new(void)
{
	struct fault_proxy *proxy = must(calloc(1, sizeof(*proxy)));
	struct sockaddr_in addr;
	socklen_t size = sizeof(addr);
	unsigned int i;

	pthread_mutex_init(&proxy->lock, NULL);
	pthread_cond_init(&proxy->idle, NULL);
	for (i = 0; i < CONNECTIONS; i++)
		proxy->fds[i] = -1;
	proxy->listener = bound_at(0);
	listen(proxy->listener, BACKLOG);
	getsockname(proxy->listener, (struct sockaddr *)&addr, &size);
	proxy->port = ntohs(addr.sin_port);
	if (pthread_create(&proxy->thread, NULL, accept_all, proxy))
		abort();
	return proxy;
}

static void cut_all(struct fault_proxy *proxy)
{
	unsigned int i;

	for (i = 0; i < CONNECTIONS; i++)
		if (proxy->fds[i] >= 0)
			shutdown(proxy->fds[i], SHUT_RDWR);
}

void fault_proxy_free(struct fault_proxy *proxy)
{
	if (!proxy)
		return;
	pthread_mutex_lock(&proxy->lock);
	proxy->stopping = true;
	pthread_mutex_unlock(&proxy->lock);
	pthread_join(proxy->thread, NULL);
	pthread_mutex_lock(&proxy->lock);
	cut_all(proxy);
	while (proxy->open)
		pthread_cond_wait(&proxy->idle, &proxy->lock);
	pthread_mutex_unlock(&proxy->lock);
	close(proxy->listener);
	if (proxy->cred)
		gnutls_certificate_free_credentials(proxy->cred);
	pthread_mutex_destroy(&proxy->lock);
	pthread_cond_destroy(&proxy->idle);
	free(proxy);
}

int fault_proxy_port(const struct fault_proxy *proxy)
{
	return proxy->port;
}

void fault_proxy_target(struct fault_proxy *proxy, int port)
{
	pthread_mutex_lock(&proxy->lock);
	proxy->target = port;
	pthread_mutex_unlock(&proxy->lock);
}

void fault_proxy_rule(struct fault_proxy *proxy, const struct fault_rule *rule)
{
	static const struct fault_rule none;

	pthread_mutex_lock(&proxy->lock);
	proxy->rule = rule ? *rule : none;
	proxy->matched = proxy->hits = 0;
	proxy->gets = proxy->posts = proxy->others = proxy->records = 0;
	proxy->refuse_until = 0;
	pthread_mutex_unlock(&proxy->lock);
}

unsigned int fault_proxy_hits(struct fault_proxy *proxy)
{
	unsigned int hits;

	pthread_mutex_lock(&proxy->lock);
	hits = proxy->hits;
	pthread_mutex_unlock(&proxy->lock);
	return hits;
}

unsigned int fault_proxy_seen(struct fault_proxy *proxy, const char *method)
{
	unsigned int n;

	pthread_mutex_lock(&proxy->lock);
	n = !strcmp(method, "GET") ? proxy->gets :
	    !strcmp(method, "POST") ? proxy->posts : proxy->others;
	pthread_mutex_unlock(&proxy->lock);
	return n;
}

unsigned int fault_proxy_records(struct fault_proxy *proxy)
{
	unsigned int n;

	pthread_mutex_lock(&proxy->lock);
	n = proxy->records;
	pthread_mutex_unlock(&proxy->lock);
	return n;
}

void fault_proxy_demand(struct fault_proxy *proxy, const char *header)
{
	pthread_mutex_lock(&proxy->lock);
	proxy->demand = header;
	pthread_mutex_unlock(&proxy->lock);
}

int fault_redirect_port(struct fault_proxy *proxy)
{
	int port;

	pthread_mutex_lock(&proxy->lock);
	port = proxy->rule.port ? proxy->rule.port : proxy->port;
	pthread_mutex_unlock(&proxy->lock);
	return port;
}

/* Those that shake hands now still use the old one; it is not freed. */
void fault_proxy_tls(struct fault_proxy *proxy, const struct fault_tls *tls)
{
	gnutls_certificate_credentials_t cred = NULL;
	int r;

	if (tls->cert) {
		gnutls_certificate_allocate_credentials(&cred);
		r = gnutls_certificate_set_x509_key_file(cred, tls->cert,
				tls->key, GNUTLS_X509_FMT_PEM);
		if (r >= 0 && tls->clients)
			r = gnutls_certificate_set_x509_trust_file(cred,
				tls->clients, GNUTLS_X509_FMT_PEM);
		if (r < 0) {
			fprintf(stderr, "fault proxy: %s: %s\n", tls->cert,
				gnutls_strerror(r));
			exit(1);
		}
	}
	pthread_mutex_lock(&proxy->lock);
	proxy->cred = cred;
	proxy->asks = tls->clients;
	snprintf(proxy->priority, sizeof(proxy->priority), "%s",
		 tls->priority ? tls->priority : "NORMAL");
	cut_all(proxy);
	pthread_mutex_unlock(&proxy->lock);
}
