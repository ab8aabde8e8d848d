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
MODPROBEDIR	?= /lib/modprobe.d
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
DAEMON_PKGS	:= libnl-3.0 libnl-genl-3.0 jansson libcurl libmicrohttpd gnutls libcrypt \
		   libsystemd sqlite3 inih uuid libcxl libdaxctl
TOOL_PKGS	:= libnl-3.0 libnl-genl-3.0 jansson
DAEMON_CFLAGS	= $(shell $(PKG_CONFIG) --cflags $(DAEMON_PKGS))
DAEMON_LIBS	= $(shell $(PKG_CONFIG) --libs $(DAEMON_PKGS))
TOOL_LIBS	= $(shell $(PKG_CONFIG) --libs $(TOOL_PKGS))

DAEMON_SRC	:= $(wildcard daemon/*.c daemon/*/*.c daemon/*/*/*.c)
TOOL_SRC	:= $(wildcard tools/fabmon/*.c daemon/kernel/knl/*.c) \
		   daemon/util/error.c daemon/util/log.c
UNIT		:= tools/testing/unit
UNIT_SRC	:= $(wildcard $(UNIT)/test_*.c $(UNIT)/*/test_*.c \
			      $(UNIT)/*/*/test_*.c)
FUZZ_SRC	:= $(wildcard tools/testing/fuzz/fuzz_*.c)
FUZZ_LIB_SRC	:= $(filter-out $(FUZZ_SRC),$(wildcard tools/testing/fuzz/*.c)) \
		   $(wildcard $(UNIT)/lib/fixture*.c)
UNIT_LIB_SRC	:= $(wildcard $(UNIT)/lib/*.c)
GOLDEN		:= tools/testing/golden
GOLDEN_LIB_SRC	:= $(addprefix $(GOLDEN)/,host.c kernel.c message.c text.c)

DAEMON_OBJ	:= $(DAEMON_SRC:%.c=$(O)/%.o)
TOOL_OBJ	:= $(TOOL_SRC:%.c=$(O)/%.o)
LIB_OBJ		:= $(filter-out $(O)/daemon/main.o,$(DAEMON_OBJ))
UNIT_BIN	:= $(UNIT_SRC:$(UNIT)/%.c=$(O)/unit/%)
UNIT_LIB_OBJ	:= $(UNIT_LIB_SRC:%.c=$(O)/%.o)
GOLDEN_LIB_OBJ	:= $(GOLDEN_LIB_SRC:%.c=$(O)/%.o)
GOLDEN_BIN	:= $(O)/golden/record $(O)/golden/serve

# Fuzzers have objects of their own: everything is built with sanitizers.
FUZZ_BIN	:= $(FUZZ_SRC:tools/testing/fuzz/%.c=$(O)/fuzz/%)
FUZZ_OBJ	= $(patsubst %.c,$(O)/fuzz/%.o,$(FUZZ_LIB_SRC) \
			     $(filter-out daemon/main.c,$(DAEMON_SRC)))
FUZZ_CFLAGS	:= -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
		   -fno-sanitize-recover=undefined

# Objects are worth keeping, also those that only a chain of rules makes
.SECONDARY:

.PHONY: all modules daemon tools ofmf-standin unit golden golden-programs \
	demo check check-unit check-ofmf check-redfish check-static check-vm \
	check-debug check-long uapi selftests bench bench-programs style install \
	install-modules uninstall clean help userspace-deps fuzz fuzz-programs

all: daemon tools ## the daemon, the command and, with kernel headers here, the modules (default)
	@KVER='$(KVER)' MAKE='$(MAKE)' tools/build-modules-if-possible \
		'$(KDIR)' '$(O)/modules-$(KVER)'

daemon: $(O)/fabmond ## O/fabmond
tools: $(O)/fabmon ## O/fabmon, the operator's command
unit: $(UNIT_BIN) ## the unit tests' programs, O/unit/test_*
golden-programs: $(GOLDEN_BIN) ## O/golden/record and O/golden/serve, see Documentation/testing.md

# Says which packages are missing, once, before the compiler does in its way.
userspace-deps:
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' tools/check-deps $(DAEMON_PKGS)

# V=1 shows whole commands
Q		:= $(if $(V),,@)
say		= $(if $(V),,@printf '  %-8s%s\n' $(1) $(patsubst $(CURDIR)/%,%,$@))

$(O)/fabmond: $(DAEMON_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -lm

$(O)/fabmon: $(TOOL_OBJ)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS)

$(O)/unit/%: $(O)/$(UNIT)/%.o $(UNIT_LIB_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) \
		$$($(PKG_CONFIG) --libs cmocka) -lm

# The steps that the kill sweeps count.
KILL_STORE	:= store_set store_begin store_end sqlite3_step sqlite3_exec
KILL_POINTS	:= $(KILL_STORE) store_receiver store_delivered \
		   store_delivered_drop store_alert store_alert_drop \
		   ofmf_context_set ofmf_http_send
KILL_EVENTS	:= $(KILL_STORE) store_resource store_record store_subscriber \
		   store_event_prune store_event_clear http_send
$(O)/unit/ofmf/test_routine $(O)/unit/ofmf/test_history: \
	LDFLAGS += -Wl,--wrap=ofmf_http_send
$(O)/unit/ofmf/test_kill: LDFLAGS += $(KILL_POINTS:%=-Wl,--wrap=%)
$(O)/unit/service/events/test_kill: LDFLAGS += $(KILL_EVENTS:%=-Wl,--wrap=%)

# A kernel of the tests' own stands in for the netlink client's functions.
FOLLOW_KNL	:= open close fd info_get dump receive replay
FOLLOW_TESTS	:= $(filter $(O)/unit/follow/%,$(UNIT_BIN))
$(FOLLOW_TESTS): $(O)/$(UNIT)/follow/fake_kernel.o
$(FOLLOW_TESTS): LDFLAGS += $(FOLLOW_KNL:%=-Wl,--wrap=knl_%)

# Here it stands in for the C library's, also in libnl.
$(O)/unit/kernel/test_knl_socket: $(O)/$(UNIT)/kernel/fake_socket.o

# A golden host's files answer what the kernel is asked for, and where a host is
# recorded, what is read is written down on the way.
GOLDEN_WRAP	:= ioctl rdma_res_read
RECORD_WRAP	:= $(GOLDEN_WRAP) open openat fopen readdir readlinkat \
		   knl_msg_parse

GOLDEN_TESTS	:= redfish/test_golden ofmf/test_golden

$(GOLDEN_TESTS:%=$(O)/unit/%): $(GOLDEN_LIB_OBJ)
$(GOLDEN_TESTS:%=$(O)/unit/%) $(O)/golden/serve: \
	LDFLAGS += $(GOLDEN_WRAP:%=-Wl,--wrap=%)
$(O)/golden/record: LDFLAGS += $(RECORD_WRAP:%=-Wl,--wrap=%)
$(GOLDEN_TESTS:%=$(O)/$(UNIT)/%.o): BASE_CFLAGS += -I$(GOLDEN)

$(O)/golden/%: $(O)/$(GOLDEN)/%.o $(GOLDEN_LIB_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -lm

# Tests of the command take its objects as well.
$(filter $(O)/unit/command/%,$(UNIT_BIN)): \
	$(O)/$(UNIT)/command/cli_fixture.o \
	$(filter-out $(O)/tools/fabmon/main.o $(LIB_OBJ),$(TOOL_OBJ))

# Sources with the version in them, which no compiler finds in kmod/version.h.
VERSION_SRC	:= $(shell grep -l FABMON_VERSION /dev/null $(DAEMON_SRC) $(TOOL_SRC))
$(foreach o,$(O) $(O)/fuzz,$(VERSION_SRC:%.c=$(o)/%.o)): kmod/version.h

# It has them in itself.
$(O)/daemon/service/protocol/schema.o: $(wildcard daemon/redfish/schema/*.xml)

$(O)/$(UNIT)/%.o: BASE_CFLAGS += -I$(UNIT)/lib

$(O)/%.o: %.c | userspace-deps
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(BASE_CFLAGS) $(DAEMON_CFLAGS) $(CFLAGS) -c -o $@ $<

-include $(DAEMON_OBJ:.o=.d) $(TOOL_OBJ:.o=.d) \
	 $(UNIT_SRC:%.c=$(O)/%.d) $(UNIT_LIB_OBJ:.o=.d) \
	 $(wildcard $(O)/$(UNIT)/*/fake_*.d $(O)/$(UNIT)/*/*_fixture.d) \
	 $(GOLDEN_LIB_OBJ:.o=.d) $(GOLDEN_BIN:$(O)/golden/%=$(O)/$(GOLDEN)/%.d)

# By the runner, tools/testing/fuzz/run: FUZZ_CC is a clang with its run-time.
fuzz-programs: $(FUZZ_BIN)

$(O)/fuzz/fuzz_%: $(O)/fuzz/tools/testing/fuzz/fuzz_%.o $(FUZZ_OBJ)
	$(call say,LD)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ \
		$(DAEMON_LIBS) $$($(PKG_CONFIG) --libs cmocka) -lm

$(O)/fuzz/%.o: %.c | userspace-deps
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(FUZZ_CC) $(BASE_CFLAGS) $(DAEMON_CFLAGS) $(FUZZ_CFLAGS) \
		-fsanitize=fuzzer-no-link -c -o $@ $<

-include $(FUZZ_OBJ:.o=.d) $(FUZZ_SRC:%.c=$(O)/fuzz/%.d)

modules: ## the kernel modules for KVER, in O/modules-KVER
	@MAKE='$(MAKE)' tools/build-modules '$(KDIR)' '$(O)/modules-$(KVER)'

ofmf-standin: ## an OFMF to test against
	$(MAKE) -C tools/testing/ofmf O='$(abspath $(O))'

# Programs of the kselftests. "newer" is a command and a daemon that find every
# module too old.
selftests: $(O)/selftests/nl_abuse $(O)/selftests/nl_refuse $(O)/selftests/nl_stream $(O)/selftests/nl_fault $(O)/selftests/example $(O)/newer/fabmon $(O)/newer/fabmond ## programs that the tests of the modules use

$(O)/selftests/%: $(O)/tools/testing/selftests/fabmon/%.o \
		  $(O)/tools/testing/selftests/fabmon/nl_lib.o \
		  $(O)/tools/testing/selftests/fabmon/nl_message.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS)

# With nothing but what it says of itself.
$(O)/selftests/example: Documentation/netlink/example.c | userspace-deps
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -Iuapi $(WARN) $(CFLAGS) -o $@ $< \
		$$($(PKG_CONFIG) --cflags --libs libnl-genl-3.0)

bench-programs: $(O)/bench/latency $(O)/bench/storm

$(O)/bench/%: $(O)/tools/testing/bench/%.o $(O)/tools/testing/bench/bench.o \
	      $(O)/tools/testing/selftests/fabmon/nl_lib.o
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS) -pthread

$(O)/newer/knl.o: daemon/kernel/knl/knl.c | userspace-deps
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(BASE_CFLAGS) -DKNL_ABI=99 $(DAEMON_CFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/newer/fabmon: $(O)/newer/knl.o $(filter-out $(O)/daemon/kernel/knl/knl.o,$(TOOL_OBJ))
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS)

$(O)/newer/fabmond: $(O)/newer/knl.o $(filter-out $(O)/daemon/kernel/knl/knl.o,$(DAEMON_OBJ))
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DAEMON_LIBS) -lm

demo: ## a guest with fabric hardware, followed into an OFMF's tree
	@tools/demo/demo

check: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check: ## all tests; KERNEL=6.12 or KERNELS="6.1 7" says on which kernels
	@KERNELS='$(if $(KERNEL),$(KERNEL),$(KERNELS))' tools/testing/check all

check-unit: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-unit: ## the tests that need no guest
	@tools/testing/check unit

check-ofmf: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-ofmf: ## delivery to an OFMF, through faults of all kinds
	@tools/testing/check ofmf

# The trees as they are now; look at the difference before it is committed.
golden: ## the golden trees anew, after a change of the projection
	@VM_LAYER=check tools/testing/vm/build-user -s unit
	@tools/testing/vm/toolroot --layer check run -- env \
		FABMON_GOLDEN_UPDATE=1 build/vm/unit/redfish/test_golden

check-redfish: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-redfish: ## the tests of the tree and of the service that serves it
	@tools/testing/check redfish

check-vm: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-vm: ## the tests of the modules, in guests
	@KERNELS='$(if $(KERNEL),$(KERNEL),$(KERNELS))' tools/testing/check vm

check-static: ## checks of the modules that do not run them
	@KERNELS='$(if $(KERNEL),$(KERNEL),$(KERNELS))' tools/testing/check static

fuzz: ## the fuzzers, FUZZ_SECONDS=15 each
	@$(if $(FUZZ_SECONDS),FUZZ_SECONDS='$(FUZZ_SECONDS)') tools/testing/fuzz/run

# KASAN, lockdep, DEBUG_ATOMIC_SLEEP, kmemleak; built once, if there is none
check-debug: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-debug: ## the tests of the modules, on a debug kernel
	@tools/testing/check debug

check-long: export REDFISH_SCHEMAS := $(REDFISH_SCHEMAS)
check-long: ## hours: HISTORY_SEEDS=50 random histories of an OFMF, check-debug
	@$(if $(HISTORY_SEEDS),HISTORY_SEEDS='$(HISTORY_SEEDS)') \
		tools/testing/check long

bench: ## speed, measured in a guest against the targets; KERNEL=7 for another
	@KERNEL='$(KERNEL)' tools/testing/bench/bench

# uapi/linux/fabmon.h anew, after a change of the specification
uapi: ## uapi/linux/fabmon.h from the specification
	@tools/testing/vm/toolroot --layer check run -- env \
		YNL_DIR="$$(tools/testing/vm/ynl)" tools/testing/spec/check-uapi --write

style: export STYLE_CFLAGS = $(BASE_CFLAGS) $(DAEMON_CFLAGS)
style: ## licences, indentation, shell and C checkers, as far as they are here
	@tools/style

help: ## this
	@echo 'make TARGET [VARIABLE=...]'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | \
		sort | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'
	@echo
	@echo 'O=$(O)  where everything is built'
	@echo 'KVER=$(KVER) KDIR=$(KDIR)  kernel, and its headers'
	@echo 'DESTDIR= PREFIX=$(PREFIX)  where to install'
	@echo 'WERROR=1  warnings are errors; W=1  more of them from the modules; V=1  whole commands'

INSTALL		?= install
# As the kernel's INSTALL_MOD_STRIP: debug sections go, BTF stays.
STRIP		?= $(CROSS_COMPILE)strip
MAN		= $(wildcard Documentation/*.[1-9])
UNITS		= $(wildcard packaging/systemd/*.service)
SYSUSERS	= $(wildcard packaging/sysusers.d/*.conf)
MODPROBE	= $(wildcard packaging/modprobe.d/*.conf)
CONFIG		= $(wildcard packaging/fabmond.conf)
CONFIG_DIR	= $(DESTDIR)$(SYSCONFDIR)/fabmon
MODULES		= $(wildcard $(O)/modules-$(KVER)/*.ko)
MODULES_DIR	= $(DESTDIR)/lib/modules/$(KVER)/updates
# Where a manual page goes: man8/fabmond.8
man_path	= $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

# A configuration that is there stays; it is the administrator's.
install: daemon tools ## install what is built; DESTDIR is honoured
	$(INSTALL) -D -m 755 $(O)/fabmond $(DESTDIR)$(SBINDIR)/fabmond
	$(INSTALL) -D -m 755 $(O)/fabmon $(DESTDIR)$(BINDIR)/fabmon
	$(foreach f,$(MAN),$(INSTALL) -D -m 644 $(f) $(call man_path,$(f)) &&) :
	$(foreach f,$(UNITS),$(INSTALL) -D -m 644 $(f) \
		$(DESTDIR)$(UNITDIR)/$(notdir $(f)) &&) :
	$(foreach f,$(SYSUSERS),$(INSTALL) -D -m 644 $(f) \
		$(DESTDIR)$(SYSUSERSDIR)/$(notdir $(f)) &&) :
	$(foreach f,$(MODPROBE),$(INSTALL) -D -m 644 $(f) \
		$(DESTDIR)$(MODPROBEDIR)/$(notdir $(f)) &&) :
	$(foreach f,$(CONFIG),test -e $(CONFIG_DIR)/$(notdir $(f)) || \
		$(INSTALL) -D -m 644 $(f) $(CONFIG_DIR)/$(notdir $(f));) :
	$(if $(DESTDIR),,command -v systemd-sysusers >/dev/null && \
		systemd-sysusers $(SYSUSERSDIR)/fabmon.conf || :)
	$(if $(DESTDIR),,test ! -d /run/systemd/system || systemctl daemon-reload)
	$(if $(MODULES),$(MAKE) install-modules)

install-modules: ## install the modules that are built for KVER
	@test -n '$(MODULES)' || { \
		echo 'install-modules: none for $(KVER): make modules' >&2; exit 1; }
	$(INSTALL) -d $(MODULES_DIR)
	$(INSTALL) -m 644 $(MODULES) $(MODULES_DIR)
	$(STRIP) --strip-debug $(addprefix $(MODULES_DIR)/,$(notdir $(MODULES)))
	$(if $(DESTDIR),,depmod $(KVER))

# The configuration, and what fabmond keeps, stay; see fabmond(8).
uninstall: ## remove what install put there, but the configuration
	rm -f $(DESTDIR)$(SBINDIR)/fabmond $(DESTDIR)$(BINDIR)/fabmon
	rm -f $(foreach f,$(MAN),$(call man_path,$(f)))
	rm -f $(foreach f,$(UNITS),$(DESTDIR)$(UNITDIR)/$(notdir $(f)))
	rm -f $(foreach f,$(SYSUSERS),$(DESTDIR)$(SYSUSERSDIR)/$(notdir $(f)))
	rm -f $(foreach f,$(MODPROBE),$(DESTDIR)$(MODPROBEDIR)/$(notdir $(f)))
	rm -f $(MODULES_DIR)/fabmon.ko $(MODULES_DIR)/fabmon_*.ko
	$(if $(DESTDIR),,test ! -d $(MODULES_DIR) || depmod $(KVER))

clean: ## remove build/
	rm -rf build
