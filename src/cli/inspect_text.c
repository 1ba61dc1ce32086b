/* `sigpact inspect` for people: what is wrong first, then the process, its
   actions and its threads.  Normal context. */
#include "cli.h"
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
		sigpact__spell_line(p->f, i ? "" : "seen", finding[i].evidence);
	if (i < n)
		fprintf(p->f, "  %-12sand %zu more: --verbose\n", "", n - i);
	fprintf(p->f, "  %-12s%s", "cure", bold(p));
	sigpact__spell_put(p->f, finding->cure);
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
	sigpact__spell_put(p->f, p->record->name);
	fputs(")\n", p->f);
	for (i = 0; i < n; i += k) {
		for (k = 1; i + k < n && alike(finding + i, finding + i + k);)
			k++;
		print_finding(p, finding + i, k);
	}
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
		sigpact__spell_line(p->f, "handled",
				    sigpact__spell_set(set, r->caught));
		sigpact__spell_line(p->f, "ignored",
				    sigpact__spell_set(set, r->ignored));
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
		sigpact__inspect_process(f, p.record, style);
		e = print_actions(&p);
		if (!e)
			e = sigpact__inspect_threads(f, p.record, style);
	}
	if (!e && style.brief && shown < all->count)
		e = sigpact__inspect_clean(f, all, style);
	if (all->notes)
		fprintf(f, "\n%zu note%s left out: --verbose\n", all->notes,
			all->notes == 1 ? "" : "s");
	sigpact__inspect_missed(f, all);
	return e ? e : ferror(f) ? -EIO : 0;
}
