/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux fs/userfaultfd.c: the file descriptor on which a monitor reads page faults, and the
 * threads that sleep until it has resolved them.
 *
 * A thread that faults in a registered range puts an entry from its own stack on
 * fault_pending_wqh and sleeps.  read() moves the entry to fault_wqh, so that nobody reads it
 * twice; an ioctl that resolves the range wakes both queues.  Everything delicate here comes
 * from doing that without lock against the resolving side: the fault looks at the page table
 * once more after it has queued itself, the ioctl looks at the queues after it has changed the
 * page table, and refile_seq covers the moment in which the entry is in neither queue.
 */
#include <linux/list.h>
#include <linux/hashtable.h>
#include <linux/sched/signal.h>
#include <linux/sched/mm.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmu_notifier.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/file.h>
#include <linux/bug.h>
#include <linux/anon_inodes.h>
#include <linux/init.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>
#include <linux/mempolicy.h>
#include <linux/miscdevice.h>
#include <linux/ioctl.h>
#include <linux/security.h>
#include <linux/hugetlb.h>
#include <linux/swapops.h>
#include <uffdsim/bugs.h>
#include <uffdsim/uffd_ctx.h>

/* vm.unprivileged_userfaultfd: may anybody handle the faults of the kernel itself? */
int sysctl_unprivileged_userfaultfd __read_mostly;

static struct kmem_cache *userfaultfd_ctx_cachep __read_mostly;

/* A fork under way: a context of the parent, and the one that the child gets for it. */
struct userfaultfd_fork_ctx {
	struct userfaultfd_ctx *orig;
	struct userfaultfd_ctx *new;
	struct list_head list;
};

/* An unmapping under way: the event that is owed to a context. */
struct userfaultfd_unmap_ctx {
	struct list_head list;
	struct userfaultfd_ctx *ctx;
	unsigned long start, end;
};

/* The range to wake; of length 0: everybody. */
struct userfaultfd_wake_range {
	unsigned long start;
	unsigned long len;
};

/* In ctx->features, which is 0 until UFFDIO_API has succeeded even for no feature at all. */
#define UFFD_FEATURE_INITIALIZED (1u << 31)

static bool userfaultfd_is_initialized(struct userfaultfd_ctx *ctx)
{
	return ctx->features & UFFD_FEATURE_INITIALIZED;
}

static bool userfaultfd_vma_wants(const struct vm_area_struct *vma, unsigned int feature)
{
	const struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;

	/* COV: WRITEPROTECT never 1 false: it is registered */
	return ctx && (ctx->features & feature);
}

/**
 * userfaultfd_wp_unpopulated - does protection of this VMA go for what was never touched?
 * @vma: anonymous
 *
 * Linux: fs/userfaultfd.c.
 */
bool userfaultfd_wp_unpopulated(struct vm_area_struct *vma)
{
	return userfaultfd_vma_wants(vma, UFFD_FEATURE_WP_UNPOPULATED);
}

/**
 * userfaultfd_wp_async - does a store to what is protected go on, and nobody hears of it?
 * @vma: any
 *
 * Linux: fs/userfaultfd.c.
 */
bool userfaultfd_wp_async(struct vm_area_struct *vma)
{
	return userfaultfd_vma_wants(vma, UFFD_FEATURE_WP_ASYNC);
}

/* ------------------------------------------------------------- references */

static void userfaultfd_ctx_get(struct userfaultfd_ctx *ctx)
{
	refcount_inc(&ctx->refcount);
}

static bool userfaultfd_any_locked(struct userfaultfd_ctx *ctx)
{
	return spin_is_locked(&ctx->fault_pending_wqh.lock) ||
	       spin_is_locked(&ctx->fault_wqh.lock) || spin_is_locked(&ctx->event_wqh.lock) ||
	       spin_is_locked(&ctx->fd_wqh.lock);
}

/* The last reference is the file's or that of the last thread to leave handle_userfault(). */
static void userfaultfd_ctx_put(struct userfaultfd_ctx *ctx)
{
	if (!refcount_dec_and_test(&ctx->refcount))
		return;
	VM_BUG_ON(userfaultfd_any_locked(ctx));
	VM_BUG_ON(waitqueue_active(&ctx->fault_pending_wqh));
	VM_BUG_ON(waitqueue_active(&ctx->fault_wqh));
	VM_BUG_ON(waitqueue_active(&ctx->event_wqh));
	VM_BUG_ON(waitqueue_active(&ctx->fd_wqh));
	mmdrop(ctx->mm);
	kmem_cache_free(userfaultfd_ctx_cachep, ctx);
}

/* ---------------------------------------------------- a thread that faults */

/* Does the sleeper at @addr wait for something in the range? */
static bool userfaultfd_in_range(const struct userfaultfd_wake_range *range, unsigned long addr)
{
	/* COV: COPY, ZEROPAGE, CONTINUE, WRITEPROTECT never true: a page at least; only the end of
	 * a userfaultfd wakes everybody */
	if (!range->len)
		return true;
	if (addr < range->start)
		return false;
	return addr < range->start + range->len;
}

static int userfaultfd_wake_function(wait_queue_entry_t *wq, unsigned int mode, int wake_flags,
				     void *key)
{
	struct userfaultfd_wait_queue *uwq = container_of(wq, struct userfaultfd_wait_queue, wq);
	int woken;

	if (!userfaultfd_in_range(key, uwq->msg.arg.pagefault.address))
		return 0;
	WRITE_ONCE(uwq->waken, true);
	woken = wake_up_state(wq->private, mode);
	/*
	 * Off the queue, so that it is woken once.  From here on the entry may be gone: the
	 * sleeper sees the empty list and returns without our lock.  A thread that was awake
	 * already stays queued and takes itself off.
	 */
	if (woken)
		list_del_init(&wq->entry);
	return woken;
}

/* What the monitor reads about this fault. */
static struct uffd_msg userfault_msg(const struct vm_fault *vmf, unsigned long reason,
				     unsigned int features)
{
	struct uffd_msg msg;

	/* It goes to user space whole, padding too. */
	BUILD_BUG_ON(sizeof(msg) != 32);
	memset(&msg, 0, sizeof(msg));
	msg.event = UFFD_EVENT_PAGEFAULT;
	msg.arg.pagefault.address = vmf->address;
	if (features & UFFD_FEATURE_EXACT_ADDRESS)
		msg.arg.pagefault.address = vmf->real_address;
	/* Neither WP nor MINOR means missing. */
	if (reason & VM_UFFD_WP)
		msg.arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_WP;
	if (reason & VM_UFFD_MINOR)
		msg.arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_MINOR;
	if (vmf->flags & FAULT_FLAG_WRITE)
		msg.arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_WRITE;
	if (features & UFFD_FEATURE_THREAD_ID)
		msg.arg.pagefault.feat.ptid = task_pid_vnr(current);
	return msg;
}

/* userfaultfd_must_wait() for huge pages. */
static bool userfaultfd_huge_must_wait(struct userfaultfd_ctx *ctx, struct vm_area_struct *vma,
				       unsigned long address, unsigned long reason)
{
	pte_t *ptep, pte;

	mmap_assert_locked(ctx->mm);

	ptep = huge_pte_offset(ctx->mm, address, vma_mmu_pagesize(vma));
	if (!ptep)
		return true;

	/* No page-table lock: it may change at once, and whoever changes it wakes us. */
	pte = huge_ptep_get(ptep);
	if (huge_pte_none_mostly(pte))
		return true;
	/* The write bit of an entry that is not present is part of a swap offset. */
	if (!pte_present(pte))
		return false;
	if (huge_pte_write(pte))
		return false;
	return reason & VM_UFFD_WP;
}

/*
 * Is the fault still unresolved?  Asked after the thread has queued itself: a COPY that came
 * before found nobody to wake, so the thread has to see its page here; a COPY that comes after
 * finds the thread in the queue.  Without this, whoever runs read() and COPY in two threads
 * would have to WAKE every range once more.
 */
static bool userfaultfd_must_wait(struct userfaultfd_ctx *ctx, unsigned long address,
				  unsigned long reason)
{
	bool wait = true;
	pgd_t *pgd;
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd, pmdval;
	pte_t *pte;

	mmap_assert_locked(ctx->mm);

	pgd = pgd_offset(ctx->mm, address);
	if (!pgd_present(*pgd))
		return true;
	p4d = p4d_offset(pgd, address);
	if (!p4d_present(*p4d))
		return true;
	pud = pud_offset(p4d, address);
	if (!pud_present(*pud))
		return true;

	/* One load, which the tests below share: huge pages come and go under us. */
	pmd = pmd_offset(pud, address);
	pmdval = READ_ONCE(*pmd);
	if (pmd_none(pmdval))
		return true;
	if (!pmd_present(pmdval))
		return false;
	if (pmd_trans_huge(pmdval)) {
		if (pmd_write(pmdval))
			return false;
		return reason & VM_UFFD_WP;
	}

	/* A page table stays as long as mmap_lock is held; its entries change as they like. */
	pte = pte_offset_map(pmd, address);
	if (pte_none_mostly(*pte))
		goto out;
	wait = false;
	if (!pte_present(*pte))
		goto out;
	if (!pte_write(*pte))
		wait = reason & VM_UFFD_WP;
out:
	pte_unmap(pte);
	return wait;
}

