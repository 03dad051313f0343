/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's accesses to user memory: what arch/x86/lib/usercopy*.c and the macros of
 * asm/uaccess.h do.
 *
 * There are three kinds of user address.  The arguments of system calls stand in a page
 * that each task has for them, as plain bytes that never fault.  All others are looked up
 * through the page tables: words for small copies, whole parts of pages when the kernel
 * side is a mapped page frame (kmap_local_page()).
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/mmu_access.h>
#include <asm/ptrace.h>
#include <asm/trap_pf.h>
#include <uffdsim/observe.h>

#include "sim/sim.h"

/* Words of a page that are copied in one step. */
#define PART_WORDS (SIM_PAGE_WORDS / 2)

/* Does [addr, addr + n) lie in the running task's page for arguments? */
static bool in_argument_page(unsigned long addr, unsigned long n)
{
	unsigned long start = (unsigned long)current->arg_page;

	return start && addr >= start && addr - start <= PAGE_SIZE - n && n <= PAGE_SIZE;
}

/*
 * The frame of a user address, faulted in if need be and allowed.  What the caller does
 * next belongs to the same step as the look-up.  0 or -EFAULT.
 */
static int uaccess_frame(unsigned long addr, bool write, unsigned long *pfn, unsigned long *rest)
{
	struct pt_regs regs = { .user = false };
	unsigned int tries = 0;

	while (!mmu_translate(current->mm, addr, write, pfn, rest)) {
		exc_page_fault(&regs, *rest, addr);
		if (regs.fixup)
			return -EFAULT;
		if (++tries > MMU_MAX_TRIES)
			sim_spin(current->mm, SIM_SITE("fault_again"));
	}
	return 0;
}

static int uaccess_word(unsigned long addr, bool write, unsigned long long *value,
			const struct sim_site *site)
{
	unsigned int word = (addr & ~PAGE_MASK) / SIM_WORD_STRIDE;
	unsigned long pfn, rest;

	sim_point(current->mm, write ? SIM_WRITE : SIM_READ, site);
	if (uaccess_frame(addr, write, &pfn, &rest))
		return -EFAULT;
	if (write) {
		sim_phys_write(pfn, word, *value);
		observe_store(current->mm, addr, pfn, *value);
	} else {
		*value = sim_phys_read(pfn, word);
		observe_load(current->mm, addr, pfn, *value);
	}
	return 0;
}

/* End of the word that holds the byte at @addr. */
static unsigned long word_end(unsigned long addr)
{
	return (addr | (SIM_WORD_STRIDE - 1)) + 1;
}

/*
 * Bytes between plain kernel memory and user pages.  A user page remembers one word where
 * a real one has 512 bytes, so each word gives, and takes, eight bytes at most.
 */
static unsigned long copy_words(unsigned char *kernel, unsigned long addr, unsigned long n,
				bool write, const struct sim_site *site)
{
	while (n) {
		unsigned long here = min(n, word_end(addr) - addr);
		unsigned long len = min(here, sizeof(unsigned long long));
		unsigned long long value = 0;

		if (write)
			memcpy(&value, kernel, len);
		if (uaccess_word(addr, write, &value, site))
			return n;
		if (!write)
			memcpy(kernel, &value, len);
		kernel += here;
		addr += here;
		n -= here;
	}
	return 0;
}

/* One word of a source that is not aligned as its destination is. */
static int copy_shifted_word(unsigned long dst, unsigned int word, unsigned long addr)
{
	unsigned long pfn, rest;

	if (uaccess_frame(addr, false, &pfn, &rest))
		return -EFAULT;
	sim_phys_write(dst, word, sim_phys_read(pfn, (addr & ~PAGE_MASK) / SIM_WORD_STRIDE));
	/* Its last bytes may lie in the next page, of which no word is remembered. */
	return uaccess_frame(addr + SIM_WORD_STRIDE - 1, false, &pfn, &rest);
}

/* Words [first, first + n) of a frame from the user page at @from; in one step. */
static int copy_part(unsigned long dst, unsigned long from, unsigned int first, unsigned int n)
{
	unsigned long pfn, rest;
	unsigned int word;

	if (!offset_in_page(from)) {
		if (uaccess_frame(from, false, &pfn, &rest))
			return -EFAULT;
		sim_phys_copy_words(dst, pfn, first, n);
		return 0;
	}
	for (word = first; word < first + n; word++) {
		if (copy_shifted_word(dst, word, from + word * SIM_WORD_STRIDE))
			return -EFAULT;
	}
	return 0;
}

