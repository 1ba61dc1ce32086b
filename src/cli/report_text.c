/* A report as text: the answer in the first lines, then what it rests on.
   Normal context. */
#include "cli.h"
#include "report_print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT = 4, AROUND = 2 };

/* Not libc's; of an abort in a static program the first that tells its line. */
const struct sigpact__frame *sigpact__report_first(
	const struct sigpact__report *r)
{
	const struct sigpact__thread *t = &r->thread[r->crashed];
	const struct sigpact__frame *f, *end = t->frame + t->frame_count;
	const struct sigpact__frame *own = NULL, *any = NULL;

	for (f = t->frame; f < end; f++) {
		if (!*f->module)
			continue;
		any = any ? any : f;
		if (sigpact__frame_is_libc(f))
			continue;
		own = own ? own : f;
		if (r->cause != CAUSE_ABORT || f->file)
			return f;
	}
	return own ? own : any;
}

/* The function in which the level-th of those inside it was called; 0: the
   innermost one. */
static char *place_at(const struct sigpact__frame *f, int level)
{
	const struct sigpact__inlined *in = f->inlined;
	const char *file = level ? in[level - 1].file : f->file;
	const char *function = level < f->inlined_count ? in[level].function :
							  f->function;
	char *all = NULL, *clean;
	int n;

	if (f->trampoline)
		return strdup("<frame of a signal handler>");
	if (function && file)
		n = asprintf(&all, "%s, %s:%d", function, file,
			     level ? in[level - 1].line : f->line);
	else if (f->function)
		n = asprintf(&all, "%s+0x%" PRIx64 " in %s", f->function,
			     f->offset, f->module);
	else if (*f->module)
		n = asprintf(&all, "%s+0x%" PRIx64, f->module, f->offset);
	else
		n = asprintf(&all, "%#" PRIx64 ", in no module", f->pc);
	clean = n < 0 ? NULL : sigpact__spell_text(all);
	free(all);
	return clean;
}

static char *place(const struct sigpact__frame *f)
{
	return place_at(f, 0);
}

static void head(FILE *f, const struct sigpact__report *r)
{
	const struct sigpact__thread *t = &r->thread[r->crashed];
	const struct sigpact__frame *first = sigpact__report_first(r);
	char name[24], *at = first ? place(first) : NULL;

	fputs("sigpact report: ", f);
	sigpact__spell_put(f, r->record->name);
	fprintf(f, " (%d) ended by %s in thread %d (", r->record->pid,
		sigpact__spell_signal(name, r->sig), t->task->tid);
	sigpact__spell_put(f, t->task->name);
	fputs(")\n", f);
	sigpact__spell_line(f, "cause", r->why);
	sigpact__spell_line(f, "at", at ? at : "nowhere: no frame is known");
	sigpact__spell_line(f, "stack", r->where);
	sigpact__spell_line(f, "signature", r->signature);
	if (r->have_address) {
		fprintf(f, "  %-10s  0x%" PRIx64 ": ", "address", r->address);
		sigpact__spell_put(f, r->lies);
		fputc('\n', f);
	}
	free(at);
}

static const char *note(const struct sigpact__frame *f)
{
	switch (f->how) {
	case FRAME_CALLED:
		return "? by the return address on top of the stack";
	case FRAME_POINTER:
		return "? by the frame pointer";
	case FRAME_SCANNED:
		return "? found on the stack";
	case FRAME_SIGNAL:
		return "interrupted here";
	default:
		return "";
	}
}

static void add_frame(struct sigpact__table *t, size_t i,
		      const struct sigpact__frame *f)
{
	char *name;
	int level;

	for (level = 0; level <= f->inlined_count; level++) {
		name = place_at(f, level);
		if (level)
			sigpact__table_add(t, " ");
		else
			sigpact__table_add(t, "  #%zu", i);
		sigpact__table_add(t, "%s", name ? name : "?");
		sigpact__table_add(t, "%s", f->function && f->file ?
					sigpact__spell_base(f->module) : "");
		sigpact__table_add(t, "%s", level < f->inlined_count ?
						    "inlined into" : note(f));
		free(name);
	}
}

/* How many from i on are the same, up to where some were left out. */
static size_t run_of(const struct sigpact__thread *t, size_t i)
{
	size_t end = t->frame_count, k = i + 1;

	if (t->left_out && i < FRAMES - OUTERMOST)
		end = FRAMES - OUTERMOST;
	while (k < end && t->frame[k].pc == t->frame[i].pc)
		k++;
	return k - i < 3 ? 1 : k - i;
}

