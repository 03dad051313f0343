/* ----------------------------------------------- what a thread of the scenario does */

static __thread sigjmp_buf after_access;
static __thread volatile bool in_access;
static __thread volatile int access_signal, access_code;
static __thread volatile uint64_t access_addr;

static void on_bad_access(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code <= 0) /* somebody sent it */
		return;
	if (!in_access)
		_exit(3);
	in_access = false;
	access_signal = sig;
	access_code = info->si_code;
	access_addr = (uint64_t)info->si_addr;
	siglongjmp(after_access, 1);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void set_handlers(void)
{
	struct sigaction bad = { .sa_sigaction = on_bad_access, .sa_flags = SA_SIGINFO | SA_NODEFER };
	struct sigaction plain = { .sa_handler = on_signal };

	sigaction(SIGBUS, &bad, NULL);
	sigaction(SIGSEGV, &bad, NULL);
	sigaction(SIGUSR1, &plain, NULL);
	sigaction(SIGUSR2, &plain, NULL);
	sigaction(SIGALRM, &plain, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
}

/* What a system call returns, with errno. */
static void set_ret(struct outcome *o, long ret)
{
	o->kind = O_value;
	o->err = ret < 0 ? errno : 0;
	o->value = ret < 0 ? 0 : ret;
}

static int fd_of(const struct line *l)
{
	return l->uffd < 0 ? files[l->file] : shared->fds[l->uffd][my_process];
}

static int make_uffd(const struct uffd *u, int more)
{
	int flags = u->flags | more, dev, fd;

	if (!u->dev)
		return syscall(SYS_userfaultfd, flags);
	dev = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return -1;
	fd = ioctl(dev, USERFAULTFD_IOC_NEW, flags);
	more = errno;
	close(dev);
	errno = more;
	return fd;
}

static void do_userfaultfd(const struct line *l, struct outcome *o)
{
	int fd = make_uffd(&now->uffds[l->uffd], l->value);

	set_ret(o, fd);
	if (fd < 0)
		return;
	o->value = 0;
	shared->fds[l->uffd][my_process] = fd;
}

static void do_make(const struct line *l, struct outcome *o)
{
	do_userfaultfd(l, o);
	if (o->err)
		return;
	o->arg.api = (struct uffdio_api){ .api = UFFD_API,
					  .features = now->uffds[l->uffd].features };
	set_ret(o, ioctl(fd_of(l), UFFDIO_API, &o->arg.api));
}

static void do_take(const struct line *l, struct outcome *o)
{
	int pidfd = syscall(SYS_pidfd_open, shared->pid[l->to], 0);
	int fd = pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, shared->fds[l->uffd][l->to], 0);

	set_ret(o, fd);
	shared->fds[l->uffd][my_process] = fd;
	if (pidfd >= 0)
		close(pidfd);
}

static void do_api(const struct line *l, struct outcome *o)
{
	o->arg.api = (struct uffdio_api){ .api = UFFD_API, .features = l->flags };
	set_ret(o, ioctl(fd_of(l), UFFDIO_API, &o->arg.api));
}

static void do_register(const struct line *l, struct outcome *o)
{
	o->arg.reg = (struct uffdio_register){ .range = { l->addr, l->len }, .mode = l->flags };
	set_ret(o, ioctl(fd_of(l), UFFDIO_REGISTER, &o->arg.reg));
}

static void do_unregister(const struct line *l, struct outcome *o)
{
	o->arg.range = (struct uffdio_range){ l->addr, l->len };
	set_ret(o, ioctl(fd_of(l), UFFDIO_UNREGISTER, &o->arg.range));
}

static void do_wake(const struct line *l, struct outcome *o)
{
	o->arg.range = (struct uffdio_range){ l->addr, l->len };
	set_ret(o, ioctl(fd_of(l), UFFDIO_WAKE, &o->arg.range));
}

static void do_copy(const struct line *l, struct outcome *o)
{
	o->arg.copy = (struct uffdio_copy){
		.dst = l->addr, .src = l->src, .len = l->len, .mode = l->flags
	};
	set_ret(o, ioctl(fd_of(l), UFFDIO_COPY, &o->arg.copy));
}

