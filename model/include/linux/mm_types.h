/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_types.h - pages, VMAs, address spaces */
#ifndef _LINUX_MM_TYPES_H
#define _LINUX_MM_TYPES_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/maple_tree.h>
#include <linux/rwsem.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <asm/pgtable_types.h>

struct address_space;
struct file;
struct mempolicy;
struct vm_fault;
struct anon_vma_name;
struct userfaultfd_ctx;

/*
 * One page frame.  mem_map holds them all; of a huge page only the head is ever touched, so
 * what the kernel keeps in its tail pages stands here as well.
 */
struct page {
	unsigned long flags;
	atomic_t _refcount;
	atomic_t _mapcount; /* mappings - 1; of a huge page: as a whole */
	struct list_head lru;
	struct address_space *mapping;
	pgoff_t index;
	unsigned long private;	 /* huge pages: HPG_* */
	void *subpool;		 /* huge pages */
	struct sim_lock lock;	 /* PG_locked and its waiters */
} __attribute__((aligned(128))); /* the machine finds an object by masking its address */

/* A folio is its head page; the members have the same places. */
struct folio {
	union {
		struct {
			unsigned long flags;
			atomic_t _refcount;
			atomic_t _mapcount;
			struct list_head lru;
			struct address_space *mapping;
			pgoff_t index;
			unsigned long private;
		};
		struct page page;
	};
};

extern struct page *mem_map;
extern unsigned long max_mapnr; /* frames in mem_map */

struct vm_userfaultfd_ctx {
	struct userfaultfd_ctx *ctx;
};
#define NULL_VM_UFFD_CTX ((struct vm_userfaultfd_ctx){ NULL })

struct anon_vma;
struct vm_operations_struct;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct mm_struct *vm_mm;
	pgprot_t vm_page_prot;
	unsigned long vm_flags;
	struct list_head shared; /* in the mapping's i_mmap */
	struct list_head anon_vma_chain;
	struct anon_vma *anon_vma;
	const struct vm_operations_struct *vm_ops;
	unsigned long vm_pgoff;
	struct file *vm_file;
	void *vm_private_data; /* hugetlb: vma lock or reservation map */
	struct vm_userfaultfd_ctx vm_userfaultfd_ctx;
};

enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };

struct mm_rss_stat {
	atomic_long_t count[NR_MM_COUNTERS];
};

struct mm_struct {
	struct maple_tree mm_mt;
	unsigned long (*get_unmapped_area)(struct file *filp, unsigned long addr, unsigned long len,
					   unsigned long pgoff, unsigned long flags);
	unsigned long mmap_base;
	unsigned long task_size;
	pgd_t *pgd;
	atomic_t mm_users; /* threads and others that use the memory */
	atomic_t mm_count; /* users as one, and who needs the structure */
	int map_count;
	spinlock_t page_table_lock;
	struct rw_semaphore mmap_lock;
	unsigned long total_vm;
	unsigned long locked_vm;
	unsigned long data_vm;
	unsigned long def_flags;
	unsigned long flags;
	struct mm_rss_stat rss_stat;
	atomic_long_t hugetlb_usage;
	atomic_long_t pgtables_bytes;
	atomic_t tlb_flush_pending;
	int id; /* for names: processes are numbered from 1 */
};

struct vma_iterator {
	struct ma_state mas;
};
#define VMA_ITERATOR(name, mm_, addr)                                              \
	struct vma_iterator name = {                                               \
		.mas = { .tree = &(mm_)->mm_mt, .index = addr, .node = MAS_START } \
	}

enum {
	/* the access */
	FAULT_FLAG_WRITE = 0x001,
	FAULT_FLAG_USER = 0x040,
	FAULT_FLAG_REMOTE = 0x080, /* not to current->mm */
	FAULT_FLAG_INSTRUCTION = 0x100,
	FAULT_FLAG_UNSHARE = 0x400, /* a read that wants a page of its own */
	FAULT_FLAG_MKWRITE = 0x002, /* a mapped page is about to become writable */
	/* may the handler drop mmap_lock, wait, and be interrupted */
	FAULT_FLAG_ALLOW_RETRY = 0x004,
	FAULT_FLAG_RETRY_NOWAIT = 0x008,
	FAULT_FLAG_TRIED = 0x020,
	FAULT_FLAG_KILLABLE = 0x010,
	FAULT_FLAG_INTERRUPTIBLE = 0x200,
	/* vmf->orig_pte was read under the lock */
	FAULT_FLAG_ORIG_PTE_VALID = 0x800,
};

enum {
	VM_FAULT_OOM = 0x000001,
	VM_FAULT_SIGBUS = 0x000002,
	VM_FAULT_MAJOR = 0x000004,
	VM_FAULT_HWPOISON = 0x000010,
	VM_FAULT_HWPOISON_LARGE = 0x000020,
	VM_FAULT_SIGSEGV = 0x000040,
	VM_FAULT_WRITE = 0x000008,
	VM_FAULT_NOPAGE = 0x000100,
	VM_FAULT_LOCKED = 0x000200,
	VM_FAULT_RETRY = 0x000400,
	VM_FAULT_FALLBACK = 0x000800,
	VM_FAULT_DONE_COW = 0x001000,
	VM_FAULT_COMPLETED = 0x004000,
	VM_FAULT_HINDEX_MASK = 0x0f0000,
};
#define VM_FAULT_SET_HINDEX(x) ((vm_fault_t)((x) << 16))
#define VM_FAULT_ERROR                                                           \
	(VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | VM_FAULT_HWPOISON | \
	 VM_FAULT_HWPOISON_LARGE | VM_FAULT_FALLBACK)

#endif
