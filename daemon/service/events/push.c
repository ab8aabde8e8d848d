// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Delivery by POST to one subscriber: one payload at a time, in order, each
 * until it is acknowledged. Each subscriber has its own client and its own
 * timer, so that a dead one costs the others nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "util/error.h"
#include "util/http.h"
#include "util/log.h"
#include "events.h"

#define POST_MS		30000L
#define ANSWER_MAX	(64u * 1024)
#define BACKOFF_MAX	6		/* doublings of the interval */
#define HEADERS_MAX	64

/**
 * struct push - delivery to one subscriber
 * @retry: waits to send again
 * @heart: waits to send a heartbeat, or NULL
 * @tries: failures in a row of what is first in the queue
 * @success: CLOCK_MONOTONIC us of the last delivery, 0: there was none yet
 */
struct push {
	struct subscription *sub;
	struct http *http;
	struct event_queue *queue;
	sd_event_source *retry, *heart;
	unsigned int tries;
	uint64_t success;
};

/* ---- what to send ------------------------------------------------------- */

/* Lines of HttpHeaders, each to be freed, and a NULL. */
static void headers_make(const json_t *headers, char **lines)
{
	const char *name;
	json_t *item, *value;
	size_t n = 0, i;

	json_array_foreach(headers, i, item) {
		json_object_foreach(item, name, value) {
			const char *text = json_string_value(value);

			/* libcurl takes a line that ends in ":" for no header */
			if (n == HEADERS_MAX ||
			    asprintf(&lines[n], *text ? "%s: %s" : "%s;", name,
				     text) < 0)
				break;
			n++;
		}
	}
	lines[n] = NULL;
}

/* The report of a loss comes before the events that are left. */
static char *payload_take(struct push *push)
{
	struct event *list[EVENT_BATCH_MAX + 1];
	struct event *loss = NULL;
	char *payload = NULL;
	uint64_t lost;
	size_t n;

	n = event_queue_take(push->queue, EVENT_PUSH_BYTES, list + 1,
			     EVENT_BATCH_MAX, &lost);
	if (lost)
		loss = events_loss(lost);
	list[0] = loss;
	if (n || loss)
		payload = event_payload(loss ? list : list + 1, n + !!loss,
					subscription_text(push->sub,
							  "Context"));
	event_unref(loss);
	return payload;
}

static void on_reply(const struct http_reply *reply, void *ctx);

static int send_payload(struct push *push, char *payload)
{
	const struct subscription *sub = push->sub;
	const struct http_security security = { .ca = sub->events->config.ca };
	char *lines[HEADERS_MAX + 1];
	struct http_request request = {
		.method = "POST",
		.url = subscription_text(sub, "Destination"),
		.body = payload,
		.headers = (const char *const *)lines,
		.timeout = POST_MS,
		.body_max = ANSWER_MAX,
		.security = &security,
		.unverified = !json_is_true(json_object_get(sub->properties,
							    "VerifyCertificate")),
	};
	size_t i;
	int r;

	headers_make(sub->headers, lines);
	r = http_send(push->http, &request, on_reply, push);
	for (i = 0; lines[i]; i++)
		free(lines[i]);
	return r;
}

static bool is_suspended(const struct push *push)
{
	return push->sub->state != SUBSCRIPTION_ACTIVE &&
	       push->sub->state != SUBSCRIPTION_FAILING;
}

static bool is_waiting(const struct push *push)
{
	int enabled = SD_EVENT_OFF;

	sd_event_source_get_enabled(push->retry, &enabled);
	return enabled != SD_EVENT_OFF;
}

static void push_failed(struct push *push, const char *why);

/**
 * push_wake - send what is pending, if nothing is under way
 */
void push_wake(struct push *push)
{
	char *payload;
	int r;

	if (is_suspended(push) || http_busy(push->http) || is_waiting(push))
		return;
	journal_ready(push->sub->events->journal);
	payload = payload_take(push);
	if (!payload) {
		event_queue_back(push->queue);
		return;
	}
	r = send_payload(push, payload);
	if (r < 0) {
		event_queue_back(push->queue);
		push_failed(push, error_text(r));
	}
}

/* ---- when it does not work ---------------------------------------------- */

