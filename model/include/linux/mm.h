/* SPDX-License-Identifier: GPL-2.0-only */
/* mm.h - VMAs, faults, page tables */
#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/mmap_lock.h>
#include <linux/mmdebug.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/string.h>
#include <asm/cacheflush.h>
#include <asm/tlbflush.h>
#include <linux/vmstat.h>
#include <linux/nodemask.h>
#include <linux/memcontrol.h>
#include <linux/mm_inline.h>
#include <uapi/asm-generic/mman.h>

struct mmu_gather;
struct pt_regs;

#define VM_NONE 0x00000000ul
#define VM_READ 0x00000001ul
#define VM_WRITE 0x00000002ul
#define VM_EXEC 0x00000004ul
#define VM_SHARED 0x00000008ul
#define VM_MAYREAD 0x00000010ul
#define VM_MAYWRITE 0x00000020ul
#define VM_MAYEXEC 0x00000040ul
#define VM_MAYSHARE 0x00000080ul
#define VM_GROWSDOWN 0x00000100ul
#define VM_UFFD_MISSING 0x00000200ul
#define VM_PFNMAP 0x00000400ul
#define VM_UFFD_WP 0x00001000ul
#define VM_LOCKED 0x00002000ul
#define VM_IO 0x00004000ul
#define VM_SEQ_READ 0x00008000ul
#define VM_RAND_READ 0x00010000ul
#define VM_DONTCOPY 0x00020000ul
#define VM_DONTEXPAND 0x00040000ul
#define VM_LOCKONFAULT 0x00080000ul
#define VM_ACCOUNT 0x00100000ul
#define VM_NORESERVE 0x00200000ul
#define VM_HUGETLB 0x00400000ul
#define VM_WIPEONFORK 0x02000000ul
#define VM_SOFTDIRTY 0x08000000ul
#define VM_MIXEDMAP 0x10000000ul
#define VM_HUGEPAGE 0x20000000ul
#define VM_NOHUGEPAGE 0x40000000ul
#define VM_UFFD_MINOR (1ul << 37)
#define VM_LOCKED_CLEAR_MASK (~(VM_LOCKED | VM_LOCKONFAULT))
#define VM_SPECIAL (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_STACK 0ul
#define VM_ARCH_CLEAR 0ul

#define FAULT_FLAG_DEFAULT (FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE | FAULT_FLAG_INTERRUPTIBLE)

static inline bool fault_flag_allow_retry_first(unsigned int flags)
{
	return (flags & FAULT_FLAG_ALLOW_RETRY) && !(flags & FAULT_FLAG_TRIED);
}

struct ptable;

struct vm_fault {
	struct vm_area_struct *vma;
	gfp_t gfp_mask;
	pgoff_t pgoff;
	unsigned long address; /* page-aligned */
	unsigned long real_address;
	unsigned int flags;
	pmd_t *pmd;
	pud_t *pud;
	pte_t orig_pte;
	struct page *cow_page;
	struct page *page;
	pte_t *pte;
	spinlock_t *ptl;
	struct ptable *prealloc_pte;
};

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
	int (*mremap)(struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct vm_fault *vmf);
	vm_fault_t (*map_pages)(struct vm_fault *vmf, pgoff_t start, pgoff_t end);
	unsigned long (*pagesize)(struct vm_area_struct *vma);
	vm_fault_t (*page_mkwrite)(struct vm_fault *vmf);
	vm_fault_t (*pfn_mkwrite)(struct vm_fault *vmf);
	const char *(*name)(struct vm_area_struct *vma);
};

#define page_to_pfn(page) ((unsigned long)((page)-READ_FIXED(mem_map)))
#define pfn_to_page(pfn) (READ_FIXED(mem_map) + (pfn))
#define folio_pfn(folio) page_to_pfn(&(folio)->page)
#define pfn_valid(pfn) ((pfn) < max_mapnr)
#define nth_page(page, n) ((page) + (n))
#define folio_nr_pages(folio) (1l << compound_order(&(folio)->page))
#define folio_size(folio) (PAGE_SIZE << compound_order(&(folio)->page))
#define folio_order(folio) compound_order(&(folio)->page)
#define compound_nr(page) (1ul << compound_order(page))
#define page_size(page) (PAGE_SIZE << compound_order(page))
#define PAGE_ALIGN(a) ALIGN(a, PAGE_SIZE)
#define PAGE_ALIGNED(a) IS_ALIGNED((unsigned long)(a), PAGE_SIZE)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define DEFAULT_MAX_MAP_COUNT 65530

