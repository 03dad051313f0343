/* SPDX-License-Identifier: GPL-2.0-only */
/* host.h - shared by the files of model/host/, which put model.h over the kernel's functions */
#ifndef MODEL_HOST_H
#define MODEL_HOST_H

#include <linux/types.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/syscalls.h>

#include "model/model.h"
#include "sim/sim.h"

enum { HOST_MAX_PROCESSES = 16, HOST_MAX_THREADS = 32, HOST_MAX_UFFDS = 16 };

struct files_struct;
struct file;

/* The address space of a process; NULL before its first thread and after its last. */
struct mm_struct *host_mm(int process);
/* The open file behind a descriptor, or NULL.  Takes no reference. */
struct file *host_file(int process, int fd);
/* The process an address space belongs to, -1: none. */
int host_process_of_mm(const struct mm_struct *mm);
unsigned int host_nr_processes(void);
struct task_struct *host_task(int thread);

/* A site under a system call's own name, whatever function stands around it. */
#define HOST_SITE(func_, label_)                                                              \
	({                                                                                    \
		static const struct sim_site host_site_                                       \
			__attribute__((section("sim_sites"), used,                            \
				       aligned(32))) = { func_, label_, __FILE__, __LINE__ }; \
		&host_site_;                                                                  \
	})

/* Runs the body of a system call between its entry and its exit. */
#define HOST_SYSCALL(func_, expr_)                                          \
	({                                                                  \
		long host_ret_;                                             \
                                                                            \
		take_signals();                                             \
		sim_enter_kernel(func_, HOST_SITE(func_, "syscall_enter")); \
		host_ret_ = (expr_);                                        \
		take_signals();                                             \
		sim_leave_kernel(HOST_SITE(func_, "syscall_exit"));         \
		host_ret_;                                                  \
	})

#endif
