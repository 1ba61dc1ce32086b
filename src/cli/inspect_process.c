/* The process itself as text: its program, how it was looked at, the runtimes
   in it and what libsigpact counts there.  Normal context. */
#include "cli.h"
#include "host.h"

#include <pwd.h>
#include <unistd.h>

static void print_way(FILE *f, const struct sigpact__record *r)
{
	fprintf(f, "  %-12sby %s, ", "looked at", sigpact__way_name(r->way));
	if (r->stopped_ns)
		fprintf(f, "no thread held longer than %.0f us",
			(double)r->stopped_ns / 1e3);
	else
		fputs("nothing was stopped", f);
	fputc('\n', f);
	if (r->why_not)
		sigpact__spell_line(f, "not better", r->why_not);
	if (r->why_not && geteuid())
		fprintf(f, "  %-12ssudo sigpact inspect %d\n", "to see all",
			r->pid);
}

static void print_counts(FILE *f, const struct sigpact__record *r, int sig)
{
	const char *before = " (";
	char name[24];
	int i;

	fprintf(f,
		"  %-12s%s: %ju delivered, %ju relocated, %ju kept on the "
		"alternate stack",
		"", sigpact__signal_name(sig, name),
		(uintmax_t)r->counts[sig].delivered,
		(uintmax_t)r->counts[sig].relocated,
		(uintmax_t)r->counts[sig].kept);
	for (i = 0; i < KEPT_WHYS; i++)
		if (r->counts[sig].why[i]) {
			fprintf(f, "%s%s: %ju", before, sigpact__kept_name(i),
				(uintmax_t)r->counts[sig].why[i]);
			before = ", ";
		}
	fputs(*before == ',' ? ")\n" : "\n", f);
}

static void print_sigpact(FILE *f, const struct sigpact__record *r)
{
	char set[SPELL];
	int sig;

	if (!r->sigpact_path) {
		sigpact__spell_line(f, "sigpact", "not in it");
		return;
	}
	sigpact__spell_line(f, "sigpact", r->sigpact_path);
	if (r->sigpact_rules)
		sigpact__spell_line(f, "rules", *r->sigpact_rules
						    ? r->sigpact_rules
						    : "the defaults");
	if (r->by_rule)
		fprintf(f, "  %-12s%s excluded in all threads, by rule\n", "",
			sigpact__spell_set(set, r->by_rule));
	for (sig = 1; r->have_counts && sig < RECORD_SIGNALS; sig++)
		if (r->counts[sig].delivered)
			print_counts(f, r, sig);
	if (r->have_counts && r->counts_shared)
		sigpact__spell_line(f, "", "counted over all processes of its "
					   "sigpact run --stats");
}

static void print_runtimes(FILE *f, const struct sigpact__record *r)
{
	size_t i;

	for (i = 0; i < r->runtime_count; i++) {
		const struct sigpact__runtime *run = r->runtime + i;

		fprintf(f, "  %-12s%s", i ? "" : "runtimes", run->name);
		if (run->module) {
			fputs(" (", f);
			sigpact__spell_put(f, sigpact__spell_base(run->module));
			fputc(')', f);
		}
		fputc('\n', f);
	}
	if (!i)
		sigpact__spell_line(f, "runtimes", "none recognised");
}

void sigpact__inspect_process(FILE *f, const struct sigpact__record *r,
			      struct sigpact__style style)
{
	struct passwd *user = getpwuid(r->uid);
	char set[SPELL];

	fprintf(f, "\n%sProcess %d%s ", style.colour ? "\033[1m" : "",
		r->pid, style.colour ? "\033[0m" : "");
	sigpact__spell_put(f, r->name);
	fputc('\n', f);
	sigpact__spell_line(f, "command",
			    *r->cmdline ? r->cmdline : "not to be read");
	sigpact__spell_line(f, "program", *r->exe ? r->exe : "not to be read");
	fprintf(f, "  %-12s%s (%u)\n", "user", user ? user->pw_name : "?",
		r->uid);
	print_way(f, r);
	print_runtimes(f, r);
	print_sigpact(f, r);
	if (r->pending)
		sigpact__spell_line(f, "pending",
				    sigpact__spell_set(set, r->pending));
	if (r->frame_size)
		fprintf(f, "  %-12s%u bytes on this CPU\n", "a frame is",
			r->frame_size);
}
