/* What Linux's manual says of alternate stacks, and the library relies on:
   tried in children.  Normal context; on_…: in handlers. */
#include "checks.h"
#include "probe.h"
#include "sys.h"
#include "vector.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define AUTODISARM (1u << 31)
enum { STACK = 128 * 1024 };

struct seen {
	uint32_t a, b, c, d;
	uint64_t address;
};
static struct seen *seen;
static char stack[STACK] __attribute__((aligned(4096)));

static void semantics(struct sigpact__probed *p)
{
	sigpact__probe_cure(p, SIGNAL_SEMANTICS,
			    "upgrade the kernel, or whatever stands in for it "
			    "(gVisor, WSL 1, User Mode Linux, qemu-user)");
}

/* All of them as they should be?  Else what is not. */
struct rule {
	int holds;
	const char *otherwise;
};

static void judge(struct sigpact__probed *p, int status, const char *sound,
		  const struct rule *rule, size_t count)
{
	size_t i;

	if (status) {
		sigpact__probe_says(p, SAID_UNKNOWN, "the child ended with "
						     "status %d", status);
		return;
	}
	for (i = 0; i < count; i++)
		if (!rule[i].holds) {
			sigpact__probe_says(p, SAID_FOUND, "%s",
					    rule[i].otherwise);
			semantics(p);
			return;
		}
	sigpact__probe_says(p, SAID_SOUND, "%s", sound);
}

static uint32_t flags_now(void)
{
	stack_t s;

	return sigaltstack(NULL, &s) ? ~0u : (uint32_t)s.ss_flags;
}

/* SS_AUTODISARM, and the stack's state that sigreturn restores. */
static void on_disarmed(int sig, siginfo_t *info, void *ucontext)
{
	char here;

	seen->a = flags_now();
	seen->b = (uintptr_t)&here - (uintptr_t)stack < STACK;
}

static void autodisarm(void *shared)
{
	seen = shared;
	sigpact__probe_install(SIGUSR1, on_disarmed, SA_ONSTACK);
	sigpact__probe_arm(stack, STACK, AUTODISARM);
	sigpact__probe_raise(SIGUSR1);
	seen->c = flags_now();
}

void sigpact__probe_autodisarm(struct sigpact__probed *p,
			       const struct sigpact__probing *g)
{
	struct seen *s = sigpact__probe_share(sizeof *s);
	int status = s ? sigpact__probe_child(autodisarm, s) : -ENOMEM;

	if (!status) {
		const struct rule rules[] = {
			{ s->b == 1, "a handler does not run on the alternate "
				     "stack with SS_AUTODISARM" },
			{ (s->a & SS_DISABLE) != 0,
			  "SS_AUTODISARM does not disarm on delivery" },
			{ s->c == AUTODISARM,
			  "the stack is not armed again after the handler" },
		};

		judge(p, status, "disarmed in the handler, armed again after "
				 "it", rules, 3);
	}
	if (s)
		sigpact__probe_unshare(s, sizeof *s);
}

/* Who has the alternate stack of whom. */
static void *in_thread(void *unused)
{
	seen->a = flags_now();
	return unused;
}

static int in_clone(void *unused)
{
	seen->d = flags_now();
	return 0;
}

