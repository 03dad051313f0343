/* ------------------------------------------- the processes of a scenario, and what they have */

static void cannot(const char *what, int err)
{
	if (!*shared->skip)
		snprintf(shared->skip, sizeof(shared->skip), "%s: %s", what, strerror(err));
}

static void drop_capabilities(uint64_t dropped)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	int i;

	if (!dropped || syscall(SYS_capget, &head, data))
		return;
	for (i = 0; i < 2; i++) {
		data[i].effective &= ~(uint32_t)(dropped >> 32 * i);
		data[i].permitted &= ~(uint32_t)(dropped >> 32 * i);
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &head, data))
		cannot("capset", errno);
}

/* A descriptor more than the scenario says would keep a file or userfaultfd from being closed. */
static void close_what_it_lacks(const struct process *p)
{
	int i;

	for (i = 0; i < now->nfiles; i++) {
		if (!(p->files >> i & 1))
			close(files[i]);
	}
	for (i = 0; i < now->nuffds; i++) {
		if (!(p->uffds >> i & 1) && shared->fds[i][0] >= 0)
			close(shared->fds[i][0]);
	}
}

static void make_maps(void)
{
	char what[80];
	int i;

	for (i = 0; i < now->nmaps; i++) {
		const struct map *m = &now->maps[i];

		if (m->process != my_process)
			continue;
		if (mmap((void *)m->addr, m->len, m->prot, m->flags | MAP_FIXED_NOREPLACE,
			 m->file < 0 ? -1 : files[m->file], m->offset) != MAP_FAILED)
			continue;
		snprintf(what, sizeof(what), "map %s", m->name);
		cannot(what, errno);
	}
}

/* Of the first process, before there are others, so that they have them, too. */
static void make_uffds(void)
{
	char what[80];
	int i, fd;

	for (i = 0; i < now->nuffds; i++) {
		const struct uffd *u = &now->uffds[i];
		struct uffdio_api api = { .api = UFFD_API, .features = u->features };

		if (u->late || u->process)
			continue;
		snprintf(what, sizeof(what), "uffd %s", u->name);
		fd = make_uffd(u, O_CLOEXEC);
		if (fd < 0) {
			cannot(what, errno);
			continue;
		}
		if (ioctl(fd, UFFDIO_API, &api)) {
			snprintf(what, sizeof(what), "uffd %s: the kernel lacks a feature of it", u->name);
			cannot(what, errno);
		}
		shared->fds[i][0] = fd;
	}
}

/*
 * A kernel walks the mappings of a file in the order in which they were made, which matters where
 * they share page tables: the first process first, whoever runs first behind a fork.
 */
static void wait_for_those_before(int process)
{
	int i;

	for (i = 0; i < process; i++) {
		while (!now->processes[i].forked &&
		       !__atomic_load_n(&shared->up[i], __ATOMIC_ACQUIRE))
			usleep(100);
	}
}

static void live(int process)
{
	my_process = process;
	wait_for_those_before(process);
	drop_capabilities(now->processes[process].dropped);
	close_what_it_lacks(&now->processes[process]);
	make_maps();
	start_threads();
	for (;;)
		pause();
}

static void start_processes(void)
{
	int i, k;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin_to(their_cpu);
	set_handlers();
	make_uffds();
	for (i = 1; i < now->nprocesses; i++) {
		if (now->processes[i].forked)
			continue;
		for (k = 0; k < now->nuffds; k++)
			shared->fds[k][i] = now->processes[i].uffds >> k & 1 ? shared->fds[k][0] : -1;
		if (!fork())
			live(i);
	}
	live(0);
}

static char block_dir[] = "/tmp/uffd-export.XXXXXX";
static bool has_block_dir;

static int open_file(const struct file *f, int i)
{
	char path[64];
	int fd;

	if (f->huge || !now->blocks)
		return syscall(SYS_memfd_create, f->name, f->huge ? MFD_HUGETLB | 21u << 26 : 0);
	snprintf(path, sizeof(path), "%s/%d", block_dir, i);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	unlink(path);
	return fd;
}