static void retry_arm(struct push *push, uint64_t delay)
{
	int r;

	r = sd_event_source_set_time_relative(push->retry, delay);
	if (r >= 0)
		r = sd_event_source_set_enabled(push->retry, SD_EVENT_ONESHOT);
	if (r < 0)
		error_log(LOG_ERR, r, "subscription %s: nothing more is sent, its timer cannot be set",
			  push->sub->id);
}

/* The interval; or doubled with each failure, and some of it at random. */
static uint64_t retry_delay(const struct push *push, bool backoff)
{
	const struct events *events = push->sub->events;
	uint64_t delay = (uint64_t)events->config.interval *
			 events->config.second, dice = 0;
	unsigned int doublings = push->tries - 1;

	if (!backoff)
		return delay;
	delay <<= doublings < BACKOFF_MAX ? doublings : BACKOFF_MAX;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != sizeof(dice))
		dice = 0;
	return delay / 2 + dice % (delay / 2 + 1);
}

static void push_give_up(struct push *push, bool terminate)
{
	struct subscription *sub = push->sub;

	log_warning("subscription %s: %s after %u tries", sub->id,
		    terminate ? "ended" : "suspended", push->tries);
	if (!terminate) {
		subscription_suspend(sub, SUBSCRIPTION_GIVEN_UP);
		return;
	}
	/* not from within its own client */
	push_stop(push);
	sub->state = SUBSCRIPTION_ENDED;
	events_kick(sub->events);
}

static void push_failed(struct push *push, const char *why)
{
	struct subscription *sub = push->sub;
	const char *policy = subscription_text(sub, "DeliveryRetryPolicy");
	bool terminate = !strcmp(policy, "TerminateAfterRetries");
	bool backoff = !strcmp(policy, "RetryForeverWithBackoff");

	if (!push->tries++)
		log_warning("subscription %s: events cannot be sent to %s: %s",
			    sub->id, subscription_text(sub, "Destination"),
			    why);
	sub->state = SUBSCRIPTION_FAILING;
	if ((terminate || !strcmp(policy, "SuspendRetries")) &&
	    push->tries > sub->events->config.attempts)
		push_give_up(push, terminate);
	else
		retry_arm(push, retry_delay(push, backoff));
}

static void on_reply(const struct http_reply *reply, void *ctx)
{
	struct push *push = ctx;

	if (is_suspended(push))
		return;
	if (reply->status < 200 || reply->status > 299) {
		event_queue_back(push->queue);
		push_failed(push, reply->why);
		return;
	}
	event_queue_done(push->queue);
	journal_delivered(push->sub->events->journal, push->sub);
	if (push->tries)
		log_info("subscription %s: events arrive again",
			 push->sub->id);
	push->tries = 0;
	if (sd_event_now(push->sub->events->event, CLOCK_MONOTONIC,
			 &push->success) < 0)
		push->success = 0;
	push->sub->state = SUBSCRIPTION_ACTIVE;
	push_wake(push);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *ctx)
{
	push_wake(ctx);
	return 0;
}

/* ---- heartbeats --------------------------------------------------------- */

static uint64_t heart_interval(const struct push *push)
{
	const json_t *minutes = json_object_get(push->sub->properties,
						"HeartbeatIntervalMinutes");

	return (uint64_t)json_integer_value(minutes) * 60 *
	       push->sub->events->config.second;
}

static int heart_arm(struct push *push)
{
	int r = sd_event_source_set_time_relative(push->heart,
						  heart_interval(push));

	return r < 0 ? r : sd_event_source_set_enabled(push->heart,
						       SD_EVENT_ONESHOT);
}

static int on_heart(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct push *push = ctx;
	struct event *event = NULL;
	int r;

	/* an event that waits serves as well, and is late already */
	if (!is_suspended(push) && !event_queue_length(push->queue) &&
	    !push->tries)
		event = events_single(++push->sub->events->seq,
				      "HeartbeatEvent.1.1.RedfishServiceFunctional",
				      "Redfish service is functional.", "OK");
	if (event)
		push_put(push, event, false);
	event_unref(event);
	push_wake(push);
	r = heart_arm(push);
	if (r < 0)
		error_log(LOG_WARNING, r, "subscription %s: no more heartbeats, their timer cannot be set",
			  push->sub->id);
	return 0;
}

