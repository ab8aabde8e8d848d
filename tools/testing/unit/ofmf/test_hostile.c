// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* An OFMF that answers garbage, too much, too slowly or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ofmf/priv.h"

#define SYSTEM	"/redfish/v1/Systems/h"
#define CM	"/redfish/v1/AggregationService/ConnectionMethods/h"

typedef void (*answer_fn)(int fd, const char *request);

struct rig {
	pid_t server;
	int port, listener;
	char dir[64], url[80];
	sd_event *event;
	struct tree *tree;
	struct store *store;
	struct ofmf *ofmf;
	uint64_t longest;	/* us in one turn of the loop */
};

/* ---- answers ------------------------------------------------------------ */

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(0);
}

static void say_status(int fd, const char *status, const char *body)
{
	char head[256];

	snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
		 "Connection: close\r\n\r\n", status, strlen(body));
	say(fd, head);
	say(fd, body);
}

static void answer_noise(int fd, const char *request)
{
	char noise[4096];
	size_t i;

	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 7919 + 13);
	if (write(fd, noise, sizeof(noise)) < 0)
		_exit(0);
}

static void answer_close(int fd, const char *request)
{
}

static void answer_hang(int fd, const char *request)
{
	pause();
}

static void answer_500(int fd, const char *request)
{
	say_status(fd, "500 Oops", "<html>");
}

static void answer_bad_json(int fd, const char *request)
{
	say_status(fd, "200 OK", "{\"Members\": [{\"@odata.id\": \"/redf");
}

static void answer_odd_json(int fd, const char *request)
{
	say_status(fd, "200 OK", "{\"Members\": [1, null, {\"@odata.id\": 5},"
		   "{\"@odata.id\": \"http://evil/\"}, {\"@odata.id\":"
		   " \"/redfish/v1/a b\\r\\nX: y\"}, {\"@odata.id\":"
		   " \"/redfish/v1/X\"}], \"Id\": [], \"HostName\": {},"
		   " \"Links\": {\"ConnectionMethod\": [],"
		   " \"ResourcesAccessed\": {}}}");
}

static void answer_array(int fd, const char *request)
{
	say_status(fd, "200 OK", "[]");
}

static void answer_deep(int fd, const char *request)
{
	size_t n = 1000000;
	char *text = malloc(n + 1);

	memset(text, '[', n);
	text[n] = '\0';
	say_status(fd, "200 OK", text);
	free(text);
}

static void answer_huge(int fd, const char *request)
{
	char block[65536];
	int i;

	say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
	memset(block, ' ', sizeof(block));
	for (i = 0; i < 1024; i++)
		if (write(fd, block, sizeof(block)) < 0)
			_exit(0);
}

static void answer_headers(int fd, const char *request)
{
	int i;

	say(fd, "HTTP/1.1 200 OK\r\n");
	for (i = 0; i < 100000; i++)
		say(fd, "X-Filler: 0123456789012345678901234567890123456789\r\n");
}

static void answer_redirect(int fd, const char *request)
{
	if (strstr(request, "/elsewhere"))
		_exit(42);
	say(fd, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
	    "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

static void answer_drip(int fd, const char *request)
{
	static const char text[] = "HTTP/1.1 500 Slow\r\nContent-Length: 5\r\n"
				   "Connection: close\r\n\r\nhello";
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++) {
		if (write(fd, text + i, 1) < 0)
			_exit(0);
		usleep(500);
	}
}

static void answer_drip_for_ever(int fd, const char *request)
{
	say(fd, "HTTP/1.1 200 OK\r\n\r\n");
	for (;;) {
		say(fd, " ");
		usleep(1000);
	}
}

/* ---- the server --------------------------------------------------------- */

/* Ends with its parent, also if that ended before it could ask for it. */
static void child_bind(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
}

static void serve_one(int fd, answer_fn answer)
{
	char request[8192];
	size_t n = 0;
	ssize_t r;

	do {
		r = read(fd, request + n, sizeof(request) - 1 - n);
		if (r <= 0)
			_exit(0);
		n += (size_t)r;
		request[n] = '\0';
	} while (!strstr(request, "\r\n\r\n") && n < sizeof(request) - 1);
	answer(fd, request);
	shutdown(fd, SHUT_RDWR);
	_exit(0);
}

static void serve(int listener, answer_fn answer)
{
	pid_t self = getpid();

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			_exit(0);
		if (!fork()) {
			child_bind(self);
			serve_one(fd, answer);
		}
		close(fd);
	}
}

