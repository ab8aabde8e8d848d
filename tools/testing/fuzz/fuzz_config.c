// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A configuration file, and each line of it as a value. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/priv.h"
#include "fuzz.h"

static void whole(const uint8_t *data, size_t size)
{
	char path[64], error[512];
	char *argv[] = { (char *)"fabmond", (char *)"-c", path, NULL };
	struct config config;
	static int fd = -1;
	int r;

	if (fd < 0)
		fd = memfd_create("conf", MFD_CLOEXEC);
	fuzz_assert(!ftruncate(fd, 0));
	fuzz_assert(pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = config_load(&config, 3, argv, error, sizeof(error));
	fuzz_assert(!r || r == -EBADMSG);
	fuzz_assert(!r == !*error);
	config_clear(&config);
}

static void value(const char *text)
{
	char error[512] = "", *out;
	unsigned int number;
	uint16_t port;

	if (!config_parse_url(text, &out, error, sizeof(error))) {
		fuzz_assert(!strncmp(out, "http", 4));
		fuzz_assert(!strpbrk(out + 8, "/@?# "));
		free(out);
	}
	if (!config_parse_listen(text, &out, &port, error, sizeof(error)))
		free(out);
	if (!config_parse_id(text, error, sizeof(error)))
		fuzz_assert(*text && *text != '.' && !strpbrk(text, "/%? "));
	if (!config_parse_number(text, 1, 1024, &number, error, sizeof(error)))
		fuzz_assert(number >= 1 && number <= 1024);
	config_similar(text, "log_level");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *text;

	whole(data, size);
	while (in.size) {
		text = fuzz_line(&in);
		value(text);
		free(text);
	}
	return 0;
}