__attribute__((format(printf, 2, 3))) static void
add_remark(struct sigpact__table *t, const char *format, ...)
{
	char remark[80];
	va_list ap;

	va_start(ap, format);
	vsnprintf(remark, sizeof remark, format, ap);
	va_end(ap);
	sigpact__table_add(t, " ");
	sigpact__table_add(t, "%s", remark);
	sigpact__table_add(t, "%s", "");
	sigpact__table_add(t, "%s", "");
}

static int print_frames(FILE *f, const struct sigpact__thread *t)
{
	struct sigpact__table table = { .columns = 4 };
	size_t i, run, before = 0;

	sigpact__table_add(&table, "  FRAME");
	sigpact__table_add(&table, "WHERE");
	sigpact__table_add(&table, "MODULE");
	sigpact__table_add(&table, "HOW IT WAS FOUND");
	for (i = 0; i < t->frame_count; i += run) {
		if (t->left_out && i == FRAMES - OUTERMOST) {
			before = t->left_out;
			add_remark(&table, "… %zu frames are left out", before);
		}
		run = run_of(t, i);
		add_frame(&table, i + before, &t->frame[i]);
		if (run > 1)
			add_remark(&table, "… %zu times, %" PRIu64
				   " bytes each", run,
				   t->frame[i + 1].sp - t->frame[i].sp);
	}
	if (sigpact__table_print(&table, f, "", ""))
		return -ENOMEM;
	if (t->cut)
		fputs("  … and more, which were not looked at\n", f);
	return 0;
}

static const char *not_held(int error)
{
	switch (error) {
	case -ESRCH:
		return "it has ended meanwhile";
	case -EBUSY:
		return "it sleeps in the kernel and cannot be stopped; "
		       "/proc/PID/task/TID/wchan tells where, wait and try "
		       "again";
	case -EPERM:
		return "it is traced by another process, or may not be; "
		       "/proc/PID/task/TID/status tells TracerPid";
	}
	return strerror(-error);
}

static void title(FILE *f, const struct sigpact__thread *t)
{
	fprintf(f, "\nthread %d (", t->task->tid);
	sigpact__spell_put(f, t->task->name);
	fputs(")", f);
	if (!t->held)
		fprintf(f, ": no frames: %s", not_held(t->error));
	fputs("\n", f);
}

static void others(FILE *f, const struct sigpact__report *r)
{
	const struct sigpact__thread *t;
	const char *name;
	size_t i, k;

	if (r->thread_count > 1)
		fputs("\nother threads, innermost function first\n", f);
	for (i = 0; i < r->thread_count; i++) {
		t = &r->thread[i];
		if (i == r->crashed)
			continue;
		fprintf(f, "  %d (", t->task->tid);
		sigpact__spell_put(f, t->task->name);
		fputs(")", f);
		for (k = 0; k < t->frame_count && k < SHORT; k++) {
			name = t->frame[k].trampoline ? "<signal>" :
				       t->frame[k].function;
			fputs(k ? " < " : ": ", f);
			sigpact__spell_put(f, name ? name :
					   sigpact__spell_base(
						   t->frame[k].module));
		}
		fputc('\n', f);
	}
}

static void registers(FILE *f, const struct user_regs_struct *r)
{
	const struct { const char *name; uint64_t value; } all[] = {
		{ "rip", r->rip }, { "rsp", r->rsp }, { "rbp", r->rbp },
		{ "rax", r->rax }, { "rbx", r->rbx }, { "rcx", r->rcx },
		{ "rdx", r->rdx }, { "rsi", r->rsi }, { "rdi", r->rdi },
		{ "r8", r->r8 },   { "r9", r->r9 },   { "r10", r->r10 },
		{ "r11", r->r11 }, { "r12", r->r12 }, { "r13", r->r13 },
		{ "r14", r->r14 }, { "r15", r->r15 }, { "flags", r->eflags },
	};
	size_t i;

	fputs("\nregisters\n", f);
	for (i = 0; i < sizeof all / sizeof *all; i++)
		fprintf(f, "  %-5s %016" PRIx64 "%s", all[i].name, all[i].value,
			i % 3 == 2 ? "\n" : "");
}

