/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the fuzzers share. Each fuzz_NAME.c is a program of its own, with seeds
 * in seeds/NAME/; see README.md for how to add one.
 */
#ifndef FABMON_FUZZ_H
#define FABMON_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of an input. */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* The next byte, 0 at the end. */
static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

/* The next @size bytes, or what there is, as text; free() it. */
static inline char *fuzz_text(struct fuzz_input *in, size_t size)
{
	char *text;

	if (size > in->size)
		size = in->size;
	text = malloc(size + 1);
	if (!text)
		abort();
	memcpy(text, in->data, size);
	text[size] = '\0';
	in->data += size;
	in->size -= size;
	return text;
}

/* Up to the next line feed, which is left out; free() it. */
static inline char *fuzz_line(struct fuzz_input *in)
{
	const uint8_t *end = in->size ? memchr(in->data, '\n', in->size) : NULL;
	char *line = fuzz_text(in, end ? (size_t)(end - in->data) : in->size);

	fuzz_byte(in);
	return line;
}

/* What must always hold. */
#define fuzz_assert(what) do { if (!(what)) abort(); } while (0)

#endif /* FABMON_FUZZ_H */
