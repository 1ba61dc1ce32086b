/* The filter that stops a command at the calls of calls.h, and nowhere else.

   Without CAP_SYS_ADMIN the kernel takes one only from who has given up gaining
   privileges (no_new_privs): set-user-ID programs then run without theirs.  For
   a tracer without CAP_SYS_PTRACE that is so anyway, while it traces; with the
   filter it stays.  The command, and what it starts, sees "Seccomp: 2" in
   /proc/self/status, and cannot enter strict mode.  Whoever is made with
   CLONE_UNTRACED is not traced, and its calls of calls.h fail with ENOSYS; so do
   all of the command's when its keeper gets SIGKILL.  Normal context, in the
   command before it is one. */
#include "ptrace.h"

#include "calls.h"
#include "registers.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned numbers[] = {
#define NUMBER(name, ...) __NR_##name,
	SIGPACT_CALLS(NUMBER)
#undef NUMBER
};

static const unsigned options[] = {
	PRCTL_SET_PDEATHSIG, PRCTL_GET_PDEATHSIG,   PRCTL_DISPATCH,
	PRCTL_EXCLUDE,	     PRCTL_CLEAR_EXCLUDE,   PRCTL_EXCLUDE_MASK,
	PRCTL_GET_EXCLUDE_MASK,
};

enum {
	NUMBERS = sizeof numbers / sizeof *numbers,
	OPTIONS = sizeof options / sizeof *options,
	LENGTH = 3 + NUMBERS + 1 + OPTIONS + 2
};

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define EQUAL(value, then, otherwise) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)

/* Calls of 32-bit code have other numbers: they do not stop.  For all calls but
   prctl the kernel remembers that they are allowed, and does not ask. */
static unsigned write_filter(struct sock_filter f[LENGTH])
{
	const unsigned allow = LENGTH - 2, trace = LENGTH - 1;
	const unsigned prctl_part = 3 + NUMBERS;
	unsigned n = 0, i;

	f[n++] = (struct sock_filter)LOAD(arch);
	f[n] = (struct sock_filter)EQUAL(REMOTE_AUDIT, 0, allow - n - 1);
	n++;
	f[n++] = (struct sock_filter)LOAD(nr);
	for (i = 0; i < NUMBERS; i++, n++)
		f[n] = (struct sock_filter)EQUAL(
			numbers[i],
			(numbers[i] == __NR_prctl ? prctl_part : trace) - n - 1,
			i + 1 < NUMBERS ? 0 : allow - n - 1);
	f[n++] = (struct sock_filter)LOAD(args[0]); /* its low half: an int */
	for (i = 0; i < OPTIONS; i++, n++)
		f[n] = (struct sock_filter)EQUAL(options[i], trace - n - 1, 0);
	f[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)RETURN(SECCOMP_RET_TRACE);
	return n;
}

static long install(struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program);
}

/* 1; 0: there are no filters here, every call must stop. */
int sigpact__filter(void)
{
	struct sock_filter f[LENGTH];
	struct sock_fprog program = { .filter = f };

	program.len = write_filter(f);
	if (!install(&program))
		return 1;
	return errno == EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !install(&program);
}
