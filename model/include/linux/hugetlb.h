/* SPDX-License-Identifier: GPL-2.0-only */
/* hugetlb.h - huge pages from a pool */
#ifndef _LINUX_HUGETLB_H
#define _LINUX_HUGETLB_H

#include <linux/fs.h>
#include <linux/hugetlb_inline.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/rwsem.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>

/* A size of huge pages and its pool; hugetlb_lock guards the numbers, which count pages. */
struct hstate {
	struct mutex resize_lock;
	char name[16];
	unsigned int order;
	unsigned long mask;
	unsigned long max_huge_pages, nr_huge_pages;	/* as asked for, and as there are */
	unsigned long free_huge_pages, resv_huge_pages; /* the latter are promised, and free yet */
	unsigned long surplus_huge_pages, nr_overcommit_huge_pages;
	struct list_head hugepage_activelist;
	struct list_head hugepage_freelists[1];
};

extern struct hstate hstates[HUGE_MAX_HSTATE];
extern int hugetlb_max_hstate;
extern unsigned int default_hstate_idx;
extern spinlock_t hugetlb_lock;
#define default_hstate (hstates[default_hstate_idx])
#define for_each_hstate(h) for ((h) = hstates; (h) < &hstates[hugetlb_max_hstate]; (h)++)

struct hugepage_subpool {
	spinlock_t lock;
	struct hstate *hstate;
	long count;		      /* references */
	long max_hpages, used_hpages; /* max -1: no limit */
	long min_hpages, rsv_hpages;  /* min -1: owns none */
};

struct resv_map {
	struct kref refs;
	struct rw_semaphore rw_sema;   /* of a private mapping, which has no vma lock */
	spinlock_t lock;	       /* guards what follows */
	struct list_head regions;      /* sorted, apart from each other */
	struct list_head region_cache; /* spare ones, so that an addition cannot fail */
	long region_cache_count, adds_in_progress;
};

/* Huge pages [from, to) of the file or, in a private mapping, of the VMA. */
struct file_region {
	struct list_head link;
	long from, to;
};

/* Of a shared VMA: faults hold it for reading, truncation and unmapping for writing. */
struct hugetlb_vma_lock {
	struct vm_area_struct *vma;
	struct rw_semaphore rw_sema;
	struct kref refs;
};

struct hugetlbfs_sb_info {
	struct hstate *hstate;
	struct hugepage_subpool *spool;
};

struct hugetlbfs_inode_info {
	struct inode vfs_inode;
	unsigned int seals;
};

