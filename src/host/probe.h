/* Behaviour of this kernel, CPU and libc, tried out: a table of probes, each of
   which says one line and may find one thing.  Normal context. */
#ifndef SIGPACT_PROBE_H
#define SIGPACT_PROBE_H

#include "findings.h"

#include <signal.h>
#include <stddef.h>

#pragma GCC visibility push(hidden)

enum sigpact__said {
	SAID_SOUND,	/* as it should be */
	SAID_FOUND,	/* not: see finding */
	SAID_UNKNOWN,	/* cannot tell */
	SAID_PRESENT,	/* something that need not be there, is */
	SAID_ABSENT,	/* … is not */
};

enum { PROBE_TEXT = 256 };
struct sigpact__probed {
	enum sigpact__said said;
	char seen[PROBE_TEXT];
	struct sigpact__finding finding; /* when SAID_FOUND */
};

/* What a probe may use. */
struct sigpact__probing {
	double seconds;		/* for the one that takes time */
	const char *program;	/* its `check after-exec` answers; or NULL */
	void (*hook)(void *ucontext); /* tests: of each frame of `vector` */
};

struct sigpact__probe {
	const char *name, *what;
	void (*look)(struct sigpact__probed *, const struct sigpact__probing *);
	/* By version (--note): the first that has it, 0: any; and which lack
	   or break it all the same, from [0] and [2] to below [1] and [3]. */
	unsigned since, broken[4];
	int timed; /* takes seconds; the others some milliseconds */
};
#define KERNEL(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))

extern const struct sigpact__probe sigpact__probes[];
extern const size_t sigpact__probe_count;

/* The probe's word; free with sigpact__probed_free. */
void sigpact__probe(const struct sigpact__probe *, struct sigpact__probed *,
		    const struct sigpact__probing *);
void sigpact__probed_free(struct sigpact__probed *);
/* What the version alone makes one expect; release as of uname(2). */
void sigpact__probe_note(const struct sigpact__probe *, const char *release,
			 char note[64]);

/* probes.c, for the probes themselves. */
__attribute__((format(printf, 3, 4))) void
sigpact__probe_says(struct sigpact__probed *, enum sigpact__said,
		    const char *seen, ...);
/* After sigpact__probe_says, whose words are the evidence. */
__attribute__((format(printf, 3, 4))) void
sigpact__probe_cure(struct sigpact__probed *, int id, const char *cure, ...);

/* probe_child.c: run(shared) in a child, which is killed after some seconds.
   Its status as of waitpid(2), or -errno. */
int sigpact__probe_child(void (*run)(void *shared), void *shared);
/* Memory that children share, zero; NULL when there is none. */
void *sigpact__probe_share(size_t size);
void sigpact__probe_unshare(void *, size_t size);
/* Arms size bytes below top; dies when it cannot.  flags: SS_… */
void sigpact__probe_arm(char *low, size_t size, unsigned flags);
void sigpact__probe_install(int sig, void (*)(int, siginfo_t *, void *),
			    int flags);
/* tgkill of this thread, from here. */
void sigpact__probe_raise(int sig);

/* probe_libc.c: <signal.h>'s sizes, and what a handler needs beside a frame. */
extern const long sigpact__libc_stack_least, sigpact__libc_stack;
enum { LIBC_LEAST_ROOM = 1024 };

/* libc_name.c, one for each libc: "glibc 2.36"; static storage */
const char *sigpact__libc_name(void);

/* One for each behaviour: probe_*.c */
#define PROBE(name) void sigpact__probe_##name(struct sigpact__probed *, \
				       const struct sigpact__probing *)
PROBE(vector);
PROBE(frame);
PROBE(frame_told);
PROBE(frame_libc);
PROBE(nesting);
PROBE(overflow_nested);
PROBE(overflow_entry);
PROBE(strict_size);
PROBE(trimmed);
PROBE(registers);
PROBE(red_zone);
PROBE(autodisarm);
PROBE(inheritance);
PROBE(exec);
PROBE(si_kernel);
PROBE(shadow_stack);
PROBE(exclusion);
PROBE(kernel_exclusion);
PROBE(ptrace);
PROBE(bpf);
PROBE(btf);
PROBE(tracefs);
PROBE(pending);
PROBE(memlock);
#undef PROBE

#pragma GCC visibility pop
#endif
