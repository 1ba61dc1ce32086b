/* What becomes of a signal frame for which the alternate stack has no room: the
   kernel must see that and raise SIGSEGV, not write below.  Children, on a
   stack in the midst of memory that is filled.  Normal context; on_…: in
   handlers. */
#include "checks.h"
#include "probe.h"

#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BELOW = 128 * 1024, STACK = 32 * 1024, FILL = 0xa5,
	LEAST_ROOM = 512, /* for a handler and what it calls */
	NO_ROOM = 3, TRIES = 16,
	SMALLEST = 2048 /* MINSIGSTKSZ of most architectures */
};

struct ground {
	unsigned char below[BELOW], stack[STACK];
	uint32_t refused, delivered, entry_size, size;
};

static struct ground *ground;

/* Until the kernel will not.  A handler that itself came to the end, rather than
   a frame, would be below the stack, and be delivered at its top again. */
static void on_nested(int sig, siginfo_t *info, void *ucontext)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	ground->delivered++;
	if (here < (uintptr_t)ground->stack)
		_exit(0); /* the frame lies there */
	if (here < (uintptr_t)ground->stack + LEAST_ROOM)
		_exit(NO_ROOM);
	sigpact__probe_raise(sig);
}

static void nest(void *shared)
{
	ground = shared;
	sigpact__probe_install(SIGUSR1, on_nested, SA_ONSTACK | SA_NODEFER);
	sigpact__probe_arm((char *)ground->stack, ground->size, 0);
	sigpact__probe_raise(SIGUSR1);
}

static void on_entry(int sig, siginfo_t *info, void *ucontext)
{
	ground->delivered++;
	_exit(0);
}

/* The largest stack that the kernel takes and a frame does not fit on. */
static void enter(void *shared)
{
	unsigned long least = getauxval(51 /* AT_MINSIGSTKSZ */), size;
	stack_t s = { .ss_flags = 0 };

	ground = shared;
	sigpact__probe_install(SIGUSR1, on_entry, SA_ONSTACK);
	s.ss_sp = ground->stack;
	for (size = SMALLEST; size < 16384; size += 1024) {
		s.ss_size = size;
		if (!sigaltstack(&s, NULL))
			break;
	}
	ground->entry_size = (uint32_t)size;
	/* by AT_MINSIGSTKSZ or more: a frame fits */
	if (size >= 16384 || (least && size >= least)) {
		ground->refused = 1;
		return;
	}
	sigpact__probe_raise(SIGUSR1);
}

/* Bytes below the stack that something wrote to. */
static size_t written(const struct ground *g)
{
	size_t i;

	for (i = 0; i < BELOW; i++)
		if (g->below[i] != FILL)
			return BELOW - i;
	return 0;
}

static void silent(struct sigpact__probed *p)
{
	sigpact__probe_cure(p, OVERFLOW_SILENT,
			    "upgrade the kernel; until then larger, guarded "
			    "stacks: sigpact run --rule altstack=64K -- "
			    "COMMAND");
}

static void tell(struct sigpact__probed *p, const struct ground *g, int status,
		 const char *what)
{
	size_t n = written(g);

	if (n) {
		sigpact__probe_says(p, SAID_FOUND,
				    "%s: %zu bytes below the stack were "
				    "overwritten", what, n);
		silent(p);
	} else if (g->refused)
		sigpact__probe_says(p, SAID_SOUND, "sigaltstack(2) takes no "
				    "stack on which no frame fits");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		sigpact__probe_says(p, SAID_SOUND, "%s: SIGSEGV, nothing "
				    "below the stack was written", what);
	else
		sigpact__probe_says(p, SAID_UNKNOWN,
				    "%s: the child ended with status %d", what,
				    status);
}

void sigpact__probe_overflow_nested(struct sigpact__probed *p,
				    const struct sigpact__probing *unused)
{
	struct ground *g = sigpact__probe_share(sizeof *g);
	uint32_t size = STACK;
	char text[64];
	int status;

	if (!g)
		return;
	do {
		size -= 272;
		memset(g, 0, sizeof *g);
		memset(g->below, FILL, BELOW);
		g->size = size;
		status = sigpact__probe_child(nest, g);
	} while (status > 0 && WIFEXITED(status) &&
		 WEXITSTATUS(status) == NO_ROOM && size > STACK - TRIES * 272);
	snprintf(text, sizeof text, "the last of %u frames", g->delivered + 1);
	if (status >= 0)
		tell(p, g, status, text);
	sigpact__probe_unshare(g, sizeof *g);
}

void sigpact__probe_overflow_entry(struct sigpact__probed *p,
				   const struct sigpact__probing *unused)
{
	struct ground *g = sigpact__probe_share(sizeof *g);
	char text[64];
	int status;

	if (!g)
		return;
	memset(g->below, FILL, BELOW);
	status = sigpact__probe_child(enter, g);
	snprintf(text, sizeof text, "a stack of %u bytes", g->entry_size);
	if (status >= 0)
		tell(p, g, status, text);
	sigpact__probe_unshare(g, sizeof *g);
}

static void arm_smallest(void *shared)
{
	struct ground *g = shared;
	stack_t s = { .ss_sp = g->stack, .ss_size = g->entry_size };

	g->refused = sigaltstack(&s, NULL) != 0;
}

void sigpact__probe_strict_size(struct sigpact__probed *p,
				const struct sigpact__probing *g)
{
	struct ground *ground = sigpact__probe_share(sizeof *ground);
	unsigned long told = getauxval(51 /* AT_MINSIGSTKSZ */);
	uint32_t least = (uint32_t)sigpact__libc_stack_least;
	int status;

	if (!ground)
		return;
	ground->entry_size = least;
	status = sigpact__probe_child(arm_smallest, ground);
	if (!status && ground->refused)
		sigpact__probe_says(p, SAID_PRESENT,
				    "sigaltstack(2) refuses MINSIGSTKSZ, %u "
				    "bytes", least);
	else if (!status && told && least >= told)
		sigpact__probe_says(p, SAID_PRESENT, "not needed: a frame fits "
				    "into MINSIGSTKSZ, %u bytes", least);
	else if (!status)
		sigpact__probe_says(p, SAID_ABSENT,
				    "sigaltstack(2) takes stacks on which no "
				    "frame fits; kernel parameter "
				    "strict_sas_size=1");
	sigpact__probe_unshare(ground, sizeof *ground);
}
