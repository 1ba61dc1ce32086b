/* Entry and exit of a traced call: its registers, and the bytes that its
   arguments point to.  Tracer's context, in the keeper. */
#include "ptrace.h"

#include "calls.h"
#include "registers.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/* <linux/ptrace.h> and libc's cannot both be included. */
static const int GET_CALL = 0x420e;
enum { CALL_BEGINS = 1, CALL_ENDED = 2 };

struct fetch {
	unsigned char argument;
	unsigned short size;
};
static const struct {
	unsigned nr, arguments, marks;
	struct fetch entry[2], exit;
} rows[] = {
#define ROW(name, arguments, a, as, b, bs, c, cs, marks) \
	{ __NR_##name, arguments, marks, { { a, as }, { b, bs } }, { c, cs } },
#define ROW_(name, arguments, ...) ROW(name, arguments, __VA_ARGS__)
	SIGPACT_CALLS(ROW_)
#undef ROW_
#undef ROW
};

static int row_of(unsigned long nr)
{
	int i;

	for (i = 0; i < CALLS_COUNT; i++)
		if (rows[i].nr == nr)
			return i;
	return -1;
}

struct piece {
	void *to;
	uint64_t from;
	size_t size;
	unsigned bit;
};

/* All that can be read, by one call when all can.  Its bits; *stack: bytes of
   the last piece when that is the stack, which may end early. */
static unsigned read_pieces(pid_t tid, const struct piece *p, unsigned count,
			    uint16_t *stack)
{
	struct iovec here[3], there[3];
	unsigned i, seen = 0;
	ssize_t got;

	for (i = 0; i < count; i++) {
		here[i] = (struct iovec){ p[i].to, p[i].size };
		there[i] = (struct iovec){ (void *)p[i].from, p[i].size };
	}
	for (i = 0; i < count; i++) {
		got = process_vm_readv(tid, here + i, count - i, there + i,
				       count - i, 0);
		for (; i < count && got >= (ssize_t)p[i].size; i++) {
			seen |= p[i].bit;
			got -= p[i].size;
		}
		if (i < count && p[i].bit == SAW_CALLER && got > 0) {
			seen |= SAW_CALLER;
			*stack = got;
		}
	}
	return seen;
}

static size_t up(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

/* Where the bytes of a fetch go, and whether there are any. */
static void *add(struct piece *p, unsigned *count, const struct fetch *f,
		 const uint64_t arg[6], uint64_t sp, void *to, unsigned bit)
{
	uint64_t from = 0;

	if (f->argument != NO_FETCH)
		from = f->argument == FROM_SP ? sp : arg[f->argument];
	if (from)
		p[(*count)++] = (struct piece){ to, from, f->size, bit };
	return (char *)to + up(f->size);
}

/* Who only asks changes nothing: it does not matter who it is. */
static int wants_caller(const struct tracee *t)
{
	return rows[t->row].marks & CALLS_CALLER &&
	       t->arg[rows[t->row].entry[0].argument];
}

static void fill(struct sigpact__event *e, struct tracee *t,
		 const struct user_regs_struct *regs)
{
	const struct fetch *f = rows[t->row].entry;
	unsigned count = 0;
	struct sigpact__entry *c = &e->entry;
	void *to = (char *)e + EVENT_HEAD(entry);
	struct piece p[3];

	c->row = t->row;
	c->nr = rows[t->row].nr;
	memcpy(c->arg, t->arg, sizeof c->arg);
	c->pc = remote_pc(regs);
	c->sp = remote_sp(regs);
	c->fp = remote_fp(regs);
	to = add(p, &count, f, t->arg, c->sp, to, SAW_FETCH_0);
	to = add(p, &count, f + 1, t->arg, c->sp, to, SAW_FETCH_1);
	c->stack = 0;
	if (wants_caller(t)) {
		p[count++] = (struct piece){ to, c->sp, EVENT_STACK,
					     SAW_CALLER };
		c->stack = EVENT_STACK;
	}
	e->seen = SAW_REGISTERS | read_pieces(t->tid, p, count, &c->stack);
	if (!(e->seen & SAW_CALLER))
		c->stack = 0;
}

static void enter(struct keeper *k, struct tracee *t, int row,
		  const struct user_regs_struct *regs)
{
	const struct fetch *f = rows[row].entry;
	size_t size = EVENT_HEAD(entry) + up(f[0].size) + up(f[1].size);
	struct sigpact__event *e;
	unsigned i;

	t->row = row;
	for (i = 0; i < 6; i++)
		t->arg[i] = i < rows[row].arguments ? remote_argument(regs, i) :
						      0;
	if (wants_caller(t))
		size += EVENT_STACK;
	e = sigpact__event_new(k, t, EVENT_ENTRY, size);
	fill(e, t, regs);
	t->sets_handler = row == CALLS_rt_sigaction && e->seen & SAW_FETCH_0;
	if (t->sets_handler)
		memcpy(&t->new_handler, (char *)e + EVENT_HEAD(entry), 8);
	sigpact__event_tell(k, e);
	if (rows[row].marks & CALLS_NO_EXIT)
		t->row = -1;
}

static void leave(struct keeper *k, struct tracee *t, long result)
{
	const struct fetch *f = &rows[t->row].exit;
	struct sigpact__event *e =
		sigpact__event_new(k, t, EVENT_EXIT,
				   EVENT_HEAD(exit) + up(f->size));
	uint64_t bit = 1ull << ((t->arg[0] - 1) & 63);
	unsigned count = 0;
	struct piece p;

	e->exit.row = t->row;
	e->exit.unused = 0;
	e->exit.nr = rows[t->row].nr;
	e->exit.result = result;
	if (result >= 0 || result < -4095)
		add(&p, &count, f, t->arg, 0, (char *)e + EVENT_HEAD(exit),
		    SAW_FETCH_0);
	e->seen = read_pieces(t->tid, &p, count, NULL);
	sigpact__event_tell(k, e);
	if (t->sets_handler && !result) {
		if (t->new_handler > 1)
			t->of->caught |= bit;
		else
			t->of->caught &= ~bit;
	}
	t->sets_handler = 0;
	t->row = -1;
}

static int wanted(int row, unsigned option)
{
	return row >= 0 &&
	       (!(rows[row].marks & CALLS_SOME) || calls_wants_prctl(option));
}

/* The filter's stop. */
void sigpact__call_entry(struct keeper *k, struct tracee *t)
{
	struct user_regs_struct regs;
	int row;

	t->row = -1;
	t->was_stopped = 0;
	if (!k->passes && !ptrace(PTRACE_GETREGS, t->tid, 0, &regs)) {
		row = row_of(remote_number(&regs));
		if (wanted(row, remote_argument(&regs, 0)))
			enter(k, t, row, &regs);
	}
	sigpact__keeper_resume(k, t, 0, t->row >= 0);
}

/* The exit of a call whose entry the filter stopped. */
static void asked_exit(struct keeper *k, struct tracee *t)
{
	long result;

	errno = 0;
	result = ptrace(PTRACE_PEEKUSER, t->tid, REMOTE_RESULT, 0);
	if (errno)
		return; /* killed meanwhile */
	leave(k, t, result);
	sigpact__keeper_resume(k, t, 0, 0);
}

/* A stop at a call, of any kind, entry or exit.  Calls of 32-bit code have other
   numbers: they are passed over. */
void sigpact__call_stop(struct keeper *k, struct tracee *t)
{
	struct {
		uint8_t op, pad[3];
		uint32_t arch;
		uint64_t pc, sp, number, arg[6], data;
	} info = { 0 };
	struct user_regs_struct regs;
	int row;

	t->was_stopped = 0;
	if (k->filtered && t->row >= 0) {
		asked_exit(k, t);
		return;
	}
	if (ptrace(GET_CALL, t->tid, sizeof info, &info) <= 0)
		info.op = 0;
	if (info.op == CALL_ENDED && t->row >= 0)
		leave(k, t, (long)info.number); /* the result's place, too */
	if (info.op == CALL_BEGINS) {
		t->row = -1;
		row = info.arch == REMOTE_AUDIT ? row_of(info.number) : -1;
		if (wanted(row, info.arg[0]) &&
		    !ptrace(PTRACE_GETREGS, t->tid, 0, &regs))
			enter(k, t, row, &regs);
	}
	sigpact__keeper_resume(k, t, 0, !k->filtered || t->row >= 0);
}