static unsigned int userfaultfd_get_blocking_state(unsigned int flags)
{
	if (flags & FAULT_FLAG_INTERRUPTIBLE)
		return TASK_INTERRUPTIBLE;
	return flags & FAULT_FLAG_KILLABLE ? TASK_KILLABLE : TASK_UNINTERRUPTIBLE;
}

/* Faults that end in SIGBUS because the monitor asked for that or may not see them. */
static bool userfaultfd_declines(struct userfaultfd_ctx *ctx, unsigned int fault_flags)
{
	if (ctx->features & UFFD_FEATURE_SIGBUS)
		return true;
	if (fault_flags & FAULT_FLAG_USER)
		return false;
	return ctx->flags & UFFD_USER_MODE_ONLY;
}

/**
 * handle_userfault - report a fault to the monitor and sleep until it is resolved
 * @vmf: the fault
 * @reason: VM_UFFD_MISSING, VM_UFFD_MINOR or VM_UFFD_WP: why it is reported, one of them
 *
 * Entered with mmap_lock held for reading and no other lock.  VM_FAULT_RETRY comes back
 * without mmap_lock, and the fault is to be taken again from the start, as often as it takes
 * (nothing is promised about the page); only under FAULT_FLAG_RETRY_NOWAIT it comes back at
 * once and with mmap_lock.  All other results keep the lock: VM_FAULT_NOPAGE: the monitor is
 * gone, try again; VM_FAULT_SIGBUS: it does not handle this fault.
 * Linux: fs/userfaultfd.c.
 */
vm_fault_t handle_userfault(struct vm_fault *vmf, unsigned long reason)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct userfaultfd_wait_queue uwq;
	struct userfaultfd_ctx *ctx;
	unsigned int state;
	bool must_wait;

	/*
	 * The last write of an exiting thread (to its clear_child_tid) has nobody to come
	 * back to, and a core dump faults without mmap_lock.
	 */
	if (current->flags & (PF_EXITING | PF_DUMPCORE))
		return VM_FAULT_SIGBUS;
	mmap_assert_locked(mm);

	ctx = vma->vm_userfaultfd_ctx.ctx;
	if (!ctx)
		return VM_FAULT_SIGBUS;
	BUG_ON(ctx->mm != mm);
	VM_BUG_ON(reason & ~__VM_UFFD_FLAGS);
	VM_BUG_ON(!reason);
	VM_BUG_ON(reason & (reason - 1));

	if (userfaultfd_declines(ctx, vmf->flags))
		return VM_FAULT_SIGBUS;

	/*
	 * Closed, but the VMA not yet told: userfaultfd_release() waits for our mmap_lock.
	 * To wait for it here would be a loop; to send SIGBUS would punish a thread whose
	 * monitor closed the descriptor after it had filled everything.
	 */
	if (!kernel_has(released_gup_retries)) {
		if (READ_ONCE(ctx->released))
			return VM_FAULT_NOPAGE;
	}

	if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY)) {
		/* "Do not wait" makes sense only to a caller that can come again. */
		BUG_ON(vmf->flags & FAULT_FLAG_RETRY_NOWAIT);
		return VM_FAULT_SIGBUS;
	}
	if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
		return VM_FAULT_RETRY;

	if (kernel_has(released_gup_retries)) {
		/* Without the lock, for which the close may be waiting: populate would keep it. */
		if (READ_ONCE(ctx->released)) {
			mmap_read_unlock(mm);
			/* There is no end to it until the close has come to the lock. */
			sim_spin(mm, SIM_SITE("fault_again"));
			return VM_FAULT_RETRY;
		}
	}

	/* mmap_lock is what keeps the VMA's context alive; soon it is gone. */
	userfaultfd_ctx_get(ctx);

	init_waitqueue_func_entry(&uwq.wq, userfaultfd_wake_function);
	uwq.wq.private = current;
	uwq.msg = userfault_msg(vmf, reason, ctx->features);
	uwq.ctx = ctx;
	uwq.waken = false;
	state = userfaultfd_get_blocking_state(vmf->flags);

	spin_lock_irq(&ctx->fault_pending_wqh.lock);
	__add_wait_queue(&ctx->fault_pending_wqh, &uwq.wq);
	/* Queued, then asleep, then a look at the page table: the waker does it backwards. */
	set_current_state(state);
	spin_unlock_irq(&ctx->fault_pending_wqh.lock);

	if (is_vm_hugetlb_page(vma))
		must_wait = userfaultfd_huge_must_wait(ctx, vma, vmf->address, reason);
	else
		must_wait = userfaultfd_must_wait(ctx, vmf->address, reason);
	mmap_read_unlock(mm);

	if (must_wait) {
		if (!READ_ONCE(ctx->released)) {
			wake_up_poll(&ctx->fd_wqh, EPOLLIN);
			schedule();
		}
	}
	__set_current_state(TASK_RUNNING);

	/*
	 * Only the wake function leaves the entry pointing at itself, and it does not touch
	 * it afterwards.  A reader that refiles it uses list_del() and add_wait_queue(),
	 * neither of which makes it look empty even for a moment.
	 */
	if (!list_empty_careful(&uwq.wq.entry)) {
		/* On whichever queue: fault_wqh changes only under this lock, too. */
		spin_lock_irq(&ctx->fault_pending_wqh.lock);
		list_del(&uwq.wq.entry);
		spin_unlock_irq(&ctx->fault_pending_wqh.lock);
	}

	userfaultfd_ctx_put(ctx);
	return VM_FAULT_RETRY;
}

/* ------------------------------------------------------ flags of the VMAs */

static void userfaultfd_set_vm_flags(struct vm_area_struct *vma, vm_flags_t flags)
{
	vm_flags_t changed = vma->vm_flags ^ flags;

	vma->vm_flags = flags;
	/* A shared mapping notices stores through vm_page_prot while WP is on. */
	if (!(flags & VM_SHARED))
		return;
	if (changed & VM_UFFD_WP)
		vma_set_page_prot(vma);
}

static void userfaultfd_set_ctx(struct vm_area_struct *vma, vm_flags_t flags,
				struct vm_userfaultfd_ctx uffd)
{
	userfaultfd_set_vm_flags(vma, flags);
	vma->vm_userfaultfd_ctx = uffd;
}

static struct vm_area_struct *userfaultfd_merge(struct vm_area_struct *prev,
						struct vm_area_struct *vma, unsigned long start,
						unsigned long end, vm_flags_t flags,
						struct vm_userfaultfd_ctx uffd)
{
	/* vm_pgoff is that of the VMA's start, not of @start: callers of 6.1 pass it so. */
	pgoff_t pgoff = vma->vm_pgoff;

	if (kernel_has(uffd_merge_has_offset) && start > vma->vm_start)
		pgoff += (start - vma->vm_start) >> PAGE_SHIFT;
	return vma_merge(vma->vm_mm, prev, start, end, flags, vma->anon_vma, vma->vm_file, pgoff,
			 vma_policy(vma), uffd, anon_vma_name(vma));
}

/*
 * Gives the part of @vma inside [@start, @end) other flags and another context: merged into a
 * neighbour if one is like that, else split off.  Returns 0 with *@vmap the VMA to go on from,
 * or the error of split_vma(); what was done until then stays done.
 */
static int userfaultfd_change_vma(struct ma_state *mas, struct vm_area_struct *prev,
				  struct vm_area_struct **vmap, unsigned long start,
				  unsigned long end, vm_flags_t flags,
				  struct vm_userfaultfd_ctx uffd)
{
	struct vm_area_struct *vma = *vmap, *merged;
	int err;

	merged = userfaultfd_merge(prev, vma, start, min(end, vma->vm_end), flags, uffd);
	if (IS_ERR(merged))
		return PTR_ERR(merged);
	if (merged) {
		mas_pause(mas);
		/* It may have swallowed @vma, or be the next one grown over a part of it. */
		*vmap = merged;
		goto set;
	}
	if (vma->vm_start < start) {
		err = split_vma(vma->vm_mm, vma, start, 1);
		if (err)
			return err;
		mas_pause(mas);
	}
	if (vma->vm_end > end) {
		err = split_vma(vma->vm_mm, vma, end, 0);
		if (err)
			return err;
		mas_pause(mas);
	}
set:
	/* Neither vma_merge() nor split_vma() touches these two in the survivor. */
	userfaultfd_set_ctx(*vmap, flags, uffd);
	return 0;
}

/* A VMA has a context if and only if it has a mode. */
static void userfaultfd_check_vma(struct vm_area_struct *vma)
{
	bool registered = vma->vm_userfaultfd_ctx.ctx;
	bool has_mode = vma->vm_flags & __VM_UFFD_FLAGS;

	BUG_ON(registered != has_mode);
}

