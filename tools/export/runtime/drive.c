/* -------------------------------------- the driver: a process that tells the others what to do */

enum { MS_ASLEEP = 100, MS_ASLEEP_KNOWN = 20, MS_SPIN = 2000, MS_MOST = 6000 };

static int our_cpu, their_cpu;

static bool move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

/*
 * Among those that will have us, which may be more than we are on: who starts the kernel with
 * isolcpus= keeps one free for this.  False: there is only one.
 */
static bool choose_cpus(void)
{
	int i, n = 0, last = sysconf(_SC_NPROCESSORS_CONF) - 1;
	cpu_set_t before;

	if (sched_getaffinity(0, sizeof(before), &before))
		return false;
	for (i = 0; i <= last && i < CPU_SETSIZE; i++) {
		if (!move_to(i))
			continue;
		if (!n++)
			our_cpu = i;
		their_cpu = i;
	}
	sched_setaffinity(0, sizeof(before), &before);
	return n > 1;
}

static bool pin_to(int cpu)
{
	return holds && move_to(cpu);
}

/*
 * Who has right and two processors keeps threads that were woken from running before their
 * line: all of them share one processor with the driver, which does not rest there, and only whose
 * line it is has more of a priority.  So the driver goes on when that thread sleeps or is done.
 */
static void boost(int tid, bool on)
{
	struct sched_param p = { .sched_priority = on ? 60 : 0 };

	if (holds && tid > 0)
		sched_setscheduler(tid, on ? SCHED_FIFO | SCHED_RESET_ON_FORK : SCHED_OTHER, &p);
}

/*
 * The thread whose line it is.  In the kernel it may go round and round, with a fault that a signal
 * does not let it sleep on: the driver cannot see that from below, main.c takes the priority away.
 */
static void boost_line(int tid, bool on, bool sleeps)
{
	shared->spins = 0;
	shared->boosted = on ? tid : 0;
	shared->must_sleep = sleeps;
	shared->boosts++;
	boost(tid, on);
}

static bool rests_not;

static void stay_before_others(void)
{
	struct sched_param p = { .sched_priority = 50 };

	rests_not = pin_to(their_cpu) &&
		    !sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p);
}

static void boost_process(int process, bool on)
{
	char path[64];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", shared->pid[process]);
	dir = holds ? opendir(path) : NULL;
	while (dir && (d = readdir(dir)))
		boost(atoi(d->d_name), on);
	if (dir)
		closedir(dir);
}

/* ------------------------------------------------------------------- waiting */

static long us_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The driver that stays before the others must not rest: they would run. */
static void nap(int us)
{
	struct timespec t = { .tv_nsec = us * 1000l };
	long end = rests_not ? us_now() + us : 0;

	while (rests_not && us_now() < end)
		;
	if (!rests_not)
		nanosleep(&t, NULL);
}

static bool is_done(const struct slot *s)
{
	return __atomic_load_n(&s->done, __ATOMIC_ACQUIRE);
}

