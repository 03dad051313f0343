// SPDX-License-Identifier: GPL-2.0-only
/* test_lang.c - the scenario language: what it reads and what it makes of it */
#include "tests/lang_common.h"

static const struct lang_section *section(const struct scenario_file *file, guint i)
{
	const struct scenario *sc = file->scenarios->pdata[0];

	ck_assert_uint_gt(sc->sections->len, i);
	return sc->sections->pdata[i];
}

static const struct lang_line *line(const struct scenario_file *file, guint s, guint i)
{
	ck_assert_uint_gt(section(file, s)->lines->len, i);
	return section(file, s)->lines->pdata[i];
}

/* --------------------------------------------------------------- the tree */

static void check_bad_file(const char *path)
{
	char *text, *want, *found, *all, *rest;
	size_t len;

	diag_free(d);
	d = diag_new();
	text = lang_read_file(path, &len, d);
	ck_assert_ptr_nonnull(text);
	ck_assert_msg(g_str_has_prefix(text, "# error: "), "%s: no '# error:' line", path);
	want = g_strndup(text + 9, strcspn(text + 9, "\n"));
	g_free(text);
	rest = strstr(want, ": ");
	ck_assert_ptr_nonnull(rest);
	*rest = 0;
	text = g_strdup_printf("%s:%s: error: ", path, want);
	ck_assert_ptr_null(lang_load(path, d));
	all = diag_text(d);
	found = strstr(all, text);
	ck_assert_msg(found != NULL, "%s: no error at %s, but:\n%s", path, want, all);
	found[strcspn(found, "\n")] = 0;
	ck_has(found, rest + 2);
	g_free(all);
	g_free(text);
	g_free(want);
}

START_TEST(bad_files_give_their_error)
{
	GPtrArray *files = stored("tests/bad");
	guint i;

	ck_assert_uint_ge(files->len, 45);
	for (i = 0; i < files->len; i++)
		check_bad_file(files->pdata[i]);
	g_ptr_array_unref(files);
}
END_TEST

static void check_format(const char *path)
{
	char *text, *once, *twice;
	size_t len;

	text = lang_read_file(path, &len, d);
	ck_assert_ptr_nonnull(text);
	once = lang_format(text, len, path, d);
	ck_assert_msg(once != NULL, "%s cannot be formatted", path);
	twice = lang_format(once, strlen(once), path, d);
	ck_assert_msg(twice != NULL, "%s cannot be formatted twice", path);
	ck_assert_str_eq(once, twice);
	g_free(twice);
	g_free(once);
	g_free(text);
}

START_TEST(scenarios_format_the_same_twice)
{
	GPtrArray *files = stored("scenarios");
	guint i;

	for (i = 0; i < files->len; i++)
		check_format(files->pdata[i]);
	g_ptr_array_unref(files);
}
END_TEST

/* The examples of the project's own notes, where they are at hand. */
START_TEST(examples_are_read_and_formatted)
{
	GPtrArray *files;
	guint i;

	if (!g_file_test(SRCDIR "/../shared/examples", G_FILE_TEST_IS_DIR))
		return;
	files = stored("../shared/examples");
	for (i = 0; i < files->len; i++) {
		const char *path = files->pdata[i];
		struct scenario_file *file = lang_load(path, d);
		char *errors = diag_text(d);

		ck_assert_msg(file, "%s", errors);
		g_free(errors);
		lang_free(file);
		check_format(path);
	}
	g_ptr_array_unref(files);
}
END_TEST

/* ----------------------------------------------------------- declarations */