/* -------------------------------------------------------------- waking up */

static void __wake_userfault(struct userfaultfd_ctx *ctx, struct userfaultfd_wake_range *range)
{
	spin_lock_irq(&ctx->fault_pending_wqh.lock);
	/* Nobody is exclusive, so both calls reach everybody in the range. */
	if (waitqueue_active(&ctx->fault_pending_wqh))
		__wake_up_locked_key(&ctx->fault_pending_wqh, TASK_NORMAL, range);
	if (waitqueue_active(&ctx->fault_wqh))
		__wake_up(&ctx->fault_wqh, TASK_NORMAL, 1, range);
	spin_unlock_irq(&ctx->fault_pending_wqh.lock);
}

static void wake_userfault(struct userfaultfd_ctx *ctx, struct userfaultfd_wake_range *range)
{
	unsigned int seq;
	bool sleepers;

	/* The page table is written before the queues are read; the sleeper does the reverse. */
	smp_mb();

	/*
	 * Often nobody sleeps, so look without the lock first.  During a refile the only
	 * sleeper is in neither queue for a moment: then look again.
	 */
	do {
		seq = 0;
		if (!kernel_has(refile_loses_wakeup))
			seq = read_seqcount_begin(&ctx->refile_seq);
		sleepers = waitqueue_active(&ctx->fault_pending_wqh);
		if (!sleepers)
			sleepers = waitqueue_active(&ctx->fault_wqh);
		cond_resched();
	} while (!kernel_has(refile_loses_wakeup) && read_seqcount_retry(&ctx->refile_seq, seq));
	if (sleepers)
		__wake_userfault(ctx, range);
}

/* ------------------------------------------------------------------ close */

static int userfaultfd_release(struct inode *inode, struct file *file)
{
	struct userfaultfd_wake_range everybody = { .len = 0 };
	struct userfaultfd_ctx *ctx = file->private_data;
	struct vm_area_struct *vma, *prev = NULL, *merged;
	struct mm_struct *mm = ctx->mm;
	unsigned long flags;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	WRITE_ONCE(ctx->released, true);

	/* Without users the mm is being torn down, VMAs and all. */
	if (!mmget_not_zero(mm))
		goto wakeup;

	/*
	 * With the lock held for writing nobody is between the look at a VMA's context and the
	 * reference to it.  Whoever comes after sees `released`, or no context.
	 */
	mmap_write_lock(mm);
	mas_for_each(&mas, vma, ULONG_MAX) {
		cond_resched();
		userfaultfd_check_vma(vma);
		if (vma->vm_userfaultfd_ctx.ctx != ctx) {
			prev = vma;
			continue;
		}
		if (userfaultfd_wp(vma))
			uffd_wp_range(mm, vma, vma->vm_start, vma->vm_end - vma->vm_start, false);
		flags = vma->vm_flags & ~__VM_UFFD_FLAGS;
		merged = userfaultfd_merge(prev, vma, vma->vm_start, vma->vm_end, flags,
					   NULL_VM_UFFD_CTX);
		/* Never in 6.1: what was done with the error where there can be one. */
		if (IS_ERR(merged)) {
			prev = merged;
			continue;
		}
		if (merged) {
			mas_pause(&mas);
			vma = merged;
		}
		prev = vma;
		userfaultfd_set_ctx(vma, flags, NULL_VM_UFFD_CTX);
	}
	mmap_write_unlock(mm);
	mmput(mm);
wakeup:
	/* No new sleeper can come; wake those who were there. */
	spin_lock_irq(&ctx->fault_pending_wqh.lock);
	__wake_up_locked_key(&ctx->fault_pending_wqh, TASK_NORMAL, &everybody);
	__wake_up(&ctx->fault_wqh, TASK_NORMAL, 1, &everybody);
	spin_unlock_irq(&ctx->fault_pending_wqh.lock);

	wake_up_all(&ctx->event_wqh);
	wake_up_poll(&ctx->fd_wqh, EPOLLHUP);
	userfaultfd_ctx_put(ctx);
	return 0;
}

/* ------------------------------------------------- non-cooperative events */

/*
 * The program that is watched need not know of its monitor: when it forks, moves, drops or unmaps
 * registered memory, the monitor is told, and the call does not return before the monitor
 * has read that.  What the monitor decides between the change and its reading of the event
 * would be decided on an old picture: as long as ctx->mmap_changing is not 0, the filling
 * ioctls answer EAGAIN.  It is counted up under mmap_lock before the change and counted down by
 * the same thread once it runs again after the event was read.
 */

static struct uffd_msg event_msg(unsigned char event)
{
	struct uffd_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.event = event;
	return msg;
}

/* The VMA of a change that the monitor does not hear of is no longer its business. */
static void userfaultfd_forget_vma(struct vm_area_struct *vma)
{
	userfaultfd_set_ctx(vma, vma->vm_flags & ~__VM_UFFD_FLAGS, NULL_VM_UFFD_CTX);
}

/* A message of a fork carries the child's context until read() makes a descriptor of it. */
static struct userfaultfd_ctx *fork_msg_ctx(const struct uffd_msg *msg)
{
	return (struct userfaultfd_ctx *)(unsigned long)msg->arg.reserved.reserved1;
}

/* Nobody will read of the fork: the VMAs of the child forget what was made for them. */
static void userfaultfd_disown(struct mm_struct *mm, const struct userfaultfd_ctx *ctx)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	for_each_vma(vmi, vma) {
		if (vma->vm_userfaultfd_ctx.ctx == ctx)
			userfaultfd_forget_vma(vma);
	}
}

/*
 * Queues the event and sleeps until it has been read, which its message then says.  @ctx comes
 * with a reference and a count of mmap_changing for this event; both go.
 */
static void userfaultfd_event_wait_completion(struct userfaultfd_ctx *ctx,
					      struct userfaultfd_wait_queue *ewq)
{
	struct userfaultfd_ctx *unwanted = NULL;
	struct mm_struct *mm;

	if (WARN_ON_ONCE(current->flags & PF_EXITING))
		goto out;

	ewq->ctx = ctx;
	init_waitqueue_entry(&ewq->wq, current);

	spin_lock_irq(&ctx->event_wqh.lock);
	/* From here on poll() and read() see it. */
	__add_wait_queue(&ctx->event_wqh, &ewq->wq);
	for (;; spin_lock_irq(&ctx->event_wqh.lock)) {
		set_current_state(TASK_KILLABLE);
		if (!ewq->msg.event)
			break;
		if (READ_ONCE(ctx->released) || fatal_signal_pending(current)) {
			/* A reader of a fork may have moved it to a list of its own. */
			__remove_wait_queue(&ctx->event_wqh, &ewq->wq);
			if (ewq->msg.event == UFFD_EVENT_FORK)
				unwanted = fork_msg_ctx(&ewq->msg);
			break;
		}
		spin_unlock_irq(&ctx->event_wqh.lock);
		wake_up_poll(&ctx->fd_wqh, EPOLLIN);
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	spin_unlock_irq(&ctx->event_wqh.lock);

	if (unwanted) {
		mm = unwanted->mm;
		mmap_write_lock(mm);
		userfaultfd_disown(mm, unwanted);
		mmap_write_unlock(mm);
		userfaultfd_ctx_put(unwanted);
	}
out:
	atomic_dec(&ctx->mmap_changing);
	VM_BUG_ON(atomic_read(&ctx->mmap_changing) < 0);
	userfaultfd_ctx_put(ctx);
}

/* The event was read: its thread may go on.  event_wqh.lock held. */
static void userfaultfd_event_complete(struct userfaultfd_ctx *ctx,
				       struct userfaultfd_wait_queue *ewq)
{
	wait_queue_head_t *wqh = &ctx->event_wqh;