/* A page frame from user memory, in two steps.  Returns the bytes that are missing. */
static unsigned long copy_page_in(unsigned long dst, unsigned long from,
				  const struct sim_site *site)
{
	unsigned int word;

	for (word = 0; word < SIM_PAGE_WORDS; word += PART_WORDS) {
		sim_point(current->mm, SIM_READ, site);
		if (copy_part(dst, from, word, PART_WORDS))
			return PAGE_SIZE - word * SIM_WORD_STRIDE;
	}
	return 0;
}

/**
 * sim_copy_from_user - copy_from_user()
 * @to: kernel memory, or a mapped page frame
 * @from: user address
 * @n: bytes; a whole page when @to is a page frame
 * @sites: the caller's sites
 *
 * May sleep, and take a userfault, unless page faults are disabled.  Returns the number of
 * bytes that could not be copied.
 */
unsigned long sim_copy_from_user(void *to, const void __user *from, unsigned long n,
				 const struct uaccess_sites *sites)
{
	unsigned long addr = (unsigned long)from;

	if (sim_is_kmap(to)) {
		const struct sim_site *site = sites->unlocked;

		if (pagefault_disabled())
			site = sites->atomic;
		VM_BUG_ON(n != PAGE_SIZE);
		if (sim_should_fail(site))
			return n;
		return copy_page_in(sim_kmap_pfn(to), addr, site);
	}

	if (sim_should_fail(sites->fail))
		return n;
	if (!in_argument_page(addr, n))
		return copy_words(to, addr, n, false, sites->point);
	sim_point(from, SIM_READ, sites->point);
	memcpy(to, from, n);
	return 0;
}

/**
 * sim_copy_to_user - copy_to_user()
 * @to: user address
 * @from: kernel memory
 * @n: bytes
 * @sites: the caller's sites
 *
 * May sleep, and take a userfault, unless page faults are disabled.  Returns the number of
 * bytes that could not be copied.
 */
unsigned long sim_copy_to_user(void __user *to, const void *from, unsigned long n,
			       const struct uaccess_sites *sites)
{
	unsigned long addr = (unsigned long)to;

	if (sim_should_fail(sites->fail))
		return n;
	if (!in_argument_page(addr, n))
		return copy_words((void *)from, addr, n, true, sites->point);
	sim_point(to, SIM_WRITE, sites->point);
	memcpy(to, from, n);
	return 0;
}

/* ------------------------------------------------------------- huge pages */

/* Small pages that are looked up before the first of them is copied. */
enum { MAX_AHEAD = 256 };

/*
 * Up to @n frames from user memory, which is looked up a mapping at a time: a huge page in one go,
 * small pages as far as no fault is needed.  Returns how many; 0: -EFAULT.
 */
static unsigned long copy_some_frames(unsigned long dst, unsigned long from, unsigned long n)
{
	unsigned long pfns[MAX_AHEAD], rest, ahead;

	if (uaccess_frame(from, false, pfns, &rest))
		return 0;
	if (rest > PAGE_SIZE) {
		n = min(n, rest >> PAGE_SHIFT);
		sim_phys_copy(dst, pfns[0], n);
		return n;
	}
	ahead = min(n, (unsigned long)MAX_AHEAD) - 1;
	n = 1 + mmu_read_ahead(current->mm, from + PAGE_SIZE, ahead, pfns + 1);
	sim_phys_gather(dst, pfns, n);
	return n;
}

/* @n frames of a huge page from user memory.  Returns the frames that are missing. */
static unsigned long copy_frames_in(unsigned long dst, unsigned long from, unsigned long n)
{
	while (n) {
		unsigned long here;

		if (!offset_in_page(from))
			here = copy_some_frames(dst, from, n);
		else
			here = !copy_part(dst, from, 0, SIM_PAGE_WORDS);
		if (!here)
			return n;
		dst += here;
		from += here << PAGE_SHIFT;
		n -= here;
	}
	return 0;
}

/**
 * sim_copy_huge_page_from_user - the body of copy_huge_page_from_user()
 * @dst: first page frame
 * @from: user address
 * @pages: small pages
 * @site: the caller's scheduling point and failure site
 *
 * Each half is a step.  Returns the number of bytes that could not be copied.
 */
long sim_copy_huge_page_from_user(unsigned long dst, unsigned long from, unsigned int pages,
				  const struct sim_site *site)
{
	unsigned long half = pages / 2, done, missing;

	if (sim_should_fail(site))
		return (long)pages << PAGE_SHIFT;
	for (done = 0; done < pages; done += half) {
		sim_point(current->mm, SIM_READ, site);
		missing = copy_frames_in(dst + done, from + (done << PAGE_SHIFT), half);
		if (missing)
			return (pages - done - half + missing) << PAGE_SHIFT;
	}
	sim_point(NULL, SIM_READ, site);
	return 0;
}