static void do_zeropage(const struct line *l, struct outcome *o)
{
	o->arg.zero = (struct uffdio_zeropage){ .range = { l->addr, l->len }, .mode = l->flags };
	set_ret(o, ioctl(fd_of(l), UFFDIO_ZEROPAGE, &o->arg.zero));
}

static void do_continue(const struct line *l, struct outcome *o)
{
	o->arg.cont = (struct uffdio_continue){ .range = { l->addr, l->len }, .mode = l->flags };
	set_ret(o, ioctl(fd_of(l), UFFDIO_CONTINUE, &o->arg.cont));
}

static void do_poison(const struct line *l, struct outcome *o)
{
	o->arg.poison = (struct uffdio_poison){ .range = { l->addr, l->len }, .mode = l->flags };
	set_ret(o, ioctl(fd_of(l), UFFDIO_POISON, &o->arg.poison));
}

static void do_writeprotect(const struct line *l, struct outcome *o)
{
	o->arg.wp = (struct uffdio_writeprotect){ .range = { l->addr, l->len }, .mode = l->flags };
	set_ret(o, ioctl(fd_of(l), UFFDIO_WRITEPROTECT, &o->arg.wp));
}

static void count_fault(int uffd, const struct uffd_msg *m)
{
	unsigned int flags = m->arg.pagefault.flags, kind = 0;

	if (flags & 4) /* UFFD_PAGEFAULT_FLAG_MINOR */
		kind = 1;
	else if (flags & 2) /* UFFD_PAGEFAULT_FLAG_WP */
		kind = 2;
	shared->read_faults[uffd][kind]++;
}

static void do_read(const struct line *l, struct outcome *o)
{
	long n = read(fd_of(l), o->message,
		      l->value < sizeof(o->message) ? l->value : sizeof(o->message));
	int i;

	set_ret(o, n);
	if (n <= 0)
		return;
	o->kind = O_messages;
	o->nmessages = n / sizeof(o->message[0]);
	for (i = 0; i < o->nmessages; i++) {
		const struct uffd_msg *m = &o->message[i];

		if (m->event == UFFD_EVENT_PAGEFAULT)
			count_fault(l->uffd, m);
		else if (m->event == UFFD_EVENT_FORK && i < MAX_UFFDS && l->ufds[i])
			shared->fds[l->ufds[i] - 1][my_process] = m->arg.fork.ufd;
	}
}

static void do_poll(const struct line *l, struct outcome *o)
{
	struct pollfd p = { .fd = fd_of(l), .events = POLLIN };
	long n = poll(&p, 1, l->sleeps ? -1 : 0);

	set_ret(o, n);
	if (n < 0)
		return;
	o->kind = O_poll;
	o->value = p.revents;
}

static void do_close(const struct line *l, struct outcome *o)
{
	set_ret(o, close(fd_of(l)));
}

/* Zero is what a scenario expects of memory that is where it was wanted. */
static void set_place(struct outcome *o, const void *at, uint64_t wanted)
{
	set_ret(o, at == MAP_FAILED ? -1 : 0);
	if (at != MAP_FAILED && (uint64_t)at != wanted)
		o->value = (uint64_t)at;
}

static void do_mmap(const struct line *l, struct outcome *o)
{
	int fd = l->file < 0 ? -1 : files[l->file];

	set_place(o, mmap((void *)l->addr, l->len, l->prot, l->map_flags | MAP_FIXED, fd, l->offset),
		  l->addr);
}

static void do_munmap(const struct line *l, struct outcome *o)
{
	set_ret(o, munmap((void *)l->addr, l->len));
}

static void do_mremap(const struct line *l, struct outcome *o)
{
	void *at = mremap((void *)l->addr, l->len, l->value, l->flags, (void *)l->src);

	set_place(o, at, l->flags & MREMAP_FIXED ? l->src : l->addr);
}

