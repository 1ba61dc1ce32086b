/* What a held thread does in one stop, by code of ours: the mapping with that
   code and some memory, the 64 actions, an alternate stack, a function.
   Normal context. */
#include "record.h"
#include "remote.h"

#include "registers.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The mapping: code, then memory, its start known to remote.S.  Both in one
   page, or, where memory must not be both, in two; there from the start (to touch
   a page first, and to unmap one more, costs as much as a stop). */
enum { PAGE = 4096, CODE = 512, SPLIT = 1 };
enum { DATA_ALTSTACK = 0, DATA_RESULT = 24, DATA_SCRATCH = 2080 };
enum { XSTATE_MAX = 32768, QUEUED = 16 };
/* <linux/ptrace.h> and libc's cannot both be included. */
static const int PEEKSIGINFO = 0x4209;

#define BIT(sig) (1ull << ((sig) - 1))
/* What a fault of the thread's own raises: with them blocked, or ignored, the
   kernel would set the action to its default. */
static const uint64_t faults = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) |
			       BIT(SIGFPE) | BIT(SIGTRAP) | BIT(SIGSYS);

static size_t blob_size(void)
{
	return sigpact__blob_end - sigpact__blob;
}

static uintptr_t entry(const struct sigpact__remote *r, const char *label)
{
	return r->page + (label - sigpact__blob);
}

/* Signals that are queued, of the process (shared) or of the thread. */
static uint64_t queued(const struct sigpact__remote *r, int shared)
{
	struct { uint64_t from; uint32_t shared; int32_t count; } which = {
		0, (uint32_t)shared, QUEUED
	};
	siginfo_t found[QUEUED];
	uint64_t set = 0;
	long n = ptrace(PEEKSIGINFO, r->tid, &which, found);

	while (n-- > 0)
		set |= BIT(found[n].si_signo);
	return set;
}

/* Does nothing by default, and is not pending: one that was, blocked, would be
   taken for ours or, given back, be the thread's and no longer the process's. */
static int stop_signal(const struct sigpact__remote *r)
{
	static const int harmless[] = { SIGWINCH, SIGURG, SIGCHLD };
	const uint64_t pending = queued(r, 0) | queued(r, 1);
	unsigned i;

	for (i = 0; i < sizeof harmless / sizeof *harmless; i++)
		if (!(pending & BIT(harmless[i])))
			return harmless[i];
	return *harmless;
}

static void enter(struct sigpact__remote *r, struct user_regs_struct *regs,
		  const char *label)
{
	r->stop = stop_signal(r);
	remote_set_blob(regs, entry(r, label), r->memory,
			r->named ? r->pid : 0, r->named ? r->tid : 0, r->stop);
}

/* Else by ptrace, which may write where the thread itself may not. */
static int put_blob(struct sigpact__remote *r)
{
	size_t i, size;
	long word;

	if (sigpact__remote_write(r->tid, r->page, sigpact__blob,
				  blob_size()) == (long)blob_size())
		return 0;
	for (i = 0; i < blob_size(); i += sizeof word) {
		size = blob_size() - i;
		word = 0;
		memcpy(&word, sigpact__blob + i,
		       size < sizeof word ? size : sizeof word);
		if (ptrace(PTRACE_POKEDATA, r->tid, r->page + i, word))
			return -errno;
	}
	return 0;
}

/* A system call's own failure is one here too. */
static int call(struct sigpact__remote *r, long number, long a, long b, long c,
		uintptr_t *result)
{
	const long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	const long arguments[6] = { a, b, c, flags, -1 };
	long value;
	int err = sigpact__remote_call(r, number, arguments, &value);

	if (!err && value < 0 && value > -4096)
		err = value;
	if (!err)
		*result = value;
	return err;
}

/* Room for `size` bytes of scratch.  PR_SET_MDWE lets none be written and
   executed. */
static int map(struct sigpact__remote *r, size_t size)
{
	const long code = PROT_READ | PROT_EXEC;
	uintptr_t none;
	int err;

	if (r->page)
		return 0;
	size = (CODE + DATA_SCRATCH + size + PAGE - 1) & ~(PAGE - 1ul);
	r->size = size;
	err = call(r, SYS_mmap, 0, size, code | PROT_WRITE, &r->page);
	r->memory = r->page + CODE;
	if (err == -EACCES || err == -EPERM) {
		r->size += PAGE;
		err = call(r, SYS_mmap, 0, r->size, code, &r->page);
		r->memory = r->page + PAGE;
		if (!err)
			err = call(r, SYS_mprotect, r->memory, size,
				   PROT_READ | PROT_WRITE, &none);
	}
	r->free = r->memory + DATA_SCRATCH;
	if (!err)
		err = put_blob(r);
	if (err)
		sigpact__remote_unmap(r);
	return err;
}

int sigpact__remote_map(struct sigpact__remote *r)
{
	return map(r, 0);
}

void sigpact__remote_unmap(struct sigpact__remote *r)
{
	uintptr_t none;

	if (!r->page || r->page_kept ||
	    !call(r, SYS_munmap, r->page, r->size, 0, &none))
		r->page = 0;
}

uintptr_t sigpact__remote_keep(struct sigpact__remote *r)
{
	r->page_kept = 1;
	return r->memory == r->page + PAGE ? r->page | SPLIT : r->page;
}

