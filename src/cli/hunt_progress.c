/* How far a hunt is: a line that is written over, on a terminal; and a line for
   each failure of a new kind, wherever stderr is.  Normal context. */
#include "hunt_print.h"

#include "spell.h"

#include <unistd.h>

static const uint64_t OLD_NS = 2000000000;
static int shown;

static void left(FILE *f, const struct sigpact__hunt *all, double rate)
{
	unsigned long runs = all->plan->runs - all->ended, s;

	if (!all->plan->runs || rate <= 0)
		return;
	s = (unsigned long)(runs / rate) + 1;
	if (s < 120)
		fprintf(f, ", %lu s left", s);
	else if (s < 7200)
		fprintf(f, ", %lu min left", s / 60);
	else
		fprintf(f, ", %lu h left", s / 3600);
}

void sigpact__hunt_progress(const struct sigpact__hunt *all, void *argument)
{
	double rate = all->took_ns ? all->ended * 1e9 / all->took_ns : 0;

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%lu", all->ended);
	if (all->plan->runs)
		fprintf(stderr, " of %lu", all->plan->runs);
	fprintf(stderr, " runs, %.*f a second, %lu failed", rate < 10,
		rate, all->failures);
	if (all->ended && all->failures)
		fprintf(stderr, " (%.3g %%)", 100.0 * all->failures /
						      all->ended);
	if (all->oldest_ns > OLD_NS)
		fprintf(stderr, ", one for %.0f s", all->oldest_ns / 1e9);
	left(stderr, all, rate);
	fflush(stderr);
	shown = 1;
}

void sigpact__hunt_progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = 0;
}

void sigpact__hunt_found(const struct sigpact__hunt *all,
			 const struct sigpact__group *g, void *argument)
{
	sigpact__hunt_progress_end();
	fprintf(stderr, "sigpact hunt: run %lu, ", g->run[0]);
	if (g->kind == FAILURE_CRASH)
		fputs("crash: ", stderr);
	sigpact__spell_put(stderr, g->signature);
	fputc('\n', stderr);
}