static void make_files(void)
{
	char what[80];
	int i;

	for (i = 0; i < now->nfiles; i++) {
		files[i] = open_file(&now->files[i], i);
		if (files[i] >= 0 && !ftruncate(files[i], now->files[i].size))
			continue;
		snprintf(what, sizeof(what), "file %s", now->files[i].name);
		cannot(what, errno);
	}
}

/* ------------------------------------------------------------------- one scenario */

static void at_endings(void (*handler)(int));

static void reset_shared(void)
{
	int i, k;

	memset(shared, 0, sizeof(*shared));
	for (i = 0; i < MAX_UFFDS; i++) {
		for (k = 0; k < MAX_PROCESSES; k++)
			shared->fds[i][k] = -1;
	}
}

static bool all_are_up(void)
{
	int i;

	for (i = 0; i < now->nprocesses; i++) {
		if (!now->processes[i].forked && !threads_are_there(i))
			return false;
	}
	return true;
}

static void drive(void)
{
	int i, t, first;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	at_endings(SIG_DFL);
	setsid();
	make_files();
	first = fork();
	if (!first)
		start_processes();
	if (first < 0)
		cannot("fork", errno);
	for (t = 0; t < 30000 && !all_are_up() && !*shared->skip; t++)
		nap(100);
	for (i = 0; i < now->nfiles; i++)
		close(files[i]);
	if (now->race)
		pin_to(our_cpu);
	else
		stay_before_others();
	if (!*shared->skip)
		run_lines();
	shared->finished = 1;
	fflush(stdout);
	_exit(0);
}

static int driver; /* 0: none; what it started is in its process group */

static void end_all(void)
{
	int i;

	if (driver <= 0)
		return;

	kill(-driver, SIGKILL);
	kill(driver, SIGKILL);
	driver = 0;
	for (i = 0; i < MAX_PROCESSES; i++) {
		if (shared->pid[i] > 0)
			kill(shared->pid[i], SIGKILL);
	}
	/* Orphans come to us: PR_SET_CHILD_SUBREAPER. */
	for (i = 0; i < 20000; i++) {
		int got = waitpid(-1, NULL, WNOHANG);

		if (got < 0)
			return;
		if (!got)
			nap(100);
	}
}

static long ms_now(void)
{
	return us_now() / 1000;
}

/* A thread that runs and runs keeps the driver from saying so. */
static void let_driver_run(long *since, int *boosts)
{
	long most = shared->must_sleep ? MS_SPIN : MS_MOST;

	if (shared->boosts != *boosts) {
		*boosts = shared->boosts;
		*since = ms_now();
	} else if (shared->boosted && !shared->spins && ms_now() - *since > most) {
		shared->spins = 1;
		boost(shared->boosted, false);
	}
}

static int watchdog = 20; /* seconds */

/* Whether it has come to its end by itself. */
static bool run_once(void)
{
	long start = ms_now(), since = start;
	int boosts = 0;

	reset_shared();
	fflush(stdout);
	driver = fork();
	if (!driver)
		drive();
	if (driver < 0) {
		cannot("fork", errno);
		return true;
	}
	while (ms_now() - start < watchdog * 1000) {
		if (waitpid(driver, NULL, WNOHANG) == driver)
			break;
		let_driver_run(&since, &boosts);
		nap(500);
	}
	end_all();
	return shared->finished;
}

/* --------------------------------------------------- what is the whole machine's */

/* What was set otherwise is put back at the end, however that comes. */
enum { SET_overcommit, SET_pool, SET_privilege, SET_rt_runtime, SETTINGS };

static struct setting {
	const char *path;
	long was;
	bool changed;
} settings[SETTINGS] = {
	[SET_overcommit] = { .path = OVERCOMMIT },
	[SET_pool] = { .path = POOL },
	[SET_privilege] = { .path = PRIVILEGE },
	[SET_rt_runtime] = { .path = "/proc/sys/kernel/sched_rt_runtime_us" },
};

static void read_machine(void)
{
	int i;

	for (i = 0; i < SETTINGS; i++)
		settings[i].was = read_number(settings[i].path);
}

static void set_machine_to(int setting, long value)
{
	settings[setting].changed = true;
	write_number(settings[setting].path, value);
}

static void restore_machine(void)
{
	int i;

	for (i = 0; i < SETTINGS; i++) {
		if (settings[i].changed)
			write_number(settings[i].path, settings[i].was);
	}
}

