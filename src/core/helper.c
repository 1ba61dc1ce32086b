/* Starts the helper that reports this process's crash, and gets rid of it.

     crashed process -- keeper -- helper: `sigpact report --waiting=…`

   The keeper shares this memory and never calls exec, so that no wait(2) of the
   program sees it, and it ends without a SIGCHLD; the helper is its child.  No
   descriptor is opened here, and of the program's own both keep stderr alone.
   Runs in a handler. */
#include "core.h"
#include "sys.h"

#include <errno.h>
#include <signal.h>

/* <linux/sched.h>, <linux/wait.h>: musl-gcc does not find the kernel's. */
enum { SHARE_MEMORY = 0x100, UNTIL_EXEC = 0x4000, TELL_NUMBER = 0x100000,
       UNTRACED = 0x800000 };
#define WAIT_CLONE 0x80000000l
#define WAIT_ALL 0x40000000l
enum { NO_HANG = 1, STACK = 4096, FDS_OF_OLD_KERNELS = 4096 };
enum { LIMIT_CPU, LIMIT_FSIZE, LIMIT_DATA, LIMIT_STACK, LIMIT_CORE,
       LIMIT_NOFILE = 7, LIMIT_AS = 9 };
/* set_ptracer of Yama */
enum { SET_PTRACER = 0x59616d61 };

static char stack_of_keeper[STACK] __attribute__((aligned(16)));
static char stack_of_helper[STACK] __attribute__((aligned(16)));
static char waiting[96], line[512];
static const char *argv[5];
static int helper;		/* its number: set by the kernel */
static int failed;		/* errno of exec */

static char *put(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = 0;
	return to;
}

static char *put_number(char *to, uint64_t n)
{
	char digits[24];
	int i = 0;

	do
		digits[i++] = (char)('0' + n % 10);
	while (n /= 10);
	while (i)
		*to++ = digits[--i];
	*to = 0;
	return to;
}

static void say(const char *what, const char *name, long error)
{
	char *end = put(put(put(line, "sigpact: no report of this crash: "),
			    what), name);

	if (error)
		end = put_number(put(end, ": error "), (uint64_t)error);
	end = put(end, "\n");
	sigpact__sys3(SYS_write, 2, (long)line, end - line);
}

/* The program may have taken all memory and descriptors that it is granted. */
static void raise_limits(void)
{
	static const char soft[] = { LIMIT_CPU, LIMIT_FSIZE, LIMIT_DATA,
				    LIMIT_STACK, LIMIT_NOFILE, LIMIT_AS };
	struct { uint64_t soft, hard; } l;
	unsigned i;

	l.hard = 0;
	for (i = 0; i < sizeof soft / sizeof *soft; i++) {
		if (sigpact__sys4(SYS_prlimit64, 0, soft[i], 0, (long)&l))
			continue;
		l.soft = l.hard;
		sigpact__sys4(SYS_prlimit64, 0, soft[i], (long)&l, 0);
	}
	l.soft = l.hard = 0;
	sigpact__sys4(SYS_prlimit64, 0, LIMIT_CORE, (long)&l, 0);
}

__attribute__((noreturn)) static void leave(int status)
{
	for (;;)
		sigpact__sys1(SYS_exit_group, status);
}

static void become(void)
{
	static const char *const environment[] = { 0 };

	raise_limits();
	failed = -(int)sigpact__sys3(SYS_execve,
				     (long)sigpact__reporter->path, (long)argv,
				     (long)environment);
	leave(127);
}

/* A pipe's other end waits for the program alone. */
static void close_all(void)
{
	long fd;

	sigpact__sys3(SYS_dup3, 2, 0, 0);
	sigpact__sys3(SYS_dup3, 2, 1, 0);
	if (!sigpact__sys3(SYS_close_range, 3, ~0u, 0))
		return;
	for (fd = 3; fd < FDS_OF_OLD_KERNELS; fd++)
		sigpact__sys1(SYS_close, fd);
}

static void keep(void)
{
	long e;

	close_all();
	e = sigpact__spawn(SHARE_MEMORY | UNTIL_EXEC | TELL_NUMBER | UNTRACED,
			   stack_of_helper + STACK, &helper, become);
	if (e > 0) {
		while (sigpact__sys4(SYS_wait4, e, 0, WAIT_ALL, 0) == -EINTR)
			continue;
		if (failed)
			say("cannot run ", sigpact__reporter->path, failed);
	} else {
		say("no process can be started", "", -e);
	}
	leave(0);
}

long sigpact__helper_start(const uint32_t *attached)
{
	char *end = put(waiting, "--waiting=");
	long keeper;

	end = put_number(end, (uint64_t)sigpact__sys0(SYS_getpid));
	end = put_number(put(end, ","), (uint64_t)sigpact__sys0(SYS_gettid));
	put_number(put(end, ","), (uintptr_t)attached);
	argv[0] = sigpact__reporter->path;
	argv[1] = "report";
	argv[2] = waiting;
	argv[3] = sigpact__reporter->folder;
	helper = failed = 0;
	keeper = sigpact__spawn(SHARE_MEMORY | UNTRACED,
				stack_of_keeper + STACK, &helper, keep);
	if (keeper < 0)
		say("no process can be started", "", -keeper);
	else
		sigpact__sys2(SYS_prctl, SET_PTRACER, keeper);
	return keeper;
}

int sigpact__helper_ended(long keeper)
{
	return sigpact__sys4(SYS_wait4, keeper, 0, WAIT_CLONE | NO_HANG, 0) ==
	       keeper;
}

void sigpact__helper_end(long keeper)
{
	say(sigpact__reporter->path, " did not answer", 0);
	if (helper > 0)
		sigpact__sys2(SYS_kill, helper, SIGKILL);
	sigpact__sys4(SYS_wait4, keeper, 0, WAIT_CLONE, 0);
}
