// SPDX-License-Identifier: GPL-2.0-only
/* single.c - a race in a single order, and that order as the `steps` of another scenario */
#include <errno.h>
#include <string.h>

#include "tools/interp/names.h"
#include "tools/interp/outcome.h"
#include "tools/interp/run.h"
#include "tools/interp/single.h"

enum { MAX_ASIDE = 32, SHIFT_2M = 21, BETWEEN_ASKS = 10 };

/* A thread of the race. */
struct walker {
	struct prog_thread *thread;
	GPtrArray *lines;	 /* struct prog_call: those of the race */
	guint next;		 /* of them */
	struct prog_call *in;	 /* it sleeps in this one */
	struct prog_call *serve; /* the loop that it is in, which is none for the machine */
	struct uffd_msg fault;	 /* of the loop: to be answered once more */
	bool retries;
	uint64_t tried;			  /* walk.changes at that time */
	struct uffd_msg aside[MAX_ASIDE]; /* read, and not yet answered; oldest first */
	unsigned int naside;
	bool dead, ready, unread; /* as the machine has it */
};

struct walk {
	struct run run;
	const struct single_options *options;
	uint64_t random;
	struct walker *walkers;
	unsigned int n;
	uint64_t changes; /* calls that may have changed what others wait for */
	GString *out;
	struct model_pool pool, told; /* as it is, and as the last line about it says */
	const char *asks;	      /* how a line that asks begins */
	char *why;
};

static uint64_t draw(struct walk *w)
{
	uint64_t z = w->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static void give_up(struct walk *w, const char *why)
{
	if (!w->why)
		w->why = g_strdup(why);
}

/* ------------------------------------------------------------ what there is */

static bool has_message(const struct walk *w, const struct prog_call *serve)
{
	const struct prog *p = w->run.p;
	const int fd = serve->fd->fd[serve->thread->process - p->processes];
	struct model_uffd u;

	/* Of a descriptor that was closed read() says so. */
	if (!model_uffd(model_uffd_id(serve->thread->process->id, fd), &u))
		return true;
	return u.unread_faults || u.unread_events;
}

static void look(void *arg)
{
	struct walk *w = arg;
	struct world_thread info;
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		struct walker *x = &w->walkers[i];

		world_thread_info(x->thread->tid, &info);
		x->ready = info.state == THREAD_READY;
		x->dead = model_is_dead(x->thread->tid) ||
			  (info.state == THREAD_IDLE && model_is_dying(x->thread->tid));
		x->unread = x->serve && !x->dead && has_message(w, x->serve);
	}
	if (!model_pool(SHIFT_2M, &w->pool))
		memset(&w->pool, 0, sizeof(w->pool));
}

static bool is_born(const struct walker *x)
{
	return !x->thread->process->forked || x->thread->process->now_birth == PROG_BORN;
}

static bool is_over(const struct walker *x)
{
	return x->dead || (!x->in && !x->serve && x->next == x->lines->len);
}

static const struct walker *walker_of(const struct walk *w, const struct prog_thread *t)
{
	unsigned int i;

	for (i = 0; w->walkers[i].thread != t; i++)
		;
	return &w->walkers[i];
}

static bool can_go_on(const struct walk *w, const struct walker *x)
{
	if (!is_born(x) || is_over(x))
		return false;
	if (x->in)
		return x->ready;
	if (!x->serve)
		return true;
	if (x->retries)
		return x->unread || x->tried != w->changes;
	return x->naside || x->unread || is_over(walker_of(w, x->serve->until));
}

/* ------------------------------------------------------------- written down */

/* The number of a descriptor is another one elsewhere. */
static void forget_descriptors(GString *line)
{
	char *at, *end;

	while ((at = strstr(line->str, " {ufd="))) {
		end = strchr(at, '}');
		g_string_erase(line, at - line->str, end + 1 - at);
	}
}

/* How long the last line is. */
static gsize line_length(const GString *out)
{
	const char *last = strrchr(out->str, '\n');

	return out->len - (last ? last + 1 - out->str : 0);
}

