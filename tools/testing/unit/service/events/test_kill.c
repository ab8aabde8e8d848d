// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kill sweep of what is pending for subscribers. A service goes through a
 * script: a subscription that ends, one or two that stay, changes, creations,
 * removals and alerts. Before and after each of its steps towards the disk and
 * a receiver (wraps below) is a kill point; in run k it kills itself with
 * SIGKILL at the k-th, and is then started again with the store that it left,
 * and with the tree as it is at the end of the script.
 *
 * The receiver is a process of its own. It mirrors the tree as a client would:
 * it reads a resource of which it gets an event, and drops one that was
 * removed.
 *
 * What is promised, and checked for each k, for each subscriber:
 * - its mirror equals the tree;
 * - each alert for which service_record() had returned, or the transaction that
 *   it was part of had ended, before the kill, arrived;
 * - no loss was reported to it.
 *
 *	test_kill		every k, in each mode
 *	test_kill MODE K	one
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/http.h"
#include "events_fix.h"
#include "kill_store.h"
#include "tempdir.h"

#define SUBSCRIBERS	2
#define PORTS_MAX	8
#define SPEED		40	/* what ports have at the end of the script */

/**
 * struct mode - what is swept over
 * @behind: there is a second subscriber, which takes nothing at first
 * @after: it is not the script that is killed, but the start after it
 */
struct mode {
	const char *name;
	bool behind, after;
};

static const struct mode modes[] = {
	{ .name = "prompt" },
	{ .name = "behind", .behind = true },
	{ .name = "after", .behind = true, .after = true },
};

/**
 * struct shared - between the run, its lives and the receiver
 * @service: port of the life that lives
 * @receiver: its port
 * @subscribed, @mirrored: was answered, and read the tree
 * @mirror: value of each port, -1: there is none
 * @promised: alerts that have to arrive
 * @received: those that did, one bit each
 * @refuses: takes nothing
 * @lost: a loss was reported to it
 */
struct shared {
	volatile uint16_t service, receiver;
	volatile unsigned int promised;
	volatile struct {
		bool subscribed, mirrored, refuses, lost;
		int mirror[PORTS_MAX];
		unsigned int received;
	} subscribers[SUBSCRIBERS];
};

static struct shared *shared;

/* ---- kill points -------------------------------------------------------- */

KILL_WRAP(int, store_resource,
	  (struct store *s, const struct store_resource *k), (s, k))
KILL_WRAP(int, store_record, (struct store *s, uint64_t n, const char *type,
			      const char *text), (s, n, type, text))
KILL_WRAP(int, store_subscriber,
	  (struct store *s, const char *name,
	   const struct store_subscriber *at), (s, name, at))
KILL_WRAP(int, store_event_prune, (struct store *s, uint64_t n), (s, n))
KILL_WRAP(int, store_event_clear, (struct store *s), (s))

struct asked {
	http_done done;
	void *ctx;
};

static void on_answered(const struct http_reply *reply, void *ctx)
{
	struct asked asked = *(struct asked *)ctx;

	free(ctx);
	kill_point("answer", "before");
	asked.done(reply, asked.ctx);
	kill_point("answer", "after");
}

int __real_http_send(struct http *http, const struct http_request *request,
		     http_done done, void *ctx);
int __wrap_http_send(struct http *http, const struct http_request *request,
		     http_done done, void *ctx);

int __wrap_http_send(struct http *http, const struct http_request *request,
		     http_done done, void *ctx)
{
	struct asked *asked = malloc(sizeof(*asked));
	int r;

	asked->done = done;
	asked->ctx = ctx;
	kill_point("http_send", "before");
	r = __real_http_send(http, request, on_answered, asked);
	kill_point("http_send", "after");
	return r;
}

/* ---- the receiver ------------------------------------------------------- */

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
	return fwrite(data, size, n, ctx) * size;
}

/* Reads a port. Returns false if the service does not answer. */
static bool mirror_read(const char *uri, int *value)
{
	CURL *easy = curl_easy_init();
	char *body = NULL, url[256];
	long status = 0;
	size_t size;
	FILE *out = open_memstream(&body, &size);
	json_t *json;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", shared->service,
		 uri);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 5L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, out);
	if (!curl_easy_perform(easy))
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	fclose(out);
	json = json_loads(body, 0, NULL);
	*value = status != 200 ? -1 :
		 (int)json_integer_value(json_object_get(json,
							 "CurrentSpeedGbps"));
	json_decref(json);
	free(body);
	return status == 200 || status == 404;
}

static bool record_take(unsigned int who, const json_t *record)
{
	const char *uri = fix_origin(record);
	const char *message = fix_text(record, "MessageId");
	const json_t *args = json_object_get(record, "MessageArgs");
	unsigned int port;
	int value = -1;

	if (strstr(message, "EventBufferExceeded"))
		shared->subscribers[who].lost = true;
	if (strstr(message, "PlatformError"))
		shared->subscribers[who].received |=
			1u << atoi(json_string_value(json_array_get(args, 0)));
	if (!strstr(message, "ResourceEvent") ||
	    sscanf(uri, PORTS "/%u", &port) != 1 || port >= PORTS_MAX)
		return true;
	if (!strstr(message, "ResourceRemoved") && !mirror_read(uri, &value))
		return false;
	shared->subscribers[who].mirror[port] = value;
	return true;
}

