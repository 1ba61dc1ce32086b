/* The commands, and what their parts give to each other.  Each command returns
   the program's exit status. */
#ifndef SIGPACT_CLI_H
#define SIGPACT_CLI_H

#include "findings.h"
#include "record.h"
#include "spell.h"

#include <stdint.h>
#include <stdio.h>

/* GO_ON: of one option, when it is no reason to end. */
enum { GO_ON = -1, EXIT_FINDINGS = 1, EXIT_USAGE = 2 };

/* fail.c: "sigpact COMMAND: …", one line; returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int
sigpact__fail(const char *command, const char *format, ...);

/* options.c: gives each option, with the word it stands in, to take, until that
   returns other than GO_ON, which is returned.  letters begin with ":". */
struct option;
int sigpact__options(int argc, char **argv, const char *letters,
		     const struct option *options,
		     int (*take)(void *plan, int option, const char *word),
		     void *plan);

int sigpact__run(int argc, char **argv);
int sigpact__exercise(int argc, char **argv);
/* Traced by this source, or any (""); in the program SIGPACT_COMMANDS.  argv is
   exercise's own. */
struct sigpact__exercise;
int sigpact__exercise_verify(const struct sigpact__exercise *,
			     const char *source, char **argv);
/* Of the program SIGPACT_COMMANDS: becomes it; returns when it cannot. */
int sigpact__elsewhere(int argc, char **argv);
int sigpact__inspect(int argc, char **argv);
int sigpact__heal(int argc, char **argv);
int sigpact__trace(int argc, char **argv);
int sigpact__report(int argc, char **argv);
int sigpact__hunt(int argc, char **argv);
/* Of that program too; here when it cannot be built (lacking.c). */
int sigpact__check(int argc, char **argv);

/* library.c: the path of each; 0, or -errno when it is nowhere (path then tells
   where it was expected). */
#define SIGPACT_LIBRARY "libsigpact.so.0"
#define SIGPACT_COMMANDS "sigpact-commands"
__attribute__((nonnull)) int sigpact__library_find(char *path, size_t size);
__attribute__((nonnull)) int sigpact__commands_find(char *path, size_t size);
/* A program that has `report`: SIGPACT_TOOLS, that one, or another sigpact in
   PATH. */
__attribute__((nonnull)) int sigpact__reporter_find(char *path, size_t size);

/* Says so on stderr when libsigpact will not be loaded into command. */
void sigpact__target_warn(const char *command);

/* Counters that every descendant maps, by the rule for SIGPACT that is stored;
   NULL and errno when there is no memory. */
enum { STATS_RULE = 64 };
const uint64_t *sigpact__stats_share(char rule[STATS_RULE]);
/* Runs execute(argv) in a child, waits, prints the counts.  The exit status,
   or -errno. */
int sigpact__stats_run(const uint64_t *counts, int (*execute)(char **),
		       char **argv);

/* processes.c: the process that a word names, or 0 with *why: one line, what
   was expected and what to type. */
pid_t sigpact__process_parse(const char *word, const char *command,
			     char why[256]);
/* All processes but this one and the kernel's threads, for free(3); their
   number, or -errno. */
long sigpact__process_all(pid_t **out);
/* Its name, "" when it is gone. */
void sigpact__process_name(pid_t, char name[16]);
/* Why pid could not be looked at by these ways, error being -errno, and how to
   type `sigpact command` so that it can. */
void sigpact__process_explain(pid_t, int error, unsigned ways,
			      const char *command, char why[256]);

/* colour.c: auto, always or never; 1, 0, or -1: none of these */
int sigpact__colour(const char *when);

/* table.c: rows of aligned cells, headings first.  A column whose cells are
   all empty is not printed.  Zero but for .columns to begin with. */
struct sigpact__table {
	size_t columns, count;
	char **cell;
	int failed;
};
__attribute__((format(printf, 2, 3))) void
sigpact__table_add(struct sigpact__table *, const char *format, ...);
/* Empties the table.  0 or -ENOMEM. */
int sigpact__table_print(struct sigpact__table *, FILE *, const char *bold,
			 const char *plain);

/* What `sigpact inspect` prints: a process, seen, and where its handlers lie
   (module NULL: in no file). */
struct sigpact__handler {
	char *module, *name;
	uint64_t offset;
	char build_id[41];
};
struct sigpact__sight {
	struct sigpact__record *record;
	struct sigpact__finding *finding;
	size_t finding_count;
	struct sigpact__handler handler[RECORD_SIGNALS];
};
struct sigpact__missed {
	pid_t pid;
	int error;	/* -errno */
	char name[16], why[256];
};
struct sigpact__inspection {
	struct sigpact__sight *sight;
	size_t count;
	struct sigpact__missed *missed;	/* by pid, as those above */
	size_t missed_count;
	size_t notes;		/* findings that were left out */
	const char *command;	/* that looks: "inspect" */
};
/* inspection.c: looks at n processes, by the ways allowed.  0 or -ENOMEM; one
   that could not be looked at is missed. */
int sigpact__inspection_make(struct sigpact__inspection *, const char *command,
			     const pid_t *pids, size_t n, unsigned ways);
void sigpact__inspection_free(struct sigpact__inspection *);

/* The printers.  0 or -errno. */
struct sigpact__style {
	int colour, verbose;
	int brief; /* findings alone; a line for a process without */
};
int sigpact__inspect_text(FILE *, const struct sigpact__inspection *,
			  struct sigpact__style);
void sigpact__inspect_process(FILE *, const struct sigpact__record *,
			      struct sigpact__style);
int sigpact__inspect_threads(FILE *, const struct sigpact__record *,
			     struct sigpact__style);
/* A line for each process without findings, and for each that was missed. */
int sigpact__inspect_clean(FILE *, const struct sigpact__inspection *,
			   struct sigpact__style);
void sigpact__inspect_missed(FILE *, const struct sigpact__inspection *);
int sigpact__inspect_json(FILE *, const struct sigpact__inspection *);
int sigpact__inspect_sarif(FILE *, const struct sigpact__inspection *);
int sigpact__inspect_openmetrics(FILE *, const struct sigpact__inspection *);
/* The same, in the place of file or not at all. */
int sigpact__inspect_openmetrics_file(const char *file,
				      const struct sigpact__inspection *);

#endif
