// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash.c - a bad access in the model ends the run, not the program
 *
 * The handler does not jump: it edits the interrupted context so that its return lands
 * on the host's side of the switch, with the signal mask as it was.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "sim/machine.h"

static char alt_stack[64 * 1024];
static struct sigaction old_action[NSIG];

static const struct {
	int signal;
	const char *what;
} caught[] = {
	{ SIGSEGV, "a bad memory access" },
	{ SIGBUS, "a bad memory access" },
	{ SIGFPE, "a division by zero" },
	{ SIGILL, "an impossible instruction" },
};

#define NCAUGHT (sizeof(caught) / sizeof(caught[0]))

static void describe(int sig, const void *addr)
{
	char *text = machine.report.text;
	size_t size = sizeof(machine.report.text);
	unsigned int i;

	if (sig == SIGSEGV && fiber_in_guard(addr)) {
		snprintf(text, size, "stack overflow: recursion without end in the model");
		return;
	}
	if (sig == SIGSEGV && (uintptr_t)addr < 65536) {
		snprintf(text, size, "NULL dereference at offset 0x%lx", (unsigned long)addr);
		return;
	}
	if (sig == SIGSEGV && sim_is_kmap(addr)) {
		snprintf(text, size, "direct touch of page frame %lu: contents are a handle",
			 sim_kmap_pfn(addr));
		return;
	}
	for (i = 0; i < NCAUGHT; i++) {
		if (caught[i].signal == sig)
			snprintf(text, size, "%s", caught[i].what);
	}
}

static void go_to_host(ucontext_t *uc)
{
	set_current(NO_THREAD);
	fiber_before_switch(0, true);
#if defined(FIBER_X86_64)
	uc->uc_mcontext.gregs[REG_RSP] = (greg_t)machine.host.sp;
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)machine.host.ip;
	uc->uc_mcontext.gregs[REG_RBP] = (greg_t)machine.host.fp;
	uc->uc_mcontext.gregs[REG_RBX] = (greg_t)machine.host.bx;
#elif defined(FIBER_AARCH64)
	uc->uc_mcontext.sp = (unsigned long)machine.host.sp;
	uc->uc_mcontext.pc = (unsigned long)machine.host.ip;
	uc->uc_mcontext.regs[29] = (unsigned long)machine.host.fp;
	uc->uc_mcontext.regs[19] = (unsigned long)machine.host.bx;
#else
	(void)uc;
	setcontext(machine.host.uc);
#endif
}

static void on_crash(int sig, siginfo_t *info, void *context)
{
	if (!machine.in_run) {
		sigaction(sig, &old_action[sig], NULL);
		return;
	}
	report_fill("CRASH", NULL, NULL);
	describe(sig, info->si_addr);
	machine.verdict = WORLD_CRASH;
	machine.report.verdict = WORLD_CRASH;
	go_to_host(context);
}

void crash_init(void)
{
	stack_t ss = { .ss_sp = alt_stack, .ss_size = sizeof(alt_stack) };
	struct sigaction sa;
	unsigned int i;

	if (mmap((void *)SIM_KMAP_BASE, 1ul << 40, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		 0) == MAP_FAILED)
		abort();
	sigaltstack(&ss, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_crash;
	sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	for (i = 0; i < NCAUGHT; i++)
		sigaction(caught[i].signal, &sa, &old_action[caught[i].signal]);
}

#if SIM_ASAN
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:"
	       "detect_stack_use_after_return=0:allow_user_segv_handler=1";
}
#endif