int sigpact__remote_lend(struct sigpact__remote *r, uintptr_t page)
{
	char found[16];
	int split = page & SPLIT;

	page &= ~(uintptr_t)SPLIT;
	if (sigpact__remote_read(r->tid, page, found, sizeof found) !=
		sizeof found ||
	    memcmp(found, sigpact__blob, sizeof found))
		return -EFAULT;
	r->page = page;
	r->size = split ? 2 * PAGE : PAGE;
	r->memory = page + (split ? PAGE : CODE);
	r->free = r->memory + DATA_SCRATCH;
	return 0;
}

uintptr_t sigpact__remote_scratch(struct sigpact__remote *r, size_t size)
{
	uintptr_t at;

	size = (size + 15) & ~15ul;
	if (map(r, size) || size > r->page + r->size - r->free)
		return 0;
	at = r->free;
	r->free += size;
	return at;
}

/* A signal stop of the thread while it runs our code: 1 when it is the last,
   0 to go on, -EFAULT.  The signal at the end is its own; another of its kind
   is owed to it; any other is queued again, since it is blocked now. */
static int signalled(struct sigpact__remote *r, int sig, uint64_t *open,
		     siginfo_t *owed)
{
	struct user_regs_struct regs;
	siginfo_t info;
	uint64_t mask;

	if (ptrace(PTRACE_GETREGS, r->tid, 0, &regs))
		return 0; /* it died: so says the next stop */
	if (sig == r->stop &&
	    remote_pc(&regs) == entry(r, sigpact__blob_stopped))
		return 1;
	if (ptrace(PTRACE_GETSIGINFO, r->tid, 0, &info))
		return 0;
	if (sig == r->stop) {
		*owed = info;
		return 0;
	}
	if (*open & BIT(sig) && info.si_code > 0)
		return -EFAULT;
	*open &= ~BIT(sig);
	mask = ~*open;
	ptrace(PTRACE_SETSIGMASK, r->tid, 8, &mask);
	r->next_signal = sig;
	return 0;
}

/* Takes it out of our code wherever it is. */
static int interrupt(struct sigpact__remote *r, siginfo_t *owed)
{
	uint64_t none = 0;
	int status, err;

	if (ptrace(PTRACE_INTERRUPT, r->tid, 0, 0))
		return -ESRCH;
	err = sigpact__remote_wait(r, 0, &status);
	if (!err && !(status >> 16))
		signalled(r, WSTOPSIG(status), &none, owed);
	return err ? err : -ETIMEDOUT;
}

static int run(struct sigpact__remote *r, const struct user_regs_struct *regs,
	       uint64_t open, unsigned timeout_ms)
{
	siginfo_t owed = { 0 };
	int err, status;

	open |= BIT(r->stop);
	err = sigpact__remote_enter(r, regs, open);
	while (!err) {
		err = sigpact__remote_go(r, PTRACE_CONT, timeout_ms, &status);
		if (!err)
			err = signalled(r, WSTOPSIG(status), &open, &owed);
	}
	if (err == -EBUSY)
		err = interrupt(r, &owed);
	if (owed.si_signo && !ptrace(PTRACE_SETSIGINFO, r->tid, 0, &owed))
		r->next_signal = owed.si_signo;
	sigpact__remote_leave(r);
	return err == 1 ? 0 : err;
}

int sigpact__remote_ask(struct sigpact__remote *r, unsigned first, unsigned end)
{
	struct user_regs_struct regs = r->regs;
	int err = map(r, 0);

	if (err)
		return err;
	enter(r, &regs, sigpact__blob_look);
	remote_set_range(&regs, first, end);
	return run(r, &regs, 0, 0);
}

int sigpact__remote_answer(const struct sigpact__remote *r, stack_t *out,
			   unsigned first, unsigned end,
			   struct sigpact__act actions[65])
{
	size_t size = (end - first) * sizeof *actions;
	struct iovec here[2] = { { out, sizeof *out },
				 { actions + first, size } };
	struct iovec there[2] = {
		{ (void *)(r->memory + DATA_ALTSTACK), sizeof *out },
		{ (void *)(r->memory + first * sizeof *actions), size },
	};

	return process_vm_readv(r->tid, here, 1 + !!size, there, 1 + !!size,
				0) == (long)(sizeof *out + size) ? 0 : -EFAULT;
}

int sigpact__remote_function(struct sigpact__remote *r, uintptr_t function,
			     const long arguments[3], unsigned timeout_ms,
			     long *result)
{
	struct user_regs_struct regs = r->regs;
	char xstate[XSTATE_MAX];
	struct iovec all = { xstate, sizeof xstate };
	int err = sigpact__remote_map(r);

	if (err)
		return err;
	if (ptrace(PTRACE_GETREGSET, r->tid, NT_X86_XSTATE, &all))
		return -errno;
	enter(r, &regs, sigpact__blob_function);
	remote_set_function(&regs, function, arguments);
	err = run(r, &regs, faults, timeout_ms);
	if (!r->held)
		return err;
	ptrace(PTRACE_SETREGSET, r->tid, NT_X86_XSTATE, &all);
	if (!err && sigpact__remote_read(r->tid, r->memory + DATA_RESULT,
					 result, sizeof *result) !=
			    sizeof *result)
		err = -EFAULT;
	return err;
}
