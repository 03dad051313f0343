/* ---------------------------------- what `check` and `final` ask, as far as a program sees it */

/* No scenario asks for everything. */
#define LOOK static __attribute__((unused))

/* An answer was not to be had: what it makes false is no difference. */
static bool unseen;

static uint64_t not_seen(void)
{
	unseen = true;
	return 0;
}

/* What was seen, for those who want to know why a condition is false. */
static struct text seen;

__attribute__((format(printf, 2, 3))) static uint64_t saw(uint64_t value, const char *format, ...)
{
	__builtin_va_list args;
	char what[100];

	__builtin_va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	__builtin_va_end(args);
	add(&seen, "%s%s=", seen.n ? ", " : "", what);
	add_number(&seen, value);
	return value;
}

static uint64_t saw_at(uint64_t value, const char *what, uint64_t addr)
{
	struct text t = { .n = 0 };

	add_addr(&t, addr);
	return saw(value, "%s(%s)", what, t.s);
}

/*
 * Pages that were lost before are none of the scenario's, nor are promises that nobody can take
 * any more: each has a free page of its own.
 */
LOOK uint64_t pool(const char *name)
{
	char path[100];
	long n;

	snprintf(path, sizeof(path), POOL_STATE "%s", name);
	n = read_number(path);
	if (n < 0)
		return not_seen();
	if (!strcmp(name, "nr_hugepages"))
		n -= lost_pages;
	else if (strcmp(name, "surplus_hugepages"))
		n -= lost_promises;
	return saw(n, "%s", name);
}

static char task_state(int tid)
{
	char path[64], text[600], *end;
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	end = strrchr(text, ')');
	if (!end || end[2] == 'Z' || end[2] == 'X')
		return 0;
	return end[2];
}

LOOK bool is_blocked(int thread)
{
	const struct slot *s = &shared->slots[thread];
	char state = s->tid && s->busy && !s->done ? task_state(s->tid) : 0;

	return state && (s->idle || state == 'S' || state == 'D');
}

/* ------------------------------------------------------------------ memory */

enum { PM_PRESENT = 63, PM_SWAP = 62, PM_UFFD_WP = 57, PM_PFN_BITS = 55 };

/* As LANG_PTE_*, those that /proc shows. */
enum { PTE_present = 1 << 0, PTE_uffd_wp = 1 << 4, PTE_marker = 1 << 6, PTE_swap = 1 << 7 };

static bool read_proc(int process, const char *name, void *to, int size, uint64_t at)
{
	char path[64];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/%s", shared->pid[process], name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = pread(fd, to, size, at);
	close(fd);
	return n == size;
}

LOOK uint64_t pagemap(int process, uint64_t addr)
{
	uint64_t entry = 0;

	if (!read_proc(process, "pagemap", &entry, sizeof(entry), addr / 4096 * 8))
		return not_seen();
	return entry;
}

LOOK uint64_t pte(int process, uint64_t addr)
{
	uint64_t e = pagemap(process, addr), bits = 0;
	bool present = e >> PM_PRESENT & 1, wp = e >> PM_UFFD_WP & 1;

	if (present)
		bits |= PTE_present;
	if (present && wp)
		bits |= PTE_uffd_wp;
	/* A marker looks like something swapped out. */
	if (!present && wp)
		bits |= PTE_marker | PTE_uffd_wp;
	else if (e >> PM_SWAP & 1)
		bits |= PTE_swap;
	return saw_at(bits, "pte", addr);
}

LOOK uint64_t frame_of(uint64_t entry)
{
	uint64_t pfn = entry & ((1ull << PM_PFN_BITS) - 1);

	if (!(entry >> PM_PRESENT & 1))
		return 0;
	return pfn ? pfn + 1 : not_seen(); /* without CAP_SYS_ADMIN all are 0 */
}

LOOK uint64_t pte_page(int process, uint64_t addr)
{
	return frame_of(pagemap(process, addr));
}

LOOK uint64_t page_mapcount(uint64_t page)
{
	uint64_t n = 0;
	int fd;

	if (!page)
		return 0;
	fd = open("/proc/kpagecount", O_RDONLY);
	if (fd < 0 || pread(fd, &n, sizeof(n), (page - 1) * 8) != sizeof(n))
		n = not_seen();
	if (fd >= 0)
		close(fd);
	return saw(n, "mapcount");
}