static int heart_start(struct push *push)
{
	int r;

	if (!json_is_true(json_object_get(push->sub->properties,
					  "SendHeartbeat")))
		return 0;
	r = sd_event_add_time_relative(push->sub->events->event, &push->heart,
				       CLOCK_MONOTONIC, heart_interval(push),
				       0, on_heart, push);
	return r < 0 ? r : 0;
}

/* ---- life --------------------------------------------------------------- */

/**
 * push_put - an event is pending; push_wake() sends it
 * @sent: an earlier run may have sent it
 */
void push_put(struct push *push, struct event *event, bool sent)
{
	if (!is_suspended(push))
		event_queue_put(push->queue, event, sent);
}

/**
 * push_lose - drop what is pending; the loss is pending instead
 * @seq: number of the last event that will not be delivered
 */
void push_lose(struct push *push, uint64_t seq)
{
	event_queue_lose(push->queue, seq);
}

/**
 * push_stop - try no more, and drop what is pending
 */
void push_stop(struct push *push)
{
	push->tries = 0;
	push_lose(push, ++push->sub->events->seq);
	sd_event_source_set_enabled(push->retry, SD_EVENT_OFF);
}

/**
 * push_position - up to where all was delivered
 */
struct store_subscriber push_position(const struct push *push)
{
	uint64_t first = event_queue_first(push->queue);

	return (struct store_subscriber) {
		.number = first ? first - 1 : push->sub->events->seq,
		.lost = event_queue_lost(push->queue),
	};
}

static void age_set(const struct push *push, json_t *report, const char *key,
		    uint64_t since)
{
	uint64_t now;

	if (since && sd_event_now(push->sub->events->event, CLOCK_MONOTONIC,
				  &now) >= 0 && now >= since)
		json_object_set_new(report, key,
				    json_integer((json_int_t)((now - since) /
							      1000000)));
}

/**
 * push_report - how delivery stands
 *
 * With the keys of ofmf_report(). Return: a new reference, or NULL without
 * memory.
 */
json_t *push_report(const struct push *push)
{
	static const char *const states[] = {
		[SUBSCRIPTION_ACTIVE] = "subscribed",
		[SUBSCRIPTION_FAILING] = "not in touch",
		[SUBSCRIPTION_SUSPENDED] = "suspended",
		[SUBSCRIPTION_GIVEN_UP] = "given up",
		[SUBSCRIPTION_ENDED] = "given up",
	};
	const struct subscription *sub = push->sub;
	struct event_queue_state queue;
	json_t *report;

	event_queue_count(push->queue, &queue);
	report = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I}",
			   "url", subscription_text(sub, "Destination"),
			   "profile", "redfish", "subscription", sub->id,
			   "state", states[sub->state],
			   "queued", (json_int_t)queue.length,
			   "drift", (json_int_t)queue.resources,
			   "failures", (json_int_t)push->tries,
			   "dropped", (json_int_t)queue.dropped);
	if (report) {
		age_set(push, report, "oldest_s", queue.oldest);
		age_set(push, report, "success_s", push->success);
	}
	return report;
}

static int push_init(struct push *push)
{
	sd_event *event = push->sub->events->event;
	int r;

	push->queue = event_queue_new(EVENT_QUEUE_MAX);
	if (!push->queue)
		return error_trace(-ENOMEM);
	r = http_new(&push->http, event);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &push->retry,
					       CLOCK_MONOTONIC, 0, 1, on_retry,
					       push);
	if (r >= 0)
		r = sd_event_source_set_enabled(push->retry, SD_EVENT_OFF);
	return r < 0 ? r : heart_start(push);
}

/**
 * push_new - delivery to a subscriber
 *
 * Return: 0, or -errno with its origin.
 */
int push_new(struct push **push_, struct subscription *sub)
{
	struct push *push = calloc(1, sizeof(*push));
	int r;

	if (!push)
		return error_origin(-ENOMEM, "subscription %s: no delivery",
				    sub->id);
	push->sub = sub;
	r = push_init(push);
	if (r < 0) {
		push_free(push);
		return error_step(r, "subscription %s: no delivery", sub->id);
	}
	*push_ = push;
	return 0;
}

void push_free(struct push *push)
{
	if (!push)
		return;
	http_free(push->http);
	event_queue_free(push->queue);
	sd_event_source_disable_unref(push->retry);
	sd_event_source_disable_unref(push->heart);
	free(push);
}
