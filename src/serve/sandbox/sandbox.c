/* A sandbox runs its module's function for one request, until that returns, exits,
   traps or parks.  Normal context, in the worker that owns it; the function runs on
   the sandbox's own stack. */
#include "instance.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* Runs in the domain. */
static void start(void *sandbox)
{
	struct sandbox *s = sandbox;

	sigpact__host_leave(s);
	s->module->start(s->instance);
	__atomic_store_n(&s->in_host, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static enum trap trap_of(const struct sandbox *s, const struct sigpact_fault *f)
{
	if (s->in_host)
		return TRAP_FAULT;
	if (f->kind == SIGPACT_FAULT_OVERFLOW)
		return TRAP_STACK_OVERFLOW;
	if (f->kind == SIGPACT_FAULT_DIVIDE)
		return TRAP_DIVIDE;
	return f->signal == SIGSEGV &&
		       f->address - (uintptr_t)s->memory.data <
			   s->module->reach
		   ? TRAP_OUT_OF_BOUNDS
		   : TRAP_FAULT;
}

/* What a call or resume of the domain came to. */
static int judge(struct sandbox *s, int r, const struct sigpact_fault *fault,
		 struct sandbox_result *result)
{
	if (r < 0)
		return r;
	if (r == SIGPACT_PARKED) {
		if (!s->trap && !s->exited)
			return SANDBOX_PARKED;
		sigpact_domain_end(s->domain);
	}
	memset(result, 0, sizeof *result);
	if (r && r != SIGPACT_PARKED && !s->trap && !s->exited) {
		s->trap = trap_of(s, fault);
		result->depth = fault->depth;
		if (s->trap == TRAP_OUT_OF_BOUNDS)
			result->address =
			    fault->address - (uintptr_t)s->memory.data;
	}
	s->in_host = 1;
	sigpact__output_log_end(s);
	result->trap = s->trap;
	result->status = s->status;
	result->output = s->output;
	result->output_size = s->output_size;
	return s->trap	   ? SANDBOX_TRAPPED
	       : s->status ? SANDBOX_EXITED
			   : SANDBOX_RETURNED;
}

int sigpact__sandbox_run(struct sandbox *s, const struct sandbox_call *call,
			 struct sandbox_result *result)
{
	struct sigpact_fault fault;
	int r;

	if (s->used)
		return -EBUSY;
	s->used = 1;
	s->pending = 0;
	s->call = *call;
	sigpact__sandbox = s;
	r = sigpact_domain_call(s->domain, start, s, &fault);
	sigpact__sandbox = NULL;
	return judge(s, r, &fault, result);
}

int sigpact__sandbox_resume(struct sandbox *s, struct sandbox_result *result)
{
	struct sigpact_fault fault;
	int r;

	sigpact__sandbox = s;
	r = sigpact_domain_resume(s->domain, &fault);
	sigpact__sandbox = NULL;
	return judge(s, r, &fault, result);
}