START_TEST(declarations_are_resolved)
{
	struct scenario_file *file =
		load_good(HEAD "machine  hugepages 2M=4, pages=64, shmem_blocks=8\n"
			       "inject   page_alloc nth=2 = ENOMEM\n"
			       "inject   __mcopy_atomic:copy_unlocked prob=1/3\n"
			       "expect   violation CACHE\n"
			       "expect   deadlock\n"
			       "tolerate LEAK \"known\"\n"
			       "schedule vcpu:3 kid:*\n"
			       "setup\n");
	const struct scenario *sc = file->scenarios->pdata[0];
	const struct lang_decl *s = sc->maps->pdata[1], *u = sc->uffds->pdata[0];
	const struct lang_decl *kid = sc->threads->pdata[2];
	const struct lang_inject *inject = sc->injects->pdata[1];
	const struct lang_run *run = sc->schedule->pdata[1];

	ck_assert_str_eq(sc->title, "test");
	ck_assert_str_eq(sc->variation, "");
	ck_assert_uint_eq(sc->machine->len, 3);
	ck_assert_ptr_eq(s->map.file, sc->files->pdata[1]);
	ck_assert_uint_eq(s->map.first, 1);
	ck_assert_uint_eq(s->map.pages, 2);
	ck_assert(s->map.read && !s->map.write && s->map.shared);
	ck_assert_uint_eq(lang_page_shift(sc->maps->pdata[0]), 21);
	ck_assert_uint_eq(u->uffd.features, 1 << 10 | 0x10000);
	ck_assert_ptr_eq(kid->thread.process, sc->processes->pdata[0]);
	ck_assert_uint_eq(kid->index, 2);
	ck_assert_str_eq(inject->point, "__mcopy_atomic:copy_unlocked");
	ck_assert_uint_eq(inject->den, 3);
	ck_assert_ptr_eq(run->thread, kid);
	ck_assert_uint_eq(run->steps, 0);
	ck_assert_uint_eq(kid->pos.line, 11);
	ck_assert_uint_eq(kid->pos.col, 10);
	lang_free(file);
}
END_TEST

START_TEST(a_map_may_reach_past_its_file)
{
	struct scenario_file *file =
		load_good("file S shmem pages=1\nmap s S[0:9] shared\nsetup\n");
	const struct scenario *sc = file->scenarios->pdata[0];

	ck_assert_uint_eq(((struct lang_decl *)sc->maps->pdata[0])->map.pages, 9);
	ck_assert_str_eq(((struct lang_word *)sc->kernels->pdata[0])->text, "v6.1");
	lang_free(file);
}
END_TEST

START_TEST(the_catalogue_is_the_callers)
{
	static const char *const kernels[] = { "v1", "v2", NULL };
	static const char *const bugs[] = { "b", NULL };
	static const char *const points[] = { "page_alloc", NULL };
	static const char *const invariants[] = { "REF", NULL };
	static const char *const locks[] = { "mmap_lock", "table[i]", NULL };
	const struct lang_catalogue names = { kernels, bugs, points, invariants, locks };

	lang_use_catalogue(&names);
	lang_free(load_good("setup\n"));
	lang_free(load_good("kernel v2 with b\nthread t\nmap a anon pages=1\nsteps\n"
			    "  t: load a [fail page_alloc] [stop at lock table[i]]\n  t: ... = 0\n"
			    "  check locks(t) has mmap_lock\n"));
	ck_bad("kernel v6.1\nsetup\n", "unknown kernel 'v6.1'");
	ck_bad("kernel v1 with c\nsetup\n", "unknown behaviour 'c'");
	ck_bad("inject page_aloc\nsetup\n", "unknown failure point 'page_aloc'");
	ck_bad("expect violation RFE\nsetup\n", "did you mean 'REF'?");
	ck_bad("tolerate X \"\"\nsetup\n", "unknown invariant 'X'");
	ck_bad("thread t\nfinal\n  locks(t) has mmap_lokc\n", "did you mean 'mmap_lock'?");
	ck_bad("thread t\nsteps\n  t: exit [stop at lock table[j]]\n", "unknown lock 'table[j]'");
}
END_TEST

/* ------------------------------------------------------------------- calls */

