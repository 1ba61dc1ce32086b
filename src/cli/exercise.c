/* sigpact exercise: the workload of src/exercise, to test a tracer by.  It needs
   libc alone, unless it is to be traced.  Normal context. */
#include "cli.h"
#include "exercise.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 1000000000, MOST_SECONDS = 86400 };

static const char help[] =
    "usage: sigpact exercise [OPTION]... [FAMILY]...\n"
    "\n"
    "Makes every system call about signals, at itself, to test a tracer by.  "
    "It\n"
    "cannot hang, reaches no other process, and leaves its own signals as it "
    "found\n"
    "them.  Without a FAMILY it takes all.\n"
    "\n"
    "  Does a tracer see everything?\n"
    "      sigpact exercise --expect >expected\n"
    "      strace -f -c -e trace=signal sigpact exercise\n"
    "\n"
    "Options:\n"
    "  --list          the families, and the calls that a round of each makes\n"
    "  --expect        the calls that this run would make, with their counts, "
    "as JSON\n"
    "  --repeat N      N rounds (1)\n"
    "  --threads N     in N threads at once, each all rounds (1)\n"
    "  --wait SECONDS  say the PID, wait for a tracer that long at most\n"
    "  --verify[=SOURCE]  run it under sigpact's tracer, bpf or ptrace, and "
    "compare what\n"
    "                  that saw, call by call, with what --expect says\n"
    "  --help          this text\n"
    "\n"
    "Exit status: 0 all calls did what they should (and were seen, with "
    "--verify); 1\n"
    "one did not (was not); 2 wrong usage, or it could not be run (be "
    "traced).\n";

struct order {
	struct sigpact__exercise exercise;
	unsigned long wait;
	int expect;
	const char *verify;	/* "", or by this source */
};

static int list(void)
{
	const struct sigpact__family *f;
	unsigned i, call;

	for (i = 0; i < sigpact__family_count; i++) {
		f = &sigpact__families[i];
		printf("%-9s %s%s\n         ", f->name, f->what,
		       sigpact__family_here(i) ? "" : " (not on this CPU)");
		for (call = 0; call < EXERCISE_CALLS; call++)
			if (f->calls[call])
				printf(" %s %d", sigpact__exercise_name[call],
				       f->calls[call]);
		putchar('\n');
	}
	return 0;
}

static void expect(const struct sigpact__exercise *x)
{
	uint64_t calls[EXERCISE_CALLS];
	const char *comma = "";
	unsigned i;

	sigpact__exercise_expect(x, calls);
	printf("{\"families\":[");
	for (i = 0; i < sigpact__family_count; i++) {
		if (!(x->families >> i & 1))
			continue;
		printf("%s\"%s\"", comma, sigpact__families[i].name);
		comma = ",";
	}
	printf("],\"repeat\":%lu,\"threads\":%u,\"calls\":{", x->repeat,
	       x->threads);
	for (i = 0; i < EXERCISE_CALLS; i++)
		printf("%s\"%s\":%ju", i ? "," : "", sigpact__exercise_name[i],
		       (uintmax_t)calls[i]);
	printf("}}\n");
}

/* From 1 to most; else says so. */
static int number(const char *option, const char *word, unsigned long most,
		  unsigned long *out)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(word, &end, 10);
	if (isdigit((unsigned char)*word) && !*end && !errno && n && n <= most) {
		*out = n;
		return GO_ON;
	}
	fprintf(stderr, "sigpact exercise: --%s: expected a number from 1 to "
			"%lu\n", option, most);
	return EXIT_USAGE;
}

static int take_option(void *order, int option, const char *word)
{
	struct order *o = order;
	struct sigpact__exercise *x = &o->exercise;
	unsigned long n = 1;
	int e;

	switch (option) {
	case 'r':
		return number("repeat", optarg, MOST_ROUNDS, &x->repeat);
	case 't':
		e = number("threads", optarg, EXERCISE_THREADS, &n);
		x->threads = (unsigned)n;
		return e;
	case 'w':
		return number("wait", optarg, MOST_SECONDS, &o->wait);
	case 'e':
		o->expect = 1;
		return GO_ON;
	case 'v':
		o->verify = optarg ? optarg : "";
		if (!*o->verify || !strcmp(o->verify, "bpf") ||
		    !strcmp(o->verify, "ptrace"))
			return GO_ON;
		fputs("sigpact exercise: --verify: expected bpf or ptrace\n",
		      stderr);
		return EXIT_USAGE;
	case 'l':
		return list();
	case 'h':
		fputs(help, stdout);
		return 0;
	}
	if (option == ':')
		fprintf(stderr, "sigpact exercise: %s needs a number; see "
				"sigpact exercise --help\n", word);
	else
		fprintf(stderr, "sigpact exercise: %s is no option; see "
				"sigpact exercise --help\n", word);
	return EXIT_USAGE;
}