/* What is not there would be a page fault to look at. */
LOOK uint64_t value(int process, uint64_t addr)
{
	uint64_t word = 0;

	if (!(pagemap(process, addr) >> PM_PRESENT & 1))
		return not_seen();
	if (!read_proc(process, "mem", &word, sizeof(word), addr))
		return not_seen();
	return saw_at(word, "value", addr);
}

/* Memory of a process that is registered; read once for all that is asked between two calls. */
static struct {
	int process; /* plus 1; 0: nothing was read */
	int n;
	struct uffdio_range range[MAX_MAPPINGS];
} registered;

static void forget_registered(void)
{
	registered.process = 0;
}

LOOK bool read_registered(int process)
{
	unsigned long start = 0, end = 0, from, to;
	char path[64], text[1000];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", shared->pid[process]);
	f = fopen(path, "r");
	if (!f)
		return false;
	registered.n = 0;
	while (fgets(text, sizeof(text), f)) {
		/* Other lines may begin with what looks like half of a range. */
		if (sscanf(text, "%lx-%lx ", &from, &to) == 2) {
			start = from;
			end = to;
			continue;
		}
		if (strncmp(text, "VmFlags:", 8) || registered.n == MAX_MAPPINGS)
			continue;
		if (strstr(text, " um") || strstr(text, " uw") || strstr(text, " ui"))
			registered.range[registered.n++] = (struct uffdio_range){ start, end - start };
	}
	fclose(f);
	registered.process = process + 1;
	return registered.n < MAX_MAPPINGS;
}

/* Whether some userfaultfd has it, not which. */
LOOK bool is_registered(int process, uint64_t addr)
{
	bool found = false;
	int i;

	if (registered.process != process + 1 && !read_registered(process))
		return not_seen();
	for (i = 0; i < registered.n; i++)
		found |= addr - registered.range[i].start < registered.range[i].len;
	return saw_at(found, "is_registered", addr);
}

/* ------------------------------------------------------------------- files */

LOOK int copy_fd(int process, int fd)
{
	int pidfd = syscall(SYS_pidfd_open, shared->pid[process], 0), copy = -1;

	if (pidfd >= 0) {
		copy = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
		close(pidfd);
	}
	return copy;
}

