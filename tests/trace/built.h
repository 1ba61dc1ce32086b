/* Events that a test builds, one after another, as a source would. */
#ifndef BUILT_H
#define BUILT_H

#include "calls.h"
#include "decode.h"
#include "event.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

union built {
	struct sigpact__event event;
	char bytes[2048];
};

static union built built;
static uint64_t built_ns = 1000000000;

static inline struct sigpact__event *build(unsigned kind, unsigned row,
					   pid_t pid, pid_t tid)
{
	struct sigpact__event *e = &built.event;

	memset(&built, 0, sizeof built);
	e->size = (uint32_t)sigpact__event_size(kind, row);
	e->kind = (uint16_t)kind;
	e->time_ns = built_ns += 1000;
	e->pid = pid;
	e->tid = tid;
	return e;
}

static inline void build_fetch(struct sigpact__event *e, int which,
			       const void *bytes, size_t size)
{
	e->seen |= which ? SAW_FETCH_1 : SAW_FETCH_0;
	memcpy((void *)(uintptr_t)sigpact__event_fetch(e, which), bytes, size);
}

static inline struct sigpact__event *build_entry(unsigned row, pid_t pid,
						 pid_t tid, uint64_t a0,
						 uint64_t a1, uint64_t a2,
						 uint64_t a3)
{
	struct sigpact__event *e = build(EVENT_ENTRY, row, pid, tid);

	e->entry.row = (uint16_t)row;
	e->entry.arg[0] = a0;
	e->entry.arg[1] = a1;
	e->entry.arg[2] = a2;
	e->entry.arg[3] = a3;
	return e;
}

static inline struct sigpact__event *build_exit(unsigned row, pid_t pid,
						pid_t tid, int64_t result)
{
	struct sigpact__event *e = build(EVENT_EXIT, row, pid, tid);

	e->exit.row = (uint16_t)row;
	e->exit.result = result;
	return e;
}

#endif