static int take_family(struct order *o, const char *word)
{
	const char *p;
	unsigned i;

	for (i = 0; i < sigpact__family_count; i++) {
		if (strcmp(word, sigpact__families[i].name))
			continue;
		o->exercise.families |= 1u << i;
		if (sigpact__family_here(i))
			return GO_ON;
		fprintf(stderr, "sigpact exercise: %s: this CPU's Linux has no "
				"such calls\n", word);
		return EXIT_USAGE;
	}
	fputs("sigpact exercise: '", stderr);
	for (p = word; *p; p++)
		fputc(iscntrl((unsigned char)*p) ? '?' : *p, stderr);
	fputs("' is no family; expected ", stderr);
	for (i = 0; i < sigpact__family_count; i++)
		fprintf(stderr, "%s%s", sigpact__families[i].name,
			i + 2 < sigpact__family_count ? ", "
			: i + 1 < sigpact__family_count ? " or "
							: "\n");
	return EXIT_USAGE;
}

static uint32_t all(void)
{
	uint32_t families = 0;
	unsigned i;

	for (i = 0; i < sigpact__family_count; i++)
		families |= (uint32_t)sigpact__family_here(i) << i;
	return families;
}

static int traced(void)
{
	static const char name[] = "\nTracerPid:\t";
	char text[4096], *at;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, name);
	return at && at[sizeof name - 1] != '0';
}

/* A tracer is there when it is named, and a little later surely sees all. */
static void wait_for_tracer(unsigned long seconds)
{
	struct timespec tick = { 0, 10000000 };
	unsigned long ticks = seconds * 100, seen = 0;

	printf("PID %d waits for a tracer, for %lu s at most\n", getpid(),
	       seconds);
	fflush(stdout);
	while (ticks-- && seen < 50) {
		seen = traced() ? seen + 1 : 0;
		nanosleep(&tick, NULL);
	}
}

static int complain(const struct sigpact__exercise *x, int error)
{
	if (error == -EBUSY)
		fprintf(stderr, "sigpact exercise: signal %d is pending "
				"already, and would be lost; expected to be "
				"started without\n", x->signal);
	else if (error != -EPROTO)
		fprintf(stderr, "sigpact exercise: %s\n", strerror(-error));
	if (error != -EPROTO)
		return EXIT_USAGE;
	fprintf(stderr, "sigpact exercise: %s%s%s: ",
		x->family ? x->family : "all", ": ", x->step);
	if (x->got < 0)
		fprintf(stderr, "%s", strerror((int)-x->got));
	else
		fprintf(stderr, "%ld", x->got);
	fprintf(stderr, " instead of %ld\n", x->wanted);
	return EXIT_FINDINGS;
}

static int exercise(struct order *o)
{
	struct sigpact__exercise *x = &o->exercise;
	uintmax_t sum = 0;
	int e, call;

	if (o->wait)
		wait_for_tracer(o->wait);
	e = sigpact__exercise_run(x);
	if (e)
		return complain(x, e);
	for (call = 0; call < EXERCISE_CALLS; call++)
		sum += x->calls[call];
	printf("%ju calls, as expected; %d families, %u thread%s, %lu "
	       "round%s\n", sum, __builtin_popcount(x->families), x->threads,
	       x->threads > 1 ? "s" : "", x->repeat, x->repeat > 1 ? "s" : "");
	return 0;
}

int sigpact__exercise(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "expect", no_argument, NULL, 'e' },
		{ "repeat", required_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, 't' },
		{ "wait", required_argument, NULL, 'w' },
		{ "verify", optional_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct order order = { .exercise = { .threads = 1, .repeat = 1 } };
	int e;

	e = sigpact__options(argc, argv, ":h", options, take_option,
			     &order);
	if (e != GO_ON)
		return e;
	for (; optind < argc; optind++) {
		e = take_family(&order, argv[optind]);
		if (e != GO_ON)
			return e;
	}
	if (!order.exercise.families)
		order.exercise.families = all();
	if (order.verify && (order.wait || order.expect)) {
		fprintf(stderr, "sigpact exercise: --verify runs it at once; "
				"expected without --%s\n",
			order.wait ? "wait" : "expect");
		return EXIT_USAGE;
	}
	if (order.verify)
		return sigpact__exercise_verify(&order.exercise, order.verify,
						argv);
	if (!order.expect)
		return exercise(&order);
	expect(&order.exercise);
	return 0;
}
