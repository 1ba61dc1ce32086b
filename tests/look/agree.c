/* Each way to look at a process says of it what it says of itself, as far as
   that way can see, and no two ways differ. */
#include "record.h"
#include "tap.h"
#include "victim.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct sigpact__task *task(const struct sigpact__record *r,
					pid_t tid)
{
	static const struct sigpact__task none;
	size_t i;

	for (i = 0; i < r->task_count; i++)
		if (r->task[i].tid == tid)
			return &r->task[i];
	return &none;
}

static int differs(const char *what, const char *name, uint64_t is,
		   uint64_t told)
{
	if (is != told)
		printf("# \"%s\": %s is 0x%jx, not 0x%jx\n", name, what,
		       (uintmax_t)is, (uintmax_t)told);
	return is != told;
}
#define SAME(what, is, told) (wrong += differs(what, name, is, told))

static int names(const struct sigpact__record *r, const struct victim *v)
{
	int i, wrong = strcmp(r->name, "vic) tim") != 0;

	for (i = 0; i < SHAPES; i++)
		wrong += strcmp(task(r, v->told[i].tid)->name,
				shape_name[i]) != 0;
	return !wrong && r->task_count == SHAPES + 1 && !r->tasks_missed;
}

static int masks(const struct sigpact__record *r, const struct victim *v)
{
	const uint64_t one = 1ull << (PENDING_ONE - 1);
	int i, wrong = 0;

	for (i = 0; i <= SHAPES; i++) {
		const struct sigpact__task *t = task(r, v->told[i].tid);
		const char *name = t->name;

		wrong += !(t->seen & SEEN_MASKS);
		SAME("state", (uint64_t)t->state, 'S');
		SAME("blocked", t->blocked, v->told[i].blocked);
		SAME("pending", (t->pending | r->pending) & t->blocked,
		     v->told[i].pending);
		SAME("its own pending", t->pending, i == GUARDED ? one : 0);
	}
	return !wrong && r->pending == 1ull << (PENDING_ALL - 1);
}

static int actions(const struct sigpact__record *r, const struct victim *v)
{
	uint64_t ignored = 0, caught = 0;
	const char *name = "the process";
	int sig, wrong = 0;

	for (sig = 1; sig <= 64; sig++) {
		const struct sigpact__act *a = &r->action[sig];
		const uint64_t *told = v->action[sig];

		if (told[0] == (uintptr_t)SIG_IGN)
			ignored |= 1ull << (sig - 1);
		else if (told[0])
			caught |= 1ull << (sig - 1);
		if (!r->have_actions)
			continue;
		SAME("handler", a->handler, told[0]);
		SAME("flags", a->flags, told[1]);
		SAME("restorer", a->restorer, told[2]);
		SAME("mask", a->mask, told[3]);
	}
	SAME("ignored", r->ignored, ignored);
	SAME("caught", r->caught, caught);
	return !wrong && caught & 1ull << 63;
}

static int armed(const struct sigpact__record *r, const struct victim *v)
{
	int i, wrong = 0;

	for (i = 0; i <= SHAPES; i++) {
		const struct sigpact__task *t = task(r, v->told[i].tid);
		const char *name = t->name;

		wrong += !(t->seen & SEEN_ALTSTACK);
		SAME("base", t->alt_base, v->told[i].base);
		SAME("size", t->alt_size, v->told[i].size);
		SAME("flags", t->alt_flags, v->told[i].flags);
	}
	return !wrong;
}

/* Mapped, writable, guarded, pages used: -1 when that cannot be known. */
static const int memory_of[SHAPES][4] = {
	[NONE] = { 0, 0, 0, -1 }, [DISABLED] = { 0, 0, 0, -1 },
	[ELSEWHERE] = { 0, 0, 0, -1 },
	[GUARDED] = { 1, 1, 1, 0 }, [HOLE] = { 1, 1, 1, 0 },
	[UNGUARDED] = { 1, 1, 0, 0 }, [UNMAPPED] = { 0, 0, 1, -1 },
	[HALF_UNMAPPED] = { 0, 0, 1, -1 }, [READ_ONLY] = { 1, 0, 1, 0 },
	[SHARED_A] = { 1, 1, 1, 0 }, [SHARED_B] = { 1, 1, 1, 0 },
	[AUTODISARM] = { 1, 1, 1, 0 },
	[TOUCHED] = { 1, 1, 1, TOUCHED_PAGES },
	[FULL] = { 1, 1, 1, ALT_PAGES },
	[UNALIGNED] = { 1, 1, 0, 1 }, [MAP_OF_ALL] = { 1, 1, 1, -1 },
	[ON_IT] = { 1, 1, 1, 0 },
};

