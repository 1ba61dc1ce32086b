/* The helper of `sigpact run --report`, started by the handler of a process that
   crashed: its report goes to stderr, or to a file of its own.  Normal
   context. */
#include "cli.h"
#include "report_print.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Longer than the largest program takes; then it dies without its report. */
enum { REPORT_SECONDS = 60 };

#define fail(...) sigpact__fail("run", __VA_ARGS__)

/* FOLDER/PROGRAM.PID.TIME.txt; NULL: no memory. */
static char *file_name(const char *folder, const struct sigpact__report *r)
{
	char stamp[32], program[16], *name;
	time_t now = time(NULL);
	struct tm tm;
	size_t i;

	snprintf(program, sizeof program, "%s", r->record->name);
	for (i = 0; program[i]; i++)
		if (program[i] == '/' || (unsigned char)program[i] <= ' ')
			program[i] = '_';
	strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &tm));
	return asprintf(&name, "%s/%s.%d.%s.txt", folder, program,
			r->record->pid, stamp) < 0 ? NULL : name;
}

static FILE *create(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
			    O_NOFOLLOW, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

/* Where no file can be had the report is not lost. */
static void print(struct sigpact__report *r, void *folder)
{
	char *name = folder ? file_name(folder, r) : NULL;
	FILE *to = name ? create(name) : NULL;
	int e;

	if (folder && !to)
		fail("%s: %s; the report is here:", name ? name : "no memory",
		     strerror(errno));
	e = sigpact__report_text(to ? to : stderr, r);
	if (to && fclose(to) && !e)
		e = -errno;
	if (e)
		fail("%s: %s", name ? name : "stderr", strerror(-e));
	else if (to)
		fail("%s (%d) crashed: its report is %s", r->record->name,
		     r->record->pid, name);
	free(name);
}

/* Whatever is sent to its terminal or group is for the program, not for us. */
static void only_alarm(void)
{
	sigset_t most;

	sigfillset(&most);
	sigdelset(&most, SIGALRM);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &most, NULL);
	alarm(REPORT_SECONDS);
}

int sigpact__report_from_inside(const char *waiting, const char *folder)
{
	struct sigpact__waiting w;
	char why[256];
	int e;

	if (sscanf(waiting, "--waiting=%d,%d,%" SCNu64, &w.pid, &w.tid,
		   &w.word) != 3)
		return sigpact__fail("report", "%s is for `sigpact run "
				     "--report`", waiting);
	only_alarm();
	e = sigpact__report_waiting(&w, print, (void *)folder);
	if (!e || e == -ESRCH)
		return 0;
	sigpact__process_explain(w.pid, e, 1u << WAY_PTRACE, "report", why);
	/* it is dying: there is nothing to type any more */
	why[strcspn(why, ";")] = 0;
	return fail("no report of this crash: %d %s", w.pid, why);
}