void __folio_put(struct folio *folio);
#define folio_put(f)                                                      \
	do {                                                              \
		struct folio *put_f_ = (f);                               \
		macro_if(folio_put_testzero(put_f_)) __folio_put(put_f_); \
	} while (0)
#define put_page(page) folio_put(page_folio(page))
#define folio_put_refs(f, n)                                                             \
	do {                                                                             \
		struct folio *put_f_ = (f);                                              \
		sim_point(put_f_, SIM_WRITE, SIM_SITE("folio_put_refs"));                \
		macro_if(!atomic_raw_add(&put_f_->_refcount, -(n))) __folio_put(put_f_); \
	} while (0)

static inline void page_mapcount_reset(struct page *page)
{
	page->_mapcount.counter = -1;
}

/* For assertions and decisions that the kernel makes without a barrier: no scheduling point. */
static inline int page_mapcount(const struct page *page)
{
	return compound_head(page)->_mapcount.counter + 1;
}

#define compound_mapcount_ptr(page) (&compound_head(page)->_mapcount)
#define compound_mapcount(page) page_mapcount(page)
#define total_mapcount(page) page_mapcount(page)
#define folio_mapcount(folio) page_mapcount(&(folio)->page)
#define page_mapped(page) (page_mapcount(page) > 0)
#define folio_mapped(folio) (folio_mapcount(folio) > 0)

static inline struct address_space *folio_mapping_of(const struct folio *folio)
{
	if (folio_test_anon(folio))
		return NULL;
	return folio->mapping;
}

#define folio_mapping(folio) folio_mapping_of(folio)
#define page_mapping(page) folio_mapping_of(page_folio(page))
#define page_rmapping(page) ((void *)((unsigned long)(page)->mapping & ~PAGE_MAPPING_FLAGS))

static inline bool vma_is_anonymous(struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}

static inline void vma_set_anonymous(struct vm_area_struct *vma)
{
	vma->vm_ops = NULL;
}

static inline void vma_init(struct vm_area_struct *vma, struct mm_struct *mm)
{
	memset(vma, 0, sizeof(*vma));
	vma->vm_mm = mm;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
}

