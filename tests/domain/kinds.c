/* Each kind of fault, told by signal, address, pc and depth. */
#include "domain.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

static char *memory;	/* a page to read, one that nobody may touch */
static char *gone;	/* nothing is mapped there */
static char *beyond;	/* past the end of a file */
static char *other;	/* the guard of another domain's stack */

#define AT(address) ((volatile char *)(address))

static void null_write(void *unused)
{
	char *volatile p = NULL;

	*AT(p + 16) = 1;
}

static void null_call(void *unused)
{
	void (*volatile f)(void) = NULL;

	f();
}

static void unmapped(void *unused)
{
	*AT(gone + 8) = 1;
}

static void read_only(void *unused)
{
	*AT(memory + 5) = 1;
}

static void no_access(void *unused)
{
	(void)*AT(memory + 4096 + 7);
}

static void not_canonical(void *unused)
{
	char *volatile p = (char *)0x8000000000000000;

	*AT(p) = 1;
}

static void past_end(void *unused)
{
	(void)*AT(beyond + 1);
}

static void other_guard(void *unused)
{
	*AT(other) = 1;
}

static void by_zero(void *unused)
{
	volatile int zero = 0, one = 1;

	one = one / zero;
}

static void too_large(void *unused)
{
	volatile int least = -2147483647 - 1, minus = -1;

	least = least / minus;
}

static void inexact(void *unused)
{
	unsigned mxcsr = 0x1f80 & ~(1u << 9); /* divide by zero unmasked */
	volatile double zero = 0, one = 1;

	__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
	one = one / zero;
}

static void x87(void *unused)
{
	unsigned short word = 0x37f & ~4;
	double one = 1, zero = 0;

	/* pending until the next instruction, and five values on the stack */
	__asm__ volatile("fldcw %0; fldl %1; fldl %1; fldl %1; fldl %1\n\t"
			 "fldl %1; fdivl %2; fwait" ::"m"(word),
			 "m"(one), "m"(zero));
}

static void illegal(void *unused)
{
	__asm__ volatile("ud2");
}

static void breakpoint(void *unused)
{
	__asm__ volatile("int3");
}

struct one {
	void (*function)(void *);
	int sig;
	enum sigpact_fault_kind kind;
	const char *name;
	uintptr_t address;
	int at_pc;	/* the address is an instruction's */
};

static int near(uintptr_t pc, void (*function)(void *))
{
	return pc - (uintptr_t)function < 256;
}

static int floating_point(void)
{
	unsigned mxcsr;
	unsigned short word, status, tags[14];
	volatile double one = 1, three = 3;
	volatile long double x = 1;

	__asm__ volatile("stmxcsr %0; fnstcw %1; fnstsw %2; fnstenv %3; "
			 "fldenv %3"
			 : "=m"(mxcsr), "=m"(word), "=m"(status), "=m"(tags));
	x = x / 3;
	return (mxcsr & ~0x3fu) == 0x1f80 && word == 0x37f && !(status & 0x3f) &&
	       tags[4] == 0xffff && one / three > 0.33 && x > 0.33L;
}

static void judge(struct sigpact_domain *d, const struct one *o)
{
	struct sigpact_fault f;
	int r, good;

	memset(&f, 0xff, sizeof f);
	r = sigpact_domain_call(d, o->function, NULL, &f);
	good = r == o->sig && f.signal == o->sig && f.kind == o->kind &&
	       (o->at_pc ? f.address == f.pc : f.address == o->address) &&
	       (f.pc == 0 || near(f.pc, o->function)) && f.depth > 0 &&
	       f.depth < 1024 && floating_point();
	if (!ok(good, "%s: %s", o->name, sigpact_fault_name(o->kind)))
		printf("# %d; signal %d code %d kind %d (%s) address %lx pc %lx (function %lx) depth %zu, fp %d\n",
		       r, f.signal, f.code, f.kind, sigpact_fault_name(f.kind),
		       (unsigned long)f.address, (unsigned long)f.pc,
		       (unsigned long)(uintptr_t)o->function, f.depth,
		       floating_point());
}

static void prepare(struct sigpact_domain *d)
{
	char name[] = "/tmp/sigpact-kinds-XXXXXX";
	struct sigpact_fault f;
	int fd = mkstemp(name);

	unlink(name);
	if (fd < 0 || ftruncate(fd, 100))
		bail("no file");
	memory = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	mprotect(memory + 4096, 4096, PROT_NONE);
	beyond = (char *)mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0) + 4096;
	sigpact_domain_call(d, overflow, NULL, &f);
	other = (char *)f.address;
	gone = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(gone, 4096);
}

int main(void)
{
	struct sigpact_domain *first = domain_new(0, 0), *d = domain_new(0, 0);
	const char *kind;
	unsigned i;

	prepare(first);
	struct one all[] = {
		{ null_write, SIGSEGV, SIGPACT_FAULT_NULL, "a null write", 16, 0 },
		{ null_call, SIGSEGV, SIGPACT_FAULT_NULL, "a jump to 0", 0, 0 },
		{ unmapped, SIGSEGV, SIGPACT_FAULT_UNMAPPED, "nothing there",
		  (uintptr_t)gone + 8, 0 },
		{ read_only, SIGSEGV, SIGPACT_FAULT_PROTECTED, "a read-only page",
		  (uintptr_t)memory + 5, 0 },
		{ no_access, SIGSEGV, SIGPACT_FAULT_PROTECTED,
		  "a page without access", (uintptr_t)memory + 4096 + 7, 0 },
		{ not_canonical, SIGSEGV, SIGPACT_FAULT_GENERAL,
		  "not an address", 0, 0 },
		{ past_end, SIGBUS, SIGPACT_FAULT_BUS, "past the end of a file",
		  (uintptr_t)beyond + 1, 0 },
		{ other_guard, SIGSEGV, SIGPACT_FAULT_GUARD,
		  "the guard of another stack", (uintptr_t)other, 0 },
		{ by_zero, SIGFPE, SIGPACT_FAULT_DIVIDE, "by zero", 0, 1 },
		{ too_large, SIGFPE, SIGPACT_FAULT_DIVIDE, "INT_MIN / -1", 0, 1 },
		{ inexact, SIGFPE, SIGPACT_FAULT_ARITHMETIC, "SSE", 0, 1 },
		{ x87, SIGFPE, SIGPACT_FAULT_ARITHMETIC, "x87", 0, 1 },
		{ illegal, SIGILL, SIGPACT_FAULT_ILLEGAL, "ud2", 0, 1 },
		{ breakpoint, SIGTRAP, SIGPACT_FAULT_TRAP, "int3", 0, 0 },
	};
	for (i = 0; i < sizeof all / sizeof *all; i++)
		judge(d, &all[i]);
	for (i = 1, kind = ""; i <= SIGPACT_FAULT_TRAP; i++)
		kind = strcmp(sigpact_fault_name((int)i), "no fault") ? kind : "lost";
	ok(!*kind && !strcmp(sigpact_fault_name(0), "no fault"),
	   "each kind has a name");
	ok(!sigpact_domain_destroy(d) && !sigpact_domain_destroy(first),
	   "domains are given back");
	return done();
}
