/* Tile registers (AMX), 8 KiB that only the slow path copies: held across
   deliveries that are relocated, while the handler has tiles of its own. */
#include "tap.h"
#include "vector.h"
#include "vector_layout.h"

#include <signal.h>
#include <sigpact.h>
#include <sys/mman.h>
#include <sys/time.h>

enum { SPINS = 1 << 24, DELIVERIES = 5000, TEXT = 160 };
enum { ALT_SIZE = 128 << 10 };

static char *alt;
static volatile uint32_t arrived;
static uint32_t never;
static volatile unsigned native, alternate, spoilt;
static unsigned levels;

static void handler(int sig, siginfo_t *info, void *ucontext)
{
	static struct sigpact__vector in, out;
	char what[TEXT];

	(void)sig;
	(void)info;
	if ((uintptr_t)what - (uintptr_t)alt < ALT_SIZE)
		alternate++;
	else
		native++;
	sigpact__vector_fill(&in, ~arrived);
	sigpact__vector_hold(&in, &out, levels, &never, 1);
	spoilt += sigpact__vector_differ(&in, &out, levels, what, TEXT) != 0;
	arrived = 1;
}

static int held(uint32_t seed, char what[TEXT])
{
	static struct sigpact__vector in, out;

	sigpact__vector_fill(&in, seed);
	arrived = 0;
	while (!arrived)
		sigpact__vector_hold(&in, &out, levels, &arrived, SPINS);
	return sigpact__vector_differ(&in, &out, levels, what, TEXT);
}

static void relocated(void)
{
	const struct itimerval often = { { 0, 100 }, { 0, 100 } }, none = { 0 };
	char what[TEXT] = "";
	uint32_t i;
	int bad = 0;

	native = alternate = 0;
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < DELIVERIES && !bad; i++)
		bad = held(i, what);
	setitimer(ITIMER_REAL, &none, NULL);
	ok(!bad, "%d relocated deliveries: %s", DELIVERIES,
	   bad ? what : "each register is as it was");
	ok(native >= DELIVERIES && !alternate && !spoilt,
	   "all on the native stack: %u of %u, the handler's own lost in %u",
	   native, native + alternate, spoilt);
}

int main(void)
{
	struct sigaction a = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
	stack_t ss = { .ss_size = ALT_SIZE };

	levels = sigpact__vector_levels();
	if (!(levels & LEVEL_AMX)) {
		skip("tiles", "this CPU or kernel has none");
		return done();
	}
	alt = mmap(NULL, ALT_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ss.ss_sp = alt;
	a.sa_sigaction = handler;
	if (sigaltstack(&ss, NULL) || sigaction(SIGALRM, &a, NULL) ||
	    sigpact_exclude_set(SIGALRM))
		bail("no excluded signal");
	relocated();
	return done();
}
