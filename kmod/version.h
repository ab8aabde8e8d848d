/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The one place with the version; the Makefile reads it from here. */
#define FABMON_VERSION	"0.1.0"
