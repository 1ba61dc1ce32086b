/* Findings about handlers: on which stack they will run, and whether their code
   is there.  Normal context. */
#include "checks.h"
#include "runtimes.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ONSTACK 0x08000000ull
#define RESTORER 0x04000000ull
enum { LIBC_FIRST = 32 };

static int has(const struct sigpact__checking *c, int sig, uint64_t flag)
{
	return (c->record->action[sig].flags & flag) != 0;
}

/* By which one thread asks another for something.  What a terminal, a timer or
   the kernel sends does not care for the stack; faults want the alternate. */
static int asks_a_thread(int sig)
{
	return sig == SIGPWR || sig == SIGXCPU || sig == SIGUSR1 ||
	       sig == SIGUSR2 || sig == SIGURG || sig == SIGSTKFLT ||
	       sig == SIGPROF || sig >= LIBC_FIRST + 2;
}

int sigpact__is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGBUS || sig == SIGILL ||
	       sig == SIGFPE || sig == SIGTRAP || sig == SIGABRT ||
	       sig == SIGSYS;
}

static int excludes(const struct sigpact__task *t, int sig)
{
	return t->seen & SEEN_THREAD && t->excluded >> (sig - 1) & 1;
}

/* A thread that has an alternate stack which this signal would be delivered
   on; the first thread if it is one. */
static const struct sigpact__task *victim(const struct sigpact__record *r,
					  int sig, size_t *others)
{
	const struct sigpact__task *first = NULL;
	size_t i, n = 0;

	for (i = 0; i < r->task_count; i++) {
		const struct sigpact__task *t = &r->task[i];

		if (!sigpact__armed(t) || excludes(t, sig))
			continue;
		n++;
		if (!first || t->tid == r->pid)
			first = t;
	}
	*others = n ? n - 1 : 0;
	return first;
}

static const struct sigpact__runtime *runtime_in(
	const struct sigpact__record *r, const char *module)
{
	size_t i;

	for (i = 0; i < r->runtime_count; i++)
		if (!strcmp(r->runtime[i].module, module))
			return &r->runtime[i];
	return NULL;
}

/* The flag is one of an action: who set it cannot be seen, but who is known to
   add it to the handlers of others. */
static void wrong_stack(struct sigpact__checking *c, int sig)
{
	const struct sigpact__record *r = c->record;
	uint64_t handler = r->action[sig].handler;
	const char *owner = sigpact__owner(r, handler);
	const struct sigpact__runtime *adder, *of;
	const struct sigpact__task *t;
	char spelled[PLACE], task[PLACE], module[PLACE];
	size_t others;
	unsigned traits;

	if (!owner || sigpact__is_fault(sig) || !has(c, sig, ONSTACK) ||
	    (r->sigpact_path && !strcmp(owner, r->sigpact_path)))
		return;
	of = runtime_in(r, owner);
	traits = of ? sigpact__runtime_traits(of) : 0;
	adder = sigpact__runtime_with(r, TRAIT_ADDS_ONSTACK, owner);
	t = victim(r, sig, &others);
	if (!adder || !t || traits & TRAIT_ADDS_ONSTACK ||
	    !(asks_a_thread(sig) || traits & TRAIT_OWN_STACK))
		return;
	snprintf(module, sizeof module, "%.64s", strrchr(adder->module, '/') ?
		 strrchr(adder->module, '/') + 1 : adder->module);
	sigpact__check_add(c, WRONG_STACK, sig, t->tid, handler,
		"handler %s%s%s%s has SA_ONSTACK, which %s (%s) adds to the "
		"handlers of others; %s has an alternate stack of %ju bytes at "
		"0x%jx, as have %zu others",
		sigpact__spell_address(r, handler, spelled),
		of ? " (" : "", of ? of->name : "", of ? ")" : "",
		adder->name, module, sigpact__spell_task(t, task),
		(uintmax_t)t->alt_size, (uintmax_t)t->alt_base, others);
}

