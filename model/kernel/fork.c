/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux kernel/fork.c and kernel/exit.c: address spaces, VMAs as objects, tasks.
 *
 * Every thread of the machine exists from the beginning, so a task does too: made from outside
 * with an address space, or unborn until fork() gives it one.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/rmap.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>
#include <asm/pgalloc.h>
#include <asm/tlbflush.h>
#include <uffdsim/bugs.h>

#include "sim/sim.h"

#define MAX_PIDS 64
/* The highest address that mmap() gives out: the gap above stands for the stack. */
#define MMAP_BASE (TASK_SIZE - (128ul << 20))

static struct kmem_cache *mm_cachep;
static struct kmem_cache *vm_area_cachep;
static struct kmem_cache *task_struct_cachep;

/* By pid - 1.  Numbers are not used again. */
static struct task_struct *pid_table[MAX_PIDS];
static pid_t last_pid;
static int last_mm_id;

/**
 * fork_init - create the caches; once at boot
 *
 * Linux: fork_init() and proc_caches_init() of kernel/fork.c.
 */
void fork_init(void)
{
	mm_cachep = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 0, SLAB_PANIC, NULL);
	vm_area_cachep = kmem_cache_create("vm_area_struct", sizeof(struct vm_area_struct), 0,
					   SLAB_PANIC, NULL);
	task_struct_cachep =
		kmem_cache_create("task_struct", sizeof(struct task_struct), 0, SLAB_PANIC, NULL);
}

/* ------------------------------------------------------------------ VMAs */

/**
 * vm_area_alloc - a VMA that covers nothing yet
 * @mm: its address space
 *
 * NULL without memory.  Linux: kernel/fork.c.
 */
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmem_cache_alloc(vm_area_cachep, GFP_KERNEL);

	if (vma)
		vma_init(vma, mm);
	return vma;
}

/**
 * vm_area_dup - a VMA like another, on nobody's lists
 * @orig: the other; its references are not taken
 *
 * NULL without memory.  Linux: kernel/fork.c.
 */
struct vm_area_struct *vm_area_dup(struct vm_area_struct *orig)
{
	struct vm_area_struct *copy = kmem_cache_alloc(vm_area_cachep, GFP_KERNEL);

	if (!copy)
		return NULL;
	*copy = *orig;
	INIT_LIST_HEAD(&copy->anon_vma_chain);
	return copy;
}

/**
 * vm_area_free - free a VMA that is in no tree and on no list
 * @vma: the VMA
 *
 * Linux: kernel/fork.c.
 */
void vm_area_free(struct vm_area_struct *vma)
{
	kmem_cache_free(vm_area_cachep, vma);
}

/* --------------------------------------------------------- address spaces */

/**
 * mm_alloc - an empty address space
 *
 * One user.  NULL without memory.  Linux: kernel/fork.c.
 */
struct mm_struct *mm_alloc(void)
{
	struct mm_struct *mm = kmem_cache_alloc(mm_cachep, GFP_KERNEL);

	if (!mm)
		return NULL;
	mt_init_flags(&mm->mm_mt, MT_FLAGS_ALLOC_RANGE | MT_FLAGS_LOCK_EXTERN);
	mt_set_external_lock(&mm->mm_mt, &mm->mmap_lock);
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	init_rwsem(&mm->mmap_lock);
	spin_lock_init(&mm->page_table_lock);
	mm->get_unmapped_area = arch_get_unmapped_area_topdown;
	mm->mmap_base = MMAP_BASE;
	mm->task_size = TASK_SIZE;
	mm->id = ++last_mm_id;
	mm->pgd = pgd_alloc(mm);
	if (mm->pgd)
		return mm;
	kmem_cache_free(mm_cachep, mm);
	return NULL;
}

/*
 * Everything has been unmapped: what is still counted was lost.  Not hugetlb_usage: a page in
 * a shared page table is counted where it was faulted in and off where the table ends.
 */
static void check_mm(struct mm_struct *mm)
{
	int i;

	for (i = 0; i < NR_MM_COUNTERS; i++)
		WARN_ON(get_mm_counter(mm, i));
	WARN_ON(mm->pgtables_bytes.counter);
}

