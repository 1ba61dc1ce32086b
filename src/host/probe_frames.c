/* How large a signal frame is, who says so, and how many fit on alternate
   stacks of the usual sizes.  Children, whose handlers run on stacks of known
   bounds.  Normal context; on_…: in handlers. */
#include "checks.h"
#include "probe.h"
#include "vector.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

enum { STACK = 128 * 1024, LEVELS = 8, SPINS = 1 << 24 };

struct frames {
	uint32_t size[LEVELS + 1]; /* nothing live, level 0, 0 and 1, … */
	uint32_t area, count;
};

static char *top;
static volatile uint32_t arrived;
static uint32_t taken, area;

/* From where the stack begins down to the return address. */
static void on_frame(int sig, siginfo_t *info, void *ucontext)
{
	uintptr_t low = (uintptr_t)info < (uintptr_t)ucontext ?
				(uintptr_t)info : (uintptr_t)ucontext;
	struct sigpact__vector_area a = { 0 };

	(void)sig;
	taken = (uint32_t)((uintptr_t)top - low + sizeof(void *));
	sigpact__vector_area(ucontext, &a);
	area = (uint32_t)a.size;
	arrived = 1;
}

/* One signal while the registers of levels are live. */
static void take_one(unsigned levels)
{
	static struct sigpact__vector in, out;
	const struct itimerval soon = { .it_value = { 0, 500 } };

	arrived = 0;
	sigpact__vector_fill(&in, 1);
	sigpact__vector_clear();
	if (!levels) {
		sigpact__probe_raise(SIGALRM);
		return;
	}
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!arrived)
		sigpact__vector_hold(&in, &out, levels, &arrived, SPINS);
}

/* At every alignment that a stack's upper end may have. */
static void measure(void *shared)
{
	struct frames *f = shared;
	unsigned all = sigpact__vector_levels(), levels = 0, bit, shift;
	char *low = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (low == MAP_FAILED)
		_exit(1);
	sigpact__probe_install(SIGALRM, on_frame, SA_ONSTACK);
	for (bit = 0; bit <= LEVELS; bit++) {
		if (bit && !(all >> (bit - 1) & 1))
			continue;
		levels |= bit ? 1u << (bit - 1) : 0;
		for (shift = 0; shift < 128; shift += 8) {
			top = low + STACK - shift;
			sigpact__probe_arm(low, STACK - shift, 0);
			take_one(levels);
			if (taken > f->size[bit])
				f->size[bit] = taken;
		}
		f->count = bit + 1;
	}
	f->area = area;
}

/* With registers of the first n levels live. */
static uint32_t largest(const struct frames *f, uint32_t n)
{
	uint32_t most = 0, i;

	for (i = 0; i < n && i < f->count; i++)
		most = f->size[i] > most ? f->size[i] : most;
	return most;
}

/* The largest frame, or 0 with the reason said. */
static uint32_t frames(struct sigpact__probed *p, struct frames *out)
{
	struct frames *f = sigpact__probe_share(sizeof *f);
	int status = f ? sigpact__probe_child(measure, f) : -ENOMEM;

	if (!status)
		*out = *f;
	else
		sigpact__probe_says(p, SAID_UNKNOWN, "a signal could not be "
						     "taken (status %d)",
				    status);
	if (f)
		sigpact__probe_unshare(f, sizeof *f);
	return status ? 0 : largest(out, LEVELS + 1);
}

static void by_level(const struct frames *f, char *to, size_t size)
{
	uint32_t i, same = 1;
	size_t n = 0;

	for (i = 1; i < f->count; i++)
		same &= f->size[i] == *f->size || !f->size[i];
	if (same) {
		snprintf(to, size, ", whichever registers are live");
		return;
	}
	for (i = 1; i < f->count && n < size; i++)
		if (f->size[i])
			n += (size_t)snprintf(to + n, size - n, ", %u with %s",
				f->size[i], sigpact__vector_level_name(i - 1));
}

void sigpact__probe_frame(struct sigpact__probed *p,
			  const struct sigpact__probing *g)
{
	struct frames f = { .count = 0 };
	uint32_t most = frames(p, &f);
	unsigned long told = getauxval(AT_MINSIGSTKSZ);
	char text[160], area_text[40] = "";

	if (!most)
		return;
	by_level(&f, text, sizeof text);
	if (f.area)
		snprintf(area_text, sizeof area_text,
			 ", %u of them registers", f.area);
	sigpact__probe_says(p, SAID_SOUND, "%u bytes%s%s", most, area_text,
			    text);
	if (!told || most <= told)
		return;
	sigpact__probe_says(p, SAID_FOUND, "%u bytes, AT_MINSIGSTKSZ says %lu",
			    most, told);
	sigpact__probe_cure(p, FRAME_UNTOLD, "upgrade the kernel; do not size "
			    "stacks by AT_MINSIGSTKSZ: sigpact run --rule "
			    "altstack=64K -- COMMAND");
}

