/* The transcript's words.  Used in handlers and vfork children too: nothing is
   kept between two lines. */
#include "transcript.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

char stack_a[STACK_SIZE] __attribute__((aligned(4096)));
char stack_b[STACK_SIZE] __attribute__((aligned(4096)));
char tiny_a[TINY_SIZE] __attribute__((aligned(4096)));
char tiny_b[TINY_SIZE] __attribute__((aligned(4096)));

static void put(const char *format, va_list ap, const char *rest)
{
	char text[1024];
	int n = vsnprintf(text, sizeof text, format, ap);

	n += snprintf(text + n, sizeof text - (size_t)n, "%s\n", rest);
	if (write(1, text, (size_t)n) != n)
		_exit(3);
}

void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(format, ap, "");
	va_end(ap);
}

static void rest(char to[96], const char *result, int error)
{
	int n = snprintf(to, 96, " = %s", result);

	if (error != UNTOUCHED)
		snprintf(to + n, 96 - (size_t)n, ", errno %d", error);
}

void tell(long result, int error, const char *format, ...)
{
	char number[32], more[96];
	va_list ap;

	snprintf(number, sizeof number, "%ld", result);
	rest(more, number, error);
	va_start(ap, format);
	put(format, ap, more);
	va_end(ap);
}

void tell_handler_is(handler_t h, int error, const char *format, ...)
{
	char more[96];
	va_list ap;

	rest(more, handler_name((uintptr_t)h), error);
	va_start(ap, format);
	put(format, ap, more);
	va_end(ap);
}

const char *handler_name(uintptr_t h)
{
	static const struct {
		uintptr_t value;
		const char *name;
	} special[] = {
		{ (uintptr_t)SIG_DFL, "SIG_DFL" },
		{ (uintptr_t)SIG_IGN, "SIG_IGN" },
		{ (uintptr_t)SIG_ERR, "SIG_ERR" },
		{ 2, "SIG_HOLD" },
		{ 0x1234, "0x1234" },
		{ 0xaaaaaaaaaaaaaaaa, "untouched" },
	};
	size_t i;

	if (h == (uintptr_t)one)
		return "one";
	if (h == (uintptr_t)three)
		return "three";
	if (h == (uintptr_t)count)
		return "count";
	for (i = 0; i < ARRAY_SIZE(special); i++)
		if (h == special[i].value)
			return special[i].name;
	return "unknown";
}

static int inside(const void *p, const char *from, size_t size)
{
	return (uintptr_t)p - (uintptr_t)from < size;
}

const char *stack_name(const void *p)
{
	if (!p)
		return "NULL";
	if ((uintptr_t)p == 0xaaaaaaaaaaaaaaaa)
		return "untouched";
	return inside(p, stack_a, STACK_SIZE)	 ? "a"
	       : inside(p, stack_b, STACK_SIZE)	 ? "b"
	       : inside(p, tiny_a, TINY_SIZE) ? "tiny a"
	       : inside(p, tiny_b, TINY_SIZE) ? "tiny b"
						  : "another";
}

void blot(void *p, size_t size)
{
	memset(p, 0xaa, size);
}

/* The restorer is libc's; where it lies does not matter. */
static const char *restorer_name(uintptr_t restorer)
{
	struct kernel_action now;
	struct sigaction was, a = action(count, 0);

	if (!restorer)
		return "NULL";
	if (restorer == 0xaaaaaaaaaaaaaaaa)
		return "untouched";
	sigaction(SIGWINCH, &a, &was);
	syscall(SYS_rt_sigaction, SIGWINCH, NULL, &now, 8);
	sigaction(SIGWINCH, &was, NULL);
	return restorer == now.restorer ? "libc's" : "unknown";
}

void say_action(const char *what, const struct sigaction *a)
{
	/* past the first word glibc stores what lay on its stack */
	say("  %s %s flags %#x mask %#llx restorer %s", what,
	    handler_name((uintptr_t)a->sa_handler), (unsigned)a->sa_flags,
	    (unsigned long long)mask_word(&a->sa_mask),
	    restorer_name((uintptr_t)a->sa_restorer));
}

void say_kernel_action(const char *what, const struct kernel_action *a)
{
	say("  %s %s flags %#llx mask %#llx restorer %s", what,
	    handler_name(a->handler), (unsigned long long)a->flags,
	    (unsigned long long)a->mask, restorer_name(a->restorer));
}

void say_stack(const char *what, const stack_t *s)
{
	say("  %s %s size %zu flags %#x", what, stack_name(s->ss_sp),
	    s->ss_size, (unsigned)s->ss_flags);
}

uint64_t mask_word(const sigset_t *set)
{
	uint64_t word;

	memcpy(&word, set, sizeof word);
	return word;
}

void say_mask(const char *what)
{
	sigset_t now;

	sigemptyset(&now);
	sigprocmask(SIG_BLOCK, NULL, &now);
	say("  %s blocked %#llx", what, (unsigned long long)mask_word(&now));
}

void say_state(int sig)
{
	struct kernel_action k;
	struct sigaction a;

	blot(&a, sizeof a);
	blot(&k, sizeof k);
	TELL(sigaction(sig, NULL, &a), "  query %d", sig);
	say_action("libc:", &a);
	TELL(syscall(SYS_rt_sigaction, sig, NULL, &k, 8), "  raw query %d",
	     sig);
	say_kernel_action("kernel:", &k);
}

void say_end(const char *what, int status)
{
	if (WIFSIGNALED(status))
		say("%s: killed by %d", what, WTERMSIG(status));
	else if (WIFSTOPPED(status))
		say("%s: stopped by %d", what, WSTOPSIG(status));
	else
		say("%s: exit %d", what, WEXITSTATUS(status));
}

struct sigaction action(handler_t h, int flags)
{
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_handler = h;
	a.sa_flags = flags;
	return a;
}

struct sigaction action3(int flags)
{
	struct sigaction a = action(NULL, flags | SA_SIGINFO);

	a.sa_sigaction = three;
	return a;
}

void install(int sig, handler_t h, int flags)
{
	struct sigaction a = action(h, flags);

	if (sigaction(sig, &a, NULL))
		say("cannot install for %d", sig);
}

void unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void in_child(const char *what, void (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		run();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	say_end(what, status);
}