static void do_madvise(const struct line *l, struct outcome *o)
{
	set_ret(o, madvise((void *)l->addr, l->len, l->flags));
}

static void do_mprotect(const struct line *l, struct outcome *o)
{
	set_ret(o, mprotect((void *)l->addr, l->len, l->flags));
}

static void do_truncate(const struct line *l, struct outcome *o)
{
	set_ret(o, ftruncate(files[l->file], l->value));
}

static void do_punch(const struct line *l, struct outcome *o)
{
	set_ret(o, fallocate(files[l->file], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, l->addr,
			     l->len));
}

static void do_fallocate(const struct line *l, struct outcome *o)
{
	set_ret(o, fallocate(files[l->file], 0, l->addr, l->len));
}

static void start_threads(void);

static void do_fork(const struct line *l, struct outcome *o)
{
	int parent = my_process, i;
	long pid;

	for (i = 0; i < now->nuffds; i++)
		shared->fds[i][l->to] = shared->fds[i][parent];
	/* Not fork(): libc's would touch memory of its own, and run handlers. */
	pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!pid) {
		my_process = l->to;
		start_threads();
		for (;;)
			pause();
	}
	set_ret(o, pid);
	if (pid < 0)
		return;
	shared->pid[l->to] = pid;
	o->kind = O_process;
	o->value = l->to;
}

static bool write_number(const char *path, long n)
{
	char text[32];
	int fd = open(path, O_WRONLY), len = snprintf(text, sizeof(text), "%ld", n);
	bool ok = fd >= 0 && write(fd, text, len) == len;
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return ok;
}

static long read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	long n = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

#define POOL	   "/proc/sys/vm/nr_hugepages"
#define OVERCOMMIT "/proc/sys/vm/nr_overcommit_hugepages"
#define PRIVILEGE  "/proc/sys/vm/unprivileged_userfaultfd"
#define POOL_STATE "/sys/kernel/mm/hugepages/hugepages-2048kB/"

static void do_hugepages(const struct line *l, struct outcome *o)
{
	set_ret(o, write_number(POOL, l->value + lost_pages) ? 0 : -1);
}

static void do_overcommit(const struct line *l, struct outcome *o)
{
	set_ret(o, write_number(OVERCOMMIT, l->value) ? 0 : -1);
}

static void do_exit(const struct line *l, struct outcome *o)
{
	(void)l;
	(void)o;
	syscall(SYS_exit_group, 0);
}

static void do_signal(const struct line *l, struct outcome *o)
{
	int tid = shared->slots[l->to].tid, process = now->threads[l->to].process;

	errno = ESRCH;
	set_ret(o, tid ? syscall(SYS_tgkill, shared->pid[process], tid, (int)l->flags) : -1);
}

static void take_signal(struct outcome *o)
{
	o->kind = O_signal;
	o->value = access_signal;
	o->code = access_code;
	o->sigaddr = access_addr;
}

static void do_load(const struct line *l, struct outcome *o)
{
	if (sigsetjmp(after_access, 1)) {
		take_signal(o);
		return;
	}
	in_access = true;
	o->value = *(volatile uint64_t *)l->addr;
	in_access = false;
	o->kind = O_value;
}

static void do_store(const struct line *l, struct outcome *o)
{
	if (sigsetjmp(after_access, 1)) {
		take_signal(o);
		return;
	}
	in_access = true;
	*(volatile uint64_t *)l->addr = l->value;
	in_access = false;
	o->kind = O_value;
}

/* An access by the kernel for the thread: flags says that it writes to the memory. */
static void do_uaccess(const struct line *l, struct outcome *o)
{
	uint64_t word = l->value;
	int p[2];
	long n;

	if (pipe(p)) {
		set_ret(o, -1);
		return;
	}
	if (l->flags) {
		n = write(p[1], &word, sizeof(word));
		n = read(p[0], (void *)l->addr, sizeof(word));
		set_ret(o, n < 0 ? -1 : 0);
	} else {
		n = write(p[1], (void *)l->addr, sizeof(word));
		set_ret(o, n < 0 ? -1 : 0);
		if (n > 0 && read(p[0], &word, sizeof(word)) == sizeof(word))
			o->value = word;
	}
	n = errno;
	close(p[0]);
	close(p[1]);
	errno = n;
}