void sigpact__probe_frame_told(struct sigpact__probed *p,
			       const struct sigpact__probing *g)
{
	unsigned long told = getauxval(AT_MINSIGSTKSZ);

	if (told)
		sigpact__probe_says(p, SAID_PRESENT, "AT_MINSIGSTKSZ is %lu",
				    told);
	else
		sigpact__probe_says(p, SAID_ABSENT,
				    "the kernel does not say: programs go by "
				    "libc's constants");
}

void sigpact__probe_frame_libc(struct sigpact__probed *p,
			       const struct sigpact__probing *g)
{
	struct frames f = { .count = 0 };
	uint32_t most = 0, asked = frames(p, &f);
	long least = sigpact__libc_stack_least, usual = sigpact__libc_stack;
	char text[80] = "";

	if (!asked)
		return;
	most = largest(&f, VECTOR_ASKED + 1);
	if (asked > most)
		snprintf(text, sizeof text, "; with %s a frame is %u bytes",
			 sigpact__vector_level_name(VECTOR_ASKED), asked);
	sigpact__probe_says(p, SAID_SOUND,
			    "SIGSTKSZ %ld has room for a frame, and %ld bytes "
			    "for its handler; MINSIGSTKSZ %ld %s%s",
			    usual, usual - (long)most, least,
			    least < (long)most ? "has none" : "too", text);
	if (usual - (long)most >= LIBC_LEAST_ROOM)
		return;
	sigpact__probe_says(p, SAID_FOUND,
			    "SIGSTKSZ is %ld, a frame %u bytes", usual, most);
	sigpact__probe_cure(p, LIBC_STACK_SMALL,
			    "sigpact run -- COMMAND; in programs: "
			    "sigpact_altstack_arm(3)");
}

/* Frames on top of each other until the kernel will not.  What the handler
   itself takes is part of it, as it is of any. */
struct nest {
	char *low;
	size_t size;
	uint32_t depth;
};
static struct nest *nest;

static void on_nested(int sig, siginfo_t *info, void *ucontext)
{
	nest->depth++;
	if ((uintptr_t)__builtin_frame_address(0) < (uintptr_t)nest->low + 512)
		_exit(0); /* the kernel would begin at the top again */
	sigpact__probe_raise(sig);
}

static void go_deep(void *shared)
{
	stack_t s;

	nest = shared;
	s = (stack_t){ .ss_sp = nest->low, .ss_size = nest->size };
	if (sigaltstack(&s, NULL) && errno == ENOMEM)
		_exit(0); /* no room for one: x86, sigaltstack_size_valid() */
	sigpact__probe_install(SIGUSR1, on_nested, SA_ONSTACK | SA_NODEFER);
	sigpact__probe_arm(nest->low, nest->size, 0);
	sigpact__probe_raise(SIGUSR1);
}

/* Above a page that cannot be written, should the kernel not look. */
static long depth_of(size_t size)
{
	struct nest *n = sigpact__probe_share(sizeof *n);
	long page = sysconf(_SC_PAGESIZE), depth = -1;
	char *map = mmap(NULL, size + (size_t)page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;

	if (!n || map == MAP_FAILED || mprotect(map, (size_t)page, PROT_NONE))
		return -1;
	n->low = map + page;
	n->size = size;
	status = sigpact__probe_child(go_deep, n);
	if (!status ||
	    (status > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV))
		depth = n->depth;
	munmap(map, size + (size_t)page);
	sigpact__probe_unshare(n, sizeof *n);
	return depth;
}

void sigpact__probe_nesting(struct sigpact__probed *p,
			    const struct sigpact__probing *g)
{
	long in8 = depth_of(8 << 10), in16 = depth_of(16 << 10);
	long in64 = depth_of(64 << 10);

	if (in8 < 0 || in16 < 0 || in64 < 0) {
		sigpact__probe_says(p, SAID_UNKNOWN,
				    "nested signals did not end as they should");
		return;
	}
	sigpact__probe_says(p, SAID_SOUND,
			    "%ld nested signals fit in 8 KiB, %ld in 16 KiB, "
			    "%ld in 64 KiB", in8, in16, in64);
	if (in8)
		return;
	sigpact__probe_says(p, SAID_FOUND, "no signal fits in 8 KiB, %ld in "
			    "16 KiB, %ld in 64 KiB", in16, in64);
	sigpact__probe_cure(p, LIBC_STACK_SMALL,
			    "sigpact run -- COMMAND; in programs: "
			    "sigpact_altstack_arm(3)");
}
