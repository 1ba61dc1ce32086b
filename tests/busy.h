/* tests/victim.c as a child: a busy process that checks itself. */
#ifndef BUSY_H
#define BUSY_H

#include "held.h"

static FILE *to, *from;
static pid_t victim;

/* Its threads, all at work. */
static inline int start_with(const char *program, const char *threads,
			     const char *mode)
{
	int in[2], out[2], count = 0;

	if (pipe(in) || pipe(out))
		bail("no pipe");
	victim = fork();
	if (!victim) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl(program, program, threads, mode, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	to = fdopen(in[1], "w");
	from = fdopen(out[0], "r");
	if (fscanf(from, "%d", &count) != 1)
		bail("no victim");
	return count;
}

static inline int start(const char *program, const char *threads)
{
	return start_with(program, threads, NULL);
}

/* What it says of itself at its end: 0 when nothing went wrong. */
static inline int verdict(void)
{
	char line[256];

	fclose(to);
	while (fgets(line, sizeof line, from))
		printf("# %s", line);
	return ended(victim);
}

#endif