static void inherit(void *shared)
{
	static char other[STACK];
	pthread_t t;
	pid_t pid;

	seen = shared;
	sigpact__probe_arm(stack, STACK, 0);
	seen->a = seen->b = seen->c = seen->d = ~0u;
	if (pthread_create(&t, NULL, in_thread, NULL) || pthread_join(t, NULL))
		_exit(1);
	pid = fork();
	if (!pid) {
		seen->b = flags_now();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	pid = clone(in_clone, other + STACK - 64,
		    CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	waitpid(pid, NULL, 0);
	seen->c = seen->d;
	pid = clone(in_clone, other + STACK - 64, CLONE_VM | SIGCHLD, NULL);
	waitpid(pid, NULL, 0);
}

void sigpact__probe_inheritance(struct sigpact__probed *p,
				const struct sigpact__probing *g)
{
	struct seen *s = sigpact__probe_share(sizeof *s);
	int status = s ? sigpact__probe_child(inherit, s) : -ENOMEM;

	if (!status) {
		const struct rule rules[] = {
			{ s->a == SS_DISABLE, "a new thread has the alternate "
					      "stack of its creator" },
			{ s->b == 0, "fork(2) loses the alternate stack" },
			{ s->c == 0, "vfork(2) loses the alternate stack" },
			{ s->d == SS_DISABLE, "a process that shares memory "
					      "has the alternate stack too" },
		};

		judge(p, status, "kept by fork and vfork; none in a thread, "
				 "nor where memory is shared", rules, 4);
	}
	if (s)
		sigpact__probe_unshare(s, sizeof *s);
}

static const char *program;

static void become(void *shared)
{
	char *argv[] = { "sigpact", "check", "after-exec", NULL };

	sigpact__probe_arm(stack, STACK, 0);
	execv(program, argv);
	_exit(127);
}

void sigpact__probe_exec(struct sigpact__probed *p,
			 const struct sigpact__probing *g)
{
	int status;

	program = g->program;
	if (!program || access(program, X_OK)) {
		sigpact__probe_says(p, SAID_UNKNOWN, "no %s to run",
				    program ? program : "program");
		return;
	}
	status = sigpact__probe_child(become, NULL);
	if (status && (!WIFEXITED(status) || WEXITSTATUS(status) != 1)) {
		judge(p, status, "", NULL, 0);
		return;
	}
	judge(p, 0, "execve(2) disarms the alternate stack",
	      &(struct rule){ !status, "execve(2) leaves an alternate stack "
				       "armed" }, 1);
}

/* A frame that does not fit on the normal stack: SIGSEGV, on the alternate one,
   by SI_KERNEL and without an address. */
static void on_fault(int sig, siginfo_t *info, void *ucontext)
{
	char here;

	seen->a = 1;
	seen->b = (uint32_t)info->si_code;
	seen->c = (uintptr_t)&here - (uintptr_t)stack < STACK;
	seen->address = (uintptr_t)info->si_addr;
	_exit(0);
}

static void on_wrong(int sig, siginfo_t *info, void *ucontext)
{
	seen->d = 1;
	_exit(0);
}

/* Nothing here may go through the loader, which wants more stack than that. */
static int at_the_end(void *unused)
{
	sigpact__probe_raise(SIGUSR1);
	return 0;
}

static void exhaust(void *shared)
{
	long page = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, (size_t)(3 * page), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	seen = shared;
	if (map == MAP_FAILED || mprotect(map, (size_t)(2 * page), PROT_NONE))
		_exit(1);
	sigpact__probe_install(SIGSEGV, on_fault, SA_ONSTACK);
	sigpact__probe_install(SIGUSR1, on_wrong, 0);
	sigpact__probe_arm(stack, STACK, 0); /* the child's too, by vfork */
	/* a stack of less than a frame, and nothing below */
	waitpid(clone(at_the_end, map + 2 * page + 1536,
		      CLONE_VM | CLONE_VFORK | SIGCHLD, NULL), NULL, 0);
}

void sigpact__probe_si_kernel(struct sigpact__probed *p,
			      const struct sigpact__probing *g)
{
	struct seen *s = sigpact__probe_share(sizeof *s);
	int status = s ? sigpact__probe_child(exhaust, s) : -ENOMEM;

	if (!status) {
		const struct rule rules[] = {
			{ !s->d, "a signal is delivered on a stack without "
				 "room for it" },
			{ s->a && s->c, "a signal without room for its frame "
					"raises no SIGSEGV on the alternate "
					"stack" },
			{ s->b == SI_KERNEL && !s->address,
			  "that SIGSEGV does not have SI_KERNEL and address "
			  "0" },
		};

		judge(p, status, "SIGSEGV on the alternate stack, SI_KERNEL, "
				 "address 0", rules, 3);
	}
	if (s)
		sigpact__probe_unshare(s, sizeof *s);
}

void sigpact__probe_shadow_stack(struct sigpact__probed *p,
				 const struct sigpact__probing *g)
{
	if (sigpact__shadow_stack())
		sigpact__probe_says(p, SAID_PRESENT, "on in this thread: "
				    "frames are not relocated there");
	else
		sigpact__probe_says(p, SAID_ABSENT,
				    "none is on: frames may be relocated");
}
