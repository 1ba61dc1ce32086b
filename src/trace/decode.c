/* A call as a line, by a row for each that calls.h has.  Tracer's context. */
#include "calls.h"
#include "decode.h"
#include "spell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void sigpact__line_add(struct sigpact__line *l, const char *format, ...)
{
	size_t room = sizeof l->text - l->size;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(l->text + l->size, room, format, ap);
	va_end(ap);
	l->size += (size_t)n < room ? (size_t)n : room - 1;
}

void sigpact__line_add_foreign(struct sigpact__line *l, const char *text)
{
	char *clean = sigpact__spell_text(text);

	sigpact__line_add(l, "%s", clean ? clean : "(no memory)");
	free(clean);
}

/* Where an argument's bytes are. */
enum from { VALUE, AT_ENTRY, AT_ENTRY_1, AT_EXIT };

struct argument {
	sigpact__decode_value *say;
	enum from from;
};

static const struct call {
	const char *name;
	struct argument argument[5];
} calls[CALLS_COUNT] = {
#define ARG(what, from) { sigpact__decode_##what, from }
#define CALL(name, ...) [CALLS_##name] = { #name, { __VA_ARGS__ } }
	CALL(rt_sigaction, ARG(signal, VALUE), ARG(act, AT_ENTRY),
	     ARG(act, AT_EXIT), ARG(number, VALUE)),
	CALL(rt_sigprocmask, ARG(how, VALUE), ARG(set, AT_ENTRY),
	     ARG(set, AT_EXIT), ARG(number, VALUE)),
	CALL(rt_sigreturn, ARG(context, AT_ENTRY)),
	CALL(sigaltstack, ARG(altstack, AT_ENTRY), ARG(altstack, AT_EXIT)),
	CALL(rt_sigsuspend, ARG(set, AT_ENTRY), ARG(number, VALUE)),
	CALL(rt_sigpending, ARG(set, AT_EXIT), ARG(number, VALUE)),
	CALL(rt_sigtimedwait, ARG(set, AT_ENTRY), ARG(info, AT_EXIT),
	     ARG(timespec, AT_ENTRY_1), ARG(number, VALUE)),
	CALL(pause, { NULL, VALUE }),
	CALL(kill, ARG(number, VALUE), ARG(signal, VALUE)),
	CALL(tkill, ARG(number, VALUE), ARG(signal, VALUE)),
	CALL(tgkill, ARG(number, VALUE), ARG(number, VALUE),
	     ARG(signal, VALUE)),
	CALL(rt_sigqueueinfo, ARG(number, VALUE), ARG(signal, VALUE),
	     ARG(info, AT_ENTRY)),
	CALL(rt_tgsigqueueinfo, ARG(number, VALUE), ARG(number, VALUE),
	     ARG(signal, VALUE), ARG(info, AT_ENTRY)),
	CALL(pidfd_send_signal, ARG(number, VALUE), ARG(signal, VALUE),
	     ARG(info, AT_ENTRY), ARG(hex, VALUE)),
	CALL(signalfd, ARG(number, VALUE), ARG(set, AT_ENTRY),
	     ARG(number, VALUE)),
	CALL(signalfd4, ARG(number, VALUE), ARG(set, AT_ENTRY),
	     ARG(number, VALUE), ARG(sfd, VALUE)),
	CALL(setitimer, ARG(which, VALUE), ARG(itimerval, AT_ENTRY),
	     ARG(itimerval, AT_EXIT)),
	CALL(alarm, ARG(number, VALUE)),
	CALL(timer_create, ARG(clock, VALUE), ARG(sigevent, AT_ENTRY),
	     ARG(timer_id, AT_EXIT)),
	CALL(timer_settime, ARG(number, VALUE), ARG(timer_flags, VALUE),
	     ARG(itimerspec, AT_ENTRY), ARG(itimerspec, AT_EXIT)),
	CALL(timer_delete, ARG(number, VALUE)),
	CALL(prctl, { NULL, VALUE }), /* by its option: prctl() below */
};

const char *sigpact__call_name(unsigned row)
{
	return row < CALLS_COUNT ? calls[row].name : "?";
}

int sigpact__call_row(const char *name)
{
	int row;

	for (row = 0; row < CALLS_COUNT; row++)
		if (!strcmp(calls[row].name, name))
			return row;
	return -1;
}

static const void *bytes(enum from from, const struct sigpact__event *entry,
			 const struct sigpact__event *exit)
{
	if (from == AT_EXIT)
		return exit ? sigpact__event_fetch(exit, 0) : NULL;
	return from == VALUE ? NULL :
		sigpact__event_fetch(entry, from == AT_ENTRY_1);
}

static void add_option(struct sigpact__line *l, uint64_t option)
{
	static const char *const names[] = {
		"PR_SET_SIGALTSTACK_EXCLUDE", "PR_CLEAR_SIGALTSTACK_EXCLUDE",
		"PR_SET_SIGALTSTACK_EXCLUDE_MASK",
		"PR_GET_SIGALTSTACK_EXCLUDE_MASK",
	};

	if (option >= PRCTL_EXCLUDE && option <= PRCTL_GET_EXCLUDE_MASK)
		sigpact__line_add(l, "%s", names[option - PRCTL_EXCLUDE]);
	else
		sigpact__line_add(l, "%s",
			option == PRCTL_SET_PDEATHSIG ? "PR_SET_PDEATHSIG" :
			option == PRCTL_GET_PDEATHSIG ? "PR_GET_PDEATHSIG" :
			"PR_SET_SYSCALL_USER_DISPATCH");
}

