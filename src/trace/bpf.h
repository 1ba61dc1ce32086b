/* What the BPF program, its loader and the parts of that share.  Tracer's
   context, and the kernel. */
#ifndef SIGPACT_BPF_H
#define SIGPACT_BPF_H

#include <linux/types.h>

/* A tenth of a second of two threads that do nothing but signal. */
#define BPF_RING_SIZE (64u << 20)
#define BPF_WAKE_AT (1u << 20)	/* bytes that wake a loader that sleeps */
enum { BPF_CPUS = 512 };	/* those above share */

struct bpf_cpu {
	__u64 lost;		/* in all */
	__u64 untold;		/* of them, without an EVENT_LOST yet */
	__u64 unused[6];
};

/* In memory that program and loader have mapped: lines of 64 bytes by who
   writes them. */
struct bpf_shared {
	/* the loader; the program, while it is run for the first time */
	__u32 closed;
	__s32 target;		/* process, in the loader's pid namespace */
	__u32 is_child;		/* it is the command */
	__u32 level;		/* of the loader's pid namespace */
	__u32 found;
	__u32 unused[11];
	/* both: the loader waits and is not yet woken */
	__u32 asleep;
	__u32 unused_2[15];
	/* the program */
	__u64 alive;		/* threads that are traced */
	__u64 unused_3[7];
	struct bpf_cpu cpu[BPF_CPUS];
};

/* For tests: the ring's size, a power of 2; 0: BPF_RING_SIZE. */
extern __u32 sigpact__bpf_ring_size;

/* bpf_attach.c: all programs with their tracepoints; what the kernel does not
   have is told in why.  -ENOSYS and -EPERM as sigpact__source_kind.open. */
struct bpf_object;
struct bpf_link;
struct bpf_links {
	struct bpf_link *link[64];
	unsigned count;
};
int sigpact__bpf_attach(struct bpf_object *, struct bpf_links *, char why[256]);
void sigpact__bpf_detach(struct bpf_links *);

/* bpf_command.c: a child that waits to become the command.  Those return -errno
   with why. */
struct bpf_command {
	int pid;
	int end;		/* of the socket to it; -1: closed */
};
int sigpact__bpf_command(struct bpf_command *, char *const *words,
			 char why[256]);
/* It becomes it, or has ended. */
int sigpact__bpf_command_go(struct bpf_command *, const char *name,
			    char why[256]);
/* Before it went: it ends. */
void sigpact__bpf_command_drop(struct bpf_command *);

#endif
