/* The table of findings, and how they are collected, sorted and freed; the
   checks are in check_*.c.  Normal context. */
#include "checks.h"
#include "runtimes.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* By id, without a gap: SP001 is the first, SP101 that of the machine. */
const struct sigpact__finding_kind sigpact__finding_kinds[] = {
	{ "SP001", "wrong-stack-delivery", SEVERITY_ERROR,
	  "SA_ONSTACK was added to the handler of another module, which now "
	  "runs on an alternate stack where it looks for the thread's own." },
	{ "SP002", "missing-onstack", SEVERITY_ERROR,
	  "A handler without SA_ONSTACK can be run on the small stack of a "
	  "goroutine, and overruns it or ends the program." },
	{ "SP003", "altstack-too-small", SEVERITY_ERROR,
	  "The alternate stack has no room for this CPU's signal frame and a "
	  "handler: what lies below it is overwritten." },
	{ "SP004", "altstack-no-guard", SEVERITY_NOTE,
	  "Nothing stops a handler that needs more than the alternate stack: "
	  "it writes into the memory below." },
	{ "SP005", "altstack-unmapped", SEVERITY_ERROR,
	  "The alternate stack's memory is gone or cannot be written, so the "
	  "next signal on it kills the process." },
	{ "SP006", "altstack-shared", SEVERITY_ERROR,
	  "Two threads have armed the same memory, and handlers that run at "
	  "the same time overwrite each other's frames." },
	{ "SP007", "altstack-some-threads", SEVERITY_WARNING,
	  "A handler for fatal signals wants an alternate stack that some "
	  "threads lack: a stack overflow in those ends without it." },
	{ "SP008", "fatal-handler-overflow", SEVERITY_NOTE,
	  "A handler for fatal signals cannot run when a stack overflows, for "
	  "it would run on that very stack." },
	{ "SP009", "handler-unmapped", SEVERITY_ERROR,
	  "The handler's or its restorer's code is gone, so the next such "
	  "signal kills the process." },
	{ "SP010", "sigpipe-lost", SEVERITY_WARNING,
	  "A runtime that ignores SIGPIPE no longer does: writing to a closed "
	  "connection may end the process or reach another's handler." },
	{ "SP011", "sigchld-lost", SEVERITY_WARNING,
	  "SIGCHLD is ignored in a runtime that waits for its children, whose "
	  "exit statuses are lost." },
	{ "SP012", "pending-blocked", SEVERITY_WARNING,
	  "A signal has been pending for a second or longer, and whoever could "
	  "take it blocks it." },
	{ "SP013", "storm", SEVERITY_ERROR,
	  "The same signal is sent again and again, a thousand times a second "
	  "or more, as by a sender whose request is never answered." },
	{ "SP014", "altstack-dead", SEVERITY_ERROR,
	  "The alternate stack lies in a part of the thread's stack that is "
	  "no longer in use, or in another thread's." },
	{ "SP015", "altstack-exhausted", SEVERITY_NOTE,
	  "The alternate stack was once used down to its last page, if nothing "
	  "else wrote there." },
	/* of the machine, not of a process: `sigpact check` */
	{ "SP101", "vector-state-lost", SEVERITY_ERROR,
	  "The kernel gives a thread back other vector or floating-point "
	  "registers than it had when a signal came: any result may be wrong." },
	{ "SP102", "frame-size-untold", SEVERITY_ERROR,
	  "A signal frame is larger than the kernel says (AT_MINSIGSTKSZ): an "
	  "alternate stack sized by that has no room for one." },
	{ "SP103", "sigstksz-too-small", SEVERITY_WARNING,
	  "An alternate stack of libc's SIGSTKSZ has no room for this CPU's "
	  "signal frame and a handler." },
	{ "SP104", "altstack-overflow-silent", SEVERITY_ERROR,
	  "A frame that does not fit on the alternate stack is written all the "
	  "same, over the memory below it." },
	{ "SP105", "frame-registers-lost", SEVERITY_ERROR,
	  "A register that a handler changes in the signal frame, or leaves "
	  "alone, is another after the handler returned." },
	{ "SP106", "red-zone-lost", SEVERITY_ERROR,
	  "A signal overwrites the bytes below the stack pointer that the "
	  "interrupted function may use." },
	{ "SP107", "signal-semantics", SEVERITY_ERROR,
	  "Alternate stacks or signal frames behave otherwise than Linux's "
	  "manual says, and programs that rely on it may fail." },
	{ "SP108", "relocation-fails", SEVERITY_ERROR,
	  "A signal that is excluded from the alternate stack is delivered "
	  "there all the same, so `sigpact run` cannot help." },
};
const size_t sigpact__finding_kind_all =
	sizeof sigpact__finding_kinds / sizeof *sigpact__finding_kinds;
