/* What a program's start costs: `sigpact run -- true` over `true`, and the two
   parts of the difference.  CPU time, since a start is long enough for others
   to come between.  Normal context.

	start BUILD */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { QUADS = 40 };

struct program {
	char *argv[6];
	char **env;
};

static posix_spawn_file_actions_t quiet;

static void spawn(const struct program *p)
{
	pid_t pid;
	int status;

	errno = posix_spawnp(&pid, p->argv[0], &quiet, NULL, p->argv, p->env);
	if (errno || waitpid(pid, &status, 0) != pid || status)
		bench_bail("a program did not run");
}

/* Of all children that have ended. */
static uint64_t cpu_ns(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return ((uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
		(uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec)) *
	       1000;
}

static uint64_t block(const void *program)
{
	uint64_t start = cpu_ns();

	spawn(program);
	return cpu_ns() - start;
}

static void pair(const char *name, const struct program *a,
		 const struct program *b)
{
	struct bench_figure f = {
		.name = name, .quads = QUADS, .of = 1,
		.block = block, .a = a, .b = b,
	};

	bench_figure(&f);
}

static char *join(const char *a, const char *b, const char *c)
{
	char *s;

	if (asprintf(&s, "%s%s%s", a, b, c) < 0)
		bench_bail("no memory");
	return s;
}

int main(int argc, char **argv)
{
	const char *build = argc > 1 ? argv[1] : "build";
	char *env[4] = { "PATH=/usr/bin:/bin" }, *loaded[4];
	struct program bare = { { "true" }, env };
	struct program run = { { join(build, "/sigpact", ""), "run", "--",
				 "true" }, env };
	struct program preload = { { "true" }, loaded };
	struct program self = { { run.argv[0], "--version" }, env };

	loaded[0] = env[0];
	loaded[1] = join("LD_PRELOAD=", build, "/libsigpact.so.0");
	loaded[2] = "SIGPACT=";
	loaded[3] = NULL;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	pair("d sigpact run -- true / true", &bare, &run);
	pair("    the preload alone / true", &bare, &preload);
	pair("    sigpact --version / true", &bare, &self);
	return 0;
}
