/* How tellings are printed, and which.  Tracer's context. */
#ifndef SIGPACT_PRINT_H
#define SIGPACT_PRINT_H

#include "story.h"

#include <stdio.h>

/* filter.c: what is wanted; zero: all. */
enum { FILTER_THREADS = 64 };
struct sigpact__filter {
	uint32_t kinds;		/* 1 << TELL_… */
	uint32_t calls;		/* 1 << row, of TELL_CALL; 0: all */
	uint64_t signals;	/* bit n-1 */
	pid_t thread[FILTER_THREADS]; /* or processes */
	unsigned threads;
	int failed;		/* calls that failed alone */
	uint64_t since_ns;	/* after the first telling */
	uint64_t first_ns;	/* of which this is the time; 0: none yet */
};
/* Each takes a list with commas; 0, or -EINVAL with *why. */
int sigpact__filter_signals(struct sigpact__filter *, const char *,
			    char why[256]);
int sigpact__filter_events(struct sigpact__filter *, const char *,
			   char why[256]);
int sigpact__filter_threads(struct sigpact__filter *, const char *,
			    char why[256]);
int sigpact__filter_takes(struct sigpact__filter *,
			  const struct sigpact__telling *);

/* What one line of text has. */
struct sigpact__said {
	uint64_t time_ns;
	enum sigpact__tell kind;
	int severity;		/* of a finding */
	pid_t pid, tid;
	char name[16];
	const char *text;
};
/* But for its text. */
struct sigpact__said sigpact__said_of(const struct sigpact__telling *);
typedef void sigpact__say(void *, const struct sigpact__said *);

/* text.c: 0, or -errno when it, or an earlier write, failed */
int sigpact__print_flush(FILE *);

/* json.c: as a string of JSON, which no HTML ends. */
void sigpact__put_json(FILE *, const char *text);

/* fold.c: for a person.  Changes of actions that are alike are one line, what
   is routine is said the first time, calls are not. */
struct sigpact__fold;
struct sigpact__fold *sigpact__fold_open(sigpact__say *, void *);
void sigpact__fold_tell(struct sigpact__fold *, const struct sigpact__telling *);
void sigpact__fold_close(struct sigpact__fold *); /* says what it held back */

/* crowd.c: zero to begin with.  Is this about one of too many? */
struct sigpact__crowd {
	void *quiet;		/* a tree of processes */
	uint64_t since_ns;
	unsigned started;	/* since then */
	uint64_t left;		/* nothing was said of so many, since .left was
				   set to 0 */
};
int sigpact__crowd_hides(struct sigpact__crowd *,
			 const struct sigpact__telling *);
void sigpact__crowd_free(struct sigpact__crowd *);

/* A printer gets all that happens, in its order. */
struct sigpact__printer {
	void (*tell)(void *, const struct sigpact__telling *);
	void (*event)(void *, const struct sigpact__event *);	/* or NULL */
	void (*fact)(void *, const struct sigpact__fact *);	/* or NULL */
	/* The end; 0 or -errno. */
	int (*close)(void *);
	void *state;
};
struct sigpact__print {
	FILE *file;
	int colour;
	int folded;		/* text: for a person */
	const char *source;	/* "bpf" … */
	struct sigpact__story_ends ends; /* .sees_generated, .frame_size */
};
/* 0 or -ENOMEM. */
typedef int sigpact__print_open(const struct sigpact__print *,
				struct sigpact__printer *out);
sigpact__print_open sigpact__print_text, sigpact__print_jsonl,
	sigpact__print_chrome, sigpact__print_html, sigpact__print_summary;

/* jsonl_read.c: what sigpact__print_jsonl wrote.  0 or -errno with why, one
   line; what came before was handed out.  An error of begin ends it. */
struct sigpact__jsonl_sink {
	int (*begin)(void *, const char *source,
		     const struct sigpact__story_ends *);
	void (*event)(void *, const struct sigpact__event *);
	void (*fact)(void *, const struct sigpact__fact *);
};
int sigpact__jsonl_read(FILE *, const struct sigpact__jsonl_sink *, void *,
			char why[256]);

/* learn.c: finds facts out, where the process still is. */
struct sigpact__learner {
	struct sigpact__story *story;
	void (*fact)(void *, const struct sigpact__fact *); /* sees each */
	void *context;
	struct sigpact__record *looked; /* before the source was opened, or
					   NULL; of this process no more */
};
/* Looks at a process beforehand: it takes longer than events can wait. */
void sigpact__learn_before(struct sigpact__learner *, pid_t);
void sigpact__learn(void *learner, enum sigpact__fact_kind, pid_t pid,
		    pid_t tid);

#endif