/* Private, and possibly written to: pages are copied on the first write. */
static inline bool is_cow_mapping(vm_flags_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

static inline bool vma_is_accessible(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

bool vma_is_shmem(struct vm_area_struct *vma);
#define vma_is_anon_shmem(vma) vma_is_shmem(vma)

static inline unsigned long vma_pages(struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

#define vm_start_gap(vma) ((vma)->vm_start)
#define vm_end_gap(vma) ((vma)->vm_end)

#define vma_next(vmi) ((struct vm_area_struct *)mas_find(&(vmi)->mas, ULONG_MAX))
#define vma_prev(vmi) ((struct vm_area_struct *)mas_prev(&(vmi)->mas, 0))
#define for_each_vma(vmi, vma) while (((vma) = mas_find(&(vmi).mas, ULONG_MAX)) != NULL)
#define for_each_vma_range(vmi, vma, end) while (((vma) = mas_find(&(vmi).mas, (end)-1)) != NULL)

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

int __vma_adjust(struct vm_area_struct *vma, unsigned long start, unsigned long end, pgoff_t pgoff,
		 struct vm_area_struct *insert, struct vm_area_struct *expand);

static inline int vma_adjust(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			     pgoff_t pgoff, struct vm_area_struct *insert)
{
	return __vma_adjust(vma, start, end, pgoff, insert, NULL);
}

/* What a mapping allows, for the bits of PROT_*. */
static inline vm_flags_t calc_vm_prot_bits(unsigned long prot, unsigned long pkey)
{
	vm_flags_t flags = 0;

	if (prot & PROT_READ)
		flags |= VM_READ;
	if (prot & PROT_WRITE)
		flags |= VM_WRITE;
	if (prot & PROT_EXEC)
		flags |= VM_EXEC;
	return flags;
}

struct vm_area_struct *copy_vma(struct vm_area_struct **vmap, unsigned long addr, unsigned long len,
				pgoff_t pgoff, bool *need_rmap_locks, bool keep_source);
long faultin_vma_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			    bool write, int *locked);
unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old_addr,
			       struct vm_area_struct *new_vma, unsigned long new_addr,
			       unsigned long len, bool need_rmap_locks);
struct vm_area_struct *vm_area_alloc(struct mm_struct *mm);
struct vm_area_struct *vm_area_dup(struct vm_area_struct *orig);
void vm_area_free(struct vm_area_struct *vma);

struct vm_unmapped_area_info {
#define VM_UNMAPPED_AREA_TOPDOWN 1
	unsigned long flags, length;
	unsigned long low_limit, high_limit;
	unsigned long align_mask, align_offset;
};

typedef unsigned int zap_flags_t;
#define ZAP_FLAG_DROP_MARKER ((zap_flags_t)1)
#define ZAP_FLAG_UNMAP ((zap_flags_t)2)

struct zap_details {
	struct folio *single_folio;
	bool even_cows;
	zap_flags_t zap_flags;
};

#define MM_CP_TRY_CHANGE_WRITABLE (1ul << 0)
#define MM_CP_UFFD_WP (1ul << 2)
#define MM_CP_UFFD_WP_RESOLVE (1ul << 3)
#define MM_CP_UFFD_WP_ALL (MM_CP_UFFD_WP | MM_CP_UFFD_WP_RESOLVE)
long change_protection(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, pgprot_t newprot, unsigned long cp_flags);

/* ------------------------------------------------------------ page tables */

int __pte_alloc_at(struct mm_struct *mm, pmd_t *pmd, const struct sim_site *point,
		   const struct sim_site *fail);
#define pt_lock_of(entry) (&ptable_of(entry)->ptl)
#define pte_lockptr(mm, pmd) ((void)(mm), &((struct ptable *)pmd_page_vaddr(*(pmd)))->ptl)
#define pmd_lockptr(mm, pmd) ((void)(mm), pt_lock_of(pmd))
#define pud_lockptr(mm, pud) pt_lock_of(pud)
#define pte_offset_map_lock(mm, pmd, addr, ptlp)                       \
	({                                                             \
		spinlock_t *ptl_ = pte_lockptr(mm, pmd);               \
		pte_t *pte_ = pte_offset_map(pmd, addr);               \
		*(ptlp) = ptl_;                                        \
		sim_lock(&ptl_->sim, SIM_SITE("pte_offset_map_lock")); \
		pte_;                                                  \
	})
#define pte_unmap_unlock(pte, ptl) \
	((void)(pte), sim_unlock(&(ptl)->sim, SIM_SITE("pte_unmap_unlock")))
#define pmd_lock(mm, pmd)                                   \
	({                                                  \
		spinlock_t *ptl_ = pmd_lockptr(mm, pmd);    \
		sim_lock(&ptl_->sim, SIM_SITE("pmd_lock")); \
		ptl_;                                       \
	})
#define pud_lock(mm, pud)                                   \
	({                                                  \
		spinlock_t *ptl_ = pud_lockptr(mm, pud);    \
		sim_lock(&ptl_->sim, SIM_SITE("pud_lock")); \
		ptl_;                                       \
	})
#define p4d_alloc(mm, pgd, addr) ((p4d_t *)(pgd))
#define pud_alloc(mm, p4d, addr) \
	(p4d_none(*(p4d)) && __pud_alloc(mm, p4d, addr) ? NULL : pud_offset(p4d, addr))
#define pmd_alloc(mm, pud, addr) \
	(pud_none(*(pud)) && __pmd_alloc(mm, pud, addr) ? NULL : pmd_offset(pud, addr))
#define pte_alloc(mm, pmd) (pmd_none(*(pmd)) && __pte_alloc(mm, pmd))
#define pte_alloc_map(mm, pmd, addr) (pte_alloc(mm, pmd) ? NULL : pte_offset_map(pmd, addr))
#define pte_alloc_map_lock(mm, pmd, addr, ptlp) \
	(pte_alloc(mm, pmd) ? NULL : pte_offset_map_lock(mm, pmd, addr, ptlp))
#define pmd_devmap_trans_unstable(pmd) 0
#define pmd_trans_unstable(pmd) 0
#define pmd_none_or_trans_huge_or_clear_bad(pmd) pmd_none(*(pmd))
#define pmd_none_or_clear_bad(p) pmd_none(*(p))
#define pud_none_or_clear_bad(p) pud_none(*(p))
#define p4d_none_or_clear_bad(p) p4d_none(*(p))
#define pgd_none_or_clear_bad(p) pgd_none(*(p))

/* -------------------------------------------------------------- counters */

#define add_mm_counter(mm, member, v) atomic_long_add(v, &(mm)->rss_stat.count[member])
#define inc_mm_counter(mm, member) atomic_long_add(1, &(mm)->rss_stat.count[member])
#define dec_mm_counter(mm, member) atomic_long_add(-1, &(mm)->rss_stat.count[member])
#define inc_mm_counter_fast(mm, member) inc_mm_counter(mm, member)
#define dec_mm_counter_fast(mm, member) dec_mm_counter(mm, member)
#define get_mm_counter(mm, member) ((mm)->rss_stat.count[member].counter)
#define update_hiwater_rss(mm) ((void)(mm))
#define update_hiwater_vm(mm) ((void)(mm))
#define mm_inc_nr_ptes(mm) ((void)((mm)->pgtables_bytes.counter += PAGE_SIZE))
#define mm_dec_nr_ptes(mm) ((void)((mm)->pgtables_bytes.counter -= PAGE_SIZE))
#define range_in_vma(vma, start, end) ((vma)->vm_start <= (start) && (end) <= (vma)->vm_end)
#define mm_inc_nr_pmds(mm) mm_inc_nr_ptes(mm)
#define mm_dec_nr_pmds(mm) mm_dec_nr_ptes(mm)
#define mm_inc_nr_puds(mm) mm_inc_nr_ptes(mm)
#define mm_dec_nr_puds(mm) mm_dec_nr_ptes(mm)

static inline int mm_counter_file(struct page *page)
{
	return PageSwapBacked(page) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

static inline int mm_counter(struct page *page)
{
	return PageAnon(page) ? MM_ANONPAGES : mm_counter_file(page);
}

static inline pte_t maybe_mkwrite(pte_t pte, struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_WRITE ? pte_mkwrite(pte) : pte;
}

#define linear_page_index(vma, addr) linear_page_index_of(vma, addr)
pgoff_t linear_page_index_of(struct vm_area_struct *vma, unsigned long address);
#define vmf_error(err) ((vm_fault_t)((err) == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS))
#define set_page_dirty(page) SetPageDirty(page)
#define folio_mark_dirty(folio) folio_set_dirty(folio)
#define maybe_unlock_mmap_for_io(vmf, fpin) (fpin)
extern int sysctl_max_map_count;

#define copy_huge_page_from_user(page, src, nr, allow)                                             \
	({                                                                                         \
		const struct sim_site *huge_site_ = SIM_SITE("copy_atomic");                       \
		long huge_left_;                                                                   \
		macro_if(allow) huge_site_ = SIM_SITE("copy_unlocked");                            \
		macro_if(!(allow)) pagefault_disable();                                            \
		huge_left_ = sim_copy_huge_page_from_user(page_to_pfn(page), (unsigned long)(src), \
							  nr, huge_site_);                         \
		macro_if(!(allow)) pagefault_enable();                                             \
		huge_left_;                                                                        \
	})
long sim_copy_huge_page_from_user(unsigned long dst, unsigned long from, unsigned int pages,
				  const struct sim_site *site);

/* Functions of mm/, each in its own file there. */
int do_madvise(struct mm_struct *mm, unsigned long start, size_t len_in, int behavior);
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
		    unsigned long floor, unsigned long ceiling);
int __pte_alloc(struct mm_struct *mm, pmd_t *pmd);
int __pud_alloc(struct mm_struct *mm, p4d_t *p4d, unsigned long address);
int __pmd_alloc(struct mm_struct *mm, pud_t *pud, unsigned long address);
struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr, pte_t pte);
struct folio *vm_normal_folio(struct vm_area_struct *vma, unsigned long addr, pte_t pte);
int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma);
void unmap_vmas(struct mmu_gather *tlb, struct maple_tree *mt, struct vm_area_struct *vma,
		unsigned long start_addr, unsigned long end_addr);
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size);
void zap_page_range_single(struct vm_area_struct *vma, unsigned long address, unsigned long size,
			   struct zap_details *details);