const size_t sigpact__finding_kind_count = FINDINGS_END - 1;
_Static_assert(sizeof sigpact__finding_kinds /
		       sizeof *sigpact__finding_kinds == ALL_FINDINGS_END - 1,
	       "an id for each kind");

/* Another cure than `heal PID ID`. */
static const char *const cures[FINDINGS_END] = {
	[MISSING_ONSTACK] = "sigpact run --rule onstack=auto -- COMMAND",
	[ALTSTACK_NO_GUARD] = "sigpact run -- COMMAND",
	[ALTSTACK_UNMAPPED] = "disarm it before its memory goes: "
			      "sigaltstack(2), SS_DISABLE",
	[ALTSTACK_SHARED] = "arm another in each thread: "
			    "sigpact_altstack_arm(3)",
	[ALTSTACK_SOME] = "arm one in each thread: sigpact_altstack_arm(3)",
	[FATAL_OVERFLOW] = "sigaction(2) with SA_ONSTACK, and an alternate "
			   "stack in each thread: sigpact_altstack_arm(3)",
	[HANDLER_UNMAPPED] = "load the library so that it stays: RTLD_NODELETE",
	[SIGPIPE_LOST] = "sigpact run -- COMMAND",
	[SIGCHLD_LOST] = "env --default-signal=CHLD COMMAND",
	[PENDING_BLOCKED] = "see who blocks it: sigpact inspect --verbose",
	[STORM] = "cure SP001 first, if it is found; else see who sends it: "
		  "strace -f -e trace=kill,tkill,tgkill -p",
	[ALTSTACK_DEAD] = "disarm it before its memory goes: sigaltstack(2), "
			  "SS_DISABLE",
	[ALTSTACK_FULL] = "sigpact run --rule altstack=64K -- COMMAND",
};
/* … and what else may be typed: the process then lives on. */
static const int heals[FINDINGS_END] = {
	[WRONG_STACK] = 1, [MISSING_ONSTACK] = 1, [ALTSTACK_SMALL] = 1,
	[ALTSTACK_NO_GUARD] = 1, [SIGPIPE_LOST] = 1, [ALTSTACK_FULL] = 1,
};

static enum sigpact__finding_id id_of(const struct sigpact__finding_kind *k)
{
	return (enum sigpact__finding_id)(k - sigpact__finding_kinds + 1);
}

int sigpact__finding_heals(const struct sigpact__finding_kind *kind)
{
	return heals[id_of(kind)];
}

const char *sigpact__finding_cure(const struct sigpact__finding_kind *kind)
{
	return cures[id_of(kind)];
}

static char *cure(pid_t pid, enum sigpact__finding_id id)
{
	const char *other = cures[id];
	char *text;

	if (id == STORM)
		return asprintf(&text, "%s %d", other, pid) < 0 ? NULL : text;
	if (!heals[id])
		return strdup(other);
	if (asprintf(&text, "sigpact heal %d %s%s%s", pid,
		     sigpact__finding_kinds[id - 1].id,
		     other ? "; for good: " : "", other ? other : "") < 0)
		return NULL;
	return text;
}

