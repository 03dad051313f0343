# SPDX-License-Identifier: GPL-2.0-only
#
# make            build/uffdsim
# make deps       install what the build needs (Debian packages)
# make run        every file under scenarios/
# make check      all tests, plain and under AddressSanitizer and UBSan, CHECK_JOBS=2 at a time
# make dropin     the kernel's own files against the model's: dropin/rules.mk
# make conformance  what the scenarios say, held to real kernels: conformance/rules.mk
# make bench      how fast it is on this machine
# make fuzz-target  the target for libFuzzer, built with clang
# make install    into PREFIX
#
# Three layers, a static library each; arrows point one way: tools -> model -> sim.
# Model objects see no header of libc, and the compiler calls a hook of sim/ at each
# of their memory accesses (-fsanitize=thread without libtsan); an AddressSanitizer
# build has the sanitizer in place of the hooks.

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
OBJCOPY ?= objcopy
PREFIX ?= /usr/local
BUILD ?= build
SAN ?=
V ?= 0

DEPS := gcc make pkg-config libc6-dev binutils libglib2.0-dev check libxxhash-dev xz-utils \
	clang

PKGS := glib-2.0
arch := $(shell $(CC) -dumpmachine 2>/dev/null | cut -d- -f1)
warn := -Wall -Wextra -Werror -Wno-unused-parameter
common := -std=gnu11 -O2 -g $(warn) -fno-pie -fno-strict-aliasing -I.
ifeq ($(arch),x86_64)
# A switch of stacks must not lose what stands below the stack pointer.
common += -mno-red-zone
endif

is_clang := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
model := -nostdinc -ffreestanding -Imodel/include -include uffdsim/config.h \
	 -Wno-sign-compare -Wno-unused-value -Wno-missing-field-initializers
ifeq ($(SAN),)
san :=
model += -fsanitize=thread
ifeq ($(is_clang),)
model += --param tsan-instrument-func-entry-exit=0
else
model += -mllvm -tsan-instrument-func-entry-exit=0
# Of copies and clearings, assignments of structures among them, clang calls libtsan's interceptors.
unhooked := $(foreach f,memcpy memmove memset,--redefine-sym $f=__tsan_$f)
endif
else
san := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
model += -fno-sanitize=alignment
endif

CFLAGS ?=
MODEL_CFLAGS ?=
# Files whose conditions are marked for `uffdsim coverage`; BRANCHES= leaves the marks out.
BRANCHES ?= mm/userfaultfd fs/userfaultfd mm/hugetlb mm/shmem
mark_branches := $(if $(BRANCHES),-DCONFIG_PROFILE_ALL_BRANCHES)
sim_flags = $(common) $(san) $(CFLAGS)
model_flags = $(common) $(san) $(model) $(MODEL_CFLAGS) $(CFLAGS)
# The checks of an invariant are no accesses of the modelled kernel.
check_flags = $(filter-out $(MODEL_CFLAGS) -fsanitize=thread \
		--param tsan-instrument-func-entry-exit=0 \
		-mllvm -tsan-instrument-func-entry-exit=0,$(model_flags))
tools_flags = $(common) $(san) $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS)
tools_libs = $(shell pkg-config --libs $(PKGS)) -lxxhash
check_libs = $(shell pkg-config --libs check)
# The tools count the userfaults that each context has seen where the fault paths meet them.
LDFLAGS += -no-pie -Wl,--wrap=handle_userfault

sim_src := $(wildcard sim/*.c)
check_src := $(wildcard model/invariants/*.c)
model_src := $(filter-out $(check_src),$(wildcard model/*/*.c model/*/*/*.c model/*/*/*/*.c))
tools_src := $(filter-out tools/main.c,$(wildcard tools/*.c tools/*/*.c))
test_src := $(wildcard tests/test_*.c)

obj = $(addprefix $(BUILD)/,$(1:.c=.o))
sim_obj := $(call obj,$(sim_src))
model_obj := $(call obj,$(model_src)) $(call obj,$(check_src))
tools_obj := $(call obj,$(tools_src))
tests := $(patsubst tests/%.c,$(BUILD)/tests/%,$(test_src))
libs := $(BUILD)/libtools.a $(BUILD)/libmodel.a $(BUILD)/libsim.a