/* The names of all ioctls can be more than a line holds: then they are a number. */
static void fold_ioctls(struct walk *w, GString *line, const struct prog_call *c)
{
	const char *names = strstr(line->str, "ioctls=");
	char *rest;

	if (!names || line_length(w->out) + line->len <= LANG_MAX_COLUMNS)
		return;
	names += strlen("ioctls=");
	rest = g_strdup(names + strcspn(names, ",}"));
	g_string_truncate(line, names - line->str);
	g_string_append_printf(line, "0x%lx%s", (unsigned long)c->now.field[LANG_FIELD_IOCTLS],
			       rest);
	g_free(rest);
}

static void append_outcome(struct walk *w, const struct prog_call *c)
{
	GString *text = g_string_new(NULL);

	if (c->ast->op != LANG_OP_exit) {
		g_string_append(text, " = ");
		outcome_text(text, w->run.p, c);
		forget_descriptors(text);
		fold_ioctls(w, text, c);
	}
	g_string_append_printf(w->out, "%s\n", text->str);
	g_string_free(text, true);
}

static bool same_pool(const struct model_pool *a, const struct model_pool *b)
{
	return a->total == b->total && a->free == b->free && a->reserved == b->reserved &&
	       a->surplus == b->surplus;
}

static void append_pool(struct walk *w)
{
	const struct model_pool *m = &w->pool;

	if (same_pool(m, &w->told))
		return;
	g_string_append_printf(w->out,
			       "  check total(2M) == %lu && surplus(2M) == %lu && free(2M) == %lu "
			       "&& resv(2M) == %lu\n",
			       m->total, m->surplus, m->free, m->reserved);
	w->told = *m;
}

/* ----------------------------------------------------------- what is asked */

static void add_claim(struct walk *w, const char *form, ...) G_GNUC_PRINTF(2, 3);

/* What is asked of one page stands in one line, as far as that goes. */
static void add_claim(struct walk *w, const char *form, ...)
{
	enum { MOST = 96 };
	GString *line = w->out;
	va_list args;
	char *claim;

	va_start(args, form);
	claim = g_strdup_vprintf(form, args);
	va_end(args);
	if (!line_length(line))
		g_string_append(line, w->asks);
	else if (line_length(line) + strlen(claim) > MOST)
		g_string_append_printf(line, "\n%s", w->asks);
	else
		g_string_append(line, " && ");
	g_string_append(line, claim);
	g_free(claim);
}

static void claim_word(struct walk *w, const char *place, uint64_t word)
{
	add_claim(w, word < 10 ? "value(%s) == %lu" : "value(%s) == 0x%lx", place,
		  (unsigned long)word);
}

static void claim_second_word(struct walk *w, const char *page, long pfn)
{
	enum { SECOND = 0x200 };
	uint64_t word = model_frame_word(pfn, SECOND);
	char *place;

	if (!word)
		return;
	place = g_strdup_printf("%s+0x%x", page, SECOND);
	claim_word(w, place, word);
	g_free(place);
}

/* What user space sees of an entry, and behind it. */
static void claim_entry(struct walk *w, const char *page, const struct model_pte *pte)
{
	if (!pte->bits) {
		add_claim(w, "pte(%s) == none", page);
		return;
	}
	if (!(pte->bits & MODEL_PTE_PRESENT)) {
		add_claim(w, "pte(%s) has marker", page);
		return;
	}
	add_claim(w, "pte(%s) has present", page);
	add_claim(w, "%s(pte(%s) has uffd_wp)", pte->bits & MODEL_PTE_UFFD_WP ? "" : "!", page);
	claim_word(w, page, model_frame_word(pte->pfn, 0));
	claim_second_word(w, page, pte->pfn);
}

static void claim_map(struct walk *w, const struct prog_map *m)
{
	const unsigned int shift = m->decl->map.shift;
	uint64_t i;

	for (i = 0; i < m->decl->map.pages; i++) {
		unsigned long addr = m->addr + (i << shift);
		char *page = g_strdup_printf("%s[%lu]", m->decl->name, (unsigned long)i);
		struct model_pte pte;
		struct model_vma vma;
		bool registered;

		model_pte(m->process->id, addr, &pte);
		claim_entry(w, page, &pte);
		registered = model_vma(m->process->id, addr, &vma) && vma.start <= addr && vma.ctx;
		add_claim(w, "ctx(%s) %s none", page, registered ? "!=" : "==");
		g_string_append_c(w->out, '\n');
		g_free(page);
	}
}