/* A descriptor of a process that still has it, for us. */
LOOK int file_fd(int file)
{
	int i, fd;

	for (i = 0; i < now->nprocesses; i++) {
		if (shared->up[i] != 1 || !(now->processes[i].files >> file & 1))
			continue;
		fd = copy_fd(i, files[file]);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

struct window {
	char *room;
	int fd, uffd;
	uint64_t page; /* where the page of the file is mapped */
};

LOOK void close_window(struct window *w)
{
	if (w->uffd >= 0)
		close(w->uffd);
	if (w->fd >= 0)
		close(w->fd);
	if (w->room != MAP_FAILED)
		munmap(w->room, 2 * HUGE_SIZE);
}

/*
 * Maps a page of a file if it is in the page cache, which UFFDIO_CONTINUE finds out without
 * putting one there.  1: it is, 0: it is not, -1: there is no way to tell.
 */
LOOK int open_window(struct window *w, int file, uint64_t offset)
{
	uint64_t size = now->files[file].huge ? HUGE_SIZE : 4096;
	struct uffdio_api api = { .api = UFFD_API, .features = DEEP_FEATURES };
	struct uffdio_register reg = { .mode = 4 /* MINOR */ };
	struct uffdio_continue cont = { .mode = 0 };
	void *at;

	w->room = mmap(NULL, 2 * HUGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);
	w->fd = file_fd(file);
	w->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	if (w->room == MAP_FAILED || w->fd < 0 || w->uffd < 0 || ioctl(w->uffd, UFFDIO_API, &api))
		return -1;
	w->page = ((uint64_t)w->room + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1);
	at = mmap((void *)w->page, size, PROT_READ, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, w->fd,
		  offset);
	if (at == MAP_FAILED)
		return -1;
	reg.range = cont.range = (struct uffdio_range){ w->page, size };
	if (ioctl(w->uffd, UFFDIO_REGISTER, &reg))
		return -1;
	return !ioctl(w->uffd, UFFDIO_CONTINUE, &cont);
}

LOOK bool cached(int file, uint64_t offset)
{
	struct window w = { .room = MAP_FAILED };
	int there = open_window(&w, file, offset);

	close_window(&w);
	if (there < 0)
		return not_seen();
	return saw(there, "cached(%s+0x%llx)", now->files[file].name, (unsigned long long)offset);
}

LOOK uint64_t file_value(int file, uint64_t offset, uint64_t in_page)
{
	struct window w = { .room = MAP_FAILED };
	uint64_t word = 0;

	if (open_window(&w, file, offset) == 1)
		word = *(volatile uint64_t *)(w.page + in_page);
	else
		not_seen();
	close_window(&w);
	return saw(word, "value(%s+0x%llx)", now->files[file].name,
		   (unsigned long long)(offset + in_page));
}

LOOK uint64_t file_page(int file, uint64_t offset)
{
	struct window w = { .room = MAP_FAILED };
	uint64_t entry = 0, page = 0;
	int fd;

	if (open_window(&w, file, offset) == 1) {
		fd = open("/proc/self/pagemap", O_RDONLY);
		if (fd < 0 || pread(fd, &entry, sizeof(entry), w.page / 4096 * 8) != sizeof(entry))
			not_seen();
		close(fd);
		page = frame_of(entry);
	}
	close_window(&w);
	return page;
}

/* ------------------------------------------------------------ userfaultfds */

/* The process that has it, if any. */
LOOK int holder(int uffd)
{
	char path[64], what[64];
	int i, n;

	for (i = 0; i < now->nprocesses; i++) {
		if (shared->up[i] != 1)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", shared->pid[i], shared->fds[uffd][i]);
		n = readlink(path, what, sizeof(what) - 1);
		if (n <= 0)
			continue;
		what[n] = '\0';
		if (strstr(what, "userfaultfd"))
			return i;
	}
	return -1;
}

/* Messages that nobody has read: of faults all, of events whether there is one. */
LOOK uint64_t events(int uffd)
{
	struct pollfd p = { .events = POLLIN };
	int process = holder(uffd);
	char path[64], text[200];
	unsigned long n = 0;
	FILE *f;

	if (process < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", shared->pid[process],
		 shared->fds[uffd][process]);
	f = fopen(path, "r");
	if (!f)
		return not_seen();
	while (fgets(text, sizeof(text), f))
		sscanf(text, "pending: %lu", &n);
	fclose(f);
	p.fd = copy_fd(process, shared->fds[uffd][process]);
	if (p.fd >= 0) {
		if (!n && poll(&p, 1, 0) == 1)
			n = p.revents == POLLIN;
		close(p.fd);
	}
	return saw(n, "events(%s)", now->uffds[uffd].name);
}

/*
 * Kinds are the bits of a registration's mode.  What was read is known; a fault whose thread went
 * on before anybody has read of it nobody has seen, and of what kind those are that still wait,
 * who reads it will know.
 */
static uint64_t faults_read(int uffd, unsigned int kinds)
{
	const int *read = shared->read_faults[uffd];
	uint64_t n = 0;

	if (!kinds || kinds & 1)
		n += read[0];
	if (!kinds || kinds & 4)
		n += read[1];
	if (!kinds || kinds & 2)
		n += read[2];
	return n;
}

LOOK uint64_t faults(int uffd, unsigned int kinds)
{
	not_seen();
	return faults_read(uffd, kinds);
}

LOOK bool faults_are(int uffd, unsigned int kinds, uint64_t wanted)
{
	uint64_t n = faults_read(uffd, kinds);

	if (n < wanted)
		not_seen();
	return n == wanted;
}

/* ------------------------------------------------------------------- calls */

LOOK uint64_t ret_of(int row)
{
	const struct outcome *o = &shared->out[row];

	if (o->gone)
		return not_seen();
	if (o->kind == O_process)
		return shared->pid[o->value];
	return saw(o->err ? -1ul : o->value, "line %d returned", now->lines[row].number);
}

LOOK uint64_t err_of(int row)
{
	return shared->out[row].gone ? not_seen() : (uint64_t)shared->out[row].err;
}

LOOK uint64_t field_of(int row, enum field_kind kind)
{
	return outcome_field(now->lines[row].op, &shared->out[row], kind);
}

LOOK uint64_t tid_of(int thread)
{
	return shared->slots[thread].tid;
}
