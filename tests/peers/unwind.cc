// What walks a stack through a relocated frame: an exception thrown by a
// handler, libgcc's unwinder, and (with an argument) a debugger, for which the
// handler stops.
//
//	unwind native|relocated [stop]

#include <sigpact.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unwind.h>

static char alt[65536];
static bool relocated, stop;
static int on_alternate;

extern "C" __attribute__((noinline)) int interrupted(volatile int *where)
{
	int value = *where; // faults
	return value + 1;
}

extern "C" __attribute__((noinline)) int caller(volatile int *where)
{
	return interrupted(where) + 1;
}

static bool seen_interrupted, seen_caller;

static _Unwind_Reason_Code visit(_Unwind_Context *context, void *)
{
	void *function = reinterpret_cast<void *>(_Unwind_GetRegionStart(context));

	seen_interrupted |= function == reinterpret_cast<void *>(interrupted);
	seen_caller |= function == reinterpret_cast<void *>(caller);
	return _URC_NO_REASON;
}

static void handler(int sig)
{
	char here;
	sigset_t one;

	on_alternate += &here >= alt && &here < alt + sizeof alt;
	if (stop)
		abort();
	_Unwind_Backtrace(visit, nullptr);
	sigemptyset(&one);
	sigaddset(&one, sig);
	sigprocmask(SIG_UNBLOCK, &one, nullptr); // it will not return
	throw sig;
}

static int catches(volatile int *where)
{
	try {
		return caller(where);
	} catch (int sig) {
		return sig == SIGSEGV ? 0 : 1;
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = {};
	stack_t ss = {};

	if (argc < 2)
		return 2;
	relocated = !strcmp(argv[1], "relocated");
	stop = argc > 2;
	ss.ss_sp = alt;
	ss.ss_size = sizeof alt;
	sigaltstack(&ss, nullptr);
	action.sa_handler = handler;
	action.sa_flags = relocated ? SA_ONSTACK : 0;
	sigaction(SIGSEGV, &action, nullptr);
	if (relocated && sigpact_exclude_set(SIGSEGV))
		return 3;
	for (int i = 0; i < 1000; i++)
		if (catches(reinterpret_cast<volatile int *>(8)))
			return 4;
	if (on_alternate || !seen_interrupted || !seen_caller)
		return 5;
	puts("alive after 1000 exceptions");
	return 0;
}
