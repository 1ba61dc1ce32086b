/* What a module's code calls that is not WASI: traps, memory, tables; and what is
   done around every call of the host.  Runs in a sandbox, on its stack. */
#include "instance.h"
#include "wasi.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

/* In this order: a tick may come between any two lines. */
static void host_begin(struct sandbox *s)
{
	__atomic_store_n(&s->in_host, 1, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void sigpact__host_leave(struct sandbox *s)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&s->in_host, 0, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&s->pending, __ATOMIC_RELAXED)) {
		__atomic_store_n(&s->pending, 0, __ATOMIC_RELAXED);
		sigpact_domain_park();
	}
}

/* Who called or resumed it sees why, and ends the domain; it does so too when this
   has no stack left to park on, or a tick comes first. */
void sigpact__sandbox_end(struct sandbox *s, enum trap why)
{
	s->trap = why;
	host_begin(s);
	for (;;)
		sigpact_domain_park();
}

void sigpact__host_enter(struct sandbox *s)
{
	if ((char *)__builtin_frame_address(0) - s->memory.stack < HOST_STACK)
		sigpact__sandbox_end(s, TRAP_STACK_OVERFLOW);
	host_begin(s);
}

__attribute__((noreturn)) static void trap(wasm_rt_trap_t why)
{
	static const enum trap traps[] = {
		[WASM_RT_TRAP_OOB] = TRAP_OUT_OF_BOUNDS,
		[WASM_RT_TRAP_INT_OVERFLOW] = TRAP_INTEGER_OVERFLOW,
		[WASM_RT_TRAP_DIV_BY_ZERO] = TRAP_DIVIDE,
		[WASM_RT_TRAP_INVALID_CONVERSION] = TRAP_CONVERSION,
		[WASM_RT_TRAP_UNREACHABLE] = TRAP_UNREACHABLE,
		[WASM_RT_TRAP_CALL_INDIRECT] = TRAP_INDIRECT_CALL,
		[WASM_RT_TRAP_EXHAUSTION] = TRAP_STACK_OVERFLOW,
	};
	enum trap t = (size_t)why < sizeof traps / sizeof *traps ? traps[why]
								 : TRAP_NONE;

	sigpact__sandbox_end(sigpact__sandbox, t ? t : TRAP_FAULT);
}

/* While it is instantiated: sandbox.c sees what it wanted. */
static void memory_allocate(wasm_rt_memory_t *linear, uint32_t pages,
			    uint32_t most)
{
	struct sandbox *s = sigpact__sandbox;
	size_t size = (size_t)pages * WASM_PAGE;

	s->memory.initial = size;
	if (size > s->memory.most || sigpact__memory_grow(&s->memory, size))
		sigpact__sandbox_end(s, TRAP_OUT_OF_BOUNDS);
	linear->data = (uint8_t *)s->memory.data;
	linear->pages = pages;
	linear->max_pages = most;
	linear->size = (uint32_t)size;
}

static uint32_t memory_more(wasm_rt_memory_t *linear, uint32_t pages)
{
	struct sandbox *s = sigpact__sandbox;
	uint64_t all = (uint64_t)linear->pages + pages;
	uint32_t before = linear->pages;

	sigpact__host_enter(s);
	if (all > linear->max_pages || all * WASM_PAGE > s->memory.most ||
	    sigpact__memory_grow(&s->memory, all * WASM_PAGE)) {
		before = UINT32_MAX;
	} else {
		linear->pages = (uint32_t)all;
		linear->size = (uint32_t)(all * WASM_PAGE);
	}
	sigpact__host_leave(s);
	return before;
}

static void table_allocate(wasm_rt_funcref_table_t *table, uint32_t count,
			   uint32_t most)
{
	struct sandbox *s = sigpact__sandbox;

	s->table_size = count * sizeof *s->table;
	s->table = calloc(count ? count : 1, sizeof *s->table);
	if (!s->table)
		sigpact__sandbox_end(s, TRAP_OUT_OF_BOUNDS);
	table->data = s->table;
	table->size = count;
	table->max_size = most;
}

__attribute__((noreturn)) static void proc_exit(SANDBOX instance,
						uint32_t status)
{
	struct sandbox *s = (struct sandbox *)instance;

	s->status = (int)status;
	s->exited = 1;
	sigpact__sandbox_end(s, TRAP_NONE);
}

#define SIGPACT_ENTRY(name, signature, parameters, arguments)                  \
	.name = wasi_##name,
const struct sigpact_host sigpact__sandbox_host = {
	.trap = trap,
	.memory_allocate = memory_allocate,
	.memory_grow = memory_more,
	.table_allocate = table_allocate,
	.proc_exit = proc_exit,
	SIGPACT_WASI(SIGPACT_ENTRY, SIGPACT_NOTHING)
};
