/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The local control socket. A client that connects is sent the state of fabmond
 * as one JSON document; then the connection is closed. Nothing is read from it.
 * What changes something has a socket of its own (membership.h).
 */
#ifndef FABMON_CONTROL_H
#define FABMON_CONTROL_H

#include <jansson.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

/* The state of fabmond, a new reference; NULL without memory. */
typedef json_t *(*control_report)(void *ctx);

struct control;

/**
 * control_open - listen on a UNIX socket
 * @path: an old socket there is replaced; its directory must exist
 *
 * Every user whom the file system lets connect may know all of the report: its
 * mode is 0660, its group is fabmond's.
 *
 * Return: 0; -EADDRINUSE, as an answer: another fabmond listens there; other
 * -errno with their origin.
 */
int control_open(struct control **control, sd_event *event, const char *path,
		 control_report report, void *ctx);
/**
 * typedef control_connected - a client is there
 * @fd: non-blocking, the callee's to close
 */
typedef void (*control_connected)(int fd, void *ctx);

/* The same for a conversation of another kind, with @mode. */
int control_listen(struct control **control, sd_event *event, const char *path,
		   mode_t mode, control_connected fn, void *ctx);
void control_close(struct control *control);

#endif /* FABMON_CONTROL_H */
