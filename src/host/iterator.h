/* What the BPF iterator tells of each thread, as bytes: a struct of threads,
   and behind one of them, once, the struct of the process. */
#ifndef SIGPACT_ITERATOR_H
#define SIGPACT_ITERATOR_H

#include <linux/types.h>

enum { ITERATOR_REGISTERS = 1, ITERATOR_PROCESS = 2 };

struct iterator_thread {
	__u64 blocked, pending;
	__u64 alt_base, alt_size;
	__u64 sp, pc, tls;	/* sp, pc: with ITERATOR_REGISTERS */
	__u32 alt_flags;	/* as the kernel keeps them */
	__u32 tid;		/* in the reader's pid namespace */
	char name[16];
	__u32 has;		/* ITERATOR_… */
	__u32 unused;
};

struct iterator_action {
	__u64 handler, flags, restorer, mask;
};

struct iterator_process {
	__u64 pending;
	struct iterator_action action[64];	/* [0] is signal 1's */
};

#endif
