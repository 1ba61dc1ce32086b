/* sigpact run: the environment that loads libsigpact, then the program. */
#include "cli.h"
#include "core.h"
#include "host.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIBRARY "libsigpact.so.0"
enum { EXIT_FAILED = 125, EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const char help[] =
    "usage: sigpact run [--rule RULE]... [--log[=FILE]] [--stats] [--] "
    "COMMAND [ARGUMENT]...\n"
    "\n"
    "Runs COMMAND so that the runtimes in it share its signals.\n"
    "\n"
    "  --rule RULE    owner[=off]          who installed a handler without\n"
    "                                      SA_ONSTACK keeps it so (default)\n"
    "                 exclude=SIG[,SIG]    these never run on an alternate "
    "stack\n"
    "                 onstack=SIG[,SIG]    SA_ONSTACK is added to handlers\n"
    "                 onstack=auto         ... for all, once Go is there\n"
    "                 altstack=SIZE|off    a smaller alternate stack is "
    "replaced\n"
    "                 keep=auto|off        a library that is loaded leaves "
    "ignored\n"
    "                                      signals ignored (default auto)\n"
    "                 keep=SIG[,SIG]       ... and these handlers alone\n"
    "  --log[=FILE]   one line for each decision, to stderr or FILE\n"
    "  --stats        at the end, what became of each signal's deliveries\n"
    "  --help         this text\n"
    "\n"
    "Exit status: COMMAND's; 2 bad usage, 125 sigpact failed, 126 COMMAND\n"
    "cannot be run, 127 it is not found; 128+n under --stats, killed by n.\n"
    "\n"
    "  sigpact run --log -- bun server.js\n";

struct plan {
	struct sigpact__rules rules; /* checked */
	char text[4096];	     /* SIGPACT */
	int stats;
};

static int usage(const char *what, const char *why)
{
	fprintf(stderr, "sigpact run: %s%s\n", what, why);
	return EXIT_USAGE;
}

static int add_rule(struct plan *p, const char *rule)
{
	size_t used = strlen(p->text), size = strlen(rule);
	char why[256];

	if (strchr(rule, ':'))
		return usage(rule, ": one rule at a time, without ':'; repeat "
				   "--rule");
	if (!strncmp(rule, "stats", 5) ||
	    sigpact__rule_parse(&p->rules, rule, size, why)) {
		if (!strncmp(rule, "stats", 5))
			snprintf(why, sizeof why,
				 "'%s' is no rule; use --stats", rule);
		fprintf(stderr, "sigpact run: --rule %s: %s\n", rule, why);
		return EXIT_USAGE;
	}
	if (used + size + 2 > sizeof p->text)
		return usage("too many rules", "");
	if (used)
		p->text[used++] = ':';
	memcpy(p->text + used, rule, size + 1);
	return 0;
}

/* A relative name would mean another file after chdir. */
static int add_log(struct plan *p, const char *file)
{
	char rule[PATH_MAX + 256], at[PATH_MAX];

	if (!file)
		return add_rule(p, "log");
	if (*file == '/' || !*file || !getcwd(at, sizeof at))
		snprintf(rule, sizeof rule, "log=%s", file);
	else
		snprintf(rule, sizeof rule, "log=%s/%s", at, file);
	return add_rule(p, rule);
}

/* Beside this program (a build tree), or where it was installed. */
static int find_library(char *path, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	if (n > 0) {
		self[n] = 0;
		slash = strrchr(self, '/');
		*slash = 0;
		snprintf(path, size, "%s/" LIBRARY, self);
		if (!access(path, R_OK))
			return 0;
	}
	snprintf(path, size, SIGPACT_LIBDIR "/" LIBRARY);
	return access(path, R_OK);
}

static int set_environment(const struct plan *p, const char *library)
{
	const char *before = getenv("LD_PRELOAD");
	char *preload;

	if (asprintf(&preload, "%s%s%s", library,
		     before && *before ? ":" : "", before ? before : "") < 0)
		return -1;
	if (strchr(library, ':') || strchr(library, ' '))
		fprintf(stderr,
			"sigpact run: warning: '%s' cannot be preloaded: its "
			"name has a space or a colon\n",
			library);
	return setenv("LD_PRELOAD", preload, 1) ||
	       setenv("SIGPACT", p->text, 1);
}

/* The file that execvp will take, as far as a warning needs to know. */
static int open_command(const char *command)
{
	char path[PATH_MAX];
	const char *dirs = getenv("PATH"), *end;
	int fd = -1;

	if (strchr(command, '/'))
		return open(command, O_RDONLY | O_CLOEXEC);
	for (; fd < 0 && dirs && *dirs; dirs = *end ? end + 1 : end) {
		end = strchrnul(dirs, ':');
		snprintf(path, sizeof path, "%.*s/%s", (int)(end - dirs), dirs,
			 command);
		if (!access(path, X_OK))
			fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd;
}

static int is_static(int fd)
{
	Elf64_Phdr p[64];
	Elf64_Ehdr e;
	int i;

	if (pread(fd, &e, sizeof e, 0) != sizeof e ||
	    memcmp(e.e_ident, ELFMAG, SELFMAG) ||
	    e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_phnum > 64 ||
	    pread(fd, p, e.e_phnum * sizeof *p, (off_t)e.e_phoff) !=
		(ssize_t)(e.e_phnum * sizeof *p))
		return 0;
	for (i = 0; i < e.e_phnum; i++)
		if (p[i].p_type == PT_INTERP)
			return 0;
	return 1;
}

static void warn(const char *command)
{
	int fd = open_command(command);
	const char *why = NULL;
	struct stat st;

	if (fd < 0)
		return;
	if (is_static(fd))
		why = "is statically linked: no loader takes libsigpact in";
	else if (!fstat(fd, &st) && st.st_mode & (S_ISUID | S_ISGID) &&
		 (st.st_uid != getuid() || st.st_mode & S_ISGID))
		why = "is set-user-ID or set-group-ID: the loader ignores "
		      "LD_PRELOAD";
	if (why)
		fprintf(stderr,
			"sigpact run: warning: %s %s; it runs without "
			"sigpact\n",
			command, why);
	close(fd);
}

static int execute(char **argv)
{
	execvp(*argv, argv);
	fprintf(stderr, "sigpact run: %s: %s\n", *argv, strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

static pid_t child;

static void pass_on(int sig)
{
	kill(child, sig);
}

/* As the parent: counters in memory that every descendant maps. */
static int execute_counted(struct plan *p, char **argv)
{
	static const int passed[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	size_t size = SHARDS * SIGPACT_SHARD_SIZE, i;
	int fd = memfd_create("sigpact-stats", MFD_CLOEXEC), status;
	char rule[64];
	uint64_t *counts;

	if (fd < 0 || ftruncate(fd, (off_t)size))
		return usage("no memory for --stats: ", strerror(errno)),
		       EXIT_FAILED;
	counts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (counts == MAP_FAILED)
		return usage("no memory for --stats: ", strerror(errno)),
		       EXIT_FAILED;
	snprintf(rule, sizeof rule, "%sstats=/proc/%d/fd/%d",
		 *p->text ? ":" : "", getpid(), fd);
	if (strlen(p->text) + strlen(rule) >= sizeof p->text)
		return usage("too many rules", "");
	setenv("SIGPACT", strcat(p->text, rule), 1);
	child = fork();
	if (child < 0)
		return usage("fork: ", strerror(errno)), EXIT_FAILED;
	if (!child)
		_exit(execute(argv));
	signal(SIGINT, SIG_IGN); /* the terminal sends these to both */
	signal(SIGQUIT, SIG_IGN);
	for (i = 0; i < sizeof passed / sizeof *passed; i++)
		signal(passed[i], pass_on);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	sigpact__stats_print(stderr, counts);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

int sigpact__run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rule", required_argument, NULL, 'r' },
		{ "log", optional_argument, NULL, 'l' },
		{ "stats", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static struct plan plan;
	char library[PATH_MAX + 32];
	int o, e = 0;

	sigpact__rules_default(&plan.rules);
	while (!e && (o = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (o) {
		case 'r':
			e = add_rule(&plan, optarg);
			break;
		case 'l':
			e = add_log(&plan, optarg);
			break;
		case 's':
			plan.stats = 1;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return usage("see ", "sigpact run --help");
		}
	}
	if (e)
		return e;
	if (optind == argc)
		return usage("expected a command to run: ",
			     "sigpact run [--rule RULE]... -- COMMAND");
	if (find_library(library, sizeof library))
		return usage(LIBRARY " is not beside sigpact, nor in ",
			     SIGPACT_LIBDIR),
		       EXIT_FAILED;
	warn(argv[optind]);
	if (set_environment(&plan, library))
		return usage("no memory", ""), EXIT_FAILED;
	return plan.stats ? execute_counted(&plan, argv + optind)
			  : execute(argv + optind);
}