void unmap_mapping_folio(struct folio *folio);
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr, bool even_cows);
void unmap_mapping_range(struct address_space *mapping, loff_t const holebegin,
			 loff_t const holelen, int even_cows);
vm_fault_t finish_mkwrite_fault(struct vm_fault *vmf);
void do_set_pte(struct vm_fault *vmf, struct page *page, unsigned long addr);
vm_fault_t finish_fault(struct vm_fault *vmf);
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags,
			   struct pt_regs *regs);
struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm, unsigned long addr,
					    struct pt_regs *regs);
void clear_huge_page(struct page *page, unsigned long addr_hint, unsigned int pages_per_huge_page);
void copy_user_huge_page(struct page *dst, struct page *src, unsigned long addr_hint,
			 struct vm_area_struct *vma, unsigned int pages_per_huge_page);
pgprot_t vm_get_page_prot(unsigned long vm_flags);
int vma_wants_writenotify(struct vm_area_struct *vma, pgprot_t vm_page_prot);
void vma_set_page_prot(struct vm_area_struct *vma);
int __vm_enough_memory(struct mm_struct *mm, long pages, int cap_sys_admin);
void vm_stat_account(struct mm_struct *mm, vm_flags_t flags, long npages);
void unlink_file_vma(struct vm_area_struct *vma);
int vma_expand(struct ma_state *mas, struct vm_area_struct *vma, unsigned long start,
	       unsigned long end, pgoff_t pgoff, struct vm_area_struct *next);
struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *prev,
				 unsigned long addr, unsigned long end, unsigned long vm_flags,
				 struct anon_vma *anon_vma, struct file *file, pgoff_t pgoff,
				 struct mempolicy *policy,
				 struct vm_userfaultfd_ctx vm_userfaultfd_ctx,
				 struct anon_vma_name *anon_name);
struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma);
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start_addr,
					     unsigned long end_addr);
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev);
unsigned long vm_unmapped_area(struct vm_unmapped_area_info *info);
unsigned long arch_get_unmapped_area_topdown(struct file *filp, unsigned long addr,
					     unsigned long len, unsigned long pgoff,
					     unsigned long flags);
unsigned long get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags);
int __split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		int new_below);
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, int new_below);
int do_mas_munmap(struct ma_state *mas, struct mm_struct *mm, unsigned long start, size_t len,
		  struct list_head *uf, bool downgrade);
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len, struct list_head *uf);
int vm_munmap(unsigned long start, size_t len);
unsigned long mmap_region(struct file *file, unsigned long addr, unsigned long len,
			  vm_flags_t vm_flags, unsigned long pgoff, struct list_head *uf);
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff, unsigned long *populate,
		      struct list_head *uf);
unsigned long vm_mmap_pgoff(struct file *file, unsigned long addr, unsigned long len,
			    unsigned long prot, unsigned long flag, unsigned long pgoff);
unsigned long ksys_mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot,
			      unsigned long flags, unsigned long fd, unsigned long pgoff);
void exit_mmap(struct mm_struct *mm);
int truncate_inode_folio(struct address_space *mapping, struct folio *folio);
bool truncate_inode_partial_folio(struct folio *folio, loff_t start, loff_t end);
void truncate_inode_pages_range(struct address_space *mapping, loff_t lstart, loff_t lend);
void truncate_inode_pages(struct address_space *mapping, loff_t lstart);
void truncate_inode_pages_final(struct address_space *mapping);
void truncate_pagecache(struct inode *inode, loff_t newsize);
void truncate_setsize(struct inode *inode, loff_t newsize);
void truncate_pagecache_range(struct inode *inode, loff_t lstart, loff_t lend);

#endif