static void modules(FILE *f, const struct sigpact__thread *t)
{
	size_t i, k;

	fputs("\nmodules of these frames, and their build-ids\n", f);
	for (i = 0; i < t->frame_count; i++) {
		const struct sigpact__frame *a = &t->frame[i];

		for (k = 0; k < i && strcmp(t->frame[k].module, a->module);)
			k++;
		if (k < i || !*a->module)
			continue;
		fputs("  ", f);
		sigpact__spell_put(f, a->module);
		fprintf(f, "  %s\n", *a->build_id ? a->build_id : "none");
	}
}

static void maps(FILE *f, const struct sigpact__report *r)
{
	const struct sigpact__record *k = r->record;
	uint64_t at = r->have_address ? r->address :
					r->thread[r->crashed].regs.rip;
	size_t i, first;

	for (first = 0; first < k->map_count && k->map[first].end <= at;)
		first++;
	i = first > AROUND ? first - AROUND : 0;
	fprintf(f, "\nmemory around 0x%" PRIx64 "\n", at);
	for (; i < k->map_count && i <= first + AROUND; i++) {
		fprintf(f, "  %012" PRIx64 "-%012" PRIx64 " %s ",
			k->map[i].start, k->map[i].end, k->map[i].rights);
		sigpact__spell_put(f, k->map[i].path);
		fputs(at >= k->map[i].start && at < k->map[i].end ?
			      "  <- it lies here\n" : "\n", f);
	}
}

static void actions(FILE *f, const struct sigpact__report *r)
{
	char name[24], flags[SPELL], at[128];
	struct sigpact__act *a;
	const char *function;
	char id[41];
	uint64_t offset;
	int sig, any = 0;

	for (sig = 1; sig <= 31 && r->record->have_actions; sig++) {
		a = &r->record->action[sig];
		if (a->handler <= 1)
			continue;
		if (!any++)
			fputs("\nhandlers\n", f);
		function = sigpact__function_at(r->functions, a->handler,
						&offset, id);
		snprintf(at, sizeof at, "0x%" PRIx64, a->handler);
		fprintf(f, "  %-10s ", sigpact__spell_signal(name, sig));
		sigpact__spell_put(f, function ? function : at);
		fprintf(f, "  %s\n", sigpact__spell_act_flags(flags, a->flags));
	}
	if (!r->record->have_actions)
		fputs("\nhandlers and alternate stack could not be asked for "
		      "(a seccomp filter?)\n", f);
}

static void rest(FILE *f, const struct sigpact__report *r)
{
	size_t i;

	if (r->record->runtime_count)
		fputs("\nruntimes\n", f);
	for (i = 0; i < r->record->runtime_count; i++) {
		fprintf(f, "  %s: ", r->record->runtime[i].name);
		sigpact__spell_put(f, r->record->runtime[i].module);
		fputc('\n', f);
	}
	if (r->finding_count)
		fputs("\nfindings, which need not be the cause\n", f);
	for (i = 0; i < r->finding_count; i++) {
		fprintf(f, "  %s %s: ", r->finding[i].kind->id,
			r->finding[i].kind->name);
		sigpact__spell_put(f, r->finding[i].evidence);
		fputs("\n    cure: ", f);
		sigpact__spell_put(f, r->finding[i].cure);
		fputc('\n', f);
	}
}

static int live(FILE *f, const struct sigpact__report *r)
{
	size_t i;
	int e = 0;

	fputs("sigpact report: ", f);
	sigpact__spell_put(f, r->record->name);
	fprintf(f, " (%d), %zu thread%s", r->record->pid, r->thread_count,
		r->thread_count == 1 ? "" : "s");
	if (r->record->stopped_ns)
		fprintf(f, ", each held for at most %" PRIu64 " us",
			r->record->stopped_ns / 1000);
	fputs("\n", f);
	for (i = 0; i < r->thread_count && !e; i++) {
		title(f, &r->thread[i]);
		e = print_frames(f, &r->thread[i]);
	}
	return e;
}

int sigpact__report_text(FILE *f, const struct sigpact__report *r)
{
	const struct sigpact__thread *t;
	int e;

	if (!r->sig) {
		e = live(f, r);
	} else {
		t = &r->thread[r->crashed];
		head(f, r);
		fputs("\n", f);
		e = print_frames(f, t);
		others(f, r);
		registers(f, &t->regs);
		modules(f, t);
		maps(f, r);
	}
	actions(f, r);
	rest(f, r);
	return e ? e : fflush(f) ? -errno : 0;
}
