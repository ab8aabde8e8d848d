// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Passwords are checked by a thread of their own: crypt(3) takes a tenth of a
 * second and many megabytes by design, and neither the kernel's events nor other
 * clients shall wait for it. There is one thread and a short queue, which bounds
 * what clients can make the host do; when the queue is full they are asked to
 * come back later. The thread begins with the first password and touches
 * nothing but its queue.
 */
#include <crypt.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "util/error.h"
#include "access.h"
#include "password.h"

#define QUEUE_MAX	16

struct job {
	struct job *next;
	struct svc_login *login;
	char hash[SVC_HASH_SIZE];
	char password[SVC_PASSWORD_SIZE];
	bool good;
};

struct svc_passwords {
	svc_password_done done;
	sd_event_source *source;
	int fd;				/* eventfd: there are finished ones */
	pthread_t thread;
	bool started;
	/* below: under @lock */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	struct job *waiting;
	struct job *finished;
	size_t count;			/* of both, and the one worked on */
};

static void job_free(struct job *job)
{
	explicit_bzero(job, sizeof(*job));
	free(job);
}

static void job_append(struct job **list, struct job *job)
{
	while (*list)
		list = &(*list)->next;
	job->next = NULL;
	*list = job;
}

/* An account without a good password costs the same time as any other. */
static bool job_matches(const struct job *job, struct crypt_data *data)
{
	const char *hash;

	hash = crypt_r(job->password, job->hash, data);
	return hash && *hash != '*' && strlen(hash) == strlen(job->hash) &&
	       !gnutls_memcmp(hash, job->hash, strlen(hash));
}

static void *thread_main(void *ctx)
{
	struct svc_passwords *p = ctx;
	struct crypt_data *data = calloc(1, sizeof(*data));
	uint64_t one = 1;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		struct job *job = p->waiting;

		if (!job) {
			pthread_cond_wait(&p->wake, &p->lock);
			continue;
		}
		p->waiting = job->next;
		pthread_mutex_unlock(&p->lock);
		job->good = data && job_matches(job, data);
		if (data)
			explicit_bzero(data, sizeof(*data));
		pthread_mutex_lock(&p->lock);
		job_append(&p->finished, job);
		if (write(p->fd, &one, sizeof(one)) < 0)
			abort();	/* a counter of one cannot overflow */
	}
	pthread_mutex_unlock(&p->lock);
	free(data);
	return NULL;
}

static struct job *job_take(struct svc_passwords *p)
{
	struct job *job;

	pthread_mutex_lock(&p->lock);
	job = p->finished;
	if (job) {
		p->finished = job->next;
		p->count--;
	}
	pthread_mutex_unlock(&p->lock);
	return job;
}

static int on_finished(sd_event_source *source, int fd, uint32_t events,
		       void *ctx)
{
	struct svc_passwords *p = ctx;
	struct job *job;
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return 0;
	while ((job = job_take(p))) {
		p->done(job->login, job->good);
		job_free(job);
	}
	return 0;
}

/* The signals are the loop's. */
static int thread_start(struct svc_passwords *p)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&p->thread, NULL, thread_main, p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	p->started = !r;
	return error_origin(-r, "password thread: cannot be started");
}

/**
 * svc_passwords_ask - is a password that of a hash?
 * @password: cut where it is too long, and wrong then
 * @login: for done(); must live until then or until svc_passwords_free()
 *
 * Return: 0, done() will be called on the loop; -EBUSY: too many are waiting;
 * -ENOMEM; -EAGAIN: no thread to be had.
 */
int svc_passwords_ask(struct svc_passwords *p, const char *hash,
		      const char *password, struct svc_login *login)
{
	struct job *job;
	int r = 0;

	if (!p->started)
		r = thread_start(p);
	if (r)
		return r;
	job = calloc(1, sizeof(*job));
	if (!job)
		return error_origin(-ENOMEM, "password: no memory for its check");
	job->login = login;
	strncpy(job->hash, hash, sizeof(job->hash) - 1);
	strncpy(job->password, password, sizeof(job->password) - 1);
	pthread_mutex_lock(&p->lock);
	if (p->count < QUEUE_MAX) {
		p->count++;
		job_append(&p->waiting, job);
		pthread_cond_signal(&p->wake);
	} else {
		r = -EBUSY;
	}
	pthread_mutex_unlock(&p->lock);
	if (r)
		job_free(job);
	return r;
}

/**
 * svc_passwords_new - check passwords from now on; the thread begins later
 * @done: called on the loop for each
 *
 * Return: 0, or -errno with its origin.
 */
int svc_passwords_new(struct svc_passwords **passwords, sd_event *event,
		      svc_password_done done)
{
	struct svc_passwords *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return error_origin(-ENOMEM, "passwords: cannot be allocated");
	p->done = done;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->fd < 0)
		r = error_origin(-errno, "passwords: no eventfd");
	else
		r = error_origin(sd_event_add_io(event, &p->source, p->fd,
						 EPOLLIN, on_finished, p),
				 "passwords: eventfd cannot be watched");
	if (r < 0) {
		svc_passwords_free(p);
		return r;
	}
	sd_event_source_set_description(p->source, "service-passwords");
	*passwords = p;
	return 0;
}

static void list_end(struct svc_passwords *p, struct job *job)
{
	while (job) {
		struct job *next = job->next;

		p->done(job->login, false);
		job_free(job);
		job = next;
	}
}

/* Waits for the password being checked; done() is called for the others. */
void svc_passwords_free(struct svc_passwords *p)
{
	if (!p)
		return;
	if (p->started) {
		pthread_mutex_lock(&p->lock);
		p->stop = true;
		pthread_cond_signal(&p->wake);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	list_end(p, p->finished);
	list_end(p, p->waiting);
	sd_event_source_disable_unref(p->source);
	if (p->fd >= 0)
		close(p->fd);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
