/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hugetlb_resv.h - the reservation maps' regions, between the two halves of the model's
 * mm/hugetlb.c
 */
#ifndef MODEL_MM_HUGETLB_RESV_H
#define MODEL_MM_HUGETLB_RESV_H

struct resv_map;

void resv_map_init_caches(void);

long region_chg(struct resv_map *resv, long from, long to, long *out_regions_needed);
long region_add(struct resv_map *resv, long from, long to, long in_regions_needed);
void region_abort(struct resv_map *resv, long from, long to, long regions_needed);
long region_del(struct resv_map *resv, long from, long to);
long region_count(struct resv_map *resv, long from, long to);

#endif