static unsigned int payload_take(unsigned int who, const char *text)
{
	json_t *payload = json_loads(text, 0, NULL), *record;
	bool taken = true;
	size_t i;

	json_array_foreach(json_object_get(payload, "Events"), i, record)
		taken = taken && record_take(who, record);
	json_decref(payload);
	return taken ? 204 : 503;
}

struct post {
	FILE *out;
	char *text;
	size_t size;
};

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **ctx)
{
	struct post *post = *ctx;
	struct MHD_Response *response;
	enum MHD_Result result;
	unsigned int who = (unsigned int)atoi(url + 1), status;

	if (!post) {
		post = *ctx = calloc(1, sizeof(*post));
		post->out = open_memstream(&post->text, &post->size);
		return MHD_YES;
	}
	if (*size) {
		fwrite(data, 1, *size, post->out);
		*size = 0;
		return MHD_YES;
	}
	fflush(post->out);
	status = who >= SUBSCRIBERS ? 204 :
		 shared->subscribers[who].refuses ? 503 :
		 payload_take(who, post->text);
	response = MHD_create_response_from_buffer(0, (char *)"",
						   MHD_RESPMEM_PERSISTENT);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static void on_end(void *cls, struct MHD_Connection *connection, void **ctx,
		   enum MHD_RequestTerminationCode code)
{
	struct post *post = *ctx;

	if (!post)
		return;
	fclose(post->out);
	free(post->text);
	free(post);
	*ctx = NULL;
}

/* Return: a socket for receivers, one after the other; its port is in @shared. */
static int receiver_listen(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, size) ||
	    listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&addr, &size))
		abort();
	shared->receiver = ntohs(addr.sin_port);
	return fd;
}

static pid_t receiver_begin(int fd)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
			      MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL,
			      on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
			      MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
			      MHD_OPTION_END))
		_exit(1);
	for (;;)
		pause();
}

/*
 * What a life that was killed sent last must not be taken after what the next
 * one sends: that would appear lost, or out of order.
 */
static void receiver_end(pid_t receiver, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	kill(receiver, SIGKILL);
	waitpid(receiver, NULL, 0);
	while (poll(&ready, 1, 0) > 0)
		close(accept(fd, NULL, NULL));
}

/* ---- one life ----------------------------------------------------------- */

/**
 * struct world - what a life begins with
 * @script: it goes through the script; else the tree is as at its end
 */
struct world {
	const struct mode *mode;
	char *dir;
	bool script;
};

static char *subscribe(struct events_fix *f, unsigned int who)
{
	struct answer *a;
	char body[256], *uri;

	snprintf(body, sizeof(body),
		 "{\"Destination\": \"http://127.0.0.1:%u/%u\","
		 " \"Protocol\": \"Redfish\","
		 " \"DeliveryRetryPolicy\": \"RetryForever\"}",
		 shared->receiver, who);
	a = events_fix_call(f, "POST", SUBSCRIPTIONS_URI, body);
	assert_int_equal(a->status, 201);
	uri = strdup(fix_text(a->json, "@odata.id"));
	answer_free(a);
	return uri;
}

/* Subscribes and then reads the tree, as far as an earlier life did not. */
static void join(struct events_fix *f, unsigned int who)
{
	struct answer *a;
	unsigned int port;
	char uri[128];

	if (!shared->subscribers[who].subscribed) {
		free(subscribe(f, who));
		shared->subscribers[who].subscribed = true;
	}
	for (port = 0; port < PORTS_MAX &&
	     !shared->subscribers[who].mirrored; port++) {
		snprintf(uri, sizeof(uri), PORTS "/%u", port);
		a = events_fix_call(f, "GET", uri, NULL);
		shared->subscribers[who].mirror[port] = a->status != 200 ? -1 :
			(int)json_integer_value(json_object_get(a->json,
							"CurrentSpeedGbps"));
		answer_free(a);
	}
	shared->subscribers[who].mirrored = true;
}

static void alert(struct events_fix *f)
{
	json_t *record = json_pack("{s:s, s:s, s:[o], s:s, s:{s:s}}",
				   "EventType", "Alert", "MessageId",
				   "Platform.1.3.PlatformError", "MessageArgs",
				   json_sprintf("%u", shared->promised),
				   "MessageSeverity", "Critical",
				   "OriginOfCondition", "@odata.id",
				   PORTS "/1");

	service_record(f->service, record);
	json_decref(record);
}

static void publish(struct events_fix *f, size_t ports, unsigned int value)
{
	f->ports = ports;
	f->value = value;
	events_fix_publish(f);
}

