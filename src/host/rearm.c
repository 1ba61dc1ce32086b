/* Gives a live thread another alternate stack.  A handler that runs on the
   thread's own stack arms, when it returns, what its frame says was armed when
   it began: those frames are looked for, and told of the new one.  Normal
   context. */
#include "mend.h"
#include "remote.h"

#include "frame.h"
#include "registers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define GUARD 65536ul
#define MOST (16ul << 20)	/* of a stack that is searched */
enum { CHUNK = 65536, HEAD = FRAME_UC + UC_SS_SP + sizeof(stack_t) };

static int is_restorer(const struct sigpact__record *r, uint64_t word)
{
	int sig;

	for (sig = 1; word && sig < RECORD_SIGNALS; sig++)
		if (r->action[sig].restorer == word)
			return 1;
	return 0;
}

/* The end of the stack that sp lies on: the first one's mapping grows. */
static uint64_t stack_end(const struct sigpact__record *r, uint64_t sp)
{
	size_t i;

	for (i = 0; i < r->map_count; i++)
		if (sp < r->map[i].end)
			break;
	if (i == r->map_count ||
	    (sp < r->map[i].start && strcmp(r->map[i].path, "[stack]")))
		return sp;
	return r->map[i].end - sp > MOST ? sp + MOST : r->map[i].end;
}

/* A frame at `at`, whose first bytes these are, with that stack in it. */
static void tell_frame(struct sigpact__remote *h, uint64_t at,
		       const char *bytes, const stack_t *from,
		       const stack_t *to)
{
	stack_t ss;

	memcpy(&ss, bytes + FRAME_UC + UC_SS_SP, sizeof ss);
	if (ss.ss_sp != from->ss_sp || ss.ss_size != from->ss_size)
		return;
	ss.ss_sp = to->ss_sp;
	ss.ss_size = to->ss_size;
	sigpact__remote_write(h->pid, at + FRAME_UC + UC_SS_SP, &ss, sizeof ss);
}

/* From the frame of a handler that is about to return, which sp has left. */
static void tell_frames(struct sigpact__remote *h,
			const struct sigpact__record *r, const stack_t *from,
			const stack_t *to)
{
	uint64_t at = (remote_sp(&h->regs) & ~7ul) - 8, word;
	uint64_t end = stack_end(r, at);
	char bytes[CHUNK];
	long size, i;

	for (; at < end; at += (uint64_t)i) {
		size = end - at < CHUNK ? (long)(end - at) : CHUNK;
		size = sigpact__remote_read(h->pid, at, bytes, (size_t)size);
		for (i = 0; i + (long)HEAD <= size; i += 8) {
			memcpy(&word, bytes + i, sizeof word);
			if (is_restorer(r, word))
				tell_frame(h, at + (uint64_t)i, bytes + i, from,
					   to);
		}
		if (i <= 0)
			break;
	}
}

static int armed(struct sigpact__remote *h, uintptr_t at, stack_t *now)
{
	int e = sigpact__mend_call(h, SYS_sigaltstack, 0, (long)at, 0, 0);

	if (e < 0)
		return e;
	return sigpact__remote_read(h->pid, at, now, sizeof *now) < 0 ? -EFAULT
								      : 0;
}

/* Arms `to` when `from` is armed, or gives the reason why not. */
static int rearm(struct sigpact__remote *h, const struct sigpact__record *r,
		 uint64_t from, const stack_t *to)
{
	uintptr_t at;
	stack_t now;
	int e = sigpact__mend_scratch(h, 2 * sizeof *to, &at);

	if (!e)
		e = armed(h, at, &now);
	if (e)
		return e;
	if ((uintptr_t)now.ss_sp != from || now.ss_flags & SS_DISABLE)
		return -ESTALE;
	if (now.ss_flags & SS_ONSTACK)
		return -EBUSY;
	if (sigpact__remote_write(h->pid, at, to, sizeof *to) < 0)
		return -EFAULT;
	e = sigpact__mend_call(h, SYS_sigaltstack, (long)at, 0, 0, 0);
	if (!e)
		tell_frames(h, r, &now, to);
	return e == -EPERM ? -EBUSY : e;
}

static long map(struct sigpact__remote *h, uint64_t size)
{
	const long arguments[6] = { 0, (long)(GUARD + size), PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 };
	long at = 0;
	int e = sigpact__remote_call(h, SYS_mmap, arguments, &at);

	if (!e && at > 0)
		e = sigpact__mend_call(h, SYS_mprotect, at + (long)GUARD,
				       (long)size, PROT_READ | PROT_WRITE, 0);
	if (e && at > 0)
		sigpact__mend_call(h, SYS_munmap, at, (long)(GUARD + size), 0,
				   0);
	return e ? e : at;
}

int sigpact__mend_altstack(const struct sigpact__record *r, pid_t tid,
			   uint64_t from, uint64_t size, uint64_t *base)
{
	struct sigpact__remote h;
	stack_t to;
	long at;
	int e = sigpact__mend_hold(&h, r, tid, MEND_HOLD_MS);

	if (e)
		return e;
	memset(&to, 0, sizeof to);
	size = (size + 4095) & ~4095ul;
	at = map(&h, size);
	e = at < 0 ? (int)at : 0;
	if (!e) {
		to.ss_sp = (void *)(at + (long)GUARD);
		to.ss_size = size;
		e = rearm(&h, r, from, &to);
		if (e)
			sigpact__mend_call(&h, SYS_munmap, at,
					   (long)(GUARD + size), 0, 0);
	}
	sigpact__remote_release(&h);
	if (!e)
		*base = (uintptr_t)to.ss_sp;
	return e;
}

int sigpact__unmend_altstack(const struct sigpact__record *r, pid_t tid,
			     uint64_t from, uint64_t base, uint64_t size,
			     uint32_t flags)
{
	struct sigpact__remote h;
	stack_t to;
	int e = sigpact__mend_hold(&h, r, tid, MEND_HOLD_MS);

	if (e)
		return e;
	memset(&to, 0, sizeof to);
	to.ss_sp = (void *)base;
	to.ss_size = size;
	to.ss_flags = (int)(flags & ~(unsigned)SS_ONSTACK);
	e = rearm(&h, r, from, &to);
	sigpact__remote_release(&h);
	return e;
}