START_TEST(arguments_have_roles)
{
	struct scenario_file *file = load_good(
		HEAD
		"steps\n"
		"  handler: copy u g[1] a[0:2] DONTWAKE|0x80 len=-0x1000 = 0 {copy=1p} | * as c\n"
		"  handler: register u s+0x10 0x8 len=1p = -1 EINVAL {ioctls has WAKE|COPY}\n"
		"  handler: mmap a F[0:1] shared rw\n"
		"  handler: truncate S 3p\n"
		"  handler: serve u copy a[0] dontwake on EEXIST wake on EAGAIN retry until vcpu\n"
		"  handler: uaccess a[1]-0x8 7 = -1 EFAULT [fail user_copy nth=2] [kernel >= "
		"v6.1]\n"
		"  handler: close S\n"
		"  handler: punch F[0:1]\n");
	const struct lang_call *copy = line(file, 0, 0)->call, *reg = line(file, 0, 1)->call;
	const struct lang_call *serve = line(file, 0, 4)->call, *acc = line(file, 0, 5)->call;
	const struct lang_result *r = copy->results->pdata[0];
	const struct lang_field *f = r->fields->pdata[0];
	const struct lang_serve *loop;

	ck_assert_int_eq(copy->op, LANG_OP_copy);
	ck_assert_str_eq(copy->text, "copy u g[1] a[0:2] DONTWAKE|0x80 len=-0x1000");
	ck_assert_str_eq(copy->results_text, "0 {copy=1p} | *");
	ck_assert_str_eq(copy->label, "c");
	ck_assert_uint_eq(lang_call_arg(copy, LANG_ROLE_ADDR)->addr.first, 1);
	ck_assert_uint_eq(lang_call_arg(copy, LANG_ROLE_SRC)->addr.count, 2);
	ck_assert_uint_eq(lang_call_arg(copy, LANG_ROLE_FLAGS)->value, 0x81);
	ck_assert_uint_eq(lang_call_arg(copy, LANG_ROLE_LEN)->value, -0x1000ull);
	ck_assert_ptr_null(lang_call_arg(copy, LANG_ROLE_VALUE));
	ck_assert_int_eq(f->value, 2 << 20);
	ck_assert_int_eq(lang_call_arg(reg, LANG_ROLE_ADDR)->addr.offset, 0x10);
	ck_assert_uint_eq(lang_call_arg(reg, LANG_ROLE_LEN)->value, 4096);
	r = reg->results->pdata[0];
	ck_assert_int_eq(r->kind, LANG_RESULT_ERRNO);
	ck_assert_uint_eq(r->value, EINVAL);
	f = r->fields->pdata[0];
	ck_assert(f->has && f->value == (1 << 2 | 1 << 3));
	ck_assert(lang_call_arg(line(file, 0, 2)->call, LANG_ROLE_AS)->map->shared);
	ck_assert_uint_eq(lang_call_arg(line(file, 0, 3)->call, LANG_ROLE_SIZE)->value, 12288);
	loop = lang_call_arg(serve, LANG_ROLE_SERVE)->serve;
	ck_assert_int_eq(loop->op, LANG_OP_copy);
	ck_assert(loop->dontwake && loop->rules->len == 2);
	ck_assert_str_eq(loop->until->name, "vcpu");
	ck_assert_int_eq(lang_call_arg(acc, LANG_ROLE_ADDR)->addr.offset, -8);
	ck_assert_uint_eq(lang_call_prop(acc, LANG_PROP_FAIL)->nth, 2);
	ck_assert_str_eq(lang_call_prop(acc, LANG_PROP_KERNEL_GE)->name, "v6.1");
	ck_assert(lang_op_is_ioctl(copy->op) && !lang_op_is_ioctl(acc->op));
	lang_free(file);
}
END_TEST

START_TEST(results_of_every_kind)
{
	struct scenario_file *file =
		load_good(HEAD "steps\n"
			       "  handler: read u bytes=64 = PAGEFAULT {addr=g[0], "
			       "flags=MINOR|WRITE, ptid=vcpu} + "
			       "PAGEFAULT\n"
			       "  handler: poll u = POLLIN|POLLERR | POLLIN | 0\n"
			       "  vcpu:    load a = 0x5a | SIGBUS\n"
			       "  handler: api u 0x1 = 0 {features has 0x10, ioctls has API}\n");
	const struct lang_call *read = line(file, 0, 0)->call, *poll = line(file, 0, 1)->call;
	const struct lang_result *r = read->results->pdata[0];
	const struct lang_message *m = r->messages->pdata[0];
	const struct lang_field *f = m->fields->pdata[0];

	ck_assert_int_eq(r->kind, LANG_RESULT_MESSAGES);
	ck_assert_uint_eq(r->messages->len, 2);
	ck_assert_uint_eq(m->fields->len, 3);
	ck_assert_str_eq(f->addr.decl->name, "g");
	ck_assert_str_eq(((struct lang_field *)m->fields->pdata[2])->decl->name, "vcpu");
	ck_assert_uint_eq(poll->results->len, 3);
	r = poll->results->pdata[0];
	ck_assert_uint_eq(r->value, 9);
	ck_assert_int_eq(((struct lang_result *)poll->results->pdata[2])->kind, LANG_RESULT_VALUE);
	r = line(file, 0, 2)->call->results->pdata[1];
	ck_assert_int_eq(r->kind, LANG_RESULT_SIGNAL);
	ck_assert_uint_eq(r->value, 7);
	lang_free(file);
}
END_TEST

