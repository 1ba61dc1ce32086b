/* What `sigpact inspect --all` says in a line: processes in which nothing was
   found, and those that could not be looked at.  Normal context. */
#include "cli.h"

#include <stdlib.h>

void sigpact__inspect_missed(FILE *f, const struct sigpact__inspection *all)
{
	size_t i;

	if (!all->missed_count)
		return;
	fprintf(f, "%s%zu process%s could not be looked at\n",
		all->count ? "\n" : "", all->missed_count,
		all->missed_count == 1 ? "" : "es");
	for (i = 0; i < all->missed_count; i++) {
		fprintf(f, "  %d (", all->missed[i].pid);
		sigpact__spell_put(f, all->missed[i].name);
		fputs("): ", f);
		sigpact__spell_put(f, all->missed[i].why);
		fputc('\n', f);
	}
}

int sigpact__inspect_clean(FILE *f, const struct sigpact__inspection *all,
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