/* What is in a page that fallocate() has made is settled when somebody wants to know. */
static bool is_filled(long pfn)
{
	struct model_page page;

	return pfn >= 0 && model_page(pfn, &page) && page.uptodate;
}

/* Beyond the end of a file a program sees nothing. */
static void claim_file(struct walk *w, const struct prog_fd *f)
{
	struct model_file file;
	uint64_t i, n;

	if (!model_file(f->id, &file))
		return;
	n = MIN(file.size >> file.shift, f->decl->file.pages);
	for (i = 0; i < n; i++) {
		char *page = g_strdup_printf("%s[%lu]", f->decl->name, (unsigned long)i);
		long pfn = model_cached(f->id, i);

		add_claim(w, "%scached(%s)", pfn < 0 ? "!" : "", page);
		if (is_filled(pfn))
			claim_word(w, page, model_frame_word(pfn, 0));
		g_string_append_c(w->out, '\n');
		g_free(page);
	}
}

static bool is_alive(const struct prog_process *process)
{
	return !model_is_dead(process->first->tid);
}

/* In between: pages are protected then, or about to go. */
static void ask_between(void *arg)
{
	struct walk *w = arg;
	struct prog *p = w->run.p;
	unsigned int i;

	w->asks = "  check ";
	for (i = 0; is_alive(&p->processes[0]) && i < p->nmaps; i++)
		claim_map(w, &p->maps[i]);
}

/* ----------------------------------------------------------------- one call */

static void do_alone(struct walk *w, struct walker *x, struct prog_call *c)
{
	bool goes_on = x->in;
	enum world_verdict v = run_alone(&w->run, c, goes_on);

	g_string_append_printf(w->out, "  %s: %s", x->thread->name, goes_on ? "..." : c->ast->text);
	w->changes++;
	x->in = NULL;
	if (v == WORLD_DONE || (v == WORLD_BLOCKED && c->now.done)) {
		append_outcome(w, c);
	} else if (v == WORLD_BLOCKED) {
		x->in = c;
		g_string_append(w->out, " ...\n");
	} else {
		run_judge(&w->run, v, c);
	}
	if (w->run.end == RUN_GOES_ON)
		run_bury_the_killed(&w->run);
	world_call(look, w);
}

/* Whose process ends is woken, and does nothing but leave: at once, so that there is one order. */
static void let_die(struct walk *w)
{
	unsigned int i;

	for (i = 0; i < w->n && w->run.end == RUN_GOES_ON; i++) {
		struct walker *x = &w->walkers[i];

		if (x->in && x->ready && model_is_dying(x->thread->tid))
			do_alone(w, x, x->in);
		if (x->dead)
			x->in = x->serve = NULL;
	}
}

/* A real machine has more memory for its pools. */
static bool lacks_pages(const struct walk *w, const struct prog_call *c)
{
	return c->ast->op == LANG_OP_hugepages && c->now.done && w->pool.total < c->value;
}

/* A page has eight words for the model: of what lies between them it knows nothing. */
static bool copied_from_between(const struct prog_call *c)
{
	return c->ast->op == LANG_OP_copy && c->now.field[LANG_FIELD_COPY] > 0 &&
	       c->src % SIM_WORD_STRIDE;
}

static void perform(struct walk *w, struct walker *x, struct prog_call *c)
{
	do_alone(w, x, c);
	if (copied_from_between(c))
		give_up(w, "it copies from between two words of the model");
	if (lacks_pages(w, c))
		give_up(w, "the model has not the memory for such a pool");
	if (w->run.end == RUN_GOES_ON)
		let_die(w);
	if (w->run.end != RUN_GOES_ON)
		return;
	append_pool(w);
	if (!(draw(w) % BETWEEN_ASKS))
		world_call(ask_between, w);
}

/* ----------------------------------------------------- the loop of a monitor */