	ewq->msg.event = 0;
	wake_up_locked(wqh);
	__remove_wait_queue(wqh, &ewq->wq);
}

static bool userfaultfd_wants(struct userfaultfd_ctx *ctx, unsigned int feature)
{
	if (!ctx)
		return false;
	return ctx->features & feature;
}

/* The context of the child that stands for @orig, if there is one already. */
static struct userfaultfd_ctx *userfaultfd_fork_find(struct list_head *fcs,
						     const struct userfaultfd_ctx *orig)
{
	struct userfaultfd_fork_ctx *fctx;

	list_for_each_entry(fctx, fcs, list) {
		if (fctx->orig == orig)
			return fctx->new;
	}
	return NULL;
}

/**
 * dup_userfaultfd - a VMA of a child, which still has the context of its parent's
 * @vma: the child's
 * @fcs: collects the contexts made for the child, one for each of the parent's
 *
 * mmap_lock of both held for writing.  Without EVENT_FORK the child is not registered.
 * Returns 0 or -ENOMEM.  Linux: fs/userfaultfd.c.
 */
int dup_userfaultfd(struct vm_area_struct *vma, struct list_head *fcs)
{
	struct userfaultfd_ctx *orig = vma->vm_userfaultfd_ctx.ctx, *ctx;
	struct userfaultfd_fork_ctx *fctx;

	if (!userfaultfd_wants(orig, UFFD_FEATURE_EVENT_FORK)) {
		userfaultfd_forget_vma(vma);
		return 0;
	}
	ctx = userfaultfd_fork_find(fcs, orig);
	if (ctx)
		goto found;

	fctx = kmalloc(sizeof(*fctx), GFP_KERNEL);
	if (!fctx)
		return -ENOMEM;
	ctx = kmem_cache_alloc(userfaultfd_ctx_cachep, GFP_KERNEL);
	if (!ctx)
		goto out_free;
	refcount_set(&ctx->refcount, 1);
	ctx->flags = orig->flags;
	ctx->features = orig->features;
	ctx->released = false;
	atomic_set(&ctx->mmap_changing, 0);
	ctx->mm = vma->vm_mm;
	mmgrab(ctx->mm);

	userfaultfd_ctx_get(orig);
	atomic_inc(&orig->mmap_changing);
	fctx->orig = orig;
	fctx->new = ctx;
	list_add_tail(&fctx->list, fcs);
found:
	vma->vm_userfaultfd_ctx.ctx = ctx;
	return 0;

out_free:
	kfree(fctx);
	return -ENOMEM;
}

/**
 * dup_userfaultfd_complete - sends the events of a fork, one after the other
 * @fcs: what dup_userfaultfd() has put there
 *
 * No lock held; sleeps until each is read, its monitor has closed, or we are killed.
 * Linux: fs/userfaultfd.c.
 */
void dup_userfaultfd_complete(struct list_head *fcs)
{
	struct userfaultfd_fork_ctx *fctx, *next;
	struct userfaultfd_wait_queue ewq;

	list_for_each_entry_safe(fctx, next, fcs, list) {
		ewq.msg = event_msg(UFFD_EVENT_FORK);
		ewq.msg.arg.reserved.reserved1 = (unsigned long)fctx->new;
		userfaultfd_event_wait_completion(fctx->orig, &ewq);
		list_del(&fctx->list);
		kfree(fctx);
	}
}

/**
 * dup_userfaultfd_fail - the fork has failed, and no monitor is to hear of it
 * @fcs: what dup_userfaultfd() has put there
 *
 * No lock held; the child's VMAs are not looked at any more.  Not in Linux 6.1; since 6.12 in
 * fs/userfaultfd.c.
 */
void dup_userfaultfd_fail(struct list_head *fcs)
{
	struct userfaultfd_fork_ctx *fctx, *next;

	list_for_each_entry_safe(fctx, next, fcs, list) {
		atomic_dec(&fctx->orig->mmap_changing);
		userfaultfd_ctx_put(fctx->orig);
		userfaultfd_ctx_put(fctx->new);
		list_del(&fctx->list);
		kfree(fctx);
	}
}

/**
 * vma_has_uffd_without_event_remap - will a move take the VMA's registration away?
 * @vma: the VMA; mmap_lock held for writing
 *
 * Linux: fs/userfaultfd.c.
 */
bool vma_has_uffd_without_event_remap(struct vm_area_struct *vma)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;

	return ctx && !userfaultfd_wants(ctx, UFFD_FEATURE_EVENT_REMAP);
}

/**
 * mremap_userfaultfd_prep - a VMA is about to take over the pages of a registered one
 * @vma: the new one, with the context of the old
 * @uf: receives the context to which the event is owed
 *
 * mmap_lock held for writing.  Without EVENT_REMAP the new place is not registered.
 * Linux: fs/userfaultfd.c.
 */
void mremap_userfaultfd_prep(struct vm_area_struct *vma, struct vm_userfaultfd_ctx *uf)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;

	if (!ctx)
		return;
	if (!userfaultfd_wants(ctx, UFFD_FEATURE_EVENT_REMAP)) {
		userfaultfd_forget_vma(vma);
		return;
	}
	uf->ctx = ctx;
	userfaultfd_ctx_get(ctx);
	atomic_inc(&ctx->mmap_changing);
}

/**
 * mremap_userfaultfd_complete - sends the event of an mremap()
 * @uf: from mremap_userfaultfd_prep()
 * @from: the old address
 * @to: the new address, or -errno
 * @len: bytes, by the old length
 *
 * No lock held; sleeps as dup_userfaultfd_complete().  Linux: fs/userfaultfd.c.
 */
void mremap_userfaultfd_complete(struct vm_userfaultfd_ctx *uf, unsigned long from,
				 unsigned long to, unsigned long len)
{
	struct userfaultfd_wait_queue ewq;

	if (!uf->ctx)
		return;
	/* 6.1 keeps its count of mmap_changing here: EAGAIN for ever. */
	if (to & ~PAGE_MASK) {
		userfaultfd_ctx_put(uf->ctx);
		return;
	}
	ewq.msg = event_msg(UFFD_EVENT_REMAP);
	ewq.msg.arg.remap.from = from;
	ewq.msg.arg.remap.to = to;
	ewq.msg.arg.remap.len = len;
	userfaultfd_event_wait_completion(uf->ctx, &ewq);
}

/**
 * userfaultfd_remove - pages of a range are about to be dropped by madvise()
 * @vma: the mapping; mmap_lock held for reading
 * @start: first byte
 * @end: end of the range
 *
 * Returns whether mmap_lock is still held: a monitor that wants the event reads it without.
 * Linux: fs/userfaultfd.c.
 */
bool userfaultfd_remove(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;
	struct userfaultfd_wait_queue ewq;
	struct mm_struct *mm = vma->vm_mm;

	if (!userfaultfd_wants(ctx, UFFD_FEATURE_EVENT_REMOVE))
		return true;
	userfaultfd_ctx_get(ctx);
	atomic_inc(&ctx->mmap_changing);
	mmap_read_unlock(mm);

	ewq.msg = event_msg(UFFD_EVENT_REMOVE);
	ewq.msg.arg.remove.start = start;
	ewq.msg.arg.remove.end = end;
	userfaultfd_event_wait_completion(ctx, &ewq);
	return false;
}

/* One event is enough for all VMAs of one context in one range. */
static bool has_unmap_ctx(const struct userfaultfd_ctx *ctx, struct list_head *unmaps,
			  unsigned long start, unsigned long end)
{
	struct userfaultfd_unmap_ctx *u;

	list_for_each_entry(u, unmaps, list) {
		if (u->ctx == ctx && u->start == start && u->end == end)
			return true;
	}
	return false;
}

/**
 * userfaultfd_unmap_prep - a range is about to be unmapped
 * @mm: the address space; mmap_lock held for writing
 * @start: first byte
 * @end: end of the range
 * @uf: receives the events to send once it is done
 *
 * Returns 0 or -ENOMEM.  Linux: fs/userfaultfd.c.
 */
int userfaultfd_unmap_prep(struct mm_struct *mm, unsigned long start, unsigned long end,
			   struct list_head *uf)
{
	struct userfaultfd_unmap_ctx *u;
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, start);

	for_each_vma_range(vmi, vma, end) {
		struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;

		if (!userfaultfd_wants(ctx, UFFD_FEATURE_EVENT_UNMAP))
			continue;
		if (has_unmap_ctx(ctx, uf, start, end))
			continue;
		u = kzalloc(sizeof(*u), GFP_KERNEL);
		if (!u)
			return -ENOMEM;
		userfaultfd_ctx_get(ctx);
		atomic_inc(&ctx->mmap_changing);
		u->ctx = ctx;
		u->start = start;
		u->end = end;
		list_add_tail(&u->list, uf);
	}
	return 0;
}

/**
 * userfaultfd_unmap_complete - sends the events of an unmapping
 * @mm: the address space; mmap_lock not held
 * @uf: what userfaultfd_unmap_prep() has put there
 *
 * Sleeps as dup_userfaultfd_complete().  Linux: fs/userfaultfd.c.
 */
void userfaultfd_unmap_complete(struct mm_struct *mm, struct list_head *uf)
{
	struct userfaultfd_unmap_ctx *u, *next;
	struct userfaultfd_wait_queue ewq;

	list_for_each_entry_safe(u, next, uf, list) {
		ewq.msg = event_msg(UFFD_EVENT_UNMAP);
		ewq.msg.arg.remove.start = u->start;
		ewq.msg.arg.remove.end = u->end;
		userfaultfd_event_wait_completion(u->ctx, &ewq);
		list_del(&u->list);
		kfree(u);
	}
}

/* ---------------------------------------------------------- read and poll */

/* The oldest entry of a queue, whose lock is held; entries are added at the head. */
static struct userfaultfd_wait_queue *find_userfault_in(wait_queue_head_t *wqh)
{
	lockdep_assert_held(&wqh->lock);

	if (!waitqueue_active(wqh))
		return NULL;
	return container_of(list_last_entry(&wqh->head, wait_queue_entry_t, entry),
			    struct userfaultfd_wait_queue, wq);
}

static struct userfaultfd_wait_queue *find_userfault(struct userfaultfd_ctx *ctx)
{
	return find_userfault_in(&ctx->fault_pending_wqh);
}