/* ------------------------------------------------------- serve: the loop of a monitor */

static const struct map *map_at(uint64_t addr)
{
	int i;

	for (i = 0; i < now->nmaps; i++) {
		if (addr - now->maps[i].addr < now->maps[i].len)
			return &now->maps[i];
	}
	return NULL;
}

static int answer(const struct line *l, int fd, const struct uffd_msg *m, struct uffdio_range r)
{
	const struct map *map = map_at(r.start);
	uint64_t from = l->len > r.len && map ? r.start - map->addr : 0;
	struct uffdio_copy copy = { r.start, l->src + from, r.len, l->flags, 0 };
	struct uffdio_zeropage zero = { r, l->flags, 0 };
	struct uffdio_continue cont = { r, l->flags, 0 };
	struct uffdio_writeprotect wp = { r, l->flags ? 2 : 0 };

	if (m->arg.pagefault.flags & 2) /* UFFD_PAGEFAULT_FLAG_WP */
		return ioctl(fd, UFFDIO_WRITEPROTECT, &wp);
	switch (l->answer) {
	case OP_copy:
		return ioctl(fd, UFFDIO_COPY, &copy);
	case OP_zeropage:
		return ioctl(fd, UFFDIO_ZEROPAGE, &zero);
	case OP_writeprotect:
		return ioctl(fd, UFFDIO_WRITEPROTECT, &wp);
	default:
		return ioctl(fd, UFFDIO_CONTINUE, &cont);
	}
}

static enum rule_action rule_for(const struct line *l, int err)
{
	const struct rule *r;

	for (r = l->rules; r && r->action; r++) {
		if (!r->err || r->err == err)
			return r->action;
	}
	return 0;
}

/* What a monitor that waits with a fault reads meanwhile. */
struct aside {
	struct uffd_msg m[32];
	int n;
};

static void read_aside(int fd, struct aside *a)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (a->n < 32 && poll(&p, 1, 0) == 1 && p.revents == POLLIN) {
		if (read(fd, &a->m[a->n], sizeof(a->m[0])) != sizeof(a->m[0]))
			return;
		if (a->m[a->n].event == UFFD_EVENT_PAGEFAULT)
			a->n++;
	}
}

static int serve_fault(const struct line *l, int fd, const struct uffd_msg *m, struct aside *a)
{
	const struct map *map = map_at(m->arg.pagefault.address);
	uint64_t page = map ? map->page : 4096;
	struct uffdio_range r = { m->arg.pagefault.address & ~(page - 1), page };

	while (answer(l, fd, m, r)) {
		switch (rule_for(l, errno)) {
		case RULE_wake:
			return ioctl(fd, UFFDIO_WAKE, &r);
		case RULE_skip:
			return 0;
		case RULE_retry:
			read_aside(fd, a);
			usleep(200);
			continue;
		default:
			return -1;
		}
	}
	return 0;
}

static bool is_finished(int thread)
{
	const struct slot *s = &shared->slots[thread];

	return __atomic_load_n(&s->done, __ATOMIC_ACQUIRE) || !__atomic_load_n(&s->busy, __ATOMIC_ACQUIRE);
}

/* 1: a message, 0: `until` is done and nothing is left, -1 */
static int next_message(const struct line *l, int fd, struct aside *a, struct uffd_msg *m)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct slot *me = &shared->slots[l->thread];
	bool last;

	me->idle = 0;
	if (a->n) {
		*m = a->m[0];
		memmove(a->m, a->m + 1, --a->n * sizeof(*m));
		return 1;
	}
	for (;;) {
		last = is_finished(l->to);
		if (poll(&p, 1, last ? 0 : 5) > 0) {
			me->idle = 0;
			if (read(fd, m, sizeof(*m)) == sizeof(*m))
				return 1;
			if (errno != EAGAIN && errno != EINTR)
				return -1;
		} else if (last) {
			return 0;
		} else {
			me->idle = 1;
		}
	}
}

