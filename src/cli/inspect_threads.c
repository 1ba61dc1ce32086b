/* The threads of a process as text; those that differ in nothing but number,
   digits of the name and addresses are one line.  Normal context. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct line {
	const struct sigpact__task *task; /* the first */
	size_t count;
	int many_names;
	uint64_t used;			  /* the most */
};

/* Are they the same but for digits? */
static int same_name(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			a += strspn(a, "0123456789");
			b += strspn(b, "0123456789");
		} else if (*a++ != *b++) {
			return 0;
		}
	}
	return *a == *b;
}

static int same(const struct sigpact__task *a, const struct sigpact__task *b)
{
	return same_name(a->name, b->name) && a->state == b->state &&
	       a->seen == b->seen && a->blocked == b->blocked &&
	       a->pending == b->pending && a->excluded == b->excluded &&
	       a->stack == b->stack && !a->alt_size == !b->alt_size &&
	       (!a->alt_size ||
		(a->alt_size == b->alt_size && a->alt_flags == b->alt_flags &&
		 a->alt_mapped == b->alt_mapped &&
		 a->alt_writable == b->alt_writable &&
		 a->alt_guard == b->alt_guard));
}

/* Number of lines, or -ENOMEM. */
static long fold(const struct sigpact__record *r, int verbose,
		 struct line **out)
{
	struct line *lines = calloc(r->task_count + 1, sizeof *lines);
	size_t n = 0, i, k;

	if (!lines)
		return -ENOMEM;
	for (i = 0; i < r->task_count; i++) {
		const struct sigpact__task *task = r->task + i;

		/* the last line first: kin is mostly started together */
		for (k = n; k-- && (verbose || !same(lines[k].task, task));)
			;
		if (k == (size_t)-1)
			lines[k = n++].task = task;
		lines[k].count++;
		lines[k].many_names |=
			strcmp(lines[k].task->name, task->name) != 0;
		if (task->alt_used > lines[k].used)
			lines[k].used = task->alt_used;
	}
	*out = lines;
	return (long)n;
}

/* Runs of digits become '*' where names differ. */
static void add_name(struct sigpact__table *t, const struct line *line)
{
	char folded[sizeof line->task->name + 1], *p = folded, *clean;
	const char *s = line->task->name;

	while (*s)
		if (line->many_names && isdigit((unsigned char)*s)) {
			s += strspn(s, "0123456789");
			*p++ = '*';
		} else {
			*p++ = *s++;
		}
	*p = 0;
	clean = sigpact__spell_text(folded);
	sigpact__table_add(t, "%s", clean ? clean : "?");
	free(clean);
}

static const char *memory(const struct sigpact__task *task)
{
	if (!task->alt_mapped)
		return "NOT MAPPED";
	if (!task->alt_writable)
		return "NOT WRITABLE";
	return task->alt_guard ? "guard below" : "no guard";
}

static void add_altstack(struct sigpact__table *t,
			 const struct sigpact__record *r,
			 const struct line *line)
{
	const struct sigpact__task *task = line->task;
	char flags[SPELL], base[32] = "...";
	int seen = (task->seen & SEEN_ALTSTACK) != 0;

	if (!seen || !task->alt_size) {
		sigpact__table_add(t, "%s", seen ? "none" : "?");
		sigpact__table_add(t, "%s", "");
		sigpact__table_add(t, "%s", "");
		sigpact__table_add(t, "%s", "");
		return;
	}
	if (line->count == 1)
		snprintf(base, sizeof base, "0x%jx", (uintmax_t)task->alt_base);
	sigpact__table_add(t, "{ss_sp=%s, ss_flags=%s, ss_size=%ju}", base,
			   sigpact__spell_stack_flags(flags, task->alt_flags),
			   (uintmax_t)task->alt_size);
	if (task->seen & SEEN_TOUCHED)
		sigpact__table_add(t, "%ju", (uintmax_t)line->used);
	else
		sigpact__table_add(t, "?");
	if (r->frame_size)
		sigpact__table_add(t, "%u", r->frame_size);
	else
		sigpact__table_add(t, "?");
	sigpact__table_add(t, "%s", r->map_count ? memory(task) : "?");
}

static void add_set(struct sigpact__table *t, int seen, uint64_t set)
{
	char text[SPELL];

	sigpact__table_add(t, "%s", !seen ? "?" : !set ? "" :
				    sigpact__spell_set(text, set));
}

static void add_line(struct sigpact__table *t, const struct sigpact__record *r,
		     const struct line *line)
{
	static const char *const stacks[] = {
		[STACK_UNKNOWN] = "?",
		[STACK_NATIVE] = "native",
		[STACK_ALTERNATE] = "alternate",
		[STACK_FOREIGN] = "not its own",
	};
	const struct sigpact__task *task = line->task;

	sigpact__table_add(t, "%d", task->tid);
	if (line->count > 1)
		sigpact__table_add(t, "x %zu", line->count);
	else
		sigpact__table_add(t, "%s", "");
	add_name(t, line);
	sigpact__table_add(t, "%c", task->state ? task->state : '?');
	sigpact__table_add(t, "%s", stacks[task->stack]);
	add_altstack(t, r, line);
	add_set(t, (task->seen & SEEN_MASKS) != 0, task->blocked);
	add_set(t, (task->seen & SEEN_MASKS) != 0, task->pending);
	/* libsigpact's own word: there is none where it is not */
	add_set(t, 1, task->seen & SEEN_THREAD ? task->excluded : 0);
}

int sigpact__inspect_threads(FILE *f, const struct sigpact__record *r,
			     struct sigpact__style style)
{
	static const char *const headings[] = {
		"TID",	"",	  "NAME",   "STATE",   "STACK",	  "ALTERNATE STACK",
		"USED", "NEEDED", "MEMORY", "BLOCKED", "PENDING", "EXCLUDED",
	};
	struct sigpact__table t = { .columns = 12 };
	struct line *lines;
	long n = fold(r, style.verbose, &lines), i;
	const char *bold = style.colour ? "\033[1m" : "";
	const char *plain = style.colour ? "\033[0m" : "";

	if (n < 0)
		return (int)n;
	for (i = 0; i < (long)t.columns; i++)
		sigpact__table_add(&t, "%s", headings[i]);
	for (i = 0; i < n; i++)
		add_line(&t, r, lines + i);
	free(lines);
	fprintf(f, "\n%sThreads%s: %zu", bold, plain, r->task_count);
	if (r->tasks_missed)
		fprintf(f, ", and %zu that could not be seen",
			r->tasks_missed);
	fputc('\n', f);
	return sigpact__table_print(&t, f, bold, plain);
}
