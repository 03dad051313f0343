/* SPDX-License-Identifier: GPL-2.0-only */
/* hugetlb_cgroup.h - nothing of it is needed */
#ifndef _LINUX_HUGETLB_CGROUP_H
#define _LINUX_HUGETLB_CGROUP_H



#endif
