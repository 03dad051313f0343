# SPDX-License-Identifier: GPL-2.0-only
#
# make coverage         COVERAGE.md anew, and build/coverage/html/index.html
# make coverage-check   is COVERAGE.md what the sources and scenarios give?
#
# The model is built once more, without optimization and with the counters of gcov; sim/
# and tools/ are those of the plain build.  COVERAGE.md says what is measured.

DEPS += lcov

COV := build/coverage
cov_measured := mm/userfaultfd mm/hugetlb mm/shmem mm/mprotect fs/userfaultfd
cov_obj := $(patsubst model/%.c,$(COV)/model/%.o,$(model_src))
cov_gate := $(COV)/gate.o $(COV)/calls.o
cov_wrap := fiber_before_switch fiber_start _exit interp_run sys_ioctl handle_mm_fault __mmput task_work_run \
	sim_copy_from_user sim_copy_huge_page_from_user
cov_flags = -O0 --coverage -fdata-sections

# As in the plain build the globals go where the world finds them; gcov's counters must not,
# and those of the measured files have a section of their own, for coverage/gate.c.
$(COV)/model/%.o: model/%.c coverage/sections coverage/rules.mk
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(model_flags) $(cov_flags) -MMD -MP -c -o $@ $< && \
	$(OBJCOPY) `objdump -h $@ | coverage/sections $(if $(filter $*,$(cov_measured)),measured)` $@

$(COV)/gate.o: coverage/gate.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(tools_flags) -MMD -MP -c -o $@ $<

$(COV)/calls.o: coverage/calls.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(check_flags) -MMD -MP -c -o $@ $<

$(COV)/uffdsim: $(BUILD)/tools/main.o $(cov_obj) $(cov_gate) $(call obj,$(check_src)) \
		$(BUILD)/libtools.a $(BUILD)/libsim.a
	$(call say,LINK)$(CC) $(LDFLAGS) $(addprefix -Wl$(comma)--wrap=,$(cov_wrap)) --coverage \
		-o $@ $^ $(tools_libs)

comma := ,

# The same with the kernel's own mm/userfaultfd.c and fs/userfaultfd.c, as dropin/ has them.
$(addprefix $(COV)/kernel/,$(dropped)): $(COV)/kernel/%.c: $(tree)/Makefile
	@mkdir -p $(@D)
	@ln -sf $(abspath model/mm/internal.h) $(@D)/internal.h
	@ln -sf $(abspath $(tree))/$*.c $@

# A function that is inlined wherever it is called has no counters of its own.
$(addprefix $(COV)/kernel/,$(dropped:.c=.o)): $(COV)/kernel/%.o: $(COV)/kernel/%.c coverage/sections coverage/rules.mk
	$(call say,CC)$(CC) $(model_flags) $(cov_flags) -D__always_inline__=__unused__ -MMD -MP -c -o $@ $< && \
	$(OBJCOPY) `objdump -h $@ | coverage/sections $(if $(filter $*,$(cov_measured)),measured)` $@

cov_kernel_obj := $(addprefix $(COV)/kernel/,$(dropped:.c=.o)) \
	$(filter-out $(addprefix $(COV)/model/,$(dropped:.c=.o)),$(cov_obj))

$(COV)/uffdsim-kernel: $(BUILD)/tools/main.o $(cov_kernel_obj) $(cov_gate) \
		$(call obj,$(check_src)) $(BUILD)/libtools.a $(BUILD)/libsim.a
	$(call say,LINK)$(CC) $(LDFLAGS) $(addprefix -Wl$(comma)--wrap=,$(cov_wrap)) --coverage \
		-o $@ $^ $(tools_libs)

-include $(wildcard $(cov_obj:.o=.d) $(cov_gate:.o=.d))

# That of the compiler: their formats go together.
GCOV ?= $(subst gcc,gcov,$(notdir $(CC)))
export GCOV

cov_seeds := 1..100
cov_measure = coverage/measure $(CURDIR)/$(COV) $(CURDIR)/$(COV)/out $(cov_seeds)
cov_programs := $(COV)/uffdsim $(COV)/uffdsim-kernel

# The file is written even if branches are missing: it says which.
coverage: $(cov_programs)
	@$(cov_measure)
	@coverage/report $(COV)/out > $(COV)/COVERAGE.md; status=$$?; \
		cp $(COV)/COVERAGE.md COVERAGE.md && coverage/browse $(COV)/out && \
		echo "COVERAGE.md, $(COV)/html/index.html" && exit $$status

coverage-check: $(cov_programs)
	@$(cov_measure)
	@coverage/report $(COV)/out > $(COV)/COVERAGE.md
	@diff -u COVERAGE.md $(COV)/COVERAGE.md || { \
		echo "COVERAGE.md is stale: make coverage" >&2; exit 1; }
	@coverage/selftest $(COV)/out
	@coverage/browse $(COV)/out
	@echo "COVERAGE.md is what the sources and the scenarios give"

.PHONY: coverage coverage-check
