/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef HTTP_H
#define HTTP_H

struct MHD_Daemon;
struct standin;

/**
 * http_start - serve on a listening socket
 * @fd: bound and listening; belongs to the daemon on success
 *
 * One thread per connection: a request may be held open while its agent is
 * called back. Return: the daemon, for http_stop(), or NULL.
 */
struct MHD_Daemon *http_start(struct standin *s, int fd);

/* Ends every connection; set @stopping first so that callbacks give up. */
void http_stop(struct MHD_Daemon *daemon);

#endif
