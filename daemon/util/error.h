/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Errors that carry where they come from.
 *
 * A function returns 0 or -errno, and a bare -ENOMEM that arrives three calls
 * higher says nothing. So whoever finds a failure names the object and the step
 * with error_origin(), which keeps the text and returns the code; who passes the
 * code on may note the place with error_trace(), or what it was doing with
 * error_step(); who handles it puts the text into its log line, with error_log()
 * or error_text(). At debug level error_log() adds file, line and function of
 * each.
 *
 * One error is kept, of the thread; the next origin replaces it. A code that is
 * an answer and no failure ("there is none") is returned bare, and documented.
 */
#ifndef FABMON_ERROR_H
#define FABMON_ERROR_H

#include <stddef.h>

#define ERROR_TEXT_MAX	512	/* bytes of a text with its NUL; longer is cut */
#define ERROR_PLACES_MAX	8	/* places that are kept; the first ones */

/**
 * struct error_place - where an error arose or was passed on
 * @file: relative to the repository, a constant
 * @func: a constant
 */
struct error_place {
	const char *file;
	int line;
	const char *func;
};

#define ERROR_HERE	((struct error_place){ __FILE__, __LINE__, __func__ })

/**
 * error_origin - something failed here
 * @code: -errno; 0 is passed through and nothing is kept
 * @...: printf() arguments: the object, then the step that failed, as
 *	"Chassis/1: cannot be serialised". What strerror() says is added where it
 *	is shown
 *
 * Return: @code.
 */
#define error_origin(code, ...) \
	error_origin_at(ERROR_HERE, (code), __VA_ARGS__)

/**
 * error_whole - something failed here, and the text says all there is to say
 *
 * As error_origin(), for a reason that no system call gave, as "login_file /x has
 * no line NAME:PASSWORD": what strerror() says of the code is not added.
 */
#define error_whole(code, ...) \
	error_whole_at(ERROR_HERE, (code), __VA_ARGS__)

/**
 * error_trace - pass an error on, and note that it came by here
 *
 * Return: @code. 0 and positive numbers are no errors, and nothing is noted.
 */
#define error_trace(code)	error_trace_at(ERROR_HERE, (code))

/**
 * error_step - pass an error on, and say what was being done
 * @...: printf() arguments; the text is put before that of the error
 *
 * Return: @code. 0 and positive numbers are no errors, and nothing is noted.
 */
#define error_step(code, ...)	error_step_at(ERROR_HERE, (code), __VA_ARGS__)

__attribute__((format(printf, 3, 4)))
int error_origin_at(struct error_place place, int code, const char *format, ...);
__attribute__((format(printf, 3, 4)))
int error_whole_at(struct error_place place, int code, const char *format, ...);
int error_trace_at(struct error_place place, int code);
__attribute__((format(printf, 3, 4)))
int error_step_at(struct error_place place, int code, const char *format, ...);

/**
 * error_text - why, in words
 * @code: what was returned
 *
 * Return: "object: step: Cannot allocate memory" where an error with this code
 * is kept, else what strerror() says. Never NULL; valid until the next call of
 * this thread to this header.
 */
const char *error_text(int code);

/**
 * error_log - log an error where it is handled, and forget it
 * @level: LOG_ERR or as it is
 * @code: what was returned
 * @...: printf() arguments: what does not work because of it
 *
 * At debug level a line for each place follows, the origin first.
 */
#define error_log(level, code, ...) \
	error_log_at(ERROR_HERE, (level), (code), __VA_ARGS__)
__attribute__((format(printf, 4, 5)))
void error_log_at(struct error_place place, int level, int code,
		  const char *format, ...);

/**
 * error_forget - forget what is kept
 *
 * Where a failure was recovered from without a word, and each time the event
 * loop comes round, so that no text is shown for an error it is not about.
 */
void error_forget(void);

#endif /* FABMON_ERROR_H */