/* As main.c does for a new log entry. */
static void publish_with_alert(struct events_fix *f, size_t ports,
			       unsigned int value)
{
	store_begin(f->store);
	publish(f, ports, value);
	alert(f);
	if (!store_end(f->store))
		shared->promised++;
}

/* With pauses between, in which something is delivered, or not. */
static void script(struct events_fix *f)
{
	publish(f, 3, 10);
	events_fix_idle(f, 10);
	publish(f, 5, 10);
	events_fix_idle(f, 10);
	alert(f);
	shared->promised++;
	publish(f, 2, 10);
	events_fix_idle(f, 10);
	publish_with_alert(f, 4, 10);
	publish(f, 4, 20);
	events_fix_idle(f, 10);
	publish(f, 6, 30);
	events_fix_run(f, 0);
	publish_with_alert(f, 5, 30);
	events_fix_idle(f, 10);
	publish(f, 4, SPEED);
}

static bool is_mirror(const struct events_fix *f, unsigned int who)
{
	unsigned int promised = (1u << shared->promised) - 1, port;

	for (port = 0; port < PORTS_MAX; port++)
		if (shared->subscribers[who].mirror[port] !=
		    (port < f->ports ? (int)f->value : -1))
			return false;
	return (shared->subscribers[who].received & promised) == promised;
}

static void settle(struct events_fix *f, unsigned int subscribers)
{
	unsigned int who;

	for (who = 0; who < subscribers; who++)
		if (!shared->subscribers[who].refuses)
			until(f, is_mirror(f, who));
	events_fix_idle(f, 20);
}

static int life(bool first, void *ctx)
{
	const struct world *world = ctx;
	unsigned int who, subscribers = 1 + world->mode->behind;
	struct events_fix f;
	char *brief;

	events_fix_init(&f);
	if (!world->script) {
		f.ports = 4;
		f.value = SPEED;
	}
	events_fix_open(&f, world->dir);
	shared->service = service_port(f.service);
	if (world->script) {
		brief = subscribe(&f, SUBSCRIBERS);
		events_fix_expect(&f, "DELETE", brief, NULL, 204);
		free(brief);
	}
	for (who = 0; who < subscribers; who++)
		join(&f, who);
	if (world->script)
		script(&f);
	settle(&f, subscribers);
	events_fix_close(&f);
	return 0;
}

/* ---- one run ------------------------------------------------------------ */

static void shared_new(void)
{
	unsigned int who, port;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	for (who = 0; who < SUBSCRIBERS; who++)
		for (port = 0; port < PORTS_MAX; port++)
			shared->subscribers[who].mirror[port] = -1;
}

static bool is_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* What does not equal the tree has failed its life. */
static int verdict(const struct world *world, int status)
{
	unsigned int who, port;

	for (who = 0; status && who < 1u + world->mode->behind; who++) {
		fprintf(stderr, "%u: received %#x of %u, mirror", who,
			shared->subscribers[who].received, shared->promised);
		for (port = 0; port < PORTS_MAX; port++)
			fprintf(stderr, " %d",
				shared->subscribers[who].mirror[port]);
		fputs("\n", stderr);
	}
	for (who = 0; who < SUBSCRIBERS; who++) {
		if (!shared->subscribers[who].lost)
			continue;
		fprintf(stderr, "%u: a loss was reported\n", who);
		status = 1;
	}
	return status ? KILL_FAILED : KILL_SURVIVED;
}

static int run(const void *ctx, unsigned int at, unsigned int *points)
{
	struct world world = { .mode = ctx, .dir = tempdir_make() };
	pid_t receiver;
	int status = 0, r, fd;
	bool killed;

	shared_new();
	fd = receiver_listen();
	receiver = receiver_begin(fd);
	shared->subscribers[1].refuses = world.mode->behind;
	world.script = true;
	if (world.mode->after) {
		kill_arm(0);
		status = kill_life_run(life, true, &world);
		shared->subscribers[1].refuses = world.script = false;
	}
	kill_arm(at);
	if (!status)
		status = kill_life_run(life, true, &world);
	killed = is_killed(status);
	receiver_end(receiver, fd);
	receiver = receiver_begin(fd);
	if (points)
		*points = kill_points();
	shared->subscribers[1].refuses = world.script = false;
	if (!status || killed)
		status = kill_life_run(life, false, &world);
	r = verdict(&world, status);
	if (!r && at && !killed)
		r = KILL_NOT;
	receiver_end(receiver, fd);
	close(fd);
	tempdir_remove(world.dir);
	return r;
}

int main(int argc, char **argv)
{
	size_t i, n = sizeof(modes) / sizeof(modes[0]);
	bool ok = true;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; argc == 3 && i < n; i++)
		if (!strcmp(argv[1], modes[i].name))
			return run(&modes[i], (unsigned int)atoi(argv[2]),
				   NULL);
	printf("1..%zu\n", n);
	for (i = 0; i < n; i++) {
		fflush(stdout);
		ok &= kill_sweep((int)i + 1, modes[i].name, run, &modes[i]);
	}
	return !ok;
}