/* Its arguments are what the first one says. */
static void add_prctl(struct sigpact__line *l, const struct sigpact__event *in,
		      const struct sigpact__event *out)
{
	uint64_t option = in->entry.arg[0], value = in->entry.arg[1];
	const int *sig = out ? sigpact__event_fetch(out, 0) : NULL;
	int i, last = option >= PRCTL_EXCLUDE_MASK ? 2 : 4;

	add_option(l, option);
	sigpact__line_add(l, ", ");
	if (option == PRCTL_SET_PDEATHSIG || option == PRCTL_EXCLUDE ||
	    option == PRCTL_CLEAR_EXCLUDE) {
		sigpact__decode_signal(l, value, NULL);
	} else if (option == PRCTL_GET_PDEATHSIG && sig) {
		sigpact__line_add(l, "[");
		sigpact__decode_signal(l, (uint64_t)*sig, NULL);
		sigpact__line_add(l, "]");
	} else if (option == PRCTL_EXCLUDE_MASK) {
		sigpact__decode_set(l, value, sigpact__event_fetch(in, 0));
	} else if (option == PRCTL_GET_EXCLUDE_MASK) {
		sigpact__decode_set(l, value, sig);
	} else {
		sigpact__decode_hex(l, value, NULL);
	}
	for (i = 2; i <= last && option > PRCTL_GET_PDEATHSIG; i++) {
		sigpact__line_add(l, ", ");
		sigpact__decode_hex(l, in->entry.arg[i], NULL);
	}
}

static void add_arguments(struct sigpact__line *l,
			  const struct sigpact__event *entry,
			  const struct sigpact__event *exit)
{
	const struct call *call = &calls[entry->entry.row];
	int i;

	if (entry->entry.row == CALLS_prctl)
		add_prctl(l, entry, exit);
	for (i = 0; i < 5 && call->argument[i].say; i++) {
		if (i)
			sigpact__line_add(l, ", ");
		call->argument[i].say(l, entry->entry.arg[i],
				      bytes(call->argument[i].from, entry,
					    exit));
	}
}

/* What the kernel turns into EINTR, or does again; no program sees it. */
static const char *restart(int64_t result, const char **what)
{
	switch (-result) {
	case 512:
		*what = "To be restarted if SA_RESTART is set";
		return "ERESTARTSYS";
	case 513:
		*what = "To be restarted";
		return "ERESTARTNOINTR";
	case 514:
		*what = "To be restarted if no handler";
		return "ERESTARTNOHAND";
	case 516:
		*what = "Interrupted by signal";
		return "ERESTART_RESTARTBLOCK";
	}
	return NULL;
}

int sigpact__exit_failed(const struct sigpact__event *e)
{
	const char *what;

	return e->exit.result < 0 && e->exit.result >= -4095 &&
	       e->exit.result != -EINTR && !restart(e->exit.result, &what);
}

static void add_result(struct sigpact__line *l, unsigned row, int64_t result)
{
	const char *what, *name = restart(result, &what);
	char sig[24];

	if (name)
		sigpact__line_add(l, "? %s (%s)", name, what);
	else if (result < 0 && result >= -4095 &&
		 strerrorname_np((int)-result))
		sigpact__line_add(l, "-1 %s (%s)",
			strerrorname_np((int)-result),
			strerrordesc_np((int)-result));
	else if (row == CALLS_rt_sigtimedwait && result > 0 && result <= 64)
		sigpact__line_add(l, "%jd (%s)", (intmax_t)result,
			sigpact__spell_signal(sig, (int)result));
	else
		sigpact__line_add(l, "%jd", (intmax_t)result);
}

void sigpact__decode_call(struct sigpact__line *l,
			  const struct sigpact__event *entry,
			  const struct sigpact__event *exit)
{
	sigpact__line_add(l, "%s(", sigpact__call_name(entry->entry.row));
	if (entry->entry.row < CALLS_COUNT)
		add_arguments(l, entry, exit);
	sigpact__line_add(l, ")");
	if (!exit)
		return;
	sigpact__line_add(l, " = ");
	add_result(l, entry->entry.row, exit->exit.result);
}

/* Of calls: that which they name. */
static int call_signal(const struct sigpact__entry *e)
{
	static const unsigned char at[CALLS_COUNT] = {
		[CALLS_rt_sigaction] = 1, [CALLS_kill] = 2, [CALLS_tkill] = 2,
		[CALLS_tgkill] = 3, [CALLS_rt_sigqueueinfo] = 2,
		[CALLS_rt_tgsigqueueinfo] = 3, [CALLS_pidfd_send_signal] = 2,
	};
	uint64_t sig = 0;

	if (e->row < CALLS_COUNT && at[e->row])
		sig = e->arg[at[e->row] - 1];
	else if (e->row == CALLS_prctl && (e->arg[0] == PRCTL_SET_PDEATHSIG ||
					   e->arg[0] == PRCTL_EXCLUDE ||
					   e->arg[0] == PRCTL_CLEAR_EXCLUDE))
		sig = e->arg[1];
	return (uint32_t)sig <= 64 ? (int)(uint32_t)sig : 0;
}

int sigpact__event_signal(const struct sigpact__event *e)
{
	int sig = e->kind == EVENT_ENTRY ? call_signal(&e->entry) :
		e->kind == EVENT_GENERATED ? e->generated.sig :
		e->kind == EVENT_DELIVERED ? e->delivered.sig :
		e->kind == EVENT_STOP ? e->stop.sig : 0;

	return sig > 0 && sig <= 64 ? sig : 0;
}
