/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux arch/x86/mm/fault.c: page faults of user addresses; and what the kernel has no
 * source for, the processor's walk of the page tables when its TLB knows nothing of an address.
 */
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/signal.h>
#include <linux/uaccess.h>
#include <asm/mmu_access.h>
#include <asm/ptrace.h>
#include <asm/trap_pf.h>
#include <uffdsim/observe.h>

#include "sim/sim.h"

/* ------------------------------------------------------------ the processor */

/* Where a walk ends, and the bytes that a leaf there maps. */
struct walk_end {
	unsigned long *slot;
	unsigned long span;
};

/* The leaf for an address, or the first entry that is not present. */
static struct walk_end mmu_walk(struct mm_struct *mm, unsigned long addr)
{
	p4d_t *p4d = p4d_offset(pgd_offset(mm, addr), addr);
	pud_t *pud;
	pmd_t *pmd;

	if (!p4d_present(*p4d))
		return (struct walk_end){ (unsigned long *)p4d, PGDIR_SIZE };
	pud = pud_offset(p4d, addr);
	if (!pud_present(*pud) || pud_large(*pud))
		return (struct walk_end){ (unsigned long *)pud, PUD_SIZE };
	pmd = pmd_offset(pud, addr);
	if (!pmd_present(*pmd) || pmd_large(*pmd))
		return (struct walk_end){ (unsigned long *)pmd, PMD_SIZE };
	return (struct walk_end){ (unsigned long *)pte_offset_kernel(pmd, addr), PAGE_SIZE };
}

/*
 * Sets the accessed and the dirty bit where the access wants them, and remembers what the walk has
 * found.  False: the access faults on *@entry.
 */
static bool fill_from(struct mm_struct *mm, unsigned long addr, bool write,
		      const struct walk_end *end, unsigned long *entry)
{
	unsigned long marked;

	*entry = *end->slot;
	if (!(*entry & _PAGE_PRESENT))
		return false;
	if (write && !(*entry & _PAGE_RW))
		return false;

	marked = *entry | _PAGE_ACCESSED;
	if (write)
		marked |= _PAGE_DIRTY;
	if (marked != *entry)
		*end->slot = *entry = marked;
	tlb_fill(mm, addr, marked, end->span);
	return true;
}

/**
 * mmu_translate - what the processor does with an address
 * @mm: the running thread's address space
 * @addr: user address
 * @write: the access writes
 * @pfn: receives the page frame
 * @bytes: receives how many bytes from @addr on lie in the same mapped page
 *
 * Out of the TLB, without a look at the page table, or by a walk.  No lock and no scheduling
 * point: what the caller does with the frame happens in the same step.  Returns true, or false
 * with *@bytes = the error code of the page fault.
 */
bool mmu_translate(struct mm_struct *mm, unsigned long addr, bool write, unsigned long *pfn,
		   unsigned long *bytes)
{
	unsigned long code = write ? X86_PF_WRITE : 0;
	unsigned long entry, span, known, known_span;
	struct walk_end end;

	if (addr >= TASK_SIZE_MAX)
		goto out_fault;
	switch (tlb_translate(mm, addr, write, &known, &known_span)) {
	case TLB_HIT:
		entry = known;
		span = known_span;
		break;
	case TLB_FAULT:
		code |= X86_PF_PROT;
		goto out_fault;
	default:
		end = mmu_walk(mm, addr);
		span = end.span;
		if (fill_from(mm, addr, write, &end, &entry))
			break;
		/* It may have known the address, but not as written to. */
		tlb_forget(mm, addr);
		if (entry & _PAGE_PRESENT)
			code |= X86_PF_PROT;
		goto out_fault;
	}
	*bytes = span - (addr & (span - 1));
	*pfn = ((entry & PTE_PFN_MASK) >> PAGE_SHIFT) + ((addr & (span - 1)) >> PAGE_SHIFT);
	return true;

out_fault:
	*bytes = code;
	return false;
}