static void server_start(struct rig *rig, answer_fn answer)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(sin);
	pid_t self = getpid();

	rig->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(rig->listener, (void *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(rig->listener, 16), 0);
	getsockname(rig->listener, (void *)&sin, &len);
	rig->port = ntohs(sin.sin_port);
	rig->server = fork();
	if (!rig->server) {
		child_bind(self);
		serve(rig->listener, answer);
	}
}

/* ---- our side ----------------------------------------------------------- */

static void ofmf_begin(struct rig *rig)
{
	struct ofmf_setup what = {
		.url = rig->url, .callback = "http://127.0.0.1:1",
		.method_uri = CM, .system_uri = SYSTEM,
	};

	strcpy(rig->dir, "/tmp/test_ofmf.XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	assert_int_equal(sd_event_new(&rig->event), 0);
	assert_int_equal(store_open(&rig->store, rig->dir), 0);
	rig->tree = tree_new();
	assert_int_equal(ofmf_start(&rig->ofmf, rig->event, rig->tree,
				    rig->store, &what), 0);
	rig->ofmf->timing = (struct ofmf_timing) {
		.base = 5000, .cap = 20000, .get = 200, .event = 200,
		.handshake = 200, .crawl = 200, .tries = 3,
	};
}

static void rig_end(struct rig *rig)
{
	char path[128];

	ofmf_stop(rig->ofmf);
	tree_free(rig->tree);
	store_close(rig->store);
	sd_event_unref(rig->event);
	snprintf(path, sizeof(path), "%s/fabmond.db", rig->dir);
	unlink(path);
	rmdir(rig->dir);
	if (rig->server > 0) {
		kill(rig->server, SIGKILL);
		waitpid(rig->server, NULL, 0);
		close(rig->listener);
	}
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Time of a turn without its waiting. */
static void turn(struct rig *rig)
{
	uint64_t begin, spent;

	if (sd_event_prepare(rig->event) == 0 &&
	    sd_event_wait(rig->event, 20000) <= 0)
		return;
	begin = now_us();
	sd_event_dispatch(rig->event);
	spent = now_us() - begin;
	if (spent > rig->longest)
		rig->longest = spent;
}

static void against(answer_fn answer)
{
	struct rig rig = { 0 };
	uint64_t end;

	server_start(&rig, answer);
	snprintf(rig.url, sizeof(rig.url), "http://127.0.0.1:%d", rig.port);
	ofmf_begin(&rig);
	end = now_us() + 10 * 1000000;
	while (rig.ofmf->failures < 4 && now_us() < end)
		turn(&rig);
	assert_true(rig.ofmf->failures >= 4);
	assert_non_null(strstr(ofmf_status(rig.ofmf, false), "not registered"));
	assert_true(json_object_size(rig.ofmf->report.kinds) <= OFMF_KINDS_MAX);
	/* generous: sanitizers, loaded machines */
	assert_true(rig.longest < 500000);
	rig_end(&rig);
}

#define AGAINST(name) \
	static void test_##name(void **state) { against(answer_##name); }

AGAINST(noise)
AGAINST(close)
AGAINST(hang)
AGAINST(500)
AGAINST(bad_json)
AGAINST(odd_json)
AGAINST(array)
AGAINST(deep)
AGAINST(huge)
AGAINST(headers)
AGAINST(redirect)
AGAINST(drip)
AGAINST(drip_for_ever)

/* The name is never resolved in the loop's thread, and no secret is logged. */
static void test_no_such_host(void **state)
{
	struct rig rig = { 0 };
	uint64_t end;

	strcpy(rig.url, "http://user:secret@ofmf.invalid:1");
	ofmf_begin(&rig);
	assert_string_equal(rig.ofmf->name, "http://ofmf.invalid:1");
	end = now_us() + 10 * 1000000;
	while (rig.ofmf->failures < 2 && now_us() < end)
		turn(&rig);
	assert_true(rig.ofmf->failures >= 2);
	assert_true(rig.longest < 500000);
	rig_end(&rig);
}

static void test_stop_under_way(void **state)
{
	struct rig rig = { 0 };

	server_start(&rig, answer_hang);
	snprintf(rig.url, sizeof(rig.url), "http://127.0.0.1:%d", rig.port);
	ofmf_begin(&rig);
	turn(&rig);
	turn(&rig);
	turn(&rig);
	assert_true(ofmf_http_busy(rig.ofmf->http));
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_500),
		cmocka_unit_test(test_bad_json),
		cmocka_unit_test(test_odd_json),
		cmocka_unit_test(test_array),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_redirect),
		cmocka_unit_test(test_drip),
		cmocka_unit_test(test_drip_for_ever),
		cmocka_unit_test(test_no_such_host),
		cmocka_unit_test(test_stop_under_way),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