/* Where in the kernel a thread sleeps; "" if that is not shown. */
static void where_asleep(int tid, char *to, int size)
{
	char path[64];
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/wchan", tid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, to, size - 1);
	to[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
}

static bool is_known_sleep(const char *where)
{
	return !strncmp(where, "handle_userfault", 12) || !strncmp(where, "userfaultfd_", 12);
}

static bool is_at_dump(const char *where)
{
	return !strcmp(where, "do_coredump") || !strcmp(where, "vfs_coredump");
}

enum end { E_DONE, E_ASLEEP, E_GONE, E_RUNNING };

/*
 * Who sleeps must do so for a while and in one place: locks and memory make everybody wait.  Of
 * whom that is not expected it takes as long as can be.
 */
static enum end wait_for(struct slot *s, bool sleeps)
{
	char before[64] = "", where[64];
	enum end end = E_RUNNING;
	int t, still = 0;

	for (t = 0; t < MS_MOST; t++) {
		char state;

		if (is_done(s))
			return E_DONE;
		state = task_state(s->tid);
		if (!state)
			return is_done(s) ? E_DONE : E_GONE;
		/* It would sleep if it could. */
		if (shared->spins)
			return sleeps ? E_ASLEEP : E_RUNNING;
		if (s->started && (state == 'S' || state == 'D')) {
			where_asleep(s->tid, where, sizeof(where));
			still = strcmp(where, before) ? 0 : still + 1;
			strcpy(before, where);
			end = E_RUNNING;
			/* Nobody else runs who could wake it. */
			if (rests_not && is_known_sleep(where))
				return is_done(s) ? E_DONE : E_ASLEEP;
			if (still >= (is_known_sleep(where) ? MS_ASLEEP_KNOWN : MS_ASLEEP))
				end = is_done(s) ? E_DONE : E_ASLEEP;
			if (end == E_DONE || (end == E_ASLEEP && sleeps) || is_at_dump(where))
				return end;
		} else {
			still = 0;
			end = E_RUNNING;
		}
		nap(t < 20 ? 50 : 1000);
	}
	return end;
}

/* Back where it waits for its next line: until then it may still be in the kernel. */
static void wait_for_rest(const struct slot *s)
{
	int t;

	for (t = 0; t < 40; t++) {
		char state = task_state(s->tid);

		if (!state || state == 'S')
			return;
		nap(100);
	}
}

/* -------------------------------------------------------------- dead and born */

static bool process_is_gone(int process)
{
	int i;

	for (i = 0; i < now->nthreads; i++) {
		if (now->threads[i].process == process && shared->slots[i].tid &&
		    task_state(shared->slots[i].tid))
			return false;
	}
	return !task_state(shared->pid[process]);
}

/* Threads of a process that was killed have to run to die. */
static void let_die(int process)
{
	int t;

	boost_process(process, true);
	for (t = 0; t < 300 && !process_is_gone(process); t++)
		nap(1000);
	nap(2000);
}

/* Its signal taken, it is on its way out: the memory goes before it is seen to be dead. */
static bool task_exits(int tid)
{
	enum { PF_EXITING = 4 };
	unsigned int flags = 0;
	char path[64], c;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	f = fopen(path, "r");
	if (!f)
		return true;
	/* The name may have anything in it but ends at the last bracket, and ours have none. */
	if (fscanf(f, "%*d (%*[^)]) %c %*d %*d %*d %*d %*d %u", &c, &flags) != 2)
		flags = PF_EXITING;
	fclose(f);
	return flags & PF_EXITING;
}

static bool is_dying(int process)
{
	unsigned long long pending;
	char path[64], text[800];
	bool killed = false;
	FILE *f;
	int i;

	for (i = 0; i < now->nthreads; i++) {
		if (now->threads[i].process == process && shared->slots[i].tid &&
		    !task_state(shared->slots[i].tid))
			return true;
	}
	if (!task_state(shared->pid[process]))
		return true;
	snprintf(path, sizeof(path), "/proc/%d/status", shared->pid[process]);
	f = fopen(path, "r");
	while (f && fgets(text, sizeof(text), f)) {
		if (sscanf(text, "SigPnd: %llx", &pending) == 1 ||
		    sscanf(text, "ShdPnd: %llx", &pending) == 1)
			killed |= pending >> (SIGKILL - 1) & 1;
	}
	if (f)
		fclose(f);
	for (i = 0; i < now->nthreads && !killed; i++) {
		if (now->threads[i].process == process && shared->slots[i].tid)
			killed = task_exits(shared->slots[i].tid);
	}
	return killed || task_exits(shared->pid[process]);
}

/* Those who have a line left die at it. */
static bool has_lines_left(int process)
{
	int i;

	for (i = 0; i < now->nthreads; i++) {
		if (now->threads[i].process == process && shared->slots[i].busy &&
		    task_state(shared->slots[i].tid))
			return true;
	}
	return false;
}

static void see_deaths(void)
{
	int p;

	for (p = 0; p < now->nprocesses; p++) {
		if (shared->up[p] != 1 || has_lines_left(p) || !is_dying(p))
			continue;
		let_die(p);
		if (process_is_gone(p))
			shared->up[p] = 2;
	}
}

static bool threads_are_there(int process)
{
	int i;

	if (!__atomic_load_n(&shared->up[process], __ATOMIC_ACQUIRE))
		return false;
	for (i = 0; i < now->nthreads; i++) {
		if (now->threads[i].process == process &&
		    !__atomic_load_n(&shared->slots[i].tid, __ATOMIC_ACQUIRE))
			return false;
	}
	return true;
}

static void see_birth(int process)
{
	int t;

	for (t = 0; t < 3000 && !threads_are_there(process); t++) {
		if (shared->pid[process])
			boost_process(process, true);
		nap(1000);
	}
	nap(3000);
	boost_process(process, false);
}

/* --------------------------------------------------------------------- lines */

static void count(bool ok)
{
	shared->lines++;
	if (!ok)
		shared->differ++;
}

static void show(const struct line *l, bool ok, const char *got)
{
	if (!quiet || !ok)
		printf("%s:%d: %s%s%s\n", now->file, l->number, l->text, *got ? " = " : "", got);
	if (!ok)
		printf("%s:%d: differs: expected %s\n", now->file, l->number, l->wanted);
	count(ok);
}

static void judge(const struct line *l)
{
	const struct outcome *o = &shared->out[l->call];
	struct text t = { .n = 0 };

	/* The program cannot go on without it, and it is no line of the scenario. */
	if (l->op == OP_make || l->op == OP_take) {
		if (o->err)
			snprintf(shared->skip, sizeof(shared->skip), "%s: %s", l->text, strerror(o->err));
		return;
	}
	add_outcome(&t, l->op, o);
	show(l, !l->sleeps && outcome_matches(l, o), t.s);
}

static const char *how_it_goes_on(enum end end)
{
	return end == E_RUNNING ? "(it runs and runs)" : "...";
}

static void give_line(struct slot *s, int row)
{
	forget_registered();
	s->row = row;
	s->done = s->started = 0;
	s->busy = 1;
	__atomic_store_n(&s->go, 1, __ATOMIC_RELEASE);
	futex_wake(&s->go);
}

static bool is_dumping(const struct slot *s)
{
	char where[64];

	where_asleep(s->tid, where, sizeof(where));
	return is_at_dump(where);
}

/* Somebody may be dead without having a line that says so. */
static bool may_kill(void)
{
	int i;

	for (i = 0; i < now->nlines; i++) {
		if (now->lines[i].op == OP_signal || now->lines[i].op == OP_exit)
			return true;
	}
	return false;
}

/* What comes of a call, until it ends or sleeps; false: the scenario cannot go on. */
static bool follow(const struct line *l)
{
	struct slot *s = &shared->slots[l->thread];
	enum end end;

	forget_registered();
	boost_line(s->tid, true, l->sleeps);
	end = wait_for(s, l->sleeps);
	if ((end == E_ASLEEP || end == E_RUNNING) && is_dumping(s)) {
		let_die(now->threads[l->thread].process);
		end = wait_for(s, l->sleeps);
	}
	if (end == E_DONE)
		wait_for_rest(s);
	boost_line(s->tid, false, false);
	if (end == E_DONE && l->op == OP_fork && shared->out[l->call].kind == O_process)
		see_birth(l->to);
	if (end == E_DONE || end == E_GONE) {
		s->busy = 0;
		shared->out[l->call].gone = end == E_GONE;
		judge(l);
	} else {
		show(l, l->sleeps, how_it_goes_on(end));
	}
	if (may_kill())
		see_deaths();
	return l->sleeps == (end == E_ASLEEP);
}

static bool impossible(const struct line *l, const char *why)
{
	show(l, false, why);
	return false;
}

static bool do_call(const struct line *l)
{
	struct slot *s = &shared->slots[l->thread];

	if (s->busy)
		return impossible(l, "(its thread is still in another call)");
	if (!s->tid)
		return impossible(l, "(its thread does not exist)");
	give_line(s, l->call);
	return follow(l);
}

static bool do_resume(const struct line *l)
{
	if (!shared->slots[l->thread].busy)
		return impossible(l, "(its thread is in no call)");
	return follow(l);
}

static void do_check(const struct line *l)
{
	bool ok;

	unseen = false;
	seen.n = 0;
	seen.s[0] = '\0';
	ok = l->check();
	if (l->verdict == NEVER)
		ok = !ok;
	if (l->verdict == SOMETIMES) {
		if (ok)
			shared->reached |= 1u << l->call;
		return;
	}
	if (!ok && unseen)
		show(l, true, "(not seen)");
	else
		show(l, ok, ok ? "" : seen.n ? seen.s : "false");
}

/* ---------------------------------------------------------------------- races */

static bool is_in_race(int thread)
{
	int i;

	for (i = 0; i < now->nlines; i++) {
		if (now->lines[i].kind == L_race && now->lines[i].thread == thread)
			return true;
	}
	return false;
}

enum rest { R_OVER, R_ASLEEP, R_GOES_ON };

/* Asleep: whoever is still in a call waits for somebody to resolve a fault or read a message. */
static enum rest race_rests(void)
{
	enum rest rest = R_OVER;
	char where[64];
	int i;

	for (i = 0; i < now->nthreads; i++) {
		const struct slot *s = &shared->slots[i];
		char state = s->busy && !is_done(s) ? task_state(s->tid) : 0;

		if (!state)
			continue;
		rest = R_ASLEEP;
		if (s->idle)
			continue;
		where_asleep(s->tid, where, sizeof(where));
		if (state != 'S' || !is_known_sleep(where))
			return R_GOES_ON;
	}
	return rest;
}

static void wait_for_race(void)
{
	int t, still = 0;

	for (t = 0; t < MS_MOST && still < MS_ASLEEP; t++) {
		enum rest rest = race_rests();

		if (rest == R_OVER)
			return;
		still = rest == R_ASLEEP ? still + 1 : 0;
		nap(t < 100 ? 50 : 1000);
	}
}

/* Its thread sleeps in it, or before it, and the scenario knows that it may. */
static bool stays(const struct line *l)
{
	return l->may_stay && shared->out[l->call].kind == O_none &&
	       !is_done(&shared->slots[l->thread]) && task_state(shared->slots[l->thread].tid);
}

static void judge_race(void)
{
	int i;

	for (i = 0; i < now->nlines; i++) {
		const struct line *l = &now->lines[i];

		if (l->kind != L_race)
			continue;
		if (shared->out[i].kind == O_none && !task_state(shared->slots[l->thread].tid))
			shared->out[i].gone = true;
		if (stays(l))
			show(l, true, "...");
		else
			judge(l);
	}
}

static void run_race(void)
{
	int i;

	shared->start = 0;
	for (i = 0; i < now->nthreads; i++) {
		if (is_in_race(i))
			give_line(&shared->slots[i], -1);
	}
	for (i = 0; i < now->nthreads; i++) {
		while (is_in_race(i) && !__atomic_load_n(&shared->slots[i].started, __ATOMIC_ACQUIRE))
			nap(20);
	}
	__atomic_store_n(&shared->start, 1, __ATOMIC_RELEASE);
	futex_wake(&shared->start);
	wait_for_race();
	judge_race();
	for (i = 0; i < now->nthreads; i++)
		shared->slots[i].busy = shared->slots[i].busy && !is_done(&shared->slots[i]);
	/* The memory of who was killed is there until the last thread has gone. */
	see_deaths();
}

static void run_lines(void)
{
	bool raced = false;
	int i;

	for (i = 0; i < now->nlines; i++) {
		const struct line *l = &now->lines[i];

		shared->line = l->number;
		switch (l->kind) {
		case L_call:
			if (!do_call(l) || *shared->skip)
				return;
			break;
		case L_resume:
			if (!do_resume(l))
				return;
			break;
		case L_check:
			do_check(l);
			break;
		case L_race:
			if (!raced)
				run_race();
			raced = true;
			break;
		}
		fflush(stdout);
	}
}