static inline struct hugetlbfs_sb_info *HUGETLBFS_SB(struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline struct hugetlbfs_inode_info *HUGETLBFS_I(struct inode *inode)
{
	return container_of(inode, struct hugetlbfs_inode_info, vfs_inode);
}

extern const struct file_operations hugetlbfs_file_operations;
extern const struct vm_operations_struct hugetlb_vm_ops;
extern struct mutex *hugetlb_fault_mutex_table;

enum {
	HUGETLB_SHMFS_INODE = 1,
	HUGETLB_ANONHUGE_INODE = 2,
};
#define HUGETLB_ANON_FILE "anon_hugepage"

#define is_file_hugepages(file) ((file)->f_op == &hugetlbfs_file_operations)

#define is_file_hugepages_inode(inode) ((inode)->i_fop == &hugetlbfs_file_operations)

#define huge_page_order(h) ((h)->order)
#define huge_page_shift(h) ((h)->order + PAGE_SHIFT)
#define huge_page_size(h) (PAGE_SIZE << (h)->order)
#define huge_page_mask(h) ((h)->mask)
#define pages_per_huge_page(h) (1u << (h)->order)
#define blocks_per_huge_page(h) (huge_page_size(h) / 512)
#define hstate_index(h) ((int)((h)-hstates))
#define hstate_is_gigantic(h) ((h)->order > 10)
#define hstate_inode(i) (HUGETLBFS_SB((i)->i_sb)->hstate)
#define hstate_file(f) hstate_inode(file_inode(f))
#define hstate_vma(vma) hstate_file((vma)->vm_file)
struct hstate *size_to_hstate(unsigned long size);
#define page_hstate(page) size_to_hstate(page_size(page))
#define folio_hstate(folio) size_to_hstate(folio_size(folio))

static inline struct hstate *hstate_sizelog(int page_size_log)
{
	if (!page_size_log)
		return &default_hstate;
	return page_size_log < 64 ? size_to_hstate(1ul << page_size_log) : NULL;
}

/* State of a huge page, in page->private. */
enum hugetlb_page_flags {
	HPG_restore_reserve, /* freeing it must restore the reservation it consumed */
	HPG_migratable,	     /* in use and settled */
	HPG_temporary,	     /* outside of the pool's count */
	HPG_freed,	     /* on a free list */
};

#define HPAGE_FLAG(Name, name)                                                 \
	static inline int HPage##Name(const struct page *page)                 \
	{                                                                      \
		return page->private >> HPG_##name & 1;                        \
	}                                                                      \
	static inline void SetHPage##Name(struct page *page)                   \
	{                                                                      \
		page->private |= 1ul << HPG_##name;                            \
	}                                                                      \
	static inline void ClearHPage##Name(struct page *page)                 \
	{                                                                      \
		page->private &= ~(1ul << HPG_##name);                         \
	}                                                                      \
	static inline int folio_test_hugetlb_##name(const struct folio *folio) \
	{                                                                      \
		return HPage##Name(&folio->page);                              \
	}                                                                      \
	static inline void folio_clear_hugetlb_##name(struct folio *folio)     \
	{                                                                      \
		ClearHPage##Name(&folio->page);                                \
	}

HPAGE_FLAG(RestoreReserve, restore_reserve)
HPAGE_FLAG(Migratable, migratable)
HPAGE_FLAG(Temporary, temporary)
HPAGE_FLAG(Freed, freed)

#define hugetlb_folio_subpool(folio) ((struct hugepage_subpool *)(folio)->page.subpool)
#define hugetlb_page_subpool(page) ((struct hugepage_subpool *)(page)->subpool)
#define hugetlb_set_page_subpool(page_, spool) ((void)((page_)->subpool = (spool)))
#define hugetlb_set_folio_subpool(folio, spool) ((void)((folio)->page.subpool = (spool)))

#define hugetlb_count_add(n, mm) atomic_long_add(n, &(mm)->hugetlb_usage)
#define hugetlb_count_sub(n, mm) atomic_long_add(-(long)(n), &(mm)->hugetlb_usage)
#define hugetlb_count_init(mm) ((void)((mm)->hugetlb_usage.counter = 0))
#define arch_clear_hugepage_flags(page) ((void)(page))
#define htlb_alloc_mask(h) GFP_HIGHUSER

/* --------------------------------------------------- entries of huge pages */

#define huge_ptep_get(p) (sim_point(p, SIM_READ, SIM_SITE("huge_ptep_get")), *(p))
#define set_huge_pte_at(mm, addr, p, v)                                    \
	do {                                                               \
		pte_t *set_p_ = (p);                                       \
		pte_t set_v_ = (v);                                        \
		sim_point(set_p_, SIM_WRITE, SIM_SITE("set_huge_pte_at")); \
		*set_p_ = set_v_;                                          \
	} while (0)
#define huge_pte_clear(mm, addr, p, sz) set_huge_pte_at(mm, addr, p, __pte(0))
#define huge_ptep_get_and_clear(mm, addr, p) ptep_get_and_clear(mm, addr, p)
#define huge_ptep_clear_flush(vma, addr, p) ptep_clear_flush(vma, addr, p)
#define huge_ptep_set_wrprotect(mm, addr, p)                                \
	do {                                                                \
		pte_t *protect_p_ = (p);                                    \
		PT_POINT(protect_p_, SIM_WRITE, "huge_ptep_set_wrprotect"); \
		*protect_p_ = huge_pte_wrprotect(*protect_p_);              \
	} while (0)
#define huge_ptep_set_access_flags(vma, addr, p, pte, dirty) \
	ptep_set_access_flags(vma, addr, p, pte, dirty)
#define huge_pte_none(pte) pte_none(pte)
#define huge_pte_none_mostly(pte) pte_none_mostly(pte)
#define huge_pte_write(pte) pte_write(pte)
#define huge_pte_dirty(pte) pte_dirty(pte)
#define huge_pte_mkdirty(pte) pte_mkdirty(pte)
#define huge_pte_mkwrite(pte) pte_mkwrite(pte)
#define huge_pte_wrprotect(pte) pte_wrprotect(pte)
#define huge_pte_uffd_wp(pte) pte_uffd_wp(pte)
#define huge_pte_modify(pte, prot) pte_modify(pte, prot)
void hugetlb_dup_vma_private(struct vm_area_struct *vma);
int copy_hugetlb_page_range(struct mm_struct *dst, struct mm_struct *src,
			    struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma);
#define huge_pte_clear_uffd_wp(pte) pte_clear_uffd_wp(pte)
#define huge_pte_mkuffd_wp(pte) pte_mkuffd_wp(pte)
#define mk_huge_pte(page, prot) pte_mkhuge(mk_pte(page, prot))
#define arch_make_huge_pte(entry, shift, flags) pte_mkhuge(entry)
#define hugetlb_free_pgd_range(tlb, addr, end, floor, ceiling) \
	free_pgd_range(tlb, addr, end, floor, ceiling)

#define huge_pte_lockptr(h, mm, pte) pt_lock_of(pte)
#define huge_pte_lock(h, mm, pte)                                \
	({                                                       \
		spinlock_t *ptl_ = huge_pte_lockptr(h, mm, pte); \
		sim_lock(&ptl_->sim, SIM_SITE("huge_pte_lock")); \
		ptl_;                                            \
	})

int hugetlb_mcopy_atomic_pte(struct mm_struct *dst_mm, pte_t *dst_pte,
			     struct vm_area_struct *dst_vma, unsigned long dst_addr,
			     unsigned long src_addr, enum mcopy_atomic_mode mode,
			     struct page **pagep, bool wp_copy);
static inline int prepare_hugepage_range(struct file *file, unsigned long addr, unsigned long len)
{
	struct hstate *h = hstate_file(file);

	if (len & ~huge_page_mask(h))
		return -EINVAL;
	return addr & ~huge_page_mask(h) ? -EINVAL : 0;
}

struct resv_map *resv_map_alloc(void);
void resv_map_release(struct kref *ref);
struct file *hugetlb_file_setup(const char *name, size_t size, vm_flags_t acctflag, int creat_flags,
				int page_size_log);
unsigned long hugetlb_get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
					unsigned long pgoff, unsigned long flags);
int init_hugetlbfs_fs(void);
int hugetlbfs_limit_mount(struct hstate *h, long max_hpages, long min_hpages);
unsigned long hugetlb_lay_out(unsigned long start_pfn, unsigned long nr_2m, unsigned long nr_1g,
			      unsigned long overcommit_2m, bool resizes);
int set_max_huge_pages(struct hstate *h, unsigned long count);
int nr_overcommit_hugepages_store(struct hstate *h, unsigned long count);
void hugetlb_init_pools(unsigned int fault_mutexes);

struct hugepage_subpool *hugepage_new_subpool(struct hstate *h, long max_hpages, long min_hpages);
void hugepage_put_subpool(struct hugepage_subpool *spool);
void hugetlb_vma_lock_read(struct vm_area_struct *vma);
void hugetlb_vma_lock_write(struct vm_area_struct *vma);
int hugetlb_vma_trylock_write(struct vm_area_struct *vma);
void hugetlb_vma_unlock_read(struct vm_area_struct *vma);
void hugetlb_vma_unlock_write(struct vm_area_struct *vma);
void hugetlb_vma_lock_release(struct kref *kref);
void hugetlb_vma_assert_locked(struct vm_area_struct *vma);
pgoff_t linear_hugepage_index(struct vm_area_struct *vma, unsigned long address);
unsigned long vma_kernel_pagesize(struct vm_area_struct *vma);
unsigned long vma_mmu_pagesize(struct vm_area_struct *vma);
bool __vma_private_lock(struct vm_area_struct *vma);
void restore_reserve_on_error(struct hstate *h, struct vm_area_struct *vma, unsigned long address,
			      struct page *page);
struct hstate *size_to_hstate(unsigned long size);
void free_huge_page(struct page *page);
struct page *alloc_huge_page_nodemask(struct hstate *h, int preferred_nid, nodemask_t *nmask,
				      gfp_t gfp_mask);
struct page *alloc_huge_page_vma(struct hstate *h, struct vm_area_struct *vma,
				 unsigned long address);
struct page *alloc_huge_page(struct vm_area_struct *vma, unsigned long addr, int avoid_reserve);
void hugetlb_fix_reserve_counts(struct inode *inode);
bool hugetlb_reserve_pages(struct inode *inode, long from, long to, struct vm_area_struct *vma,
			   vm_flags_t vm_flags);
long hugetlb_unreserve_pages(struct inode *inode, long start, long end, long freed);
bool want_pmd_share(struct vm_area_struct *vma, unsigned long addr);
pte_t *huge_pmd_share(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		      pud_t *pud);
int huge_pmd_unshare(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
		     pte_t *ptep);
void huge_pmd_unshare_flush(struct mmu_gather *tlb, struct vm_area_struct *vma);
void adjust_range_if_pmd_sharing_possible(struct vm_area_struct *vma, unsigned long *start,
					  unsigned long *end);
void hugetlb_unshare_all_pmds(struct vm_area_struct *vma);
void hugetlb_split(struct vm_area_struct *vma, unsigned long addr);
int move_hugetlb_page_tables(struct vm_area_struct *vma, struct vm_area_struct *new_vma,
			     unsigned long old_addr, unsigned long new_addr, unsigned long len);
void clear_vma_resv_huge_pages(struct vm_area_struct *vma);
long hugetlb_change_protection(struct vm_area_struct *vma, unsigned long address, unsigned long end,
			       pgprot_t newprot, unsigned long cp_flags);
pte_t *huge_pte_alloc(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		      unsigned long sz);
pte_t *huge_pte_offset(struct mm_struct *mm, unsigned long addr, unsigned long sz);
unsigned long hugetlb_mask_last_page(struct hstate *h);
void hugetlb_zap_begin(struct vm_area_struct *vma);
void hugetlb_zap_end(struct vm_area_struct *vma);
void __unmap_hugepage_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
			    unsigned long end, struct page *ref_page, zap_flags_t zap_flags);
void __unmap_hugepage_range_final(struct mmu_gather *tlb, struct vm_area_struct *vma,
				  unsigned long start, unsigned long end, struct page *ref_page,
				  zap_flags_t zap_flags);
void unmap_hugepage_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			  struct page *ref_page, zap_flags_t zap_flags);
int hugetlb_add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t idx);
u32 hugetlb_fault_mutex_hash(struct address_space *mapping, pgoff_t idx);
vm_fault_t hugetlb_fault(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long address,
			 unsigned int flags);
void hugetlb_add_hstate(unsigned int order);

#endif