/* The call of the thread for what its loop does next, out of those that are there for that. */
static struct prog_call *spare(struct walk *w, const struct walker *x, enum lang_op op,
			       unsigned long addr, unsigned long src)
{
	const GPtrArray *all = x->thread->race;
	guint i;

	for (i = 0; i < all->len; i++) {
		struct prog_call *c = all->pdata[i];

		if (c->ast->pos.line < w->options->spare || c->ast->op != op ||
		    c->fd != x->serve->fd || c->addr != addr || c->src != src)
			continue;
		return c;
	}
	give_up(w, "a message is about memory that is not known");
	return NULL;
}

static void end_loop(struct walker *x)
{
	x->serve = NULL;
	x->retries = false;
	x->naside = 0;
}

static const struct lang_serve *loop_of(const struct walker *x)
{
	return lang_call_arg(x->serve->ast, LANG_ROLE_SERVE)->serve;
}

static enum lang_serve_action action_for(const struct walker *x, int err)
{
	const GPtrArray *rules = loop_of(x)->rules;
	guint i;

	for (i = 0; i < rules->len; i++) {
		const struct lang_serve_rule *rule = rules->pdata[i];

		if (!rule->err || rule->err == err)
			return rule->action;
	}
	return -1;
}

/* Page i of the mapping comes from page i of the source, or all from its only page. */
static unsigned long source_of(const struct walker *x, const struct prog_map *m, unsigned long page)
{
	unsigned long len = 1ul << m->decl->map.shift;

	if (x->serve->len <= len)
		return x->serve->src;
	return x->serve->src + page - m->addr;
}

static void answer(struct walk *w, struct walker *x)
{
	unsigned long addr = x->fault.arg.pagefault.address, page, src = 0;
	const struct prog_map *m = map_at(w->run.p, NULL, addr);
	enum lang_op op = loop_of(x)->op;
	uint64_t changes = w->changes;
	struct prog_call *c;

	page = m ? addr & ~((1ul << m->decl->map.shift) - 1) : addr;
	if (x->fault.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
		op = LANG_OP_writeprotect;
	if (m && op == LANG_OP_copy)
		src = source_of(x, m, page);
	c = spare(w, x, op, page, src);
	if (!c)
		return;
	x->retries = false;
	perform(w, x, c);
	if (x->in || x->dead || !c->now.err)
		return;
	switch ((int)action_for(x, c->now.err)) {
	case LANG_SERVE_SKIP:
		break;
	case LANG_SERVE_WAKE:
		c = spare(w, x, LANG_OP_wake, page, 0);
		if (c)
			perform(w, x, c);
		break;
	case LANG_SERVE_RETRY:
		/* What has failed has changed nothing: two of them must not wait for each other. */
		w->changes = x->tried = changes;
		x->retries = true;
		break;
	default:
		end_loop(x);
	}
}

static void read_message(struct walk *w, struct walker *x)
{
	struct prog_call *c = spare(w, x, LANG_OP_read, 0, 0);

	if (!c)
		return;
	perform(w, x, c);
	if (x->dead)
		return;
	if (c->now.kind != OUTCOME_MESSAGES) {
		end_loop(x);
		return;
	}
	if (c->now.message[0].event != UFFD_EVENT_PAGEFAULT)
		return;
	if (x->naside == MAX_ASIDE)
		give_up(w, "a monitor has more messages than it can put aside");
	else
		x->aside[x->naside++] = c->now.message[0];
}

static void go_round(struct walk *w, struct walker *x)
{
	if (x->unread && (x->retries || !x->naside)) {
		read_message(w, x);
		return;
	}
	if (!x->retries && !x->naside) {
		end_loop(x);
		return;
	}
	if (!x->retries) {
		x->fault = x->aside[0];
		memmove(x->aside, x->aside + 1, --x->naside * sizeof(x->aside[0]));
	}
	answer(w, x);
}

/* ---------------------------------------------------------------- the order */

static void go_on(struct walk *w, struct walker *x)
{
	struct prog_call *c;

	if (x->in) {
		perform(w, x, x->in);
		return;
	}
	if (x->serve) {
		go_round(w, x);
		return;
	}
	c = x->lines->pdata[x->next++];
	if (c->ast->op == LANG_OP_serve)
		x->serve = c;
	else
		perform(w, x, c);
}

static struct walker *pick(struct walk *w)
{
	unsigned int i, n = 0, nth;

	world_call(look, w);
	for (i = 0; i < w->n; i++)
		n += can_go_on(w, &w->walkers[i]);
	if (!n)
		return NULL;
	nth = draw(w) % n;
	for (i = 0;; i++) {
		if (can_go_on(w, &w->walkers[i]) && !nth--)
			return &w->walkers[i];
	}
}

static void walk(struct walk *w)
{
	struct walker *x;

	world_call(look, w);
	append_pool(w);
	while (!w->why && w->run.end == RUN_GOES_ON && (x = pick(w)))
		go_on(w, x);
}

static void append_setup(struct walk *w)
{
	const struct lang_section *s = prog_section(w->run.p, LANG_SETUP);
	guint i;

	if (!s)
		return;
	g_string_append(w->out, "\nsetup\n");
	for (i = 0; i < s->lines->len; i++) {
		const struct lang_line *line = s->lines->pdata[i];

		g_string_append_printf(w->out, "  %s", line->call->text);
		append_outcome(w, prog_call_of(w->run.p, line->call));
	}
}

/* ------------------------------------------------------------------ the end */

static void claim_all(void *arg)
{
	struct walk *w = arg;
	struct prog *p = w->run.p;
	unsigned int i;

	w->asks = "  ";
	for (i = 0; i < w->n; i++) {
		if (w->walkers[i].in)
			g_string_append_printf(w->out, "  blocked(%s)\n",
					       w->walkers[i].thread->name);
	}
	if (!is_alive(&p->processes[0]))
		return;
	for (i = 0; i < p->nmaps; i++)
		claim_map(w, &p->maps[i]);
	for (i = 0; i < p->nfiles; i++)
		claim_file(w, &p->files[i]);
}

static void finish(struct walk *w)
{
	const gsize before = w->out->len;
	struct world_thread info;
	gsize nothing;
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		world_thread_info(w->walkers[i].thread->tid, &info);
		if (info.state == THREAD_LOCKED)
			give_up(w, "it ends in a deadlock");
	}
	g_string_append(w->out, "\nfinal\n");
	nothing = w->out->len;
	world_call(claim_all, w);
	if (w->out->len == nothing)
		g_string_truncate(w->out, before);
}

