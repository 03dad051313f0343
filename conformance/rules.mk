# SPDX-License-Identifier: GPL-2.0-only
#
# make conformance        what every scenario says, held to the kernel that runs here and to
#                         Debian's 6.1, 6.12 and 6.18, emulated: a table, scenario x kernel
# make conformance-fuzz   the same with CASES generated scenarios, from seed SEED on
# make conformance-check  a fixed part of the scenarios, on the emulated 6.1
#
# KERNELS= names the kernels (host v6.1 v6.12 v6.18), SCENARIOS= the files or folders.  With no kernel to ask the
# exit status is 77.

DEPS += $(if $(filter x86_64,$(shell uname -m)),qemu-system-x86 cpio)
CONF := build/conformance
KERNELS ?= host v6.1 v6.12 v6.18
SCENARIOS ?= scenarios
CASES ?= 300
SEED ?= 1

$(CONF)/init: conformance/init.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -O1 -Wall -Wextra -Werror -static -o $@ $<

conform = UFFDSIM=$(BUILD)/uffdsim CC=$(CC) INIT=$(CONF)/init IMAGES=$(CONF)

conformance: $(BUILD)/uffdsim $(CONF)/init
	@$(conform) conformance/run $(CONF)/all $(KERNELS) -- \
		$$(find $(SCENARIOS) -name '*.uffd' | sort)

conformance-fuzz: $(BUILD)/uffdsim $(CONF)/init
	@$(conform) conformance/run $(CONF)/cases $(KERNELS) -- --cases $(SEED) $(CASES)

conformance-check: $(BUILD)/uffdsim $(CONF)/init
	@$(conform) AGAIN=yes conformance/run $(CONF)/part v6.1 -- \
		$$(find $$(cat conformance/part) -name '*.uffd' | sort) || [ $$? = 77 ]

.PHONY: conformance conformance-fuzz conformance-check