static void missing_onstack(struct sigpact__checking *c, int sig)
{
	const struct sigpact__record *r = c->record;
	uint64_t handler = r->action[sig].handler;
	const struct sigpact__runtime *go =
		sigpact__runtime_with(r, TRAIT_ADDS_ONSTACK, NULL);
	char spelled[PLACE];

	if (!go || has(c, sig, ONSTACK))
		return;
	sigpact__check_add(c, MISSING_ONSTACK, sig, 0, handler,
		"handler %s has no SA_ONSTACK, and %s runs goroutines in this "
		"process",
		sigpact__spell_address(r, handler, spelled), go->name);
}

static int some_armed(const struct sigpact__record *r, size_t *seen,
		      const struct sigpact__task **without)
{
	size_t i;
	int n = 0;

	*seen = 0;
	*without = NULL;
	for (i = 0; i < r->task_count; i++) {
		if (!(r->task[i].seen & SEEN_ALTSTACK))
			continue;
		++*seen;
		if (sigpact__armed(&r->task[i]))
			n++;
		else if (!*without)
			*without = &r->task[i];
	}
	return n;
}

static void overflow(struct sigpact__checking *c, int sig)
{
	const struct sigpact__record *r = c->record;
	uint64_t handler = r->action[sig].handler;
	const char *owner = sigpact__owner(r, handler);
	const struct sigpact__runtime *of = owner ? runtime_in(r, owner) : NULL;
	const struct sigpact__task *without;
	char spelled[PLACE], task[PLACE];
	size_t seen;
	int armed;

	/* the kernel sends SIGSEGV; both are installed as one */
	if ((sig != SIGSEGV && sig != SIGBUS) ||
	    (sig == SIGBUS && r->action[SIGSEGV].handler == handler) ||
	    (of && sigpact__runtime_traits(of) & TRAIT_GUARD_ZONES))
		return;
	sigpact__spell_address(r, handler, spelled);
	armed = some_armed(r, &seen, &without);
	if (!has(c, sig, ONSTACK))
		sigpact__check_add(c, FATAL_OVERFLOW, sig, 0, handler,
			"handler %s has no SA_ONSTACK", spelled);
	else if (seen && !armed)
		sigpact__check_add(c, FATAL_OVERFLOW, sig, 0, handler,
			"handler %s has SA_ONSTACK, but none of %zu threads has "
			"an alternate stack", spelled, seen);
	else if (without && armed &&
		 !(of && sigpact__runtime_traits(of) & TRAIT_ADDS_ONSTACK))
		/* Go's own arms one in each thread while that runs Go */
		sigpact__check_add(c, ALTSTACK_SOME, sig, without->tid, handler,
			"handler %s has SA_ONSTACK; %zu of %zu threads have no "
			"alternate stack, the first: %s", spelled,
			seen - (size_t)armed, seen,
			sigpact__spell_task(without, task));
}

static const char *lost(const struct sigpact__record *r, uint64_t address)
{
	const struct sigpact__map *m = sigpact__map_at(r, address);

	if (!m)
		return "is not mapped";
	return m->rights[2] == 'x' ? NULL : "is not executable";
}

/* What was removed from the disk only, "(deleted)", runs on. */
static void unmapped(struct sigpact__checking *c, int sig)
{
	const struct sigpact__record *r = c->record;
	const struct sigpact__act *a = &r->action[sig];
	char spelled[PLACE];
	const char *how = lost(r, a->handler);

	if (!r->map_count)
		return;
	if (how)
		sigpact__check_add(c, HANDLER_UNMAPPED, sig, 0, a->handler,
			"handler %s %s",
			sigpact__spell_address(r, a->handler, spelled), how);
	how = lost(r, a->restorer);
	if (has(c, sig, RESTORER) && how)
		sigpact__check_add(c, HANDLER_UNMAPPED, sig, 0, a->restorer,
			"restorer %s %s",
			sigpact__spell_address(r, a->restorer, spelled), how);
}

void sigpact__check_actions(struct sigpact__checking *c)
{
	int sig;

	for (sig = 1; c->record->have_actions && sig < RECORD_SIGNALS; sig++) {
		if (!sigpact__has_handler(c->record, sig))
			continue;
		wrong_stack(c, sig);
		missing_onstack(c, sig);
		overflow(c, sig);
		unmapped(c, sig);
	}
}
