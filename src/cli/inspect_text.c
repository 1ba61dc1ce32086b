/* `sigpact inspect` for people: what is wrong first, then the process, its
   actions and its threads.  Normal context. */
#include "cli.h"
#include "host.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct page {
	FILE *f;
	struct sigpact__style style;
	const struct sigpact__sight *sight;
	const struct sigpact__record *record;
};

static const char *bold(const struct page *p)
{
	return p->style.colour ? "\033[1m" : "";
}

static const char *plain(const struct page *p)
{
	return p->style.colour ? "\033[0m" : "";
}

static void print_text(FILE *f, const char *text)
{
	char *clean = sigpact__spell_text(text);

	fputs(clean ? clean : "(no memory)", f);
	free(clean);
}

/* "  key       text" */
static void line(const struct page *p, const char *key, const char *text)
{
	fprintf(p->f, "  %-12s", key);
	print_text(p->f, text);
	fputc('\n', p->f);
}

enum { SHOWN = 3 }; /* of the same finding in many threads */

static int alike(const struct sigpact__finding *a,
		 const struct sigpact__finding *b)
{
	return a->kind == b->kind && a->sig == b->sig && a->tid && b->tid &&
	       !strcmp(a->cure, b->cure);
}

/* n findings that differ in nothing but the thread. */
static void print_finding(const struct page *p,
			  const struct sigpact__finding *finding, size_t n)
{
	static const char *const colours[] = {
		[SEVERITY_NOTE] = "\033[1;36m",
		[SEVERITY_WARNING] = "\033[1;33m",
		[SEVERITY_ERROR] = "\033[1;31m",
	};
	const struct sigpact__finding_kind *kind = finding->kind;
	char name[24];
	size_t i;

	fprintf(p->f, "\n%s%s%s %s %s%s%s",
		p->style.colour ? colours[kind->severity] : "",
		sigpact__spell_severity(kind->severity), plain(p), kind->id,
		bold(p), kind->name, plain(p));
	if (finding->sig)
		fprintf(p->f, ", %s", sigpact__signal_name(finding->sig, name));
	if (n > 1)
		fprintf(p->f, ", %zu threads", n);
	else if (finding->tid)
		fprintf(p->f, ", thread %d", finding->tid);
	fprintf(p->f, "\n  %s\n", kind->what);
	for (i = 0; i < n && (i < SHOWN || p->style.verbose); i++)
		line(p, i ? "" : "seen", finding[i].evidence);
	if (i < n)
		fprintf(p->f, "  %-12sand %zu more: --verbose\n", "", n - i);
	fprintf(p->f, "  %-12s%s", "cure", bold(p));
	print_text(p->f, finding->cure);
	fprintf(p->f, "%s\n", plain(p));
}

static void print_findings(const struct page *p)
{
	const struct sigpact__finding *finding = p->sight->finding;
	size_t n = p->sight->finding_count, i, k;

	if (!n)
		fprintf(p->f, "%sNo findings%s in %s%d (", bold(p), plain(p),
			p->record->have_actions ? ""
						: "what could be seen of ",
			p->record->pid);
	else
		fprintf(p->f, "%s%zu finding%s%s in %d (", bold(p), n,
			n == 1 ? "" : "s", plain(p), p->record->pid);
	print_text(p->f, p->record->name);
	fputs(")\n", p->f);
	for (i = 0; i < n; i += k) {
		for (k = 1; i + k < n && alike(finding + i, finding + i + k);)
			k++;
		print_finding(p, finding + i, k);
	}
}

static void print_way(const struct page *p)
{
	const struct sigpact__record *r = p->record;

	fprintf(p->f, "  %-12sby %s, ", "looked at",
		sigpact__way_name(r->way));
	if (r->stopped_ns)
		fprintf(p->f, "no thread held longer than %.0f us",
			(double)r->stopped_ns / 1e3);
	else
		fputs("nothing was stopped", p->f);
	fputc('\n', p->f);
	if (r->why_not)
		line(p, "not better", r->why_not);
	if (r->why_not && geteuid())
		fprintf(p->f, "  %-12ssudo sigpact inspect %d\n", "to see all",
			r->pid);
}