static int memory(const struct sigpact__record *r, const struct victim *v)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int i, wrong = 0;

	for (i = 0; i < SHAPES; i++) {
		const struct sigpact__task *t = task(r, v->told[i].tid);
		const int *m = memory_of[i];
		const char *name = t->name;

		SAME("mapped", (uint64_t)t->alt_mapped, (uint64_t)m[0]);
		SAME("writable", (uint64_t)t->alt_writable, (uint64_t)m[1]);
		SAME("guard", (uint64_t)t->alt_guard, (uint64_t)m[2]);
		SAME("use seen", !!(t->seen & SEEN_TOUCHED), m[3] >= 0);
		if (i == UNALIGNED) /* the last page but 64 bytes */
			SAME("used", t->alt_used, page - 64);
		else if (i == ON_IT) /* a frame, of no register too many */
			wrong += t->alt_used < page;
		else if (m[3] >= 0)
			SAME("used", t->alt_used, (uint64_t)m[3] * page);
	}
	return !wrong;
}

/* A way that sees no alternate stacks takes one for a stack that is not its
   thread's. */
static int stacks(const struct sigpact__record *r, const struct victim *v)
{
	int i, wrong = 0;

	for (i = 0; i <= SHAPES; i++) {
		const struct sigpact__task *t = task(r, v->told[i].tid);
		enum sigpact__stack_kind kind = STACK_NATIVE;
		const char *name = t->name;

		if (i == ELSEWHERE || (i == ON_IT && r->way == WAY_PROC))
			kind = STACK_FOREIGN;
		else if (i == ON_IT)
			kind = STACK_ALTERNATE;
		wrong += !(t->seen & SEEN_REGISTERS);
		SAME("stack", t->stack, kind);
		SAME("far from a local", t->sp + 4096 < v->told[i].here ||
		     t->sp > v->told[i].here + 4096, 0);
		SAME("around it", v->told[i].here >= t->stack_low &&
		     v->told[i].here < t->stack_high, kind == STACK_NATIVE);
		if (i == SHAPES) /* libc tells less than the kernel gave */
			continue;
		SAME("above it", t->stack_high > v->told[i].high, 0);
		SAME("below it", t->stack_low < v->told[i].low, 0);
	}
	return !wrong;
}

static int agree(const struct sigpact__record *a,
		 const struct sigpact__record *b)
{
	int wrong = a->task_count != b->task_count;
	size_t i;

	wrong |= a->start_time != b->start_time || a->uid != b->uid ||
		 a->map_count != b->map_count || strcmp(a->exe, b->exe) ||
		 strcmp(a->cmdline, b->cmdline);
	for (i = 0; !wrong && i < a->task_count; i++) {
		const struct sigpact__task *s = &a->task[i];
		const struct sigpact__task *t = task(b, s->tid);
		const char *name = s->name;

		SAME("sp", s->sp, t->sp);
		SAME("pc", s->pc, t->pc);
		SAME("low", s->stack_low, t->stack_low);
		if (!(s->seen & t->seen & SEEN_ALTSTACK))
			continue;
		wrong += s->alt_used != t->alt_used || s->seen != t->seen ||
			 s->alt_flags != t->alt_flags || s->stack != t->stack;
	}
	return !wrong;
}

static struct sigpact__record *by(enum sigpact__way way,
				  const struct victim *v)
{
	const char *name = sigpact__way_name(way);
	struct sigpact__record *r = NULL;
	int e;

	victim_settle(v);
	e = sigpact__look(v->pid, 1u << way, &r);

	if (e) {
		if (e == -EPERM || e == -ENOSYS)
			skip(name, strerror(-e));
		else
			ok(0, "%s: %s", name, strerror(-e));
		return NULL;
	}
	ok(r->way == way && !r->why_not, "%s: a record", name);
	ok(names(r, v), "%s: names, however odd", name);
	ok(masks(r, v), "%s: masks and pending signals", name);
	ok(actions(r, v), "%s: actions", name);
	ok(r->have_actions == (way != WAY_PROC), "%s: flags or not", name);
	ok(stacks(r, v), "%s: which stack each thread is on", name);
	if (way != WAY_PROC) {
		ok(armed(r, v), "%s: alternate stacks", name);
		ok(memory(r, v), "%s: their memory, guard and use", name);
	}
	return r;
}

int main(void)
{
	struct victim *v = victim_start(0);
	struct sigpact__record *r[4] = { NULL };
	int i, j;

	for (i = WAY_BPF; i <= WAY_PROC; i++)
		r[i] = by((enum sigpact__way)i, v);
	for (i = WAY_BPF; i <= WAY_PROC; i++)
		for (j = i + 1; r[i] && j <= WAY_PROC; j++)
			if (r[j])
				ok(agree(r[i], r[j]), "%s and %s agree",
				   sigpact__way_name((enum sigpact__way)i),
				   sigpact__way_name((enum sigpact__way)j));
	for (i = WAY_BPF; i <= WAY_PROC; i++)
		sigpact__record_free(r[i]);
	victim_end(v);
	return done();
}