static struct userfaultfd_wait_queue *find_userfault_evt(struct userfaultfd_ctx *ctx)
{
	return find_userfault_in(&ctx->event_wqh);
}

static __poll_t userfaultfd_poll(struct file *file, poll_table *wait)
{
	struct userfaultfd_ctx *ctx = file->private_data;

	poll_wait(file, &ctx->fd_wqh, wait);

	if (!userfaultfd_is_initialized(ctx))
		return EPOLLERR;
	/*
	 * A fault that poll() saw may be resolved before read() gets there; a blocking read()
	 * would then hang.
	 */
	if (!(file->f_flags & O_NONBLOCK))
		return EPOLLERR;

	/* No lock: we are on fd_wqh first, and then look; who queues a fault wakes fd_wqh. */
	smp_mb();
	if (waitqueue_active(&ctx->fault_pending_wqh))
		return EPOLLIN;
	if (waitqueue_active(&ctx->event_wqh))
		return EPOLLIN;
	return 0;
}

static const struct file_operations userfaultfd_fops;

/* A descriptor for the child's context, in the reader's process: 0 or an error. */
static int resolve_userfault_fork(struct userfaultfd_ctx *new, struct inode *inode,
				  struct uffd_msg *msg)
{
	int flags = O_RDONLY | (new->flags &UFFD_SHARED_FCNTL_FLAGS);
	int fd;

	fd = anon_inode_getfd_secure("[userfaultfd]", &userfaultfd_fops, new, flags, inode);
	if (fd < 0)
		return fd;
	/* Over the pointer to the context, which is longer. */
	msg->arg.reserved.reserved1 = 0;
	msg->arg.fork.ufd = fd;
	return 0;
}

/*
 * The second half of reading a fork, event_wqh.lock held once more; @err: why there is no
 * descriptor.  The entry stands in @taken, from where its thread takes it away when it is killed
 * meanwhile; @new has a reference of ours.
 */
static void userfaultfd_fork_was_read(struct userfaultfd_ctx *ctx, struct userfaultfd_ctx *new,
				      struct list_head *taken, int err)
{
	struct userfaultfd_wait_queue *uwq;

	if (list_empty(taken)) {
		/* The forking thread is gone, and its reference; ours is the descriptor's. */
		if (err)
			userfaultfd_ctx_put(new);
		return;
	}
	/* The forking thread's reference is the descriptor's. */
	userfaultfd_ctx_put(new);
	uwq = list_first_entry(taken, struct userfaultfd_wait_queue, wq.entry);
	/* Back in the queue, as the last: also for the next reader, if this one has failed. */
	list_del(&uwq->wq.entry);
	__add_wait_queue(&ctx->event_wqh, &uwq->wq);
	if (!err)
		userfaultfd_event_complete(ctx, uwq);
}

/*
 * The oldest event, event_wqh.lock held: false if there is none.  That of a fork goes to @taken
 * and is not over yet; *@new is the child's context, with a reference, for the forking thread
 * may be killed as soon as the lock is dropped.
 */
static bool userfaultfd_take_event(struct userfaultfd_ctx *ctx, struct uffd_msg *msg,
				   struct list_head *taken, struct userfaultfd_ctx **new)
{
	struct userfaultfd_wait_queue *uwq = find_userfault_evt(ctx);

	if (!uwq)
		return false;
	*msg = uwq->msg;
	if (msg->event != UFFD_EVENT_FORK) {
		userfaultfd_event_complete(ctx, uwq);
		return true;
	}
	*new = fork_msg_ctx(msg);
	list_move(&uwq->wq.entry, taken);
	userfaultfd_ctx_get(*new);
	return true;
}

/*
 * One message: of the fault that has waited longest, or else of the oldest event.  0, -EAGAIN,
 * -ERESTARTSYS, or why there is no descriptor for a child.  @inode is the file's.
 */
static ssize_t userfaultfd_ctx_read(struct userfaultfd_ctx *ctx, int no_wait, struct uffd_msg *msg,
				    struct inode *inode)
{
	wait_queue_head_t *readers = &ctx->fd_wqh, *pending = &ctx->fault_pending_wqh;
	struct userfaultfd_wait_queue *uwq;
	struct userfaultfd_ctx *child = NULL;
	DECLARE_WAITQUEUE(self, current);
	LIST_HEAD(taken);
	ssize_t ret = 0;
	bool event;

	spin_lock_irq(&readers->lock);
	__add_wait_queue(readers, &self);
	for (;;) {
		/* Asleep before the look at the queue, as whoever waits must. */
		set_current_state(TASK_INTERRUPTIBLE);

		spin_lock(&pending->lock);
		uwq = find_userfault(ctx);
		if (uwq) {
			/*
			 * Read, hence no longer pending.  wake_userfault() looks at both
			 * queues without a lock and must not find the entry in neither.
			 * list_del() leaves poison, not an empty list: the sleeper takes an
			 * empty one for its sign to leave.
			 */
			write_seqcount_begin(&ctx->refile_seq);
			list_del(&uwq->wq.entry);
			add_wait_queue(&ctx->fault_wqh, &uwq->wq);
			write_seqcount_end(&ctx->refile_seq);
			/* It is on the sleeper's stack, which the lock keeps there. */
			*msg = uwq->msg;
			spin_unlock(&pending->lock);
			goto out;
		}
		spin_unlock(&pending->lock);

		spin_lock(&ctx->event_wqh.lock);
		event = userfaultfd_take_event(ctx, msg, &taken, &child);
		spin_unlock(&ctx->event_wqh.lock);
		if (event)
			goto out;

		ret = -ERESTARTSYS;
		if (signal_pending(current))
			goto out;
		ret = -EAGAIN;
		if (no_wait)
			goto out;
		ret = 0;
		spin_unlock_irq(&readers->lock);
		schedule();
		spin_lock_irq(&readers->lock);
	}
out:
	__remove_wait_queue(readers, &self);
	__set_current_state(TASK_RUNNING);
	spin_unlock_irq(&readers->lock);
	if (!child)
		return ret;

	/* To make a descriptor sleeps. */
	ret = resolve_userfault_fork(child, inode, msg);
	spin_lock_irq(&ctx->event_wqh.lock);
	userfaultfd_fork_was_read(ctx, child, &taken, ret);
	spin_unlock_irq(&ctx->event_wqh.lock);
	return ret;
}

static ssize_t userfaultfd_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct userfaultfd_ctx *ctx = file->private_data;
	int no_wait = file->f_flags & O_NONBLOCK;
	struct inode *inode = file_inode(file);
	struct uffd_msg msg;
	ssize_t done = 0, err;

	if (!userfaultfd_is_initialized(ctx))
		return -EINVAL;

	/* As many messages as fit and are there; it sleeps for the first one only. */
	for (;;) {
		err = -EINVAL;
		if (count < sizeof(msg))
			break;
		err = userfaultfd_ctx_read(ctx, no_wait, &msg, inode);
		if (err < 0)
			break;
		/* The message is lost if this fails; its sleeper needs an explicit WAKE. */
		err = -EFAULT;
		if (copy_to_user((__u64 __user *)buf, &msg, sizeof(msg)))
			break;
		done += sizeof(msg);
		buf += sizeof(msg);
		count -= sizeof(msg);
		no_wait = O_NONBLOCK;
	}
	return done ? done : err;
}

/* ---------------------------------------------- UFFDIO_REGISTER, UNREGISTER */

/* The start may lie within a page. */
static int validate_unaligned_range(struct mm_struct *mm, __u64 start, __u64 len)
{
	__u64 limit = mm->task_size;

	if (len & ~PAGE_MASK)
		return -EINVAL;
	if (!len)
		return -EINVAL;
	if (start >= limit)
		return -EINVAL;
	return len <= limit - start ? 0 : -EINVAL;
}

static int validate_range(struct mm_struct *mm, __u64 start, __u64 len)
{
	if (start & ~PAGE_MASK)
		return -EINVAL;
	return validate_unaligned_range(mm, start, len);
}

/* The first VMA of the range, checked for the alignment of its huge pages; or ERR_PTR(). */
static struct vm_area_struct *userfaultfd_first_vma(struct ma_state *mas, unsigned long start,
						    unsigned long end)
{
	struct vm_area_struct *vma;

	mas_set(mas, start);
	vma = mas_find(mas, ULONG_MAX);
	/* Nothing at all above @start, and nothing in the range, are different errors in 6.1. */
	if (!vma)
		return ERR_PTR(kernel_has(nothing_above_is_einval) ? -EINVAL : -ENOMEM);
	if (vma->vm_start >= end)
		return ERR_PTR(-EINVAL);
	if (!is_vm_hugetlb_page(vma))
		return vma;
	return start & (vma_kernel_pagesize(vma) - 1) ? ERR_PTR(-EINVAL) : vma;
}