static void print_sigpact(const struct page *p)
{
	const struct sigpact__record *r = p->record;
	char name[24];
	int sig;

	if (!r->sigpact_path) {
		line(p, "sigpact", "not in it");
		return;
	}
	line(p, "sigpact", r->sigpact_path);
	if (r->sigpact_rules)
		line(p, "rules", *r->sigpact_rules ? r->sigpact_rules
						   : "the defaults");
	for (sig = 1; r->have_counts && sig < RECORD_SIGNALS; sig++)
		if (r->counts[sig].delivered)
			fprintf(p->f,
				"  %-12s%s: %ju delivered, %ju relocated, "
				"%ju kept on the alternate stack\n",
				"", sigpact__signal_name(sig, name),
				(uintmax_t)r->counts[sig].delivered,
				(uintmax_t)r->counts[sig].relocated,
				(uintmax_t)r->counts[sig].kept);
}

static void print_runtimes(const struct page *p)
{
	size_t i;

	for (i = 0; i < p->record->runtime_count; i++) {
		const struct sigpact__runtime *run = p->record->runtime + i;

		fprintf(p->f, "  %-12s%s", i ? "" : "runtimes", run->name);
		if (run->module) {
			fputs(" (", p->f);
			print_text(p->f, sigpact__spell_base(run->module));
			fputc(')', p->f);
		}
		fputc('\n', p->f);
	}
	if (!i)
		line(p, "runtimes", "none recognised");
}

static void print_header(const struct page *p)
{
	const struct sigpact__record *r = p->record;
	struct passwd *user = getpwuid(r->uid);
	char set[SPELL];

	fprintf(p->f, "\n%sProcess %d%s ", bold(p), r->pid, plain(p));
	print_text(p->f, r->name);
	fputc('\n', p->f);
	line(p, "command", *r->cmdline ? r->cmdline : "not to be read");
	line(p, "program", *r->exe ? r->exe : "not to be read");
	fprintf(p->f, "  %-12s%s (%u)\n", "user", user ? user->pw_name : "?",
		r->uid);
	print_way(p);
	print_runtimes(p);
	print_sigpact(p);
	if (r->pending)
		line(p, "pending", sigpact__spell_set(set, r->pending));
	if (r->frame_size)
		fprintf(p->f, "  %-12s%u bytes on this CPU\n", "a frame is",
			r->frame_size);
}

/* "sigtramp+0x10", "libpeer.so+0x6f9e8", "0x7f00 (not mapped)" */
static void add_handler(struct sigpact__table *t, const struct page *p, int sig)
{
	const struct sigpact__handler *at = p->sight->handler + sig;
	uint64_t handler = p->record->action[sig].handler;
	char *name = NULL, *module;

	if (!at->module) {
		sigpact__table_add(t, "0x%jx", (uintmax_t)handler);
		sigpact__table_add(t, "%s",
				   !p->record->map_count ? "?" :
				   sigpact__map_at(p->record, handler) ?
							   "no file" :
							   "NOT MAPPED");
		return;
	}
	module = sigpact__spell_text(sigpact__spell_base(at->module));
	if (at->name)
		name = sigpact__spell_text(at->name);
	if (!at->offset && name)
		sigpact__table_add(t, "%s", name);
	else
		sigpact__table_add(t, "%s+0x%jx",
				   name ? name : module ? module : "?",
				   (uintmax_t)at->offset);
	sigpact__table_add(t, "%s", module ? module : "?");
	free(module);
	free(name);
}

enum { SA_RESTORER_FLAG = 0x04000000 }; /* libc's own, on every action */

static void add_action(struct sigpact__table *t, const struct page *p, int sig)
{
	const struct sigpact__act *act = p->record->action + sig;
	uint64_t shown = act->flags;
	char text[SPELL], name[24];

	if (act->handler <= 1 && !p->style.verbose)
		shown = 0;
	if (!p->style.verbose)
		shown &= ~(uint64_t)SA_RESTORER_FLAG;
	sigpact__table_add(t, "%s", sigpact__signal_name(sig, name));
	if (act->handler > 1) {
		add_handler(t, p, sig);
	} else {
		sigpact__table_add(t, "%s",
				   act->handler ? "ignored" : "default");
		sigpact__table_add(t, "%s", "");
	}
	sigpact__table_add(t, "%s", act->handler > 1 || shown ?
				    sigpact__spell_act_flags(text, shown) : "");
	sigpact__table_add(t, "%s", act->handler > 1 ?
				    sigpact__spell_set(text, act->mask) : "");
}

