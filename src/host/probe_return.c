/* What comes back through sigreturn: registers, trimmed frames, the red zone;
   and whether exclusion works here.  Children.  Normal context; on_…: in
   handlers. */
#include "checks.h"
#include "probe.h"
#include "sys.h"
#include "vector.h"

#include <errno.h>
#include <sigpact.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { STACK = 128 * 1024, SPINS = 1 << 24, ROUNDS = 20, TEXT = 160 };

struct returned {
	long cut;	/* bytes trimmed, or -errno */
	uint32_t rounds, differ, on_alternate, excluded;
	int backend, error;
	char what[TEXT];
};
static struct returned *ret;
static char stack[STACK] __attribute__((aligned(4096)));
static volatile uint32_t arrived;
static int trim;

static long trimmed_off(void *ucontext)
{
	long n = sigpact__vector_trim(ucontext);

	return n < 0 || n > ret->cut ? n : ret->cut;
}

static void on_return(int sig, siginfo_t *info, void *ucontext)
{
	if (trim)
		ret->cut = trimmed_off(ucontext);
	arrived = 1;
}

/* Registers held while a signal comes and goes: all, or in each round those of
   one level more, the others being as in a new program. */
static void hold(void *shared)
{
	static struct sigpact__vector in, out;
	const struct itimerval soon = { .it_value = { 0, 500 } };
	unsigned all = sigpact__vector_levels(), levels = all;

	ret = shared;
	sigpact__probe_install(SIGALRM, on_return, SA_ONSTACK);
	sigpact__probe_arm(stack, STACK, 0);
	while (ret->rounds < ROUNDS && !ret->differ) {
		arrived = 0;
		if (trim)
			levels = all & ((2u << ret->rounds % 4) - 1);
		sigpact__vector_fill(&in, ret->rounds++);
		sigpact__vector_clear();
		setitimer(ITIMER_REAL, &soon, NULL);
		sigpact__vector_hold(&in, &out, levels, &arrived, SPINS);
		if (!arrived)
			continue;
		ret->differ = (uint32_t)sigpact__vector_differ(
			&in, &out, levels, ret->what, sizeof ret->what);
	}
}

static void held(struct sigpact__probed *p, int trimmed)
{
	struct returned *r = sigpact__probe_share(sizeof *r);
	int status;

	trim = trimmed;
	status = r ? sigpact__probe_child(hold, r) : -ENOMEM;
	if (!sigpact__vector_level_name(0))
		sigpact__probe_says(p, SAID_UNKNOWN,
				    "not for this architecture yet");
	else if (trimmed && r && r->cut < 0)
		sigpact__probe_says(p, SAID_UNKNOWN,
				    "a frame could not be trimmed: %s",
				    strerror((int)-r->cut));
	else if (status > 0 || (r && r->differ)) {
		sigpact__probe_says(p, SAID_FOUND, "%s",
				    status ? "the program was killed when the "
					     "handler returned" : r->what);
		sigpact__probe_cure(p, FRAME_REGISTERS, "upgrade the kernel");
	} else if (!status && trimmed && !r->cut)
		sigpact__probe_says(p, SAID_ABSENT, "this CPU says that all "
				    "registers are live: nothing to leave out");
	else if (!status && trimmed)
		sigpact__probe_says(p, SAID_SOUND, "%u frames less up to %ld "
				    "bytes that were not live: all registers "
				    "come back", r->rounds, r->cut);
	else if (!status)
		sigpact__probe_says(p, SAID_SOUND,
				    "%u signals: all registers come back",
				    r->rounds);
	if (r)
		sigpact__probe_unshare(r, sizeof *r);
}

void sigpact__probe_registers(struct sigpact__probed *p,
			      const struct sigpact__probing *g)
{
	held(p, 0);
}

void sigpact__probe_trimmed(struct sigpact__probed *p,
			    const struct sigpact__probing *g)
{
	held(p, 1);
}

static void below_stack(void *shared)
{
	ret = shared;
	sigpact__probe_install(SIGUSR1, on_return, 0);
	ret->error = sigpact__vector_red_zone(SIGUSR1,
					      sigpact__sys0(SYS_gettid));
}

void sigpact__probe_red_zone(struct sigpact__probed *p,
			     const struct sigpact__probing *g)
{
	struct returned *r = sigpact__probe_share(sizeof *r);
	int status = r ? sigpact__probe_child(below_stack, r) : -ENOMEM;

	if (!status && r->error < 0)
		sigpact__probe_says(p, SAID_ABSENT,
				    "this architecture has none");
	else if (!status && r->error) {
		sigpact__probe_says(p, SAID_FOUND, "%d of 128 bytes were "
				    "overwritten", r->error);
		sigpact__probe_cure(p, RED_ZONE_LOST, "upgrade the kernel");
	} else if (!status)
		sigpact__probe_says(p, SAID_SOUND, "128 bytes below the stack "
				    "pointer are left alone");
	if (r)
		sigpact__probe_unshare(r, sizeof *r);
}

static void on_excluded(int sig, siginfo_t *info, void *ucontext)
{
	char here;

	ret->on_alternate += (uintptr_t)&here - (uintptr_t)stack < STACK;
	ret->excluded++;
}

static void exclude(void *shared)
{
	ret = shared;
	ret->backend = sigpact_backend_get();
	sigpact__probe_install(SIGUSR1, on_excluded, SA_ONSTACK);
	sigpact__probe_arm(stack, STACK, 0);
	ret->error = sigpact_exclude_set(SIGUSR1);
	if (!ret->error)
		sigpact__probe_raise(SIGUSR1);
}

void sigpact__probe_exclusion(struct sigpact__probed *p,
			      const struct sigpact__probing *g)
{
	struct returned *r = sigpact__probe_share(sizeof *r);
	int status = r ? sigpact__probe_child(exclude, r) : -ENOMEM;

	if (!status && r->error)
		sigpact__probe_says(p, SAID_ABSENT, "%s: sigpact run cannot "
				    "keep signals off alternate stacks",
				    strerror(-r->error));
	else if (!status && r->excluded && !r->on_alternate)
		sigpact__probe_says(p, SAID_PRESENT, "by %s",
				    r->backend == SIGPACT_BACKEND_KERNEL ?
				    "the kernel: nothing is relocated" :
				    "relocation of frames");
	else if (status != -ENOMEM) {
		sigpact__probe_says(p, SAID_FOUND, status ?
				    "an excluded signal killed the program" :
				    "an excluded signal was delivered on the "
				    "alternate stack");
		sigpact__probe_cure(p, RELOCATION_FAILS, "leave exclusion off: "
				    "sigpact run --rule owner=off -- COMMAND");
	}
	if (r)
		sigpact__probe_unshare(r, sizeof *r);
}

void sigpact__probe_kernel_exclusion(struct sigpact__probed *p,
				     const struct sigpact__probing *g)
{
	uint64_t set;

	if (prctl(SIGPACT_PR_GET_EXCLUDE_MASK, &set, sizeof set, 0, 0))
		sigpact__probe_says(p, SAID_ABSENT,
				    "prctl(2) does not know it: kernel/ has "
				    "the patches");
	else
		sigpact__probe_says(p, SAID_PRESENT,
				    "prctl(2) excludes signals by itself");
}