/* Back to the first VMA of the range: what vma_merge() may extend, @mas standing at @vma. */
static struct vm_area_struct *userfaultfd_rewind(struct ma_state *mas, struct vm_area_struct *vma,
						 unsigned long start)
{
	struct vm_area_struct *prev;

	mas_set(mas, start);
	prev = mas_prev(mas, 0);
	if (prev != vma)
		mas_next(mas, ULONG_MAX);
	return vma->vm_start < start ? vma : prev;
}

/* VM_UFFD_* for UFFDIO_REGISTER_MODE_*; 0 if there is none or an unknown one among them. */
static vm_flags_t userfaultfd_mode_flags(__u64 mode)
{
	vm_flags_t flags = 0;

	if (mode & ~UFFD_API_REGISTER_MODES)
		return 0;
	if (mode & UFFDIO_REGISTER_MODE_MISSING)
		flags |= VM_UFFD_MISSING;
	if (mode & UFFDIO_REGISTER_MODE_WP)
		flags |= VM_UFFD_WP;
	if (mode & UFFDIO_REGISTER_MODE_MINOR)
		flags |= VM_UFFD_MINOR;
	return flags;
}

static bool userfaultfd_can_register(struct vm_area_struct *vma, vm_flags_t flags)
{
	if (kernel_has(minor_v1_no_shmem)) {
		if ((flags & VM_UFFD_MINOR) && !is_vm_hugetlb_page(vma))
			return false;
	}
	return vma_can_userfault(vma, flags);
}

/* May this VMA be registered with @ctx for the part of it below @end? */
static int userfaultfd_register_check(struct userfaultfd_ctx *ctx, struct vm_area_struct *vma,
				      vm_flags_t flags, unsigned long end)
{
	struct userfaultfd_ctx *owner = vma->vm_userfaultfd_ctx.ctx;

	if (!userfaultfd_can_register(vma, flags))
		return -EINVAL;
	/*
	 * COPY fills holes of the file even where the mapping is read-only: whoever registers
	 * must at least be able to make it writable.  A write seal cannot come later either,
	 * as long as such a mapping is there.
	 */
	if (!(vma->vm_flags & VM_MAYWRITE))
		return -EPERM;
	if (is_vm_hugetlb_page(vma) && end > vma->vm_start && end <= vma->vm_end) {
		if (end & (vma_kernel_pagesize(vma) - 1))
			return -EINVAL;
	}
	/* One owner, or we would not know whom to send the faults to. */
	if (owner && owner != ctx)
		return -EBUSY;
	return 0;
}

/* Which ioctls are guaranteed on a range just registered. */
static __u64 userfaultfd_range_ioctls(__u64 mode, bool basic_ioctls)
{
	__u64 ioctls = basic_ioctls ? UFFD_API_RANGE_IOCTLS_BASIC : UFFD_API_RANGE_IOCTLS;

	if (kernel_has(knows_poison))
		ioctls |= UFFD_IOCTL_BIT(_UFFDIO_POISON);
	/* Of files too, where it is refused. */
	if (kernel_has(knows_move) && !basic_ioctls)
		ioctls |= UFFD_IOCTL_BIT(_UFFDIO_MOVE);
	if (!(mode & UFFDIO_REGISTER_MODE_WP))
		ioctls &= ~((__u64)1 << _UFFDIO_WRITEPROTECT);
	if (!(mode & UFFDIO_REGISTER_MODE_MINOR))
		ioctls &= ~((__u64)1 << _UFFDIO_CONTINUE);
	return ioctls;
}

static int userfaultfd_register(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct uffdio_register __user *user_reg = (struct uffdio_register __user *)arg;
	struct vm_userfaultfd_ctx uffd = { ctx };
	struct vm_area_struct *vma, *cur, *prev;
	struct mm_struct *mm = ctx->mm;
	struct uffdio_register reg;
	unsigned long start, end;
	bool basic_ioctls = false;
	vm_flags_t mode_flags;
	int ret;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	if (copy_from_user(&reg, user_reg, sizeof(reg) - sizeof(reg.ioctls)))
		return -EFAULT;

	mode_flags = userfaultfd_mode_flags(reg.mode);
	if (!mode_flags)
		return -EINVAL;
	ret = validate_range(mm, reg.range.start, reg.range.len);
	if (ret)
		return ret;
	start = reg.range.start;
	end = start + reg.range.len;

	if (!mmget_not_zero(mm))
		return -ENOMEM;
	mmap_write_lock(mm);
	vma = userfaultfd_first_vma(&mas, start, end);
	ret = PTR_ERR_OR_ZERO(vma);
	if (ret)
		goto out_unlock;

	/* Everything is checked before anything is changed. */
	for (cur = vma; cur; cur = mas_next(&mas, end - 1)) {
		cond_resched();
		userfaultfd_check_vma(cur);
		ret = userfaultfd_register_check(ctx, cur, mode_flags, end);
		if (ret)
			goto out_unlock;
		if (is_vm_hugetlb_page(cur))
			basic_ioctls = true;
	}

	prev = userfaultfd_rewind(&mas, vma, start);
	for (; vma; prev = vma, start = vma->vm_end, vma = mas_next(&mas, end - 1)) {
		cond_resched();
		BUG_ON(userfaultfd_register_check(ctx, vma, mode_flags, 0));

		/* Ours already, with at least these modes: nothing to add. */
		if (vma->vm_userfaultfd_ctx.ctx == ctx &&
		    (vma->vm_flags & mode_flags) == mode_flags)
			continue;

		start = max(start, vma->vm_start);
		ret = userfaultfd_change_vma(&mas, prev, &vma, start, end,
					     (vma->vm_flags & ~__VM_UFFD_FLAGS) | mode_flags, uffd);
		if (ret)
			break;

		/* A page table shared with other processes would be filled by them, unseen. */
		if (is_vm_hugetlb_page(vma)) {
			if (uffd_disable_huge_pmd_share(vma))
				hugetlb_unshare_all_pmds(vma);
		}
	}
out_unlock:
	mmap_write_unlock(mm);
	mmput(mm);
	if (ret)
		return ret;
	if (put_user(userfaultfd_range_ioctls(reg.mode, basic_ioctls), &user_reg->ioctls))
		return -EFAULT;
	return 0;
}

/* Whoever has any userfaultfd of this memory may take away the registration of another one. */
static bool userfaultfd_is_others(const struct userfaultfd_ctx *ctx,
				  const struct vm_area_struct *vma)
{
	const struct userfaultfd_ctx *owner = vma->vm_userfaultfd_ctx.ctx;

	if (!kernel_has(unregister_refuses_others))
		return false;
	return owner && owner != ctx;
}

/*
 * A fault of user space holds the lock of its mapping only, and UNREGISTER takes that after it has
 * woken the sleepers: who comes between, or comes back, goes to sleep again.  The model has no such
 * lock; here they come while mmap_lock is free.
 */
static void userfaultfd_wake_early(struct userfaultfd_ctx *ctx, unsigned long start,
				   unsigned long end)
{
	struct userfaultfd_wake_range wake;
	struct vm_area_struct *vma, *cur;
	struct mm_struct *mm = ctx->mm;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	mmap_read_lock(mm);
	vma = userfaultfd_first_vma(&mas, start, end);
	if (IS_ERR(vma))
		goto out;
	for (cur = vma; cur; cur = mas_next(&mas, end - 1)) {
		if (!vma_can_userfault(cur, cur->vm_flags) || userfaultfd_is_others(ctx, cur))
			goto out;
	}
	mas_set(&mas, start);
	for (cur = mas_find(&mas, end - 1); cur; cur = mas_next(&mas, end - 1)) {
		if (!userfaultfd_missing(cur))
			continue;
		wake.start = max(start, cur->vm_start);
		wake.len = min(end, cur->vm_end) - wake.start;
		wake_userfault(cur->vm_userfaultfd_ctx.ctx, &wake);
	}
out:
	mmap_read_unlock(mm);
}

static int userfaultfd_unregister(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct userfaultfd_wake_range wake;
	struct vm_area_struct *vma, *cur, *prev;
	struct mm_struct *mm = ctx->mm;
	struct uffdio_range range;
	unsigned long start, end;
	int ret;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	if (copy_from_user(&range, (void __user *)arg, sizeof(range)))
		return -EFAULT;
	ret = validate_range(mm, range.start, range.len);
	if (ret)
		return ret;
	start = range.start;
	end = start + range.len;

	if (!mmget_not_zero(mm))
		return -ENOMEM;
	if (kernel_has(unregister_wakes_too_early))
		userfaultfd_wake_early(ctx, start, end);
	mmap_write_lock(mm);
	vma = userfaultfd_first_vma(&mas, start, end);
	ret = PTR_ERR_OR_ZERO(vma);
	if (ret)
		goto out_unlock;

	/* What can never have been registered is a mistake of the caller. */
	for (cur = vma; cur; cur = mas_next(&mas, end - 1)) {
		cond_resched();
		userfaultfd_check_vma(cur);
		ret = -EINVAL;
		if (!vma_can_userfault(cur, cur->vm_flags))
			goto out_unlock;
		if (userfaultfd_is_others(ctx, cur))
			goto out_unlock;
	}

	ret = 0;
	prev = userfaultfd_rewind(&mas, vma, start);
	for (; vma; prev = vma, start = vma->vm_end, vma = mas_next(&mas, end - 1)) {
		cond_resched();
		BUG_ON(!vma_can_userfault(vma, vma->vm_flags));
		if (!vma->vm_userfaultfd_ctx.ctx)
			continue;
		WARN_ON(!(vma->vm_flags & VM_MAYWRITE));

		start = max(start, vma->vm_start);
		wake.start = start;
		wake.len = min(end, vma->vm_end) - start;

		/* Nobody will resolve these any more; they fault again once we let go. */
		if (userfaultfd_missing(vma) && !kernel_has(unregister_wakes_too_early))
			wake_userfault(vma->vm_userfaultfd_ctx.ctx, &wake);
		if (userfaultfd_wp(vma))
			uffd_wp_range(mm, vma, start, wake.len, false);

		ret = userfaultfd_change_vma(&mas, prev, &vma, start, end,
					     vma->vm_flags & ~__VM_UFFD_FLAGS, NULL_VM_UFFD_CTX);
		if (ret)
			break;
	}
out_unlock:
	mmap_write_unlock(mm);
	mmput(mm);
	return ret;
}

