// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Watches files for changes. It is their directories that are watched, because
 * most tools put a new file in the place of the old one, or a link to a new
 * directory. A certificate and its key are replaced one after the other, so a
 * change is reported when nothing has happened for a moment.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/log.h"
#include "watch.h"

#define FILES_MAX	8
#define SETTLE_USEC	300000

/* What changes when the file does. */
struct mark {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

struct svc_watch {
	void (*changed)(void *ctx);
	void *ctx;
	size_t count;
	char *paths[FILES_MAX];
	struct mark marks[FILES_MAX];
	sd_event_source *dirs[FILES_MAX];
	sd_event_source *timer;
};

/* Return: whether any file is another than at the last call. */
static bool marks_take(struct svc_watch *watch)
{
	bool differ = false;
	size_t i;

	for (i = 0; i < watch->count; i++) {
		struct mark mark;
		struct stat st;

		memset(&mark, 0, sizeof(mark));
		if (!stat(watch->paths[i], &st)) {
			mark.dev = st.st_dev;
			mark.ino = st.st_ino;
			mark.size = st.st_size;
			mark.mtime = st.st_mtim;
		}
		if (memcmp(&mark, &watch->marks[i], sizeof(mark)))
			differ = true;
		watch->marks[i] = mark;
	}
	return differ;
}

static int on_settled(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct svc_watch *watch = ctx;

	if (marks_take(watch))
		watch->changed(watch->ctx);
	return 0;
}

static int on_dir(sd_event_source *source, const struct inotify_event *event,
		  void *ctx)
{
	struct svc_watch *watch = ctx;

	sd_event_source_set_time_relative(watch->timer, SETTLE_USEC);
	sd_event_source_set_enabled(watch->timer, SD_EVENT_ONESHOT);
	return 0;
}

static int dir_watch(struct svc_watch *watch, sd_event *event, size_t i)
{
	char *dir = strdup(watch->paths[i]);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int r;

	if (!slash) {
		free(dir);
		return error_origin(-ENOMEM, "%s: cannot be copied",
				    watch->paths[i]);
	}
	slash[slash == dir] = '\0';
	r = sd_event_add_inotify(event, &watch->dirs[i], dir,
				 IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE |
				 IN_ATTRIB | IN_ONLYDIR, on_dir, watch);
	if (r < 0) {
		error_origin(r, "%s: cannot be watched", dir);
		error_log(LOG_WARNING, r,
			  "service: send SIGHUP when %s changes",
			  watch->paths[i]);
	}
	free(dir);
	return 0;
}

/**
 * svc_watch_new - call a function when files change
 * @paths: at most 8, absolute; NULLs are passed over
 * @changed: called when one of them, or several, have changed or are gone
 *
 * Return: 0, or -errno with its origin. A directory that cannot be watched is
 * logged, and is no error.
 */
int svc_watch_new(struct svc_watch **watch_, sd_event *event,
		  const char *const *paths, size_t count,
		  void (*changed)(void *ctx), void *ctx)
{
	struct svc_watch *watch = calloc(1, sizeof(*watch));
	size_t i;
	int r;

	if (!watch)
		return error_origin(-ENOMEM, "file watch: cannot be allocated");
	watch->changed = changed;
	watch->ctx = ctx;
	r = sd_event_add_time(event, &watch->timer, CLOCK_MONOTONIC, 0, 1,
			      on_settled, watch);
	if (r >= 0)
		r = sd_event_source_set_enabled(watch->timer, SD_EVENT_OFF);
	if (r < 0)
		error_origin(r, "file watch: its timer cannot be made");
	for (i = 0; r >= 0 && i < count; i++) {
		if (!paths[i] || watch->count == FILES_MAX)
			continue;
		watch->paths[watch->count] = strdup(paths[i]);
		r = watch->paths[watch->count++] ?
		    dir_watch(watch, event, watch->count - 1) :
		    error_origin(-ENOMEM, "%s: cannot be copied", paths[i]);
	}
	if (r < 0) {
		svc_watch_free(watch);
		return r;
	}
	marks_take(watch);
	*watch_ = watch;
	return 0;
}

void svc_watch_free(struct svc_watch *watch)
{
	size_t i;

	if (!watch)
		return;
	for (i = 0; i < watch->count; i++) {
		sd_event_source_disable_unref(watch->dirs[i]);
		free(watch->paths[i]);
	}
	sd_event_source_disable_unref(watch->timer);
	free(watch);
}
