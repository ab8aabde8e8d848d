# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Entry points. `make help` explains each; what a target needs is checked when
# it is asked for, not before.

VERSION		:= $(shell sed -n 's/.*FABMON_VERSION\s*"\(.*\)"/\1/p' kmod/version.h)
# Where objects and programs go
O		?= build
# Kernel to build the modules for, and its headers
KVER		?= $(shell uname -r)
KDIR		?= /lib/modules/$(KVER)/build
# Directory with the DMTF schemas (json-schema/ and validate.py)
REDFISH_SCHEMAS	?= $(wildcard ../shared/redfish)
# Kernels that check-vm boots
KERNELS		?= 6.1 6.12 7

PREFIX		?= /usr
SBINDIR		?= $(PREFIX)/sbin
BINDIR		?= $(PREFIX)/bin
MANDIR		?= $(PREFIX)/share/man
UNITDIR		?= /lib/systemd/system
SYSUSERSDIR	?= $(PREFIX)/lib/sysusers.d
MODLOADDIR	?= /lib/modules-load.d
SYSCONFDIR	?= /etc

PKG_CONFIG	?= pkg-config
CFLAGS		?= -O2 -g
WARN		:= -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
		   -Wno-unused-parameter -Wno-missing-field-initializers
ifneq ($(WERROR),)
WARN		+= -Werror
endif

BASE_CFLAGS	= -std=gnu11 -D_GNU_SOURCE -DFABMON_VERSION='"$(VERSION)"' \
		  -Iuapi -Idaemon $(WARN) -MMD -MP
DAEMON_PKGS	:= libnl-3.0 libnl-genl-3.0 jansson libcurl libmicrohttpd \
		   libsystemd sqlite3 inih uuid
TOOL_PKGS	:= libnl-3.0 libnl-genl-3.0 jansson
DAEMON_CFLAGS	= $(shell $(PKG_CONFIG) --cflags $(DAEMON_PKGS))
DAEMON_LIBS	= $(shell $(PKG_CONFIG) --libs $(DAEMON_PKGS))
TOOL_LIBS	= $(shell $(PKG_CONFIG) --libs $(TOOL_PKGS))

DAEMON_SRC	:= $(wildcard daemon/*.c daemon/redfish/*.c daemon/ofmf/*.c \
			      daemon/service/*.c)
TOOL_SRC	:= $(wildcard tools/fabmon/*.c daemon/knl*.c)
UNIT_SRC	:= $(wildcard tools/testing/unit/test_*.c)
UNIT_LIB_SRC	:= $(filter-out $(UNIT_SRC),$(wildcard tools/testing/unit/*.c))

DAEMON_OBJ	:= $(DAEMON_SRC:%.c=$(O)/%.o)
TOOL_OBJ	:= $(TOOL_SRC:%.c=$(O)/%.o)
LIB_OBJ		:= $(filter-out $(O)/daemon/main.o,$(DAEMON_OBJ))
UNIT_BIN	:= $(UNIT_SRC:tools/testing/unit/%.c=$(O)/unit/%)
UNIT_LIB_OBJ	:= $(UNIT_LIB_SRC:%.c=$(O)/%.o)

.PHONY: all modules daemon tools ofmf-standin unit demo check check-unit \
	check-vm uapi selftests style install install-modules uninstall clean help \
	userspace-deps

all: daemon tools
	@KDIR='$(KDIR)' KVER='$(KVER)' MAKE='$(MAKE)' tools/build-modules-if-possible

daemon: $(O)/fabmond
tools: $(O)/fabmon
unit: $(UNIT_BIN)

# Says which packages are missing, once, before the compiler does in its way.
userspace-deps:
	@tools/check-deps $(DAEMON_PKGS)

$(O)/fabmond: $(DAEMON_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -lm

$(O)/fabmon: $(TOOL_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS)

$(O)/unit/%: $(O)/tools/testing/unit/%.o $(UNIT_LIB_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) \
		$$($(PKG_CONFIG) --libs cmocka) -lm

$(O)/%.o: %.c | userspace-deps
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(DAEMON_CFLAGS) $(CFLAGS) -c -o $@ $<

-include $(DAEMON_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) \
	 $(UNIT_SRC:%.c=$(O)/%.d) $(UNIT_LIB_OBJ:.o=.d)

modules:
	@tools/build-modules '$(KDIR)' '$(O)/modules-$(KVER)'

ofmf-standin:
	$(MAKE) -C tools/testing/ofmf O='$(abspath $(O))'

# Programs of the kselftests. "newer" is a command and a daemon that find every
# module too old.
selftests: $(O)/selftests/nl_abuse $(O)/newer/fabmon $(O)/newer/fabmond

$(O)/selftests/nl_abuse: tools/testing/selftests/fabmon/nl_abuse.c | userspace-deps
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(DAEMON_CFLAGS) $(CFLAGS) -o $@ $< $(TOOL_LIBS)

$(O)/newer/knl.o: daemon/knl.c | userspace-deps
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) -DKNL_ABI=99 $(DAEMON_CFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/newer/fabmon: $(O)/newer/knl.o $(filter-out $(O)/daemon/knl.o,$(TOOL_OBJ))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS)

$(O)/newer/fabmond: $(O)/newer/knl.o $(filter-out $(O)/daemon/knl.o,$(DAEMON_OBJ))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -lm

demo:
	@tools/demo/demo

check: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check:
	@KERNELS='$(if $(KERNEL),$(KERNEL),$(KERNELS))' tools/testing/check all

check-unit: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-unit:
	@tools/testing/check unit

check-vm: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-vm:
	@KERNELS='$(if $(KERNEL),$(KERNEL),$(KERNELS))' tools/testing/check vm

# uapi/linux/fabmon.h anew, after a change of the specification
uapi:
	@tools/testing/vm/toolroot --layer check run -- env \
		YNL_DIR="$$(tools/testing/vm/ynl)" tools/testing/spec/check-uapi --write

clean:
	rm -rf build
