/* siginfo as strace(1) prints it: what is in it depends on who sent it.
   Tracer's context. */
#include "decode.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

/* The members that any siginfo has, at their places in the kernel's. */
struct info {
	int32_t sig, error, code, unused;
	union {
		struct { int32_t pid; uint32_t uid; uint64_t value; } sent;
		struct { int32_t id, overrun; uint64_t value; } timer;
		struct {
			int32_t pid;
			uint32_t uid;
			int32_t status, unused;
			int64_t utime, stime;
		} child;
		struct { uint64_t address; } fault;
		struct { int64_t band; int32_t fd; } poll;
		struct { uint64_t address; int32_t nr; uint32_t arch; } sys;
	};
};
_Static_assert(sizeof(struct info) == 48, "");

static const struct {
	int code;
	const char *name;
} anyones[] = {
	{ SI_USER, "SI_USER" },	    { SI_KERNEL, "SI_KERNEL" },
	{ SI_QUEUE, "SI_QUEUE" },   { SI_TIMER, "SI_TIMER" },
	{ SI_MESGQ, "SI_MESGQ" },   { SI_ASYNCIO, "SI_ASYNCIO" },
	{ SI_SIGIO, "SI_SIGIO" },   { SI_TKILL, "SI_TKILL" },
	{ -7, "SI_DETHREAD" },	    { SI_ASYNCNL, "SI_ASYNCNL" },
};

/* From code 1 up, for signals whose kernel-made codes are their own. */
static const char *own_name(int sig, int code)
{
	static const char *const names[32][10] = {
		[SIGILL] = { "ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR",
			     "ILL_ILLTRP", "ILL_PRVOPC", "ILL_PRVREG",
			     "ILL_COPROC", "ILL_BADSTK" },
		[SIGTRAP] = { "TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH",
			      "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF" },
		[SIGBUS] = { "BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR",
			     "BUS_MCEERR_AR", "BUS_MCEERR_AO" },
		[SIGFPE] = { "FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV",
			     "FPE_FLTOVF", "FPE_FLTUND", "FPE_FLTRES",
			     "FPE_FLTINV", "FPE_FLTSUB" },
		[SIGSEGV] = { "SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR",
			      "SEGV_PKUERR", "SEGV_ACCADI", "SEGV_ADIDERR",
			      "SEGV_ADIPERR", "SEGV_MTEAERR", "SEGV_MTESERR",
			      "SEGV_CPERR" },
		[SIGCHLD] = { "CLD_EXITED", "CLD_KILLED", "CLD_DUMPED",
			      "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED" },
		[SIGIO] = { "POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR",
			    "POLL_PRI", "POLL_HUP" },
		[SIGSYS] = { "SYS_SECCOMP", "SYS_USER_DISPATCH" },
	};

	return sig > 0 && sig < 32 && code > 0 && code <= 10 ?
		names[sig][code - 1] : NULL;
}

void sigpact__decode_code(struct sigpact__line *l, int sig, int code)
{
	const char *name = own_name(sig, code);
	size_t i;

	for (i = 0; i < sizeof anyones / sizeof *anyones; i++)
		if (anyones[i].code == code)
			name = anyones[i].name;
	if (name)
		sigpact__line_add(l, "%s", name);
	else
		sigpact__line_add(l, "%#x", (unsigned)code);
}

static void add_value(struct sigpact__line *l, uint64_t value)
{
	sigpact__line_add(l, value ? ", si_int=%d, si_ptr=0x%" PRIx64
				   : ", si_int=%d, si_ptr=NULL",
			  (int)value, value);
}

static void add_address(struct sigpact__line *l, const char *key, uint64_t at)
{
	sigpact__line_add(l, at ? ", %s=0x%" PRIx64 : ", %s=NULL", key, at);
}

static void add_user(struct sigpact__line *l, const struct info *i)
{
	if (i->code == SI_TIMER) {
		sigpact__line_add(l, i->timer.id ? ", si_timerid=%#x" :
				  ", si_timerid=%d", i->timer.id);
		sigpact__line_add(l, ", si_overrun=%d", i->timer.overrun);
		add_value(l, i->timer.value);
		return;
	}
	sigpact__line_add(l, ", si_pid=%d, si_uid=%u", i->sent.pid,
			  i->sent.uid);
	if (i->code == SI_QUEUE || (i->sent.value && i->code != SI_USER &&
				    i->code != SI_TKILL))
		add_value(l, i->sent.value);
}

static void add_kernel(struct sigpact__line *l, const struct info *i)
{
	switch (i->sig) {
	case SIGCHLD:
		sigpact__line_add(l, ", si_pid=%d, si_uid=%u, si_status=",
				  i->child.pid, i->child.uid);
		if (i->code == CLD_EXITED)
			sigpact__line_add(l, "%d", i->child.status);
		else
			sigpact__decode_signal(l, (uint32_t)i->child.status,
					       NULL);
		sigpact__line_add(l, ", si_utime=%" PRId64 ", si_stime=%" PRId64,
				  i->child.utime, i->child.stime);
		return;
	case SIGILL: case SIGFPE: case SIGSEGV: case SIGBUS: case SIGTRAP:
		add_address(l, "si_addr", i->fault.address);
		return;
	case SIGIO:
		sigpact__line_add(l, ", si_band=%" PRId64 ", si_fd=%d",
				  i->poll.band, i->poll.fd);
		return;
	case SIGSYS:
		add_address(l, "si_call_addr", i->sys.address);
		sigpact__line_add(l, ", si_syscall=%d, si_arch=0x%x",
				  i->sys.nr, i->sys.arch);
		return;
	}
	if (i->sent.pid || i->sent.uid)
		sigpact__line_add(l, ", si_pid=%d, si_uid=%u", i->sent.pid,
				  i->sent.uid);
}

void sigpact__decode_info(struct sigpact__line *l, uint64_t value,
			  const void *bytes)
{
	struct info i;

	if (!bytes || !value) {
		sigpact__line_add(l, value ? "0x%" PRIx64 : "NULL", value);
		return;
	}
	memcpy(&i, bytes, sizeof i);
	sigpact__line_add(l, "{si_signo=");
	sigpact__decode_signal(l, (uint32_t)i.sig, NULL);
	sigpact__line_add(l, ", si_code=");
	sigpact__decode_code(l, i.sig, i.code);
	if (i.code <= 0)
		add_user(l, &i);
	else
		add_kernel(l, &i);
	sigpact__line_add(l, "}");
}
