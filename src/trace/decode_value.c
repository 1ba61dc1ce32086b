/* One argument of a call as strace(1) prints it: numbers, flags, sets and the
   kernel's structs behind pointers.  Tracer's context. */
#include "calls.h"
#include "decode.h"
#include "record.h"
#include "spell.h"

#include <inttypes.h>
#include <linux/time_types.h>
#include <string.h>

struct name {
	uint64_t value;
	const char *name;
};

/* What was not read is an address. */
static int add_pointer(struct sigpact__line *l, uint64_t value,
		       const void *bytes)
{
	if (bytes && value)
		return 0;
	sigpact__line_add(l, value ? "0x%" PRIx64 : "NULL", value);
	return 1;
}

static void add_flags(struct sigpact__line *l, const struct name *names,
		      size_t count, uint64_t set)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < count; i++)
		if (set & names[i].value) {
			sigpact__line_add(l, "%s%s", before, names[i].name);
			set &= ~names[i].value;
			before = "|";
		}
	if (set || !*before)
		sigpact__line_add(l, set ? "%s0x%" PRIx64 : "%s%" PRIu64,
				  before, set);
}

static void add_name(struct sigpact__line *l, const char *const *names,
		     size_t count, uint64_t value)
{
	if ((uint32_t)value < count)
		sigpact__line_add(l, "%s", names[(uint32_t)value]);
	else
		sigpact__line_add(l, "0x%x", (uint32_t)value);
}
#define COUNT(array) (sizeof(array) / sizeof *(array))

void sigpact__decode_number(struct sigpact__line *l, uint64_t value,
			    const void *bytes)
{
	sigpact__line_add(l, "%d", (int)value);
}

void sigpact__decode_hex(struct sigpact__line *l, uint64_t value,
			 const void *bytes)
{
	sigpact__line_add(l, value ? "0x%" PRIx64 : "%" PRIu64, value);
}

void sigpact__decode_signal(struct sigpact__line *l, uint64_t value,
			    const void *bytes)
{
	int sig = (int)value;
	char name[24];

	if (sig > 0 && sig <= 64)
		sigpact__line_add(l, "%s", sigpact__spell_signal(name, sig));
	else
		sigpact__line_add(l, "%d", sig);
}

void sigpact__decode_set(struct sigpact__line *l, uint64_t value,
			 const void *bytes)
{
	char spelt[SPELL];
	uint64_t set;

	if (add_pointer(l, value, bytes))
		return;
	memcpy(&set, bytes, sizeof set);
	sigpact__line_add(l, "%s", sigpact__spell_set(spelt, set));
}

/* In strace's order. */
void sigpact__decode_act_flags(struct sigpact__line *l, uint64_t flags)
{
	static const struct name names[] = {
		{ 0x04000000, "SA_RESTORER" },	{ 0x08000000, "SA_ONSTACK" },
		{ 0x10000000, "SA_RESTART" },	{ 0x20000000, "SA_INTERRUPT" },
		{ 0x40000000, "SA_NODEFER" },	{ 0x80000000, "SA_RESETHAND" },
		{ 0x00000004, "SA_SIGINFO" },	{ 0x00000001, "SA_NOCLDSTOP" },
		{ 0x00000002, "SA_NOCLDWAIT" }, { 0x00000400, "SA_UNSUPPORTED" },
		{ 0x00000800, "SA_EXPOSE_TAGBITS" },
	};

	add_flags(l, names, COUNT(names), flags);
}

void sigpact__decode_act(struct sigpact__line *l, uint64_t value,
			 const void *bytes)
{
	struct { uint64_t handler, flags, restorer, mask; } a;
	char set[SPELL];

	if (add_pointer(l, value, bytes))
		return;
	memcpy(&a, bytes, sizeof a);
	sigpact__line_add(l, "{sa_handler=");
	if (a.handler > 1)
		sigpact__line_add(l, "0x%" PRIx64, a.handler);
	else
		sigpact__line_add(l, a.handler ? "SIG_IGN" : "SIG_DFL");
	sigpact__line_add(l, ", sa_mask=%s, sa_flags=",
			  sigpact__spell_set(set, a.mask));
	sigpact__decode_act_flags(l, a.flags);
	if (a.flags & 0x04000000)
		sigpact__line_add(l, ", sa_restorer=0x%" PRIx64, a.restorer);
	sigpact__line_add(l, "}");
}

void sigpact__decode_how(struct sigpact__line *l, uint64_t value,
			 const void *bytes)
{
	static const char *const names[] = { "SIG_BLOCK", "SIG_UNBLOCK",
					     "SIG_SETMASK" };

	add_name(l, names, COUNT(names), value);
}

void sigpact__decode_altstack(struct sigpact__line *l, uint64_t value,
			      const void *bytes)
{
	struct { uint64_t base; uint32_t flags, unused; uint64_t size; } a;
	char flags[SPELL];

	if (add_pointer(l, value, bytes))
		return;
	memcpy(&a, bytes, sizeof a);
	sigpact__line_add(l, "{ss_sp=");
	add_pointer(l, a.base, NULL);
	sigpact__line_add(l, ", ss_flags=%s, ss_size=%" PRIu64 "}",
			  sigpact__spell_stack_flags(flags, a.flags), a.size);
}