void sigpact__check_add(struct sigpact__checking *c,
			enum sigpact__finding_id id, int sig, pid_t tid,
			uint64_t address, const char *evidence, ...)
{
	struct sigpact__finding *f;
	va_list ap;

	if (c->count == c->room) {
		size_t room = c->room ? c->room * 2 : 16;

		f = realloc(c->found, room * sizeof *f);
		if (!f) {
			c->no_memory = 1;
			return;
		}
		c->found = f;
		c->room = room;
	}
	f = &c->found[c->count++];
	*f = (struct sigpact__finding){ &sigpact__finding_kinds[id - 1], sig,
					tid, address, NULL, NULL };
	va_start(ap, evidence);
	if (vasprintf(&f->evidence, evidence, ap) < 0)
		f->evidence = NULL;
	va_end(ap);
	f->cure = cure(c->record->pid, id);
	if (!f->evidence || !f->cure)
		c->no_memory = 1;
}

const char *sigpact__spell_address(const struct sigpact__record *r,
				   uint64_t address, char to[PLACE])
{
	const struct sigpact__map *m = sigpact__map_at(r, address);
	const char *name = m ? strrchr(m->path, '/') : NULL;

	if (name && name[1])
		snprintf(to, PLACE, "%.64s+0x%" PRIx64, name + 1,
			 address - m->start + m->offset);
	else
		snprintf(to, PLACE, "0x%" PRIx64, address);
	return to;
}

const char *sigpact__spell_task(const struct sigpact__task *t, char to[PLACE])
{
	snprintf(to, PLACE, "thread %d (%.15s)", t->tid, t->name);
	return to;
}

int sigpact__has_handler(const struct sigpact__record *r, int sig)
{
	return r->have_actions ? r->action[sig].handler > 1
			       : (int)(r->caught >> (sig - 1) & 1);
}

int sigpact__armed(const struct sigpact__task *t)
{
	return t->seen & SEEN_ALTSTACK && t->alt_size;
}

const char *sigpact__owner(const struct sigpact__record *r, uint64_t address)
{
	const struct sigpact__map *m = sigpact__map_at(r, address);

	return m && *m->path == '/' ? m->path : NULL;
}

const struct sigpact__runtime *sigpact__runtime_with(
	const struct sigpact__record *r, unsigned trait, const char *but)
{
	size_t i;

	for (i = 0; i < r->runtime_count; i++)
		if (sigpact__runtime_traits(&r->runtime[i]) & trait &&
		    (!but || strcmp(r->runtime[i].module, but)))
			return &r->runtime[i];
	return NULL;
}

static int order(const void *a, const void *b)
{
	const struct sigpact__finding *x = a, *y = b;

	if (x->kind->severity != y->kind->severity)
		return x->kind->severity > y->kind->severity ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->sig != y->sig)
		return x->sig < y->sig ? -1 : 1;
	return (x->tid > y->tid) - (x->tid < y->tid);
}

int sigpact__findings_between(const struct sigpact__record *before,
			      const struct sigpact__record *after,
			      struct sigpact__finding **out, size_t *count)
{
	struct sigpact__checking c = { .record = after, .before = before };

	if (before && (before->pid != after->pid ||
		       before->start_time != after->start_time))
		c.before = NULL;
	sigpact__check_actions(&c);
	sigpact__check_stacks(&c);
	sigpact__check_lost(&c);
	if (c.no_memory) {
		sigpact__findings_free(c.found, c.count);
		return -ENOMEM;
	}
	if (c.count)
		qsort(c.found, c.count, sizeof *c.found, order);
	*out = c.found;
	*count = c.count;
	return 0;
}

int sigpact__findings(const struct sigpact__record *r,
		      struct sigpact__finding **out, size_t *count)
{
	return sigpact__findings_between(NULL, r, out, count);
}

static void drop(struct sigpact__finding *f)
{
	free(f->evidence);
	free(f->cure);
}

/* They come last. */
size_t sigpact__findings_drop_notes(struct sigpact__finding *f, size_t count)
{
	while (count && f[count - 1].kind->severity == SEVERITY_NOTE)
		drop(&f[--count]);
	return count;
}

void sigpact__findings_free(struct sigpact__finding *f, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		drop(&f[i]);
	free(f);
}
