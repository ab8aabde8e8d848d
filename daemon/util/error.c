// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The error that is kept, of each thread; nothing is allocated for it. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "log.h"

/*
 * @code: 0: none is kept. @whole: @text says all, strerror() adds nothing.
 * @count: also of places that there was no room for.
 */
static _Thread_local struct {
	int code;
	bool whole;
	char text[ERROR_TEXT_MAX];
	struct error_place places[ERROR_PLACES_MAX];
	unsigned int count;
} kept;

static _Thread_local char shown[ERROR_TEXT_MAX + 128];

static void place_add(struct error_place place)
{
	if (kept.count < ERROR_PLACES_MAX)
		kept.places[kept.count] = place;
	kept.count++;
}

__attribute__((format(printf, 4, 0)))
static int keep(struct error_place place, int code, bool whole,
		const char *format, va_list args)
{
	if (!code)
		return 0;
	kept.code = code;
	kept.whole = whole;
	kept.count = 0;
	vsnprintf(kept.text, sizeof(kept.text), format, args);
	place_add(place);
	return code;
}

int error_origin_at(struct error_place place, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	code = keep(place, code, false, format, args);
	va_end(args);
	return code;
}

int error_whole_at(struct error_place place, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	code = keep(place, code, true, format, args);
	va_end(args);
	return code;
}

/* Another error than the one that is kept has no origin, and begins here. */
static void take(int code)
{
	if (code == kept.code)
		return;
	kept.code = code;
	kept.whole = false;
	kept.count = 0;
	kept.text[0] = '\0';
}

int error_trace_at(struct error_place place, int code)
{
	if (code >= 0)
		return code;
	take(code);
	place_add(place);
	return code;
}

int error_step_at(struct error_place place, int code, const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;
	size_t len;

	if (code >= 0)
		return code;
	take(code);
	place_add(place);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	len = strlen(text);
	if (*kept.text)
		snprintf(text + len, sizeof(text) - len, ": %s", kept.text);
	strcpy(kept.text, text);
	return code;
}

const char *error_text(int code)
{
	if (code == kept.code && kept.whole)
		snprintf(shown, sizeof(shown), "%s", kept.text);
	else if (code == kept.code && *kept.text)
		snprintf(shown, sizeof(shown), "%s: %s", kept.text,
			 strerror(abs(code)));
	else
		snprintf(shown, sizeof(shown), "%s", strerror(abs(code)));
	return shown;
}

static void place_log(const char *what, struct error_place place)
{
	log_debug("  %s %s:%d %s()", what, place.file, place.line, place.func);
}

void error_log_at(struct error_place place, int level, int code,
		  const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	unsigned int i;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_line(level, "%s: %s", text, error_text(code));
	if (code == kept.code) {
		for (i = 0; i < kept.count && i < ERROR_PLACES_MAX; i++)
			place_log(i ? "passed on at" : "arose at",
				  kept.places[i]);
		if (kept.count > ERROR_PLACES_MAX)
			log_debug("  and at %u more places",
				  kept.count - ERROR_PLACES_MAX);
	}
	place_log("handled at", place);
	error_forget();
}

void error_forget(void)
{
	kept.code = 0;
	kept.whole = false;
	kept.count = 0;
	kept.text[0] = '\0';
}