START_TEST(signals_have_codes_and_end_any_call)
{
	struct scenario_file *file = load_good(
		HEAD "steps\n"
		     "  vcpu:    store a 1 = 0 | SIGSEGV {code=SEGV_ACCERR, addr=a[0]} as s\n"
		     "  handler: copy u g[0] a[0] = 0 | SIGKILL {copy=1p}\n"
		     "  handler: signal vcpu SIGUSR1 = -1 ESRCH\n"
		     "  vcpu:    read u ...\n"
		     "  vcpu:    ... ...\n"
		     "  vcpu:    ... = SIGKILL | -1 EINTR\n"
		     "final\n"
		     "  s.code == SEGV_ACCERR && s.addr == a[0]\n");
	const struct lang_result *r = line(file, 0, 0)->call->results->pdata[1];
	const struct lang_call *call = line(file, 0, 2)->call, *read = line(file, 0, 3)->call;

	ck_assert_int_eq(r->kind, LANG_RESULT_SIGNAL);
	ck_assert_int_eq(((struct lang_field *)r->fields->pdata[0])->value, 2);
	r = line(file, 0, 1)->call->results->pdata[1];
	ck_assert_uint_eq(r->value, 9);
	ck_assert_int_eq(((struct lang_field *)r->fields->pdata[0])->value, 1 << 21);
	ck_assert_str_eq(lang_call_arg(call, LANG_ROLE_THREAD)->decl->name, "vcpu");
	ck_assert_uint_eq(lang_call_arg(call, LANG_ROLE_FLAGS)->value, 10);
	ck_assert(read->sleeps && read->resume->sleeps && !read->resume->resume->sleeps);
	lang_free(file);
}
END_TEST

START_TEST(a_resume_belongs_to_its_call)
{
	struct scenario_file *file = load_good(
		HEAD "steps\n"
		     "  handler: copy u a[0] a[4] [stop at __mcopy_atomic:copy_unlocked]\n"
		     "  handler: ... [stop at lock mmap_lock]\n"
		     "  handler: ... = 0 {copy=1p} as c\n"
		     "final\n"
		     "  c.copy == 1p && c.retries == 1\n");
	const struct lang_call *call = line(file, 0, 0)->call, *last = line(file, 0, 2)->call;
	const struct lang_expr *e = line(file, 1, 0)->expr;

	ck_assert(call->stops && !call->sleeps);
	ck_assert_str_eq(call->label, "c");
	ck_assert_ptr_eq(call->resume->resume, last);
	ck_assert_ptr_eq(last->resumes->resumes, call);
	ck_assert_int_eq(last->op, LANG_OP_copy);
	ck_assert_ptr_eq(lang_call_arg(last, LANG_ROLE_ADDR), lang_call_arg(call, LANG_ROLE_ADDR));
	ck_assert_ptr_eq(e->lhs->lhs->call, call);
	ck_assert_uint_eq(e->lhs->rhs->value, 4096);
	ck_assert_str_eq(lang_call_prop(line(file, 0, 1)->call, LANG_PROP_STOP)->name,
			 "lock mmap_lock");
	lang_free(file);
}
END_TEST

START_TEST(a_call_may_end_differently_on_each_kernel)
{
	struct scenario_file *file =
		load_good(HEAD "tolerate RESV \"a reason\" [kernel >= minor-v1]\n"
			       "expect   deadlock [kernel < minor-v1]\n"
			       "steps\n"
			       "  vcpu: load a[0] ...\n"
			       "  vcpu: ... = 0 [kernel < minor-v1]\n"
			       "  vcpu: ... = 1 [kernel >= minor-v1]\n"
			       "  vcpu: load a[1] = 0 [kernel < minor-v1]\n"
			       "  vcpu: load a[1] ... [kernel >= minor-v1]\n"
			       "  vcpu: ... = 2 [kernel >= minor-v1]\n"
			       "  check value(a[0]) == 0 [kernel < minor-v1]\n"
			       "  vcpu: load a[2] = 0\n"
			       "final\n"
			       "  value(a[1]) == 2 [kernel >= v6.1] [kernel < minor-v1]\n");
	const struct scenario *sc = file->scenarios->pdata[0];
	const struct lang_tolerate *t = sc->tolerates->pdata[0];
	const struct lang_expect *e = sc->expects->pdata[0];
	const struct lang_line *claim = line(file, 1, 0);

	ck_assert_str_eq(t->when.ge, "minor-v1");
	ck_assert_ptr_null(t->when.lt);
	ck_assert_str_eq(e->when.lt, "minor-v1");
	ck_assert_ptr_eq(line(file, 0, 1)->call->resumes, line(file, 0, 0)->call);
	ck_assert_ptr_eq(line(file, 0, 2)->call->resumes, line(file, 0, 0)->call);
	ck_assert_ptr_eq(line(file, 0, 5)->call->resumes, line(file, 0, 4)->call);
	ck_assert_str_eq(line(file, 0, 6)->when.lt, "minor-v1");
	ck_assert_str_eq(claim->when.ge, "v6.1");
	ck_assert_str_eq(claim->when.lt, "minor-v1");
	lang_free(file);
}
END_TEST

