/* signal(2) and its kin, by name: a libc that lacks one says so. */
#include "transcript.h"

#include <dlfcn.h>
#include <string.h>

static void *find(const char *name)
{
	void *p = dlsym(RTLD_DEFAULT, name);

	if (!p)
		say("%s: not in this libc", name);
	return p;
}

static void restore(int sig)
{
	struct sigaction none = action(SIG_DFL, 0);

	sigaction(sig, &none, NULL);
	unblock_all();
}

static void like_signal(const char *name)
{
	static const handler_t handlers[] = {
		one, SIG_IGN, (handler_t)2, SIG_ERR, (handler_t)0x1234, count,
		SIG_DFL,
	};
	handler_t (*f)(int, handler_t) = (handler_t (*)(int, handler_t))
		find(name);
	size_t i;
	int sig;

	for (sig = -1; f && sig <= 66; sig = next_signal(sig)) {
		for (i = 0; i < ARRAY_SIZE(handlers); i++) {
			TELL_HANDLER(f(sig, handlers[i]), "%s(%d, %s)", name,
				     sig, handler_name((uintptr_t)handlers[i]));
			say_state(sig);
			say_mask("then");
		}
		restore(sig);
	}
}

static void like_sighold(const char *name)
{
	int (*f)(int) = (int (*)(int))find(name);
	int sig;

	for (sig = -1; f && sig <= 66; sig = next_signal(sig)) {
		struct sigaction a = action3(SA_RESTART | SA_ONSTACK);

		sigaction(sig, &a, NULL);
		TELL(f(sig), "%s(%d)", name, sig);
		say_state(sig);
		say_mask("then");
		restore(sig);
	}
}

/* siginterrupt(3) is remembered by signal(2) in one libc, not in the other. */
static void interrupt(void)
{
	handler_t (*set)(int, handler_t) = (handler_t (*)(int, handler_t))
		find("signal");
	int (*f)(int, int) = (int (*)(int, int))find("siginterrupt");
	int sig, on;

	for (sig = -1; f && set && sig <= 66; sig = next_signal(sig)) {
		for (on = 2; on >= 0; on--) {
			TELL_HANDLER(set(sig, one), "signal(%d)", sig);
			TELL(f(sig, on), "siginterrupt(%d, %d)", sig, on);
			say_state(sig);
			TELL_HANDLER(set(sig, count), "signal(%d)", sig);
			say_state(sig);
		}
		restore(sig);
		TELL(f(sig, 1), "siginterrupt(%d, 1), default action", sig);
		say_state(sig);
		TELL(f(sig, 0), "siginterrupt(%d, 0), default action", sig);
		say_state(sig);
		restore(sig);
	}
}

static void hold_and_set(void)
{
	handler_t (*set)(int, handler_t) = (handler_t (*)(int, handler_t))
		find("sigset");
	int (*hold)(int) = (int (*)(int))find("sighold");

	if (!set || !hold)
		return;
	hold(SIGUSR1);
	TELL_HANDLER(set(SIGUSR1, one), "sigset, held before");
	say_mask("then");
	TELL_HANDLER(set(SIGUSR1, (handler_t)2), "sigset, to hold");
	TELL_HANDLER(set(SIGUSR1, (handler_t)2), "sigset, to hold again");
	TELL_HANDLER(set(SIGUSR1, SIG_DFL), "sigset, to default");
	say_mask("then");
	restore(SIGUSR1);
}

/* What sigset(2) and sysv_signal(3) install, as it acts. */
static void one_shot(void)
{
	static const char *const names[] = { "sysv_signal", "__sysv_signal",
					     "sigset", "bsd_signal" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		handler_t (*f)(int, handler_t) =
			(handler_t (*)(int, handler_t))find(names[i]);

		if (!f)
			continue;
		f(SIGUSR1, one);
		say("%s, delivered:", names[i]);
		raise(SIGUSR1);
		say_state(SIGUSR1);
		restore(SIGUSR1);
	}
}

/* The second name that glibc gives to sigaction(2). */
static void second_name(void)
{
	int (*f)(int, const struct sigaction *, struct sigaction *) =
		(int (*)(int, const struct sigaction *, struct sigaction *))
		find("__sigaction");
	struct sigaction a = action(one, SA_ONSTACK), old;

	if (!f)
		return;
	blot(&old, sizeof old);
	install(SIGUSR2, count, SA_RESTART | SA_ONSTACK);
	TELL(f(SIGUSR2, NULL, &old), "__sigaction, query");
	say_action("old:", &old);
	TELL(f(SIGUSR2, &a, &old), "__sigaction, set");
	say_action("old:", &old);
	say_state(SIGUSR2);
	restore(SIGUSR2);
}

void kin(void)
{
	static const char *const names[] = { "signal",	    "bsd_signal",
					     "ssignal",	    "sysv_signal",
					     "__sysv_signal", "sigset" };
	static const char *const holds[] = { "sighold", "sigrelse",
					     "sigignore" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		like_signal(names[i]);
	for (i = 0; i < ARRAY_SIZE(holds); i++)
		like_sighold(holds[i]);
	interrupt();
	hold_and_set();
	one_shot();
	second_name();
}
