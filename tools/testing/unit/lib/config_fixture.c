// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Configuration from a text and arguments, as fabmond reads it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "config_fixture.h"
#include "tempdir.h"

#define MAX_ARGS 8

char fix_error[512];

int fix_load(struct config *config, const char *text, ...)
{
	char *argv[MAX_ARGS + 4] = { (char *)"fabmond" }, *dir, path[256];
	int argc = 1, ret;
	va_list args;

	dir = tempdir_make();
	snprintf(path, sizeof(path), "%s/f.conf", dir);
	if (text) {
		tempdir_write(dir, "f.conf", text);
		argv[argc++] = (char *)"-c";
		argv[argc++] = path;
	}
	va_start(args, text);
	while ((argv[argc] = va_arg(args, char *)))
		argc++;
	va_end(args);
	ret = config_load(config, argc, argv, fix_error,
			  sizeof(fix_error));
	tempdir_remove(dir);
	return ret;
}