START_TEST(a_thread_may_stay_blocked_if_final_says_so)
{
	struct scenario_file *file = load_good(
		HEAD "steps\n  vcpu: load g[0] ...\nfinal\n  blocked(vcpu) && !blocked(handler)\n");

	lang_free(file);
	ck_bad(HEAD "steps\n  vcpu: load g[0] ...\nfinal\n  blocked(handler)\n",
	       "add a line 'vcpu: ... = RESULT'");
}
END_TEST

/* -------------------------------------------------------------- expressions */

/* An expression with every operator in parentheses. */
static void append_expr(GString *out, const struct lang_expr *e)
{
	static const char *const ops[] = {
		"||", "&&", "!", "==", "!=", "<", "<=", ">", ">=", "has"
	};

	if (e->kind > LANG_EXPR_HAS) {
		g_string_append(out, e->text);
		return;
	}
	g_string_append_c(out, '(');
	if (e->kind != LANG_EXPR_NOT)
		append_expr(out, e->lhs);
	g_string_append(out, ops[e->kind]);
	append_expr(out, e->kind == LANG_EXPR_NOT ? e->lhs : e->rhs);
	g_string_append_c(out, ')');
}

static void ck_expr(const char *text, const char *want)
{
	char *all =
		g_strdup_printf(HEAD "steps\n  vcpu: read u = PAGEFAULT as r\nfinal\n  %s\n", text);
	struct scenario_file *file = load_good(all);
	GString *got = g_string_new(NULL);

	append_expr(got, line(file, 1, 0)->expr);
	ck_assert_str_eq(got->str, want);
	g_string_free(got, TRUE);
	lang_free(file);
	g_free(all);
}

START_TEST(operators_bind_as_in_c)
{
	ck_expr("1 == 1 || 2 == 2 && 3 == 3", "((1==1)||((2==2)&&(3==3)))");
	ck_expr("events(u) < 2 == 1", "((events(u)<2)==1)");
	ck_expr("!cached(F[0]) && 1", "((!cached(F[0]))&&1)");
	ck_expr("!(1 == 2) != 0", "((!(1==2))!=0)");
	ck_expr("(r.ret == 0) != (r.err == EAGAIN)", "((r.ret==0)!=(r.err==EAGAIN))");
	ck_expr("pte(g[0]) has present|write && 1", "((pte(g[0])haspresent|write)&&1)");
	ck_expr("1 || 2 || 3", "((1||2)||3)");
}
END_TEST

