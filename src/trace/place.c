/* Where something is in a traced process: the module of an address, the stack
   of a stack pointer, the code behind a call.  Tracer's context. */
#include "calls.h"
#include "decode.h"
#include "process.h"
#include "spell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct sigpact__map *map_at(
	const struct sigpact__traced_process *p, uint64_t address)
{
	return p->mapped ? sigpact__map_at(&p->mapped->record, address) : NULL;
}

const char *sigpact__place_spell(const struct sigpact__traced_process *p,
				 uint64_t address, char to[PLACE])
{
	static const struct sigpact__record nowhere;

	return sigpact__spell_address(p->mapped ? &p->mapped->record :
				      &nowhere, address, to);
}

const char *sigpact__place_module(const struct sigpact__traced_process *p,
				  uint64_t address)
{
	return p->mapped ? sigpact__owner(&p->mapped->record, address) : NULL;
}

int sigpact__place_known(const struct sigpact__traced_process *p,
			 uint64_t address)
{
	return map_at(p, address) != NULL;
}

enum sigpact__stack_kind sigpact__place_stack(
	const struct sigpact__traced_thread *t, uint64_t sp, uint64_t *left)
{
	const struct sigpact__task *k = &t->task;

	*left = 0;
	if (sigpact__armed(k) && sp >= k->alt_base &&
	    sp - k->alt_base <= k->alt_size) {
		*left = sp - k->alt_base;
		return STACK_ALTERNATE;
	}
	if (!sp || !k->stack_high)
		return STACK_UNKNOWN;
	if (sp < k->stack_low || sp > k->stack_high)
		return map_at(t->process, sp) ? STACK_FOREIGN : STACK_UNKNOWN;
	*left = sp - k->stack_low;
	return STACK_NATIVE;
}

/* Modules through which others call. */
static int is_between(const struct sigpact__map *m)
{
	static const char *const names[] = { "libc.so", "libc-", "libpthread",
		"ld-linux", "ld-musl", "libsigpact", "libasan", "libtsan" };
	const char *name = sigpact__spell_base(m->path);
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (!strncmp(name, names[i], strlen(names[i])))
			return 1;
	return *m->path == '[';
}

/* An address that would be one in user space; libc's own words on the stack
   are small, or random in all bits. */
static int may_be_address(uint64_t word)
{
	return word >= 1 << 16 && word < 1ull << 47;
}

/* libc's copies of the actions, and what it left there before: the handler is
   in them, whose module is not the caller's.  glibc: two structs with a set of
   128 bytes; musl: with one of 8. */
static uint64_t skip(const struct sigpact__traced_process *p,
		     const struct sigpact__event *entry, uint64_t at)
{
	const struct sigpact__map *m = map_at(p, entry->entry.pc);
	uint64_t act = entry->entry.arg[1];
	int musl = m && strstr(m->path, "musl");

	if (entry->entry.row != CALLS_rt_sigaction || at < act ||
	    at - act >= (musl ? 64 : 2 * 152))
		return 0;
	return 8;
}

uint64_t sigpact__place_caller(const struct sigpact__traced_process *p,
			       const struct sigpact__event *entry,
			       uint64_t *unmapped)
{
	const struct sigpact__map *m = map_at(p, entry->entry.pc);
	const uint64_t *act = sigpact__event_fetch(entry, 0);
	const unsigned char *stack;
	size_t size, at;
	uint64_t word;

	*unmapped = m ? 0 : entry->entry.pc;
	if (!(entry->seen & SAW_REGISTERS) || !m || !is_between(m))
		return m ? entry->entry.pc : 0;
	stack = sigpact__event_stack(entry, &size);
	for (at = 0; stack && at + 8 <= size; at += 8) {
		memcpy(&word, stack + at, sizeof word);
		if (skip(p, entry, entry->entry.sp + at) ||
		    !may_be_address(word) || (act && word == *act))
			continue;
		m = map_at(p, word);
		if (!m && !*unmapped)
			*unmapped = word;
		if (m && m->rights[2] == 'x' && !is_between(m))
			return word;
	}
	return 0;
}