/* --------------------------------------- UFFDIO_WAKE, COPY, ZEROPAGE, CONTINUE */

static int userfaultfd_wake(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct userfaultfd_wake_range wake;
	struct uffdio_range range;
	int ret;

	if (copy_from_user(&range, (void __user *)arg, sizeof(range)))
		return -EFAULT;
	ret = validate_range(ctx->mm, range.start, range.len);
	if (ret)
		return ret;

	wake.start = range.start;
	wake.len = range.len;
	/* Length 0 would mean everybody; validate_range() does not let it through. */
	VM_BUG_ON(!wake.len);
	wake_userfault(ctx, &wake);
	return 0;
}

/*
 * The end of the three filling ioctls: @done > 0 bytes of @len are there.  Wakes who waited
 * for them; a part of the range is -EAGAIN, and the output field says how far it came.
 */
static int userfaultfd_filled(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long len,
			      unsigned long done, bool wake)
{
	struct userfaultfd_wake_range range = { .start = start, .len = done };

	/* Nothing done and no error would be the length that wakes everybody. */
	BUG_ON(!done);
	if (wake)
		wake_userfault(ctx, &range);
	return done == len ? 0 : -EAGAIN;
}

/* An event is in flight, and nothing was done: 6.1 leaves the output field as it was. */
static int userfaultfd_come_again(__s64 __user *field)
{
	if (!kernel_has(eagain_writes_field))
		return -EAGAIN;
	return put_user(-EAGAIN, field) ? -EFAULT : -EAGAIN;
}

static int userfaultfd_copy(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct uffdio_copy __user *user_copy = (struct uffdio_copy __user *)arg;
	struct uffdio_copy copy;
	__s64 ret;

	if (atomic_read(&ctx->mmap_changing))
		return userfaultfd_come_again(&user_copy->copy);

	if (copy_from_user(&copy, user_copy, sizeof(copy) - sizeof(copy.copy)))
		return -EFAULT;
	if (kernel_has(copy_checks_source)) {
		ret = validate_unaligned_range(ctx->mm, copy.src, copy.len);
		if (ret)
			return ret;
	}
	ret = validate_range(ctx->mm, copy.dst, copy.len);
	if (ret)
		return ret;
	/* Whether the source is user memory at all, copy_from_user() says later. */
	if (copy.src + copy.len <= copy.src)
		return -EINVAL;
	if (copy.mode & ~(UFFDIO_COPY_MODE_DONTWAKE | UFFDIO_COPY_MODE_WP))
		return -EINVAL;

	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	ret = mcopy_atomic(ctx->mm, copy.dst, copy.src, copy.len, &ctx->mmap_changing, copy.mode);
	mmput(ctx->mm);

	if (put_user(ret, &user_copy->copy))
		return -EFAULT;
	if (ret < 0)
		return ret;
	return userfaultfd_filled(ctx, copy.dst, copy.len, ret,
				  !(copy.mode & UFFDIO_COPY_MODE_DONTWAKE));
}

static int userfaultfd_zeropage(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct uffdio_zeropage __user *user_zero = (struct uffdio_zeropage __user *)arg;
	struct uffdio_zeropage zero;
	__s64 ret;

	if (atomic_read(&ctx->mmap_changing))
		return userfaultfd_come_again(&user_zero->zeropage);

	if (copy_from_user(&zero, user_zero, sizeof(zero) - sizeof(zero.zeropage)))
		return -EFAULT;
	ret = validate_range(ctx->mm, zero.range.start, zero.range.len);
	if (ret)
		return ret;
	if (zero.mode & ~UFFDIO_ZEROPAGE_MODE_DONTWAKE)
		return -EINVAL;

	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	ret = mfill_zeropage(ctx->mm, zero.range.start, zero.range.len, &ctx->mmap_changing);
	mmput(ctx->mm);

	if (put_user(ret, &user_zero->zeropage))
		return -EFAULT;
	if (ret < 0)
		return ret;
	return userfaultfd_filled(ctx, zero.range.start, zero.range.len, ret,
				  !(zero.mode & UFFDIO_ZEROPAGE_MODE_DONTWAKE));
}

static int userfaultfd_writeprotect(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct userfaultfd_wake_range range;
	struct uffdio_writeprotect wp;
	bool mode_wp, mode_dontwake;
	int ret;

	if (atomic_read(&ctx->mmap_changing))
		return -EAGAIN;

	if (copy_from_user(&wp, (struct uffdio_writeprotect __user *)arg, sizeof(wp)))
		return -EFAULT;
	ret = validate_range(ctx->mm, wp.range.start, wp.range.len);
	if (ret)
		return ret;
	if (wp.mode & ~(UFFDIO_WRITEPROTECT_MODE_DONTWAKE | UFFDIO_WRITEPROTECT_MODE_WP))
		return -EINVAL;
	mode_wp = wp.mode & UFFDIO_WRITEPROTECT_MODE_WP;
	mode_dontwake = wp.mode & UFFDIO_WRITEPROTECT_MODE_DONTWAKE;
	/* To protect wakes nobody. */
	if (mode_wp && mode_dontwake)
		return -EINVAL;

	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	ret = mwriteprotect_range(ctx->mm, wp.range.start, wp.range.len, mode_wp,
				  &ctx->mmap_changing);
	mmput(ctx->mm);
	if (ret)
		return ret;
	if (mode_wp || mode_dontwake)
		return 0;
	range.start = wp.range.start;
	range.len = wp.range.len;
	wake_userfault(ctx, &range);
	return 0;
}

static int userfaultfd_continue(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct uffdio_continue __user *user_cont = (struct uffdio_continue __user *)arg;
	struct uffdio_continue cont;
	__u64 modes;
	__s64 ret;

	if (atomic_read(&ctx->mmap_changing))
		return userfaultfd_come_again(&user_cont->mapped);

	if (copy_from_user(&cont, user_cont, sizeof(cont) - sizeof(cont.mapped)))
		return -EFAULT;
	ret = validate_range(ctx->mm, cont.range.start, cont.range.len);
	if (ret)
		return ret;
	/* COV: CONTINUE never true: validate_range() has refused it */
	if (cont.range.start + cont.range.len <= cont.range.start)
		return -EINVAL;
	modes = UFFDIO_CONTINUE_MODE_DONTWAKE;
	if (kernel_has(continue_protects))
		modes |= UFFDIO_CONTINUE_MODE_WP;
	if (cont.mode & ~modes)
		return -EINVAL;

	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	if (cont.mode & UFFDIO_CONTINUE_MODE_WP)
		ret = mcopy_continue_wp(ctx->mm, cont.range.start, cont.range.len,
					&ctx->mmap_changing);
	else
		ret = mcopy_continue(ctx->mm, cont.range.start, cont.range.len,
				     &ctx->mmap_changing);
	mmput(ctx->mm);

	if (put_user(ret, &user_cont->mapped))
		return -EFAULT;
	if (ret < 0)
		return ret;
	return userfaultfd_filled(ctx, cont.range.start, cont.range.len, ret,
				  !(cont.mode & UFFDIO_CONTINUE_MODE_DONTWAKE));
}

static int userfaultfd_poison(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	struct uffdio_poison __user *user_poison = (struct uffdio_poison __user *)arg;
	struct uffdio_poison poison;
	__s64 ret;

	if (atomic_read(&ctx->mmap_changing))
		return userfaultfd_come_again(&user_poison->updated);

	if (copy_from_user(&poison, user_poison, sizeof(poison) - sizeof(poison.updated)))
		return -EFAULT;
	ret = validate_range(ctx->mm, poison.range.start, poison.range.len);
	if (ret)
		return ret;
	if (poison.mode & ~UFFDIO_POISON_MODE_DONTWAKE)
		return -EINVAL;

	if (!mmget_not_zero(ctx->mm))
		return -ESRCH;
	ret = mfill_poison(ctx->mm, poison.range.start, poison.range.len, &ctx->mmap_changing);
	mmput(ctx->mm);

	if (put_user(ret, &user_poison->updated))
		return -EFAULT;
	if (ret < 0)
		return ret;
	return userfaultfd_filled(ctx, poison.range.start, poison.range.len, ret,
				  !(poison.mode & UFFDIO_POISON_MODE_DONTWAKE));
}

