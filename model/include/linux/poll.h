/* SPDX-License-Identifier: GPL-2.0-only */
/* poll.h */
#ifndef _LINUX_POLL_H
#define _LINUX_POLL_H

#include <linux/fs.h>
#include <linux/wait.h>

#define EPOLLIN 0x00000001u
#define EPOLLERR 0x00000008u
#define EPOLLHUP 0x00000010u
#define EPOLLNVAL 0x00000020u

struct pollfd {
	int fd;
	short events;
	short revents;
};

static inline __poll_t key_to_poll(void *key)
{
	return (__poll_t)(unsigned long)key;
}

typedef void (*poll_queue_proc)(struct file *, wait_queue_head_t *, struct poll_table_struct *);

typedef struct poll_table_struct {
	poll_queue_proc _qproc;
	__poll_t _key;
} poll_table;

static inline void init_poll_funcptr(poll_table *pt, poll_queue_proc qproc)
{
	pt->_qproc = qproc;
	pt->_key = ~0u;
}

static inline void poll_wait(struct file *filp, wait_queue_head_t *wait_address, poll_table *p)
{
	if (p && p->_qproc)
		p->_qproc(filp, wait_address, p);
}

#define vfs_poll(file, pt) ((file)->f_op->poll(file, pt))

#endif