ifeq ($(V),0)
say = @echo "  $(1)" $(patsubst $(BUILD)/%,%,$@);
endif

all: $(BUILD)/uffdsim

$(BUILD)/uffdsim: $(BUILD)/tools/main.o $(libs)
	$(call say,LINK)$(CC) $(san) $(LDFLAGS) -o $@ $^ $(tools_libs)

$(BUILD)/libsim.a: $(sim_obj)
$(BUILD)/libmodel.a: $(model_obj)
$(BUILD)/libtools.a: $(tools_obj)
$(BUILD)/%.a:
	$(call say,AR)rm -f $@ && ar rcs $@ $^

$(BUILD)/sim/%.o: sim/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(sim_flags) -MMD -MP -c -o $@ $<

$(BUILD)/model/invariants/%.o: model/invariants/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(check_flags) -MMD -MP -c -o $@ $<

$(addprefix $(BUILD)/model/,$(BRANCHES:=.o)): MARKS := $(mark_branches)

# The globals of the model go where the world finds them, to save and to reset them.
$(BUILD)/model/%.o: model/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(model_flags) $(MARKS) -MMD -MP -c -o $@ $< && \
	$(OBJCOPY) --rename-section .data=model_data --rename-section .bss=model_bss \
		--rename-section .data.rel=model_data --rename-section .data.rel.local=model_data \
		$(unhooked) $@

$(BUILD)/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(tools_flags) -MMD -MP -c -o $@ $<