/**
 * __mmdrop - free an address space that nobody refers to
 * @mm: unmapped, mm_count 0
 *
 * Does not sleep.  Linux: kernel/fork.c.
 */
void __mmdrop(struct mm_struct *mm)
{
	BUG_ON(mm->mm_users.counter);
	check_mm(mm);
	pgd_free(mm, mm->pgd);
	__mt_destroy(&mm->mm_mt);
	kmem_cache_free(mm_cachep, mm);
}

/**
 * __mmput - unmap the memory of an address space whose last user has gone
 * @mm: mm_users 0; its mm_count for the users is dropped
 *
 * Sleeps.  Linux: kernel/fork.c.
 */
void __mmput(struct mm_struct *mm)
{
	VM_BUG_ON(mm->mm_users.counter);
	exit_mmap(mm);
	mmdrop(mm);
}

/* ----------------------------------------------------- a child's address space */

/* The child's VMA takes its place among those that map the file. */
static void dup_vma_file(struct vm_area_struct *vma, struct vm_area_struct *orig)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	get_file(vma->vm_file);
	i_mmap_lock_write(mapping);
	flush_dcache_mmap_lock(mapping);
	vma_interval_tree_insert_after(vma, orig, &mapping->i_mmap);
	flush_dcache_mmap_unlock(mapping);
	i_mmap_unlock_write(mapping);
}

static int dup_vma_anon(struct vm_area_struct *vma, struct vm_area_struct *orig)
{
	if (!(vma->vm_flags & VM_WIPEONFORK))
		return anon_vma_fork(vma, orig);
	/* Nothing is copied; the first fault finds an anon_vma. */
	vma->anon_vma = NULL;
	return 0;
}

/* A VMA of the child, on no list yet: NULL without memory. */
static struct vm_area_struct *dup_vma(struct mm_struct *mm, struct vm_area_struct *orig,
				      struct list_head *uf)
{
	struct vm_area_struct *vma = vm_area_dup(orig);

	if (!vma)
		return NULL;
	vma->vm_mm = mm;
	if (dup_userfaultfd(vma, uf))
		goto out_free;
	if (dup_vma_anon(vma, orig))
		goto out_free;
	vma->vm_flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	if (is_vm_hugetlb_page(vma))
		hugetlb_dup_vma_private(vma);
	return vma;

out_free:
	vm_area_free(vma);
	return NULL;
}

static int dup_mmap_vma(struct ma_state *mas, struct mm_struct *mm, struct vm_area_struct *orig,
			struct list_head *uf)
{
	unsigned long charge = 0;
	struct vm_area_struct *vma;

	if (orig->vm_flags & VM_DONTCOPY) {
		vm_stat_account(mm, orig->vm_flags, -vma_pages(orig));
		return 0;
	}
	if (fatal_signal_pending(current))
		return -EINTR;
	if (orig->vm_flags & VM_ACCOUNT) {
		if (security_vm_enough_memory_mm(orig->vm_mm, vma_pages(orig)))
			return -ENOMEM;
		charge = vma_pages(orig);
	}
	vma = dup_vma(mm, orig, uf);
	if (!vma)
		goto out_unaccount;

	mas->index = vma->vm_start;
	mas->last = vma->vm_end - 1;
	mas_store_prealloc(mas, vma);
	mm->map_count++;
	if (vma->vm_ops && vma->vm_ops->open)
		vma->vm_ops->open(vma);
	dup_vma_file(vma, orig);
	if (vma->vm_flags & VM_WIPEONFORK)
		return 0;
	return copy_page_range(vma, orig);

out_unaccount:
	vm_unacct_memory(charge);
	return -ENOMEM;
}

/*
 * Copies all VMAs and what they map.  The monitors hear of it even if it fails half-way: 6.1 does
 * not ask.
 */