START_TEST(expressions_are_resolved)
{
	struct scenario_file *file = load_good(
		HEAD
		"steps\n"
		"  handler: read u = PAGEFAULT as r\n"
		"final\n"
		"  pte(g[1] in p) has present|dirty\n"
		"  pte(g[0]).page == F[1]\n"
		"  page(pte(a[2]).page).mapcount == 1 && page(a[2]).refs == 1\n"
		"  ctx(a[0] in p) == u || ctx(a) == none\n"
		"  faults(u, MINOR) == 0 && free(2M) == resv(1G)\n"
		"  locks(vcpu) has mmap_lock || locks(vcpu) == none || locks(vcpu) == 2\n"
		"  r.addr == g[1] && r.ptid == vcpu && r.flags has MINOR && r.ret == -1\n"
		"  r.err == EAGAIN && r.ret != -EAGAIN && allocs(r) == 0 && value(F[0]) == 0x5a\n");
	const struct lang_expr *e = line(file, 1, 0)->expr;

	ck_assert_int_eq(e->kind, LANG_EXPR_HAS);
	ck_assert_str_eq(e->lhs->addr.process->name, "p");
	ck_assert_uint_eq(e->rhs->value, LANG_PTE_PRESENT | LANG_PTE_DIRTY);
	e = line(file, 1, 1)->expr;
	ck_assert_int_eq(e->lhs->kind, LANG_EXPR_PTE_PAGE);
	ck_assert_int_eq(e->rhs->kind, LANG_EXPR_FILE_PAGE);
	e = line(file, 1, 2)->expr;
	ck_assert_int_eq(e->lhs->lhs->kind, LANG_EXPR_PAGE_MAPCOUNT);
	ck_assert_int_eq(e->rhs->lhs->lhs->kind, LANG_EXPR_PTE_PAGE);
	e = line(file, 1, 3)->expr;
	ck_assert_int_eq(e->lhs->rhs->kind, LANG_EXPR_UFFD);
	ck_assert_int_eq(e->rhs->rhs->kind, LANG_EXPR_NONE);
	e = line(file, 1, 5)->expr;
	ck_assert_int_eq(e->lhs->lhs->rhs->kind, LANG_EXPR_LOCK);
	lang_free(file);
}
END_TEST

/* --------------------------------------------------------------------- vary */

START_TEST(vary_makes_the_cross_product)
{
	struct scenario_file *file =
		load_good("vary     mem = shmem 4K, hugetlb 2M   # a comment\n"
			  "vary     n = 1, 2, 3\n"
			  "file     F   $mem pages=$n\n"
			  "map      g$n F[0:1] shared\n"
			  "setup\n"
			  "  store g$n[0] $n    # $unknown is no matter here\n");
	const struct scenario *sc;

	ck_assert_uint_eq(file->scenarios->len, 6);
	sc = file->scenarios->pdata[5];
	ck_assert_str_eq(sc->variation, "mem=hugetlb 2M n=3");
	ck_assert_str_eq(((struct lang_decl *)sc->maps->pdata[0])->name, "g3");
	ck_assert_uint_eq(((struct lang_decl *)sc->files->pdata[0])->file.pages, 3);
	ck_assert_uint_eq(lang_page_shift(sc->files->pdata[0]), 21);
	sc = file->scenarios->pdata[1];
	ck_assert_str_eq(sc->variation, "mem=shmem 4K n=2");
	lang_free(file);
}
END_TEST

START_TEST(places_are_those_of_the_file)
{
	ck_bad("vary     x = a long value of several words, b\n"
	       "setup\n"
	       "  load $x nothing\n",
	       "t.uffd:3:8: error: 'a' is not declared");
	ck_bad("vary     x = 1\nthread t\nsteps\n  t: exit $x foo\n",
	       "    4 |   t: exit $x foo\n      |           ^~\n");
	ck_bad("vary     x = 1, 2\nfile F shmem pages=$x\nthread t$x\nsetup\n"
	       "final\n  blocked(t1)\n",
	       "note: in the variation x=2");
	ck_bad("vary     x = 1\nsetup\n  exit $\n", "expected a name after '$'");
}
END_TEST

static void add_files(Suite *s)
{
	TCase *t = tcase("files");

	tcase_add_test(t, bad_files_give_their_error);
	tcase_add_test(t, scenarios_format_the_same_twice);
	tcase_add_test(t, examples_are_read_and_formatted);
	suite_add_tcase(s, t);
}

static void add_meaning(Suite *s)
{
	TCase *t = tcase("meaning");

	tcase_add_test(t, declarations_are_resolved);
	tcase_add_test(t, a_map_may_reach_past_its_file);
	tcase_add_test(t, the_catalogue_is_the_callers);
	tcase_add_test(t, arguments_have_roles);
	tcase_add_test(t, results_of_every_kind);
	tcase_add_test(t, signals_have_codes_and_end_any_call);
	tcase_add_test(t, a_resume_belongs_to_its_call);
	tcase_add_test(t, a_call_may_end_differently_on_each_kernel);
	tcase_add_test(t, a_thread_may_stay_blocked_if_final_says_so);
	tcase_add_test(t, operators_bind_as_in_c);
	tcase_add_test(t, expressions_are_resolved);
	tcase_add_test(t, vary_makes_the_cross_product);
	tcase_add_test(t, places_are_those_of_the_file);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("lang");

	add_files(s);
	add_meaning(s);
	return run_suite(s);
}
