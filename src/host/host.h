/* What the host layer gives to preload and cli.  Each comment says in which
   context a function may run; "any" includes signal handlers. */
#ifndef SIGPACT_HOST_H
#define SIGPACT_HOST_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* rules.c: a set of rules, parsed from words or from SIGPACT. */
enum { LOG_OFF, LOG_STDERR, LOG_FILE };
enum { ALTSTACK_OFF = 0, ALTSTACK_DEFAULT = 1 };
struct sigpact__rules {
	int owner;		/* on by default */
	int keep_auto;		/* on by default */
	int onstack_auto;
	uint64_t exclude, onstack, keep; /* bit n-1 for signal n */
	size_t altstack;	/* bytes, or ALTSTACK_OFF, ALTSTACK_DEFAULT */
	int log;		/* LOG_… */
	char log_file[256];
	char stats_file[64];	/* counters to share, set by `run --stats` */
	char reporter[256];	/* of crashes, set by `run --report`; "" */
	char report_folder[256]; /* for its files; "": it writes to stderr */
};
void sigpact__rules_default(struct sigpact__rules *);
/* Adds one rule, size bytes.  0, or -EINVAL with *why: one line without its
   end, what was expected and a near miss if there is one. */
int sigpact__rule_parse(struct sigpact__rules *, const char *rule, size_t size,
			char why[256]);
/* The same for k=v:k=v. */
int sigpact__rules_parse(struct sigpact__rules *, const char *rules,
			 char why[256]);

/* near.c: edits from a word of size bytes to b, both short; the signal whose
   name is one edit off, or NULL */
unsigned sigpact__near_edits(const char *word, size_t size, const char *b);
const char *sigpact__near_signal(const char *word, size_t size, char name[24]);

/* signame.c: any context */
int sigpact__signal_parse(const char *name, size_t size); /* 0: no such */
const char *sigpact__signal_name(int sig, char buffer[24]);
const char *sigpact__kept_name(int why); /* 0: KEPT_NESTED */

/* start.c */
extern struct sigpact__rules sigpact__rules; /* of this process; all off
						 unless SIGPACT is set */
extern int sigpact__active;	/* SIGPACT is set */

/* stack.c: this thread's native stack; normal context, any after the first */
int sigpact__stack_learn(void);
void sigpact__stack_set(uintptr_t low, uintptr_t high); /* any context */

/* exclude.c: puts the entry routine before SIGSEGV's and SIGBUS's handlers */
void sigpact__faults_take(void);
/* mask, within SIGPACT_EXCLUDABLE, and nothing else: 0 or -errno */
int sigpact__exclude_only(uint64_t mask);

/* adopt.c: what the commands find in this process */
void sigpact__adopt_start(void);

/* altstack.c: what to give the kernel for what a program asked, and what to
   answer for what the kernel said; any context */
const stack_t *sigpact__altstack_lend(const stack_t *asked);
void sigpact__altstack_lent(const stack_t *asked, const stack_t *given);
void sigpact__altstack_answer(stack_t *);
void sigpact__altstack_start(void);
/* Arms one that the program does not see when it has none itself, so that an
   overflow can be told of; normal context, any once it has one. */
void sigpact__altstack_spare(void);
/* This thread's alternate stack, armed now if there was none; normal context.
   0, -EPERM: on it now, -ENOMEM */
int sigpact__altstack_have(void);

/* pool.c: stacks for domains; normal context.  take: [guard, low) is the guard,
   [low, high) the stack; what to give back, or NULL */
struct sigpact__pooled {
	uintptr_t guard, low, high;
};
void *sigpact__pool_take(size_t size, size_t guard, struct sigpact__pooled *);
void sigpact__pool_give(void *);

/* module.c (one for each libc): the loaded object an address lies in; any */
struct sigpact__module {
	uintptr_t start, end;
	int program;
	const char *path;	/* lives as long as the object */
};
int sigpact__module_at(uintptr_t address, struct sigpact__module *);
/* gomodule.c */
int sigpact__module_is_go(const struct sigpact__module *);
int sigpact__program_is_go(void);

/* log.c: one line to the log, if there is one; any context.  %s a string,
   %d an unsigned long, %S a signal, %a an address as module+offset. */
void sigpact__log(const char *format, ...);
void sigpact__log_kept(int sig, int outcome);

/* crash.c: with `run --report`, the default action of a signal that a process
   dies of is ours; any context but start */
void sigpact__crash_start(void);
uintptr_t sigpact__crash_address(void); /* that action's */
void sigpact__crash_filtered(void); /* the program will be, by seccomp */
int sigpact__crash_take(int sig, uintptr_t *handler, unsigned long *flags);
void sigpact__crash_taken(int sig, unsigned long flags); /* the program's */
/* Which SLOT_… another handler needs, so that it finds what it would without. */
uint32_t sigpact__crash_slot_rules(int sig, uintptr_t handler,
				   unsigned long flags);
/* Makes it what the program knows; FIRST: it has not set any yet. */
enum sigpact__answer { ANSWER_ITS_OWN, ANSWER_DEFAULT, ANSWER_FIRST };
enum sigpact__answer sigpact__crash_answer(int sig, uintptr_t *handler,
					   unsigned long *flags);

/* policy.c: what the rules make of an action that is about to be installed.
   Any context. */
struct sigpact__request {
	int sig;
	uintptr_t handler;	/* in: as asked; out: what to install */
	unsigned long flags;
	uintptr_t caller;	/* address in the module that asks */
	/* out: the action in the program's own words; is this memory ours */
	uintptr_t program;
	unsigned long program_flags;
	int own;
	int reported;		/* the default action, ours before it */
};
enum sigpact__verdict { VERDICT_INSTALL, VERDICT_KEEP };
enum sigpact__verdict sigpact__policy(struct sigpact__request *);
/* Puts the entry routine before the handler that is installed for sig. */
int sigpact__policy_take(int sig);
/* After the call: what is now known of sig. */
void sigpact__policy_done(const struct sigpact__request *asked);
int sigpact__loading(void); /* is this code run by a dlopen? */
/* Makes what the kernel said of an action what the program had set. */
enum sigpact__answer sigpact__policy_answer(int sig, uintptr_t *handler,
					    unsigned long *flags);

#pragma GCC visibility pop
#endif