static int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *vma;
	LIST_HEAD(uf);
	int ret;
	MA_STATE(old_mas, &oldmm->mm_mt, 0, 0);
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	if (mmap_write_lock_killable(oldmm))
		return -EINTR;
	/* Nobody else knows the new one yet. */
	mmap_write_lock_nested(mm, SINGLE_DEPTH_NESTING);
	mm->total_vm = oldmm->total_vm;
	mm->data_vm = oldmm->data_vm;

	ret = mas_expected_entries(&mas, oldmm->map_count);
	if (ret)
		goto out;
	mas_for_each(&old_mas, vma, ULONG_MAX) {
		ret = dup_mmap_vma(&mas, mm, vma, &uf);
		if (ret)
			break;
	}
	mas_destroy(&mas);
out:
	mmap_write_unlock(mm);
	/* Until here another thread of the parent could write to what is shared now. */
	flush_tlb_mm(oldmm);
	mmap_write_unlock(oldmm);
	if (ret && kernel_has(fork_error_is_silent))
		dup_userfaultfd_fail(&uf);
	else
		dup_userfaultfd_complete(&uf);
	return ret;
}

/* Sets *@mmp to a copy of the running process's address space. */
static int dup_mm(struct mm_struct **mmp)
{
	struct mm_struct *oldmm = current->mm, *mm = mm_alloc();
	int ret;

	if (!mm)
		return -ENOMEM;
	mm->def_flags = oldmm->def_flags;
	mm->flags = oldmm->flags;
	ret = dup_mmap(mm, oldmm);
	if (ret) {
		mmput(mm);
		return ret;
	}
	*mmp = mm;
	return 0;
}

/* ----------------------------------------------------------------- tasks */

static struct task_struct *task_alloc(const char *name)
{
	struct task_struct *tsk = kmem_cache_alloc(task_struct_cachep, GFP_KERNEL);
	unsigned int i;

	if (!tsk)
		return NULL;
	BUG_ON(last_pid == MAX_PIDS);
	tsk->pid = ++last_pid;
	pid_table[tsk->pid - 1] = tsk;
	tsk->tgid = tsk->pid;
	tsk->__state = TASK_RUNNING;
	tsk->capabilities = ~0u;
	tsk->arg_page = sim_alloc(PAGE_SIZE);
	for (i = 0; i < TASK_COMM_LEN - 1 && name[i]; i++)
		tsk->comm[i] = name[i];
	return tsk;
}

/**
 * process_create - a process with one thread and an empty address space
 * @name: for reports
 *
 * From outside the machine.  The caller gives the task's number to tsk->tid.  All
 * capabilities.  NULL without memory.
 */
struct task_struct *process_create(const char *name)
{
	struct task_struct *tsk = task_alloc(name);

	if (!tsk)
		return NULL;
	tsk->mm = mm_alloc();
	if (!tsk->mm)
		goto out_release;
	tsk->active_mm = tsk->mm;
	tsk->files = alloc_files();
	if (!tsk->files)
		goto out_put_mm;
	return tsk;

out_put_mm:
	mmput(tsk->mm);
out_release:
	release_task(tsk);
	return NULL;
}

/**
 * thread_create - one more thread of a process
 * @leader: its first thread
 * @name: for reports
 *
 * As process_create().
 */
struct task_struct *thread_create(struct task_struct *leader, const char *name)
{
	struct task_struct *tsk = task_alloc(name);

	if (!tsk)
		return NULL;
	tsk->tgid = leader->tgid;
	tsk->capabilities = leader->capabilities;
	tsk->mm = leader->mm;
	tsk->active_mm = tsk->mm;
	mmget(tsk->mm);
	tsk->files = leader->files;
	atomic_inc(&tsk->files->count);
	return tsk;
}

/**
 * task_create_unborn - a thread of a process that fork() will make
 * @name: for reports
 *
 * From outside the machine: it must not run before copy_process() or thread_join().
 * NULL without memory.
 */
struct task_struct *task_create_unborn(const char *name)
{
	return task_alloc(name);
}

/**
 * thread_join - an unborn thread becomes one more of a process
 * @tsk: the thread
 * @leader: the first thread of the process
 *
 * Stands for the clone() that the child would do first of all.
 */