/* -------------------------------------------------------------- UFFDIO_API */

/* What this kernel can do; the bits of the context are the same ones. */
static __u64 userfaultfd_features(void)
{
	__u64 features = UFFD_API_FEATURES;

	if (kernel_has(minor_v1_no_shmem))
		features &= ~UFFD_FEATURE_MINOR_SHMEM;
	if (kernel_has(knows_wp_unpopulated))
		features |= UFFD_FEATURE_WP_UNPOPULATED;
	if (kernel_has(knows_poison))
		features |= UFFD_FEATURE_POISON;
	if (kernel_has(knows_wp_async))
		features |= UFFD_FEATURE_WP_ASYNC;
	if (kernel_has(knows_move))
		features |= UFFD_FEATURE_MOVE;
	return features;
}

static int userfaultfd_api(struct userfaultfd_ctx *ctx, unsigned long arg)
{
	void __user *user_api = (void __user *)arg;
	struct uffdio_api api;
	__u64 wanted;
	int ret;

	if (copy_from_user(&api, user_api, sizeof(api)))
		return -EFAULT;
	wanted = api.features;

	ret = -EINVAL;
	if (api.api != UFFD_API)
		goto out_clear;
	/* Whoever wants to hear nothing wants to know of all memory. */
	if ((wanted & UFFD_FEATURE_WP_ASYNC) && kernel_has(knows_wp_async))
		wanted |= UFFD_FEATURE_WP_UNPOPULATED;
	/* The monitor gets a descriptor for the child's memory. */
	ret = -EPERM;
	if (wanted & UFFD_FEATURE_EVENT_FORK) {
		if (!capable(CAP_SYS_PTRACE))
			goto out_clear;
	}
	ret = -EINVAL;
	api.features = userfaultfd_features();
	if ((wanted & ~api.features) && !kernel_has(api_ignores_unknown_features))
		goto out_clear;

	api.ioctls = UFFD_API_IOCTLS;
	if (copy_to_user(user_api, &api, sizeof(api)))
		return -EFAULT;

	/* Once only, and two threads may try at the same time. */
	if (cmpxchg(&ctx->features, 0, (unsigned int)wanted | UFFD_FEATURE_INITIALIZED))
		goto out_clear;
	return 0;

out_clear:
	memset(&api, 0, sizeof(api));
	return copy_to_user(user_api, &api, sizeof(api)) ? -EFAULT : ret;
}

static long userfaultfd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct userfaultfd_ctx *ctx = file->private_data;

	/* COV: COPY, ZEROPAGE, CONTINUE, WRITEPROTECT never true: another ioctl */
	if (cmd == UFFDIO_API)
		return userfaultfd_api(ctx, arg);
	if (!userfaultfd_is_initialized(ctx))
		return -EINVAL;

	/* COV: COPY only arm 4: the case of UFFDIO_COPY */
	/* COV: ZEROPAGE only arm 5: the case of UFFDIO_ZEROPAGE */
	/* COV: CONTINUE only arm 6: the case of UFFDIO_CONTINUE */
	/* COV: WRITEPROTECT only arm 7: the case of UFFDIO_WRITEPROTECT */
	switch (cmd) {
	case UFFDIO_REGISTER:
		return userfaultfd_register(ctx, arg);
	case UFFDIO_UNREGISTER:
		return userfaultfd_unregister(ctx, arg);
	case UFFDIO_WAKE:
		return userfaultfd_wake(ctx, arg);
	case UFFDIO_COPY:
		return userfaultfd_copy(ctx, arg);
	case UFFDIO_ZEROPAGE:
		return userfaultfd_zeropage(ctx, arg);
	case UFFDIO_CONTINUE:
		return userfaultfd_continue(ctx, arg);
	case UFFDIO_WRITEPROTECT:
		return userfaultfd_writeprotect(ctx, arg);
	case UFFDIO_POISON:
		/* COV: COPY, ZEROPAGE, CONTINUE, WRITEPROTECT never true: another ioctl */
		/* COV: COPY, ZEROPAGE, CONTINUE, WRITEPROTECT never false: another ioctl */
		if (kernel_has(knows_poison))
			return userfaultfd_poison(ctx, arg);
	}
	return -EINVAL;
}

/* ------------------------------------------------------ a new descriptor */

static const struct file_operations userfaultfd_fops = {
	.llseek = noop_llseek,
	.read = userfaultfd_read,
	.poll = userfaultfd_poll,
	.unlocked_ioctl = userfaultfd_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = userfaultfd_release,
};

/* The cache's constructor: what a context has in common with the one that it replaces. */
static void init_once_userfaultfd_ctx(void *mem)
{
	struct userfaultfd_ctx *ctx = mem;

	init_waitqueue_head(&ctx->fault_pending_wqh);
	seqcount_spinlock_init(&ctx->refile_seq, &ctx->fault_pending_wqh.lock);
	init_waitqueue_head(&ctx->fault_wqh);
	init_waitqueue_head(&ctx->fd_wqh);
	init_waitqueue_head(&ctx->event_wqh);
}

static int new_userfaultfd(int flags)
{
	unsigned int file_flags = O_RDONLY | (flags & UFFD_SHARED_FCNTL_FLAGS);
	struct mm_struct *mm = current->mm;
	struct userfaultfd_ctx *ctx;
	int fd;

	BUILD_BUG_ON(UFFD_CLOEXEC != O_CLOEXEC);
	BUILD_BUG_ON(UFFD_NONBLOCK != O_NONBLOCK);
	BUILD_BUG_ON(UFFD_SHARED_FCNTL_FLAGS & UFFD_USER_MODE_ONLY);
	BUG_ON(!mm);

	if (flags & ~(UFFD_SHARED_FCNTL_FLAGS | UFFD_USER_MODE_ONLY))
		return -EINVAL;

	fd = -ENOMEM;
	ctx = kmem_cache_alloc(userfaultfd_ctx_cachep, GFP_KERNEL);
	if (!ctx)
		return fd;
	refcount_set(&ctx->refcount, 1);
	ctx->released = false;
	ctx->features = 0;
	ctx->flags = flags;
	atomic_set(&ctx->mmap_changing, 0);
	/* The struct only: a monitor that keeps the descriptor does not keep the memory. */
	ctx->mm = mm;
	mmgrab(mm);

	fd = anon_inode_getfd_secure("[userfaultfd]", &userfaultfd_fops, ctx, file_flags, NULL);
	if (fd >= 0)
		return fd;
	mmdrop(mm);
	kmem_cache_free(userfaultfd_ctx_cachep, ctx);
	return fd;
}

/* To stall the kernel itself in a fault takes a privilege, or the system's consent. */
static bool userfaultfd_syscall_allowed(int flags)
{
	bool kernel_faults = !(flags & UFFD_USER_MODE_ONLY);

	if (kernel_faults && !capable(CAP_SYS_PTRACE))
		return sysctl_unprivileged_userfaultfd;
	return true;
}

/**
 * sys_userfaultfd - a descriptor on which the faults of this process can be read
 * @flags: O_CLOEXEC, O_NONBLOCK, UFFD_USER_MODE_ONLY
 *
 * Returns the descriptor; -EPERM: not allowed; -EINVAL: unknown flags; -ENOMEM, -EMFILE.
 * Linux: fs/userfaultfd.c.
 */
SYSCALL_DEFINE1(userfaultfd, int, flags)
{
	return userfaultfd_syscall_allowed(flags) ? new_userfaultfd(flags) : -EPERM;
}

/* Who may open the file may have one for kernel faults, too: rights to a file can be given away. */
static long userfaultfd_dev_ioctl(struct file *file, unsigned int cmd, unsigned long flags)
{
	return cmd == USERFAULTFD_IOC_NEW ? new_userfaultfd(flags) : -EINVAL;
}

static const struct file_operations userfaultfd_dev_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.unlocked_ioctl = userfaultfd_dev_ioctl,
	.compat_ioctl = userfaultfd_dev_ioctl,
};

static struct miscdevice userfaultfd_misc = {
	.fops = &userfaultfd_dev_fops,
	.minor = MISC_DYNAMIC_MINOR,
	.name = "userfaultfd",
};

static int __init userfaultfd_init(void)
{
	int ret = misc_register(&userfaultfd_misc);

	if (ret)
		return ret;
	userfaultfd_ctx_cachep =
		kmem_cache_create("userfaultfd_ctx_cache", sizeof(struct userfaultfd_ctx), 0,
				  SLAB_HWCACHE_ALIGN | SLAB_PANIC, init_once_userfaultfd_ctx);
	return 0;
}
__initcall(userfaultfd_init);