static const int endings[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };

static void remove_block_dir(void);

static void on_end(int sig)
{
	end_all();
	remove_block_dir();
	restore_machine();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void at_endings(void (*handler)(int))
{
	unsigned int i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		signal(endings[i], handler);
}

static bool resizes_pool(void)
{
	int i;

	for (i = 0; i < now->nlines; i++) {
		if (now->lines[i].op == OP_hugepages || now->lines[i].op == OP_overcommit)
			return true;
	}
	return false;
}

static bool uses_huge_pages(void)
{
	int i;

	for (i = 0; i < now->nmaps; i++) {
		if (now->maps[i].page == HUGE_SIZE)
			return true;
	}
	for (i = 0; i < now->nfiles; i++) {
		if (now->files[i].huge)
			return true;
	}
	return now->huge || now->overcommit || resizes_pool();
}

/* Promises that were kept twice change what comes of others: no scenario after them. */
static bool pool_is_as_wanted(void)
{
	return read_number(POOL_STATE "nr_hugepages") == now->huge + lost_pages &&
	       read_number(POOL_STATE "free_hugepages") == now->huge + lost_promises &&
	       read_number(POOL_STATE "resv_hugepages") == lost_promises &&
	       !read_number(POOL_STATE "surplus_hugepages");
}

static void set_pool(void)
{
	set_machine_to(SET_overcommit, 0);
	set_machine_to(SET_pool, 0);
	lost_pages = read_number(POOL_STATE "nr_hugepages");
	lost_promises = read_number(POOL_STATE "resv_hugepages");
	set_machine_to(SET_pool, now->huge + lost_pages);
	set_machine_to(SET_overcommit, now->overcommit);
}

/* With five levels of page tables there is room for memory where the model's ends. */
static bool has_five_levels(void)
{
	void *at = mmap((void *)(1ul << 48), 4096, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		return false;
	munmap(at, 4096);
	return true;
}

static bool is_beyond_four_levels(uint64_t addr)
{
	return addr >= 1ul << 47 && addr < 1ul << 56;
}

static bool reaches_far(void)
{
	int i;

	for (i = 0; i < now->nlines; i++) {
		if (is_beyond_four_levels(now->lines[i].addr) ||
		    is_beyond_four_levels(now->lines[i].src))
			return true;
	}
	return false;
}

/* Why the machine cannot be what the scenario wants, or NULL. */
static const char *set_machine(void)
{
	bool root = !geteuid();
	int i;

	lost_pages = lost_promises = 0;
	if (reaches_far() && has_five_levels())
		return "this machine has five levels of page tables";
	for (i = 0; i < now->nprocesses && !root; i++) {
		if (now->processes[i].dropped)
			return "it takes root to have capabilities and drop them";
	}
	if (root) {
		if (now->unprivileged >= 0)
			set_machine_to(SET_privilege, now->unprivileged);
		if (uses_huge_pages())
			set_pool();
	} else if (now->unprivileged > 0 &&
		   settings[SET_privilege].was != now->unprivileged) {
		return "vm.unprivileged_userfaultfd is not as it wants it, and there is no right to set it";
	}
	if (uses_huge_pages() && !pool_is_as_wanted())
		return "spoilt: the pool of 2M pages cannot be made what it wants";
	if (now->blocks) {
		char how[40];

		strcpy(block_dir + sizeof(block_dir) - 7, "XXXXXX");
		snprintf(how, sizeof(how), "nr_blocks=%d", now->blocks);
		has_block_dir = mkdtemp(block_dir);
		if (!has_block_dir || mount("tmpfs", block_dir, "tmpfs", 0, how))
			return "a tmpfs of few blocks cannot be mounted";
	}
	return NULL;
}

static void remove_block_dir(void)
{
	if (!has_block_dir)
		return;
	umount2(block_dir, MNT_DETACH);
	rmdir(block_dir);
	has_block_dir = false;
}

/*
 * It takes two processors, and the right to run before others there.  What runs at such a priority
 * without a pause is stopped now and then, where that is not turned off.
 */
static void prepare_to_hold(void)
{
	struct sched_param normal = { 0 }, first = { .sched_priority = 50 };

	if (!choose_cpus() || sched_setscheduler(0, SCHED_FIFO, &first))
		return;
	sched_setscheduler(0, SCHED_OTHER, &normal);
	holds = true;
	set_machine_to(SET_rt_runtime, -1);
}

/* ------------------------------------------------------------------- all of them */

enum { SAME, DIFFERS, SKIPPED, VERDICTS };

static int rounds = 1000;

/* Until one differs: that one is shown. */
static bool run_rounds(int *done, int *reached)
{
	bool was_quiet = quiet;

	quiet = true;
	for (*done = 1; *done <= rounds; ++*done) {
		bool ended;

		if (*done > 1 && resizes_pool() && !geteuid())
			set_pool();
		ended = run_once();

		*reached |= shared->reached;
		if (!ended || shared->differ || *shared->skip) {
			quiet = was_quiet;
			return ended;
		}
	}
	--*done;
	quiet = was_quiet;
	return true;
}

static void print_sometimes(int reached)
{
	int i;

	for (i = 0; i < now->nlines; i++) {
		const struct line *l = &now->lines[i];

		if (l->kind == L_check && l->verdict == SOMETIMES && !(reached >> l->call & 1))
			printf("%s:%d: %s: not reached\n", now->file, l->number, l->text);
	}
}

static int run_scenario(void)
{
	const char *why = now->skip ? now->skip : set_machine();
	int n = 1, reached = 0;
	bool ended;

	if (why) {
		if (!now->skip)
			remove_block_dir();
		printf("skip %s: %s\n", now->file, why);
		return SKIPPED;
	}
	ended = now->race ? run_rounds(&n, &reached) : run_once();
	remove_block_dir();
	if (*shared->skip) {
		printf("skip %s: %s\n", now->file, shared->skip);
		return SKIPPED;
	}
	if (!ended) {
		printf("differs %s: hangs in line %d\n", now->file, shared->line);
		return DIFFERS;
	}
	if (now->race)
		print_sometimes(reached);
	/* Where free pages are fewer than promises, those that were lost before make a difference. */
	if (shared->differ && lost_promises) {
		printf("skip %s: spoilt: it differs in a pool that had lost promises before\n",
		       now->file);
		return SKIPPED;
	}
	if (shared->differ)
		printf("differs %s: %d of %d lines\n", now->file, shared->differ, shared->lines);
	else if (now->race)
		printf("same %s: %d rounds\n", now->file, n);
	else
		printf("same %s: %d lines\n", now->file, shared->lines);
	return shared->differ ? DIFFERS : SAME;
}


/* FILE, or FILE with one of its variations: FILE[mem=anon]. */
static bool is_named(const struct scenario *s, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(s->file, name, n) && (!s->file[n] || s->file[n] == '[');
}

static bool is_wanted(const struct scenario *s, char **names, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (is_named(s, names[i]))
			return true;
	}
	return !n;
}

static int usage(const char *me)
{
	fprintf(stderr,
		"usage: %s [-q] [-n ROUNDS] [-t SECONDS] [FILE...]\n"
		"  -q  only what differs, and a line for each scenario\n"
		"  -n  how often a race is run (1000)\n"
		"  -t  when a scenario is taken to hang, and ended (20)\n"
		"Exit status: 0 the kernel does what the scenarios say, 1 it does not, 77 it was not "
		"asked.\n",
		me);
	return 2;
}

int main(int argc, char **argv)
{
	int count[VERDICTS] = { 0 }, i, option;

	while ((option = getopt(argc, argv, "qn:t:")) >= 0) {
		if (option == 'q')
			quiet = true;
		else if (option == 'n' && atoi(optarg) > 0)
			rounds = atoi(optarg);
		else if (option == 't')
			watchdog = atoi(optarg);
		else
			return usage(argv[0]);
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	read_machine();
	at_endings(on_end);
	prepare_to_hold();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	for (i = 0; i < nscenarios; i++) {
		now = scenarios[i];
		if (is_wanted(now, argv + optind, argc - optind))
			count[run_scenario()]++;
		fflush(stdout);
	}
	restore_machine();
	if (count[DIFFERS])
		return 1;
	return count[SAME] || !count[SKIPPED] ? 0 : 77;
}