/* ------------------------------------------------------------- all together */

static void begin(struct walk *w)
{
	struct prog *p = w->run.p;
	unsigned int i;
	guint k;

	w->walkers = g_new0(struct walker, p->nthreads);
	for (i = 0; i < p->nthreads; i++) {
		struct walker *x = &w->walkers[w->n++];

		x->thread = &p->threads[i];
		x->lines = g_ptr_array_new();
		for (k = 0; k < x->thread->race->len; k++) {
			struct prog_call *c = x->thread->race->pdata[k];

			if (c->ast->pos.line < w->options->spare)
				g_ptr_array_add(x->lines, c);
		}
	}
}

static void end(struct walk *w)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		g_ptr_array_free(w->walkers[i].lines, true);
	g_free(w->walkers);
}

/* "an invariant is broken: WAKE" */
static void explain_failure(struct walk *w)
{
	char *key;

	if (w->run.end == RUN_GOES_ON || w->why)
		return;
	key = g_strdup(w->run.key ? w->run.key : w->run.reason);
	w->why = g_strdup_printf("the model fails in it: %s", key);
	g_free(key);
}

char *interp_single(const struct scenario_file *file, const struct scenario *s, const char *kernel,
		    const struct single_options *options, char **why)
{
	static const struct interp_options plain;
	struct prog *p = prog_new(file, s, kernel);
	struct order *none = order_new();
	struct walk w = { .options = options, .random = options->seed, .out = g_string_new(NULL) };

	run_init(&w.run, p, &plain, none);
	w.run.max_steps = INTERP_MOST_STEPS;
	begin(&w);
	if (run_prepare(&w.run)) {
		append_setup(&w);
		g_string_append(w.out, "\nsteps\n");
		walk(&w);
		if (w.run.end == RUN_GOES_ON && !w.why)
			finish(&w);
	}
	explain_failure(&w);
	end(&w);
	run_done(&w.run);
	order_free(none);
	prog_free(p);
	*why = w.why;
	return g_string_free(w.out, w.why != NULL);
}
