/* What the kernel prints below /proc, from text of a size, to be fuzzed.  0, or
   -EINVAL when it is not what the kernel prints.  Normal context. */
#ifndef SIGPACT_PROC_H
#define SIGPACT_PROC_H

#include "record.h"

struct sigpact__proc_stat {
	char name[16], state;
	uint64_t start_time;
};
int sigpact__proc_stat(const char *text, size_t size,
		       struct sigpact__proc_stat *);

struct sigpact__proc_status {
	pid_t tgid, pid;
	uid_t uid;		/* effective */
	uint64_t pending, shared_pending, blocked, ignored, caught;
};
int sigpact__proc_status(const char *text, size_t size,
			 struct sigpact__proc_status *);

/* /proc/PID/task/TID/syscall; -ENOENT: it runs. */
int sigpact__proc_syscall(const char *text, size_t size, uint64_t *sp,
			  uint64_t *pc);

/* All lines; -ENOMEM.  What was read before a line that is none is kept. */
int sigpact__proc_maps(const char *text, size_t size, struct sigpact__map **,
		       size_t *count);
void sigpact__proc_maps_free(struct sigpact__map *, size_t count);

/* Soft limit of the stack's size from /proc/PID/limits; 0: unlimited. */
int sigpact__proc_stack_limit(const char *text, size_t size, uint64_t *limit);

/* Arguments with a space between them, the caller's to free; NULL: no memory. */
char *sigpact__proc_cmdline(const char *text, size_t size);

/* proc.c: a file below directory, of whatever size; its size or -errno. */
long sigpact__proc_read(int directory, const char *name, char **text);
/* The same: status of a process or thread. */
int sigpact__proc_status_of(pid_t, struct sigpact__proc_status *);
/* The same: a thread by which the process's memory can be seen. */
pid_t sigpact__proc_alive(const struct sigpact__record *);

#endif