# Into it go the sources of the run time of exported programs.
$(BUILD)/tools/export/runtime.o: $(wildcard tools/export/runtime/*)

$(BUILD)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(tools_flags) $(shell pkg-config --cflags check) -DSRCDIR='"$(CURDIR)"' \
		-DBUILD='"$(abspath $(BUILD))"' -MMD -MP -c -o $@ $<

# Breaks the model from within, so it is compiled as the model is.
$(BUILD)/tests/sabotage.o: tests/sabotage.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(model_flags) -MMD -MP -c -o $@ $<
$(BUILD)/tests/test_invariants: $(BUILD)/tests/sabotage.o

# A test of a layer is linked with that layer and those below it, and nothing else.
sim_tests := $(addprefix $(BUILD)/tests/,test_sim test_sim_memory test_sim_search)
$(sim_tests): %: %.o $(BUILD)/libsim.a
	$(call say,LINK)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lxxhash $(check_libs)
model_tests := $(addprefix $(BUILD)/tests/,test_xarray test_invariants bench)
$(model_tests): %: %.o $(BUILD)/libmodel.a $(BUILD)/libsim.a
	$(call say,LINK)$(CC) $(san) $(LDFLAGS) -o $@ $^ -lxxhash $(check_libs)
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(libs)
	$(call say,LINK)$(CC) $(san) $(LDFLAGS) -o $@ $^ $(tools_libs) $(check_libs)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

run: $(BUILD)/uffdsim
	@$(BUILD)/uffdsim run scenarios

# The packages are asked for only when one is missing, so that a second call is silent.
deps:
	@missing=`for p in $(DEPS); do dpkg-query -W -f='$${Status}\n' $$p 2>/dev/null | \
		grep -q '^install ok installed' || echo $$p; done`; \
	if [ -n "$$missing" ]; then \
		sudo=; [ `id -u` = 0 ] || sudo=sudo; \
		$$sudo apt-get update -q && \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -q \
			--no-install-recommends $$missing; \
	fi

unit: $(tests:=.passed)
$(tests:=.passed): %.passed: % $(BUILD)/uffdsim
	@CK_DEFAULT_TIMEOUT=600 $<

# Every scenario in this build; only what fails is shown.
scenarios: $(BUILD)/uffdsim
ifeq ($(SAN),)
	@$(BUILD)/uffdsim run --hash -o $(BUILD)/scenarios.ktap scenarios
else
	@$(BUILD)/uffdsim run $(few) --only v6.1 --only minor-v1 --hash \
		-o $(BUILD)/scenarios.ktap scenarios
	@$(BUILD)/uffdsim run $(few) --only v6.12 --only v6.18 --hash \
		-o $(BUILD)/later.ktap `grep -rl '\[kernel' scenarios`
endif

# A build that makes each run of a race from scratch is slow.  Of later kernels it runs the files
# that say where these differ.
few := --max-seeds 10

# The same seed gives the same trace: again, in a build that makes each run from scratch and
# checks memory, and in one by clang, with the portable fibers.
same-traces: $(BUILD)/uffdsim
	@$(BUILD)/uffdsim run --hash -o $(BUILD)/again.ktap scenarios
	@tests/same-traces $(BUILD)/scenarios.ktap $(BUILD)/again.ktap
	@tests/same-traces $(BUILD)/scenarios.ktap build/portable/scenarios.ktap
	@$(BUILD)/uffdsim run $(few) --hash -o $(BUILD)/few.ktap scenarios
	@tests/same-traces $(BUILD)/few.ktap build/asan/scenarios.ktap
	@tests/same-traces $(BUILD)/few.ktap build/asan/later.ktap
	@tests/same-seeds $(BUILD)/uffdsim build/portable/uffdsim
	@echo "every trace is the same in each build"

canonical: $(BUILD)/uffdsim
	@$(BUILD)/uffdsim fmt --check scenarios

# So many parts at a time; what a part says is printed when it is over.  First the builds, which
# the parts share, and last who looks at a real kernel: that wants the machine for itself.
CHECK_JOBS ?= 2
jobs = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(CHECK_JOBS))
part = +@$(MAKE) --no-print-directory
asan := BUILD=build/asan SAN=1
portable := BUILD=build/portable CC=clang CFLAGS=-DSIM_PORTABLE_FIBER

check:
	@$(MAKE) --no-print-directory $(jobs) check-builds
	@$(MAKE) --no-print-directory $(jobs) -Otarget check-parts
	@$(MAKE) --no-print-directory conformance-check

builds: $(BUILD)/uffdsim $(tests)
check-builds: builds
	$(part) $(debian_tree)/Makefile
	$(part) builds $(asan)
	$(part) build/portable/uffdsim $(portable)
	$(part) $(KBUILD)/uffdsim KERNEL_SRC=$(debian_tree)
	$(part) $(cov_programs)

# The longest begin first.
check-parts: asan-scenarios asan-unit coverage-check dropin-edits unit canonical scenarios \
		portable-scenarios dropin misfit-trees same-traces-everywhere
asan-scenarios:
	$(part) scenarios $(asan)
asan-unit:
	$(part) unit $(asan)
portable-scenarios:
	$(part) scenarios $(portable)
same-traces-everywhere: scenarios asan-scenarios portable-scenarios
	$(part) same-traces
misfit-trees:
	@tests/misfit-trees

bench: $(BUILD)/tests/bench $(BUILD)/tests/bench_explore $(BUILD)/tests/bench_fuzz
	@$(BUILD)/tests/bench
	@$(BUILD)/tests/bench_explore
	@$(BUILD)/tests/bench_fuzz

# The table of README: some minutes.
bench-bugs: $(BUILD)/tests/bench_bugs
	@$(BUILD)/tests/bench_bugs

# Only the model's branches are coverage: those of the machine are the same for every input.
fuzz-target:
	@$(MAKE) --no-print-directory build/libfuzzer/fuzz-target BUILD=build/libfuzzer CC=clang \
		MODEL_CFLAGS=-fsanitize-coverage=inline-8bit-counters,pc-table,trace-cmp
$(BUILD)/fuzz-target: $(libs)
	$(call say,LINK)$(CC) -fsanitize=fuzzer $(LDFLAGS) -o $@ $(libs) $(tools_libs)

install: $(BUILD)/uffdsim
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/uffdsim/scenarios
	install -m 755 $(BUILD)/uffdsim $(DESTDIR)$(PREFIX)/bin/uffdsim
	cp -r scenarios/. $(DESTDIR)$(PREFIX)/share/uffdsim/scenarios/

clean:
	rm -rf build

include dropin/rules.mk
include coverage/rules.mk
include conformance/rules.mk

.PHONY: all run deps unit $(tests:=.passed) scenarios same-traces canonical check builds check-builds check-parts
.PHONY: asan-scenarios asan-unit portable-scenarios same-traces-everywhere misfit-trees bench bench-bugs fuzz-target install clean
.SECONDARY:
