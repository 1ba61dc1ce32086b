/* sigpact hunt: runs a program many times, and tells how often and how it
   failed.  Normal context. */
#include "cli.h"
#include "hunt_print.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char help[] =
    "usage: sigpact hunt [OPTION]... [--] COMMAND [ARGUMENT]...\n"
    "\n"
    "Runs COMMAND many times, several at once, and tells how often it crashed, "
    "hung or\n"
    "failed, with a 95 % interval; failures that are alike are one group, with "
    "a full\n"
    "report of its first one and the command to reproduce it.\n"
    "\n"
    "  It crashes once in 500 runs:    sigpact hunt -n 2000 -- ./test\n"
    "  Run it until it does:           sigpact hunt --until-fail -- ./test\n"
    "  It never does on this machine:  sigpact hunt -n 2000 --stress -- ./test\n"
    "  It wants a terminal, and a ^C:  sigpact hunt --pty --step=wait=ready \\\n"
    "                                      --step='type=^C' -- ./shell\n"
    "\n"
    "Options:\n"
    "  --runs=N, -n N     so many runs; default: 100, with --until-fail no "
    "limit\n"
    "  --jobs=N, -j N     so many at once; default: as many as there are CPUs\n"
    "  --timeout=SECONDS  a run that takes longer hangs: it is reported with "
    "the stacks\n"
    "                     of all threads, and killed; default: 60, 0: never\n"
    "  --until-fail       stop at the first failure\n"
    "  --keep-going       do not (the default)\n"
    "  --stress           load the CPUs in bursts, hold threads back for a "
    "random time,\n"
    "                     limit the stack to 512 KiB\n"
    "  --shuffle-env      the environment in another order in each run\n"
    "  --seed=N           of what is random; default: another each time\n"
    "  --first=N          the first run's number, which COMMAND has as "
    "SIGPACT_RUN;\n"
    "                     default: 1\n"
    "  --pty[=COLUMNSxROWS]\n"
    "                     each run has a pseudo-terminal of its own; default: "
    "80x24\n"
    "  --step=STEP        what is done at it, in this order (implies --pty):\n"
    "                     wait=TEXT until it was written, sleep=SECONDS, "
    "type=TEXT (^C\n"
    "                     is that key, \\n Enter), resize=COLUMNSxROWS, close\n"
    "  --output=FILE, -o FILE\n"
    "                     to FILE; default: stdout\n"
    "  --json             for programs\n"
    "  --junit=FILE       JUnit's XML, for CI, to FILE as well\n"
    "  --help             this text\n"
    "\n"
    "Without --pty it reads from /dev/null.  What it writes is kept for the "
    "first of each\n"
    "group.  ^C ends the hunt, and prints what is known so far.\n"
    "\n"
    "Exit status: 0 no run failed, 1 one did, 126 or 127 COMMAND cannot be run, "
    "128+n\n"
    "ended by signal n before one failed, 2 wrong usage.\n";

#define fail(...) sigpact__fail("hunt", __VA_ARGS__)

static int cannot(const struct sigpact__hunt_plan *plan, int err)
{
	if (err == -ENOSYS)
		return fail("ptrace is not allowed here, not even of a child "
			    "(in a container, by its seccomp profile?)");
	fail("%s: %s", plan->command[0], strerror(-err));
	if (err == -ENOMEM || err == -EMFILE || err == -ENFILE ||
	    err == -EAGAIN || err == -ENOSPC)
		return EXIT_USAGE;
	return err == -ENOENT ? 127 : 126;
}

static int print_to(const char *file, const struct sigpact__hunt *all,
		    int print(FILE *, const struct sigpact__hunt *))
{
	FILE *to = file ? fopen(file, "we") : stdout;
	int e = to ? print(to, all) : -errno;

	if (to && file && fclose(to) && !e)
		e = -errno;
	return e ? fail("%s: %s", file ? file : "cannot write", strerror(-e)) :
		   0;
}

static int status_of(const struct sigpact__hunt *all)
{
	return all->failures	? EXIT_FINDINGS :
	       all->interrupted ? 128 + all->interrupted :
				  0;
}

static int hunt(struct sigpact__hunt_options *o)
{
	struct sigpact__hunt all;
	int e = sigpact__hunt_run(&o->plan, &all), failed = 0;

	sigpact__hunt_progress_end();
	if (e) {
		e = cannot(&o->plan, e);
	} else {
		e = status_of(&all);
		failed = print_to(o->file, &all, o->json ? sigpact__hunt_json :
							   sigpact__hunt_text);
		if (o->junit)
			failed |= print_to(o->junit, &all, sigpact__hunt_junit);
	}
	sigpact__hunt_free(&all);
	return failed ? failed : e;
}

static void defaults(struct sigpact__hunt_plan *plan)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	plan->first = 1;
	plan->jobs = cpus > 0 ? (unsigned)cpus : 1;
	plan->timeout_ns = 60 * 1000000000ull;
	plan->columns = 80;
	plan->rows = 24;
	if (getrandom(&plan->seed, sizeof plan->seed, GRND_NONBLOCK) < 0)
		plan->seed = (uint64_t)getpid();
	plan->seed %= 1000000000; /* to be typed again */
	plan->progress = sigpact__hunt_progress;
	plan->found = sigpact__hunt_found;
}

int sigpact__hunt(int argc, char **argv)
{
	static const struct option options[] = {
		{ "runs", required_argument, NULL, 'n' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "timeout", required_argument, NULL, 't' },
		{ "until-fail", no_argument, NULL, 'u' },
		{ "keep-going", no_argument, NULL, 'k' },
		{ "stress", no_argument, NULL, 's' },
		{ "shuffle-env", no_argument, NULL, 'e' },
		{ "seed", required_argument, NULL, 'S' },
		{ "first", required_argument, NULL, 'F' },
		{ "pty", optional_argument, NULL, 'p' },
		{ "step", required_argument, NULL, 'x' },
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'J' },
		{ "junit", required_argument, NULL, 'X' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sigpact__hunt_options plan = { 0 };
	int o, e = GO_ON;

	defaults(&plan.plan);
	opterr = 0;
	while (e == GO_ON &&
	       (o = getopt_long(argc, argv, "+:n:j:o:h", options, NULL)) != -1)
		e = o == 'h' ? (fputs(help, stdout), 0) :
			       sigpact__hunt_option(
				       &plan, o,
				       argv[optind > 1 ? optind - 1 : 1]);
	plan.plan.command = argv + optind;
	if (e == GO_ON && optind == argc)
		e = fail("expected a command: sigpact hunt -n 500 -- COMMAND");
	if (!plan.has_runs && !plan.plan.until_fail)
		plan.plan.runs = 100;
	if (e == GO_ON)
		e = hunt(&plan);
	sigpact__hunt_options_free(&plan);
	return e;
}