/**
 * mmu_read_ahead - translate small pages that are read after one that just was, in the same step
 * @mm: the running thread's address space
 * @addr: of the first, where the one that was read ends
 * @n: how many are wanted
 * @pfns: receives their page frames
 *
 * As mmu_translate() for one after the other.  Returns how many it has done.  The caller goes on
 * with mmu_translate(): what takes more than a look at an entry of one page table is left to it.
 */
unsigned long mmu_read_ahead(struct mm_struct *mm, unsigned long addr, unsigned long n,
			     unsigned long *pfns)
{
	unsigned long entry, span;
	struct walk_end end;

	n = min(n, (round_up(addr, PMD_SIZE) - addr) >> PAGE_SHIFT);
	if (!n || tlb_translate(mm, addr, false, &entry, &span) == TLB_HIT)
		return 0;
	end = mmu_walk(mm, addr);
	if (end.span > PAGE_SIZE)
		return 0;
	return tlb_read_ahead(mm, addr, n, end.slot, pfns);
}

/* --------------------------------------------------------------- the fault */

/* The access cannot be: a signal for user mode, an error for the kernel's own access. */
static void end_fault(struct pt_regs *regs, unsigned long address, int signo, int code)
{
	if (!user_mode(regs)) {
		regs->fixup = true;
		return;
	}
	force_sig_fault(signo, code, (void __user *)address);
}

static bool access_error(unsigned long error_code, struct vm_area_struct *vma)
{
	if (error_code & X86_PF_WRITE)
		return !(vma->vm_flags & VM_WRITE);
	/* A read of a page that is present. */
	if (error_code & X86_PF_PROT)
		return true;
	return !vma_is_accessible(vma);
}

/*
 * The kernel prints "Huh VM_FAULT_OOM leaked out" and lets the access fault again, which
 * is right for an allocation that was made to fail.  When there really is no memory, its
 * allocator would have had the OOM killer shoot somebody long before: us.
 */
static void pagefault_out_of_memory(void)
{
	if (!nr_free_pages())
		force_sig(SIGKILL);
}

static void mm_fault_error(struct pt_regs *regs, unsigned long address, vm_fault_t fault)
{
	if (fatal_signal_pending(current) && !user_mode(regs)) {
		regs->fixup = true;
	} else if (fault & VM_FAULT_OOM) {
		if (user_mode(regs))
			pagefault_out_of_memory();
		else
			regs->fixup = true;
	} else if (fault & (VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE)) {
		end_fault(regs, address, SIGBUS, BUS_MCEERR_AR);
	} else if (fault & VM_FAULT_SIGBUS) {
		end_fault(regs, address, SIGBUS, BUS_ADRERR);
	} else if (fault & VM_FAULT_SIGSEGV) {
		end_fault(regs, address, SIGSEGV, SEGV_MAPERR);
	} else {
		BUG();
	}
}

/**
 * do_user_addr_fault - a page fault at a user address
 * @regs: whose; fixup tells that an access of the kernel itself cannot be
 * @error_code: X86_PF_*
 * @address: the address
 *
 * No lock held; takes mmap_lock for reading.  Unless there is a fixup or a force_sig_fault() the
 * access is to be tried again.  Linux: arch/x86/mm/fault.c.
 */
void do_user_addr_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address)
{
	struct mm_struct *mm = current->mm;
	unsigned int flags = FAULT_FLAG_DEFAULT;
	struct vm_area_struct *vma;
	vm_fault_t fault;

	/* Page faults are disabled, or there is no user memory at all. */
	if (faulthandler_disabled() || !mm) {
		end_fault(regs, address, SIGSEGV, SEGV_MAPERR);
		return;
	}
	if (user_mode(regs))
		flags |= FAULT_FLAG_USER;
	if (error_code & X86_PF_WRITE)
		flags |= FAULT_FLAG_WRITE;

	for (;;) {
		vma = lock_mm_and_find_vma(mm, address, regs);
		if (!vma) {
			end_fault(regs, address, SIGSEGV, SEGV_MAPERR);
			return;
		}
		if (access_error(error_code, vma)) {
			mmap_read_unlock(mm);
			end_fault(regs, address, SIGSEGV, SEGV_ACCERR);
			return;
		}

		fault = handle_mm_fault(vma, address, flags, regs);
		if (fault_signal_pending(fault, regs)) {
			/* mmap_lock is gone; user mode takes the signal and comes back. */
			if (!user_mode(regs))
				end_fault(regs, address, SIGBUS, BUS_ADRERR);
			return;
		}
		if (fault & VM_FAULT_COMPLETED)
			return;
		if (!(fault & VM_FAULT_RETRY))
			break;
		/* mmap_lock was dropped, so the VMA has to be looked up afresh. */
		flags |= FAULT_FLAG_TRIED;
		/*
		 * An access of the kernel has no user mode to take the signal in, and may not
		 * sleep with it: it faults again and again.
		 */
		if (current->pending)
			current->fault_again = true;
	}

	mmap_read_unlock(mm);
	if (fault & VM_FAULT_ERROR)
		mm_fault_error(regs, address, fault);
}