static void do_serve(const struct line *l, struct outcome *o)
{
	struct aside a = { .n = 0 };
	int fd = fd_of(l), ret;
	struct uffd_msg m;

	while ((ret = next_message(l, fd, &a, &m)) > 0) {
		if (m.event != UFFD_EVENT_PAGEFAULT)
			continue;
		count_fault(l->uffd, &m);
		ret = serve_fault(l, fd, &m, &a);
		if (ret)
			break;
	}
	set_ret(o, ret);
}

/* ------------------------------------------------------------------- all of them */

typedef void (*performer)(const struct line *l, struct outcome *o);

static const performer performers[] = {
	[OP_userfaultfd] = do_userfaultfd,
	[OP_api] = do_api,
	[OP_register] = do_register,
	[OP_unregister] = do_unregister,
	[OP_wake] = do_wake,
	[OP_copy] = do_copy,
	[OP_zeropage] = do_zeropage,
	[OP_continue] = do_continue,
	[OP_poison] = do_poison,
	[OP_writeprotect] = do_writeprotect,
	[OP_read] = do_read,
	[OP_poll] = do_poll,
	[OP_close] = do_close,
	[OP_mmap] = do_mmap,
	[OP_munmap] = do_munmap,
	[OP_mremap] = do_mremap,
	[OP_madvise] = do_madvise,
	[OP_mprotect] = do_mprotect,
	[OP_truncate] = do_truncate,
	[OP_punch] = do_punch,
	[OP_fallocate] = do_fallocate,
	[OP_fork] = do_fork,
	[OP_hugepages] = do_hugepages,
	[OP_overcommit] = do_overcommit,
	[OP_exit] = do_exit,
	[OP_signal] = do_signal,
	[OP_load] = do_load,
	[OP_store] = do_store,
	[OP_uaccess] = do_uaccess,
	[OP_serve] = do_serve,
	[OP_make] = do_make,
	[OP_take] = do_take,
};

static void perform(int row)
{
	const struct line *l = &now->lines[row];
	struct outcome *o = &shared->out[row];

	memset(o, 0, sizeof(*o));
	performers[l->op](l, o);
}

/* ------------------------------------------------------------------------ threads */

static void futex_wait(int *at, int value)
{
	static const struct timespec some = { .tv_nsec = 20000000 };

	syscall(SYS_futex, at, FUTEX_WAIT, value, &some, NULL, 0);
}

static void futex_wake(int *at)
{
	syscall(SYS_futex, at, FUTEX_WAKE, 1 << 20, NULL, NULL, 0);
}

/* All lines that the thread has in a race, one after the other. */
static void perform_race(int thread)
{
	int i;

	while (!__atomic_load_n(&shared->start, __ATOMIC_ACQUIRE))
		futex_wait(&shared->start, 0);
	for (i = 0; i < now->nlines; i++) {
		if (now->lines[i].kind == L_race && now->lines[i].thread == thread)
			perform(i);
	}
}

static void *thread_main(void *arg)
{
	struct slot *s = arg;
	int row;

	__atomic_store_n(&s->tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	for (;;) {
		while (!__atomic_load_n(&s->go, __ATOMIC_ACQUIRE))
			futex_wait(&s->go, 0);
		s->go = 0;
		row = s->row;
		__atomic_store_n(&s->started, 1, __ATOMIC_RELEASE);
		if (row < 0)
			perform_race(s - shared->slots);
		else
			perform(row);
		__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
		futex_wake(&s->done);
	}
	return NULL;
}

static void start_threads(void)
{
	pthread_t t;
	int i;

	shared->pid[my_process] = getpid();
	for (i = 0; i < now->nthreads; i++) {
		if (now->threads[i].process == my_process)
			pthread_create(&t, NULL, thread_main, &shared->slots[i]);
	}
	__atomic_store_n(&shared->up[my_process], 1, __ATOMIC_RELEASE);
}
