/* What happened to the signals of a traced thread: one record, the same from
   whichever source, and what a source is.

   A source tells what it saw and nothing else: numbers and bytes.  It decodes
   nothing, keeps no table of actions and names no module; what follows from
   several events (below) is derived by those who read them, in one place for
   all sources.  A number that a source could not see is 0 and its bit is absent
   from `seen`; a reader asks for the bit first.

   Events of one thread come in their order.  Those of several come in the order
   in which the source saw them, which may differ from that of time_ns by
   microseconds.

   Read by the BPF program too: kernel types only.  Tracer's context. */
#ifndef SIGPACT_EVENT_H
#define SIGPACT_EVENT_H

#include <linux/types.h>

/* kind             source must fill        what it is
   ENTRY            both                    a call of calls.h begins
   EXIT             both                    … has ended; rt_sigreturn has none
   GENERATED        BPF                     a signal was sent; with ptrace it is
                                            derived from calls and siginfo
   DELIVERED        both                    the kernel took it for a thread: a
                                            handler is entered, or the default
                                            action done, or it is ignored
   STOP             both, ptrace's exact    a thread group is stopped (job
                                            control, SIGSTOP), or goes on
   ATTACHED         both                    a thread that was there already
   START            both                    a new thread, or process, before its
                                            first instruction
   EXEC             both                    a process runs another program; a
                                            command's first event
   END              both                    a thread ended
   LOST             both                    events before this one were lost

   Not events, for they are derived: the return from a handler (an ENTRY of
   rt_sigreturn), which stack a handler runs on and how much is left, the module
   behind an address, a change of an action, wrong-stack delivery, latencies,
   storms, relocations by libsigpact (the frame that rt_sigreturn takes is not
   where it was written). */
enum sigpact__event_kind {
	EVENT_ENTRY = 1,
	EVENT_EXIT,
	EVENT_GENERATED,
	EVENT_DELIVERED,
	EVENT_STOP,
	EVENT_ATTACHED,
	EVENT_START,
	EVENT_EXEC,
	EVENT_END,
	EVENT_LOST,
	EVENT_KINDS
};

enum sigpact__event_seen {
	SAW_FETCH_0 = 1,	/* the call's first fetch of this side */
	SAW_FETCH_1 = 2,	/* … and its second */
	SAW_CALLER = 4,		/* ENTRY: user stack, of calls marked so */
	SAW_REGISTERS = 8,	/* pc, sp, fp; DELIVERED: interrupted pc, sp */
	SAW_ACTION = 16,	/* DELIVERED: handler, flags, action_mask */
	SAW_FRAME = 32,		/* DELIVERED: frame; handler is its address */
	SAW_ALTSTACK = 64,	/* DELIVERED: alt_… */
	SAW_MASK = 128		/* DELIVERED: mask */
};

/* A call of calls.h begins.  Behind it come, without asking `seen`, the bytes
   of its fetches at entry, each in its constant size rounded up to 8, then
   EVENT_STACK bytes of the user stack from sp upwards when the call is marked
   CALLS_CALLER; undefined when their bit is absent (NULL, not readable).  When
   the pointer of its first fetch is NULL, such a call changes nothing, and a
   source may leave the stack out, bytes and bit. */
struct sigpact__entry {
	__u16 row;		/* in calls.h, 0 upwards */
	__u16 stack;		/* bytes of the stack that were read */
	__u32 nr;		/* as the kernel numbers it */
	__u64 arg[6];
	__u64 pc, sp, fp;	/* behind the instruction; x86: rip rsp rbp */
};
enum { EVENT_STACK = 768 };

/* The same call of the same thread has ended.  Behind it, the bytes of its
   fetches at exit; they are taken when the call did not fail. */
struct sigpact__exit {
	__u16 row, unused;
	__u32 nr;
	__s64 result;		/* -errno; -512…-516: will be restarted */
};

/* By the thread of the header; pid and tid there are the sender's, or those of
   whom it interrupted when the kernel itself sent it. */
struct sigpact__generated {
	__s32 sig, code;	/* code: si_code */
	__s32 to_pid, to_tid;	/* to_tid: that the kernel picked to wake */
	__u32 group;		/* 1: to the process, 0: to the thread */
	__u32 outcome;		/* TRACE_SIGNAL_…: 0 delivered, 1 ignored,
				   2 already pending, 3 queue full, 4 lost
				   its siginfo */
};

/* The kernel took sig for the header's thread. */
struct sigpact__delivered {
	__s32 sig, code;
	__u64 info[6];		/* siginfo's first 48 bytes, all it holds */
	/* The action: 0 default, 1 ignored, else where the handler is.  With
	   ptrace flags and mask are not seen: derived from the calls. */
	__u64 handler, flags, action_mask;
	__u64 mask;		/* blocked before: what the return restores */
	__u64 pc, sp;		/* interrupted */
	__u64 frame;		/* stack pointer at the handler's first
				   instruction */
	/* as armed before the delivery (it may disarm: SS_AUTODISARM) */
	__u64 alt_base, alt_size; /* size 0: none */
	__u32 alt_flags, unused;
};

struct sigpact__stop {
	__s32 sig;		/* 0: it goes on */
	__u32 unused;
};

/* START: the header is the new thread's; ATTACHED: by_… are 0. */
struct sigpact__start {
	__s32 by_pid, by_tid;
	__u32 same_memory;	/* it has its maker's: a thread, or vfork */
	__u32 unused;
};

/* The header's tid is the new one, which is pid; all other threads have an END
   before it. */
struct sigpact__exec {
	__s32 from_tid;		/* the thread that called it */
	__u32 unused;
	char name[16];		/* the kernel's short name of the program */
};

struct sigpact__end {
	__s32 status;		/* as wait(2) has it */
	__u32 last;		/* 1: no thread of the process is left */
};

struct sigpact__lost {
	__u64 count;		/* since the LOST before */
};

struct sigpact__event {
	__u32 size;		/* of all of it, a multiple of 8 */
	__u16 kind, seen;	/* EVENT_…, SAW_… */
	__u64 time_ns;		/* CLOCK_MONOTONIC, when it was seen */
	__s32 pid, tid;		/* in the reader's pid namespace */
	union {
		struct sigpact__entry entry;
		struct sigpact__exit exit;
		struct sigpact__generated generated;
		struct sigpact__delivered delivered;
		struct sigpact__stop stop;
		struct sigpact__start start;
		struct sigpact__exec exec;
		struct sigpact__end end;
		struct sigpact__lost lost;
	};
};

/* Bytes up to the end of one member of the union: where the fetched ones
   begin. */
#define EVENT_HEAD(member)                               \
	(__builtin_offsetof(struct sigpact__event, member) + \
	 sizeof(((struct sigpact__event *)0)->member))

#endif