static int print_actions(const struct page *p)
{
	struct sigpact__table t = { .columns = 5 };
	const struct sigpact__record *r = p->record;
	char set[SPELL];
	int sig, shown = 0;

	if (!r->have_actions) {
		fprintf(p->f, "\n%sActions%s: handlers, flags and masks could "
			      "not be seen\n",
			bold(p), plain(p));
		line(p, "handled", sigpact__spell_set(set, r->caught));
		line(p, "ignored", sigpact__spell_set(set, r->ignored));
		return 0;
	}
	sigpact__table_add(&t, "SIGNAL");
	sigpact__table_add(&t, "HANDLER");
	sigpact__table_add(&t, "OWNER");
	sigpact__table_add(&t, "FLAGS");
	sigpact__table_add(&t, "MASK");
	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		if (r->action[sig].handler || p->style.verbose) {
			add_action(&t, p, sig);
			shown++;
		}
	fprintf(p->f, "\n%sActions%s: %d of 64%s\n", bold(p), plain(p), shown,
		p->style.verbose ? "" : ", the others are the default");
	return sigpact__table_print(&t, p->f, bold(p), plain(p));
}

static void print_missed(FILE *f, const struct sigpact__inspection *all)
{
	size_t i;

	if (!all->missed_count)
		return;
	fprintf(f, "%s%zu process%s could not be looked at\n",
		all->count ? "\n" : "", all->missed_count,
		all->missed_count == 1 ? "" : "es");
	for (i = 0; i < all->missed_count; i++) {
		fprintf(f, "  %d (", all->missed[i].pid);
		print_text(f, all->missed[i].name);
		fputs("): ", f);
		print_text(f, all->missed[i].why);
		fputc('\n', f);
	}
}

/* One line for each process in which nothing was found. */
static int print_clean(FILE *f, const struct sigpact__inspection *all,
		       struct sigpact__style style)
{
	static const char *const headings[] = {
		"PID", "NAME", "WAY", "THREADS", "HANDLERS", "RUNTIME", "SIGPACT"
	};
	struct sigpact__table t = { .columns = 7 };
	const char *on = style.colour ? "\033[1m" : "";
	const char *off = style.colour ? "\033[0m" : "";
	size_t i, n = 0;

	for (i = 0; i < t.columns; i++)
		sigpact__table_add(&t, "%s", headings[i]);
	for (i = 0; i < all->count; i++) {
		const struct sigpact__record *r = all->sight[i].record;
		char *name = sigpact__spell_text(r->name);

		if (!all->sight[i].finding_count && ++n) {
			sigpact__table_add(&t, "%d", r->pid);
			sigpact__table_add(&t, "%s", name ? name : "?");
			sigpact__table_add(&t, "%s", sigpact__way_name(r->way));
			sigpact__table_add(&t, "%zu", r->task_count);
			sigpact__table_add(&t, "%d",
					   __builtin_popcountll(r->caught));
			sigpact__table_add(&t, "%s", r->runtime_count
							 ? r->runtime[0].name
							 : "");
			sigpact__table_add(&t, "%s",
					   r->sigpact_path ? "yes" : "");
		}
		free(name);
	}
	fprintf(f, "%s%sNo findings%s in %zu process%s\n",
		n == all->count ? "" : "\n", on, off, n, n == 1 ? "" : "es");
	return sigpact__table_print(&t, f, on, off);
}

int sigpact__inspect_text(FILE *f, const struct sigpact__inspection *all,
			  struct sigpact__style style)
{
	size_t i, shown = 0;
	int e = 0;

	for (i = 0; i < all->count && !e; i++) {
		struct page p = { f, style, all->sight + i,
				  all->sight[i].record };

		if (style.brief && !p.sight->finding_count)
			continue;
		fputs(shown++ ? "\n" : "", f);
		print_findings(&p);
		if (style.brief)
			continue;
		print_header(&p);
		e = print_actions(&p);
		if (!e)
			e = sigpact__inspect_threads(f, p.record, style);
	}
	if (!e && style.brief && shown < all->count)
		e = print_clean(f, all, style);
	print_missed(f, all);
	return e ? e : ferror(f) ? -EIO : 0;
}