/**
 * exc_page_fault - the entry of the page fault handler
 * @regs: whose; see do_user_addr_fault()
 * @error_code: X86_PF_*
 * @address: the address
 *
 * Linux: arch/x86/mm/fault.c.
 */
void exc_page_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address)
{
	sim_enter_kernel("page_fault", SIM_SITE("fault_entry"));
	observe_fault(true);
	if (address >= TASK_SIZE_MAX)
		end_fault(regs, address, SIGSEGV, SEGV_MAPERR);
	else
		do_user_addr_fault(regs, error_code, address);
	if (current->fault_again)
		current->fault_again = false;
	observe_fault(false);
	if (user_mode(regs) && current->pending)
		get_signal();
	sim_leave_kernel(SIM_SITE("fault_exit"));
}

/* ---------------------------------------------------------- user accesses */

static unsigned int word_of(unsigned long addr)
{
	return (addr & ~PAGE_MASK) / SIM_WORD_STRIDE;
}

/**
 * mmu_point - the scheduling point before an access
 * @write: the access writes
 * @tries: how often it has faulted already
 * @site: the caller's
 *
 * A fault may be told again and again to come back later, until another thread is through:
 * then that one has to run, as the clock tick would see to.
 */
void mmu_point(bool write, unsigned int tries, const struct sim_site *site)
{
	if (tries > MMU_MAX_TRIES)
		sim_spin(current->mm, site);
	else
		sim_point(current->mm, write ? SIM_WRITE : SIM_READ, site);
}

/* Translates and accesses in one step; 0 or the signal. */
static int user_access(unsigned long addr, unsigned long long *value, bool write,
		       const struct sim_site *site)
{
	struct pt_regs regs = { .user = true };
	struct mm_struct *mm = current->mm;
	unsigned long pfn, rest;
	unsigned int tries;

	current->last_siginfo.si_signo = 0;
	for (tries = 0;; tries++) {
		mmu_point(write, tries, site);
		if (current->pending && get_signal())
			return SIGKILL;
		if (mmu_translate(mm, addr, write, &pfn, &rest))
			break;
		exc_page_fault(&regs, rest | X86_PF_USER, addr);
		if (current->pending && get_signal())
			return SIGKILL;
		if (current->last_siginfo.si_signo)
			return current->last_siginfo.si_signo;
	}
	if (write) {
		sim_phys_write(pfn, word_of(addr), *value);
		observe_store(mm, addr, pfn, *value);
	} else {
		*value = sim_phys_read(pfn, word_of(addr));
		observe_load(mm, addr, pfn, *value);
	}
	return 0;
}

/**
 * user_load - the running task reads a word of its memory
 * @addr: user address
 * @value: receives the word
 *
 * In user mode: no lock, no system call.  Returns 0 or the signal that it ended in.
 */
int user_load(unsigned long addr, unsigned long long *value)
{
	return user_access(addr, value, false, SIM_SITE("load"));
}

/**
 * user_store - the running task writes a word of its memory
 * @addr: user address
 * @value: the word
 *
 * As user_load().
 */
int user_store(unsigned long addr, unsigned long long value)
{
	return user_access(addr, &value, true, SIM_SITE("store"));
}
