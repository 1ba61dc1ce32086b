/* What the BPF program and its loader share, in memory that both have mapped.
   Tracer's context, and the kernel. */
#ifndef SIGPACT_BPF_H
#define SIGPACT_BPF_H

#include <linux/types.h>

#define BPF_RING_SIZE (32u << 20)
#define BPF_WAKE_AT (1u << 20)	/* bytes that wake a loader that sleeps */
enum { BPF_CPUS = 512 };	/* those above share */

struct bpf_cpu {
	__u64 lost;		/* in all */
	__u64 untold;		/* of them, without an EVENT_LOST yet */
	__u64 unused[6];
};

struct bpf_shared {
	/* by the loader */
	__u32 closed;
	__s32 target;		/* process, in the loader's pid namespace */
	__u32 is_child;		/* it is the command */
	/* by the program, once */
	__u32 level;		/* of the loader's pid namespace */
	__u32 found;
	__u32 unused[11];
	/* by both: the loader waits and is not yet woken */
	__u32 asleep;
	__u32 unused_2[15];
	__u64 alive;		/* threads that are traced */
	__u64 unused_3[7];
	struct bpf_cpu cpu[BPF_CPUS];
};

#endif
