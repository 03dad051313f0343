# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own files in place of the model's, unmodified.
#
# make KERNEL_SRC=DIR             $(KBUILD)/uffdsim with DIR/mm/userfaultfd.c and fs/userfaultfd.c
# make [KERNEL_SRC=DIR] dropin    that, and every scenario in both builds: the same traces?
# make dropin-edits               faults are put into a copy of the two files: each is caught
# make dropin-coverage            lines and branches of mm/userfaultfd.c that scenarios reach
#
# Without KERNEL_SRC the tree is Debian's linux-source-6.1, fetched into build/.

KBUILD ?= $(BUILD)/kernel
dropped := mm/userfaultfd.c fs/userfaultfd.c
debian_tree := build/linux-source-6.1
tree = $(or $(KERNEL_SRC),$(debian_tree))

dropped_obj := $(addprefix $(KBUILD)/,$(dropped:.c=.o))
kept_obj := $(filter-out $(addprefix $(BUILD)/model/,$(dropped:.c=.o)),$(model_obj))

ifneq ($(KERNEL_SRC),)
misfit := $(shell dropin/check-tree "$(KERNEL_SRC)" 2>&1)
$(if $(misfit),$(error $(misfit)))

# Told by name: a file of the same name in another tree may be older than the object.
$(KBUILD)/tree: FORCE
	@mkdir -p $(@D)
	@realpath $(KERNEL_SRC) | cmp -s - $@ || realpath $(KERNEL_SRC) > $@

# mm/userfaultfd.c includes "internal.h" from the folder in which the compiler finds it.
dropped_link := $(addprefix $(KBUILD)/,$(dropped))
$(dropped_link): $(KBUILD)/%.c: $(KBUILD)/tree
	@mkdir -p $(@D)
	@ln -sf $(abspath model/mm/internal.h) $(@D)/internal.h
	@ln -sf $(realpath $(KERNEL_SRC))/$*.c $@

# The globals of a file under coverage include its counters, which no world may take back.
rename = $(if $(COVERAGE),,--rename-section .data=model_data --rename-section .bss=model_bss \
	--rename-section .data.rel=model_data --rename-section .data.rel.local=model_data)
$(dropped_obj): $(KBUILD)/%.o: $(KBUILD)/%.c $(KERNEL_SRC)/%.c
	$(call say,CC)$(CC) $(model_flags) $(if $(COVERAGE),,$(mark_branches)) $(COVERAGE) -MMD -MP -c -o $@ \
		$(if $(COVERAGE),$(abspath $<),$<) && \
		$(OBJCOPY) $(rename) $(unhooked) $@

$(KBUILD)/uffdsim: $(BUILD)/tools/main.o $(dropped_obj) $(kept_obj) $(BUILD)/libtools.a \
		$(BUILD)/libsim.a
	$(call say,LINK)$(CC) $(san) $(LDFLAGS) $(COVERAGE) -o $@ $^ $(tools_libs)

-include $(wildcard $(dropped_obj:.o=.d))
all: $(KBUILD)/uffdsim
endif

$(debian_tree)/Makefile:
	@dropin/fetch $(debian_tree)

with_tree = $(MAKE) --no-print-directory KERNEL_SRC=$(tree)

dropin: $(BUILD)/uffdsim $(tree)/Makefile
	+@$(with_tree) $(KBUILD)/uffdsim
	@dropin/compare $(BUILD)/uffdsim $(KBUILD)/uffdsim $(KBUILD)/compare scenarios

dropin-edits: $(tree)/Makefile $(BUILD)/uffdsim
	@dropin/try-edits $(tree) $(BUILD)/edits

dropin-coverage: $(tree)/Makefile $(BUILD)/uffdsim
	+@$(with_tree) KBUILD=$(BUILD)/kernel-coverage COVERAGE=--coverage \
		$(BUILD)/kernel-coverage/uffdsim
	@dropin/coverage $(BUILD)/kernel-coverage scenarios

.PHONY: dropin dropin-edits dropin-coverage FORCE