static void add_time(struct sigpact__line *l, const struct __kernel_timespec *t,
		     const char *fraction)
{
	sigpact__line_add(l, "{tv_sec=%lld, %s=%lld}", t->tv_sec, fraction,
			  t->tv_nsec);
}

void sigpact__decode_timespec(struct sigpact__line *l, uint64_t value,
			      const void *bytes)
{
	struct __kernel_timespec t;

	if (add_pointer(l, value, bytes))
		return;
	memcpy(&t, bytes, sizeof t);
	add_time(l, &t, "tv_nsec");
}

/* itimerval and itimerspec differ in the name of the fraction. */
static void add_timer(struct sigpact__line *l, uint64_t value,
		      const void *bytes, const char *fraction)
{
	struct __kernel_timespec t[2];

	if (add_pointer(l, value, bytes))
		return;
	memcpy(t, bytes, sizeof t);
	sigpact__line_add(l, "{it_interval=");
	add_time(l, &t[0], fraction);
	sigpact__line_add(l, ", it_value=");
	add_time(l, &t[1], fraction);
	sigpact__line_add(l, "}");
}

void sigpact__decode_itimerval(struct sigpact__line *l, uint64_t value,
			       const void *bytes)
{
	add_timer(l, value, bytes, "tv_usec");
}

void sigpact__decode_itimerspec(struct sigpact__line *l, uint64_t value,
				const void *bytes)
{
	add_timer(l, value, bytes, "tv_nsec");
}

/* rt_sigreturn's argument is where the stack pointer is. */
void sigpact__decode_context(struct sigpact__line *l, uint64_t value,
			     const void *bytes)
{
	enum { UC_MASK = 296 };
	char spelt[SPELL];
	uint64_t mask;

	if (!bytes)
		return;
	memcpy(&mask, (const char *)bytes + UC_MASK, sizeof mask);
	sigpact__line_add(l, "{mask=%s}", sigpact__spell_set(spelt, mask));
}

void sigpact__decode_timer_id(struct sigpact__line *l, uint64_t value,
			      const void *bytes)
{
	int id;

	if (add_pointer(l, value, bytes))
		return;
	memcpy(&id, bytes, sizeof id);
	sigpact__line_add(l, "[%d]", id);
}

void sigpact__decode_sigevent(struct sigpact__line *l, uint64_t value,
			      const void *bytes)
{
	static const char *const names[] = { "SIGEV_SIGNAL", "SIGEV_NONE",
					     "SIGEV_THREAD" };
	struct { uint64_t pointer; int sig, notify, tid; } e;

	if (add_pointer(l, value, bytes))
		return;
	memcpy(&e, bytes, sizeof e);
	sigpact__line_add(l, "{sigev_value={sival_int=%d, sival_ptr=",
			  (int)e.pointer);
	add_pointer(l, e.pointer, NULL);
	sigpact__line_add(l, "}, sigev_signo=");
	sigpact__decode_signal(l, (uint64_t)e.sig, NULL);
	sigpact__line_add(l, ", sigev_notify=");
	if (e.notify == 4)
		sigpact__line_add(l, "SIGEV_THREAD_ID, "
				     "sigev_notify_thread_id=%d", e.tid);
	else
		add_name(l, names, COUNT(names), (uint64_t)e.notify);
	sigpact__line_add(l, "}");
}

void sigpact__decode_which(struct sigpact__line *l, uint64_t value,
			   const void *bytes)
{
	static const char *const names[] = { "ITIMER_REAL", "ITIMER_VIRTUAL",
					     "ITIMER_PROF" };

	add_name(l, names, COUNT(names), value);
}

void sigpact__decode_clock(struct sigpact__line *l, uint64_t value,
			   const void *bytes)
{
	static const char *const names[] = {
		"CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID",
		"CLOCK_THREAD_CPUTIME_ID", "CLOCK_MONOTONIC_RAW",
		"CLOCK_REALTIME_COARSE", "CLOCK_MONOTONIC_COARSE",
		"CLOCK_BOOTTIME", "CLOCK_REALTIME_ALARM",
		"CLOCK_BOOTTIME_ALARM",
	};

	add_name(l, names, COUNT(names), value);
}

void sigpact__decode_sfd(struct sigpact__line *l, uint64_t value,
			 const void *bytes)
{
	static const struct name names[] = { { 02000000, "SFD_CLOEXEC" },
					     { 04000, "SFD_NONBLOCK" } };

	add_flags(l, names, COUNT(names), (uint32_t)value);
}

void sigpact__decode_timer_flags(struct sigpact__line *l, uint64_t value,
				 const void *bytes)
{
	static const struct name names[] = { { 1, "TIMER_ABSTIME" } };

	add_flags(l, names, COUNT(names), (uint32_t)value);
}