void thread_join(struct task_struct *tsk, struct task_struct *leader)
{
	tsk->tgid = leader->tgid;
	tsk->capabilities = leader->capabilities;
	tsk->mm = leader->mm;
	tsk->active_mm = tsk->mm;
	tsk->mm->mm_users.counter++;
	tsk->files = leader->files;
	tsk->files->count.counter++;
}

/*
 * copy_process - the body of fork()
 * @child: unborn; on success it has a copy of everything of current's, capabilities excepted
 *
 * No locks held; sleeps until the monitors of all userfaultfds that want EVENT_FORK have read
 * it.  Returns 0; -ENOMEM; -EINTR: killed; -ERESTARTNOINTR: there are signals to be taken first.
 * Linux: kernel/fork.c.
 */
static int copy_process(struct task_struct *child)
{
	struct files_struct *files;
	struct mm_struct *mm;
	int ret;

	if (signal_pending(current))
		return -ERESTARTNOINTR;
	files = dup_fd(current->files);
	if (!files)
		return -ENOMEM;
	ret = dup_mm(&mm);
	if (ret)
		goto out_files;
	/* A signal that kills ends a fork in the middle. */
	ret = -EINTR;
	if (fatal_signal_pending(current))
		goto out_mm;
	child->files = files;
	child->mm = mm;
	child->active_mm = mm;
	return 0;

out_mm:
	mmput(mm);
out_files:
	put_files_struct(files);
	return ret;
}

/* Linux has no argument here: it makes the task as well. */
SYSCALL_DEFINE1(fork, struct task_struct *, child)
{
	return copy_process(child);
}

/**
 * find_task_by_vpid - the task with a number
 * @pid: the number
 *
 * NULL when there is none.  Linux: kernel/pid.c.
 */
struct task_struct *find_task_by_vpid(pid_t pid)
{
	return pid >= 1 && pid <= MAX_PIDS ? pid_table[pid - 1] : NULL;
}

/**
 * thread_after - the next thread of a process
 * @p: any thread of it
 * @t: the last one found; NULL: none yet
 *
 * Those that have exited are found until they are released.  NULL past the last.
 */
struct task_struct *thread_after(const struct task_struct *p, const struct task_struct *t)
{
	pid_t pid;

	for (pid = t ? t->pid + 1 : 1; pid <= last_pid; pid++) {
		struct task_struct *next = find_task_by_vpid(pid);

		if (next && next->tgid == p->tgid)
			return next;
	}
	return NULL;
}

/**
 * release_task - free a task that has exited
 * @tsk: the task, not current
 *
 * Linux: kernel/exit.c.
 */
void release_task(struct task_struct *tsk)
{
	pid_table[tsk->pid - 1] = NULL;
	sim_free(tsk->arg_page);
	kmem_cache_free(task_struct_cachep, tsk);
}

static void exit_mm(struct task_struct *tsk)
{
	struct mm_struct *mm = tsk->mm;

	if (!mm)
		return;
	mmap_read_lock(mm);
	tsk->mm = NULL;
	tsk->active_mm = NULL;
	leave_mm(tsk->tid);
	mmap_read_unlock(mm);
	mmput(mm);
}

/**
 * do_exit - the running thread ends
 * @code: unused
 *
 * The last thread of a process unmaps its memory and closes its files.  Returns to the
 * caller, who must not run the thread again.  Linux: kernel/exit.c.
 */
void do_exit(long code)
{
	struct task_struct *tsk = current;

	if (tsk->flags & PF_EXITING)
		return;
	if (tsk->task_works)
		task_work_run();
	tsk->flags |= PF_EXITING;
	exit_mm(tsk);
	exit_files(tsk);
	tsk->__state = TASK_DEAD;
}

/**
 * do_group_exit - the running thread's process ends
 * @code: unused
 *
 * The other threads get SIGKILL; each calls do_exit() when it is about to return to user
 * mode, or at once if it is there.  Then as do_exit().  Linux: kernel/exit.c.
 */
void do_group_exit(long code)
{
	zap_other_threads(current);
	do_exit(code);
}
