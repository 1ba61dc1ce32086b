/* `sigpact hunt --json`: one object, as hunt.schema.json tells.  Normal
   context. */
#include "cli.h"
#include "hunt_print.h"
#include "json_value.h"
#include "report_print.h"

#include <errno.h>

enum { JSON_VERSION = 1 };

static json_t *taken(char *value)
{
	json_t *o = text(value);

	free(value);
	return o;
}

static json_t *interval(unsigned long failures, unsigned long runs)
{
	double low, high;

	sigpact__hunt_interval(failures, runs, &low, &high);
	return json_pack("{s:f s:f s:f s:s}", "low", low, "high", high, "level",
			 0.95, "method", "wilson");
}

static json_t *lines(const char *output)
{
	json_t *all = json_array();
	char *line;

	while ((line = sigpact__hunt_line(&output))) {
		json_array_append_new(all, json_string(line));
		free(line);
	}
	return all;
}

static json_t *group(const struct sigpact__hunt *all,
		     const struct sigpact__group *g)
{
	json_t *reports = json_array(), *runs = json_array(), *o;
	unsigned long i;

	for (i = 0; i < g->report_count; i++)
		json_array_append_new(reports,
				      sigpact__report_object(g->report[i]));
	for (i = 0; i < g->count && i < GROUP_RUNS; i++)
		json_array_append_new(runs, number(g->run[i]));
	o = json_pack("{s:s s:o s:o s:o s:o s:o s:o s:o s:o}", "kind",
		      sigpact__failure_name(g->kind), "signature",
		      text(g->signature), "failures", number(g->count),
		      "interval", interval(g->count, all->ended), "runs", runs,
		      "repeat", taken(sigpact__hunt_repeat(all, g->run[0])),
		      "find", taken(sigpact__hunt_find(all, g)),
		      "output", lines(g->output), "reports", reports);
	if (*g->note)
		json_object_set_new(o, "note", text(g->note));
	return o;
}

static json_t *command(const struct sigpact__hunt_plan *p)
{
	json_t *words = json_array();
	char **word;

	for (word = p->command; *word; word++)
		json_array_append_new(words, text(*word));
	return words;
}

int sigpact__hunt_json(FILE *f, const struct sigpact__hunt *all)
{
	json_t *groups = json_array(), *o;
	size_t i;
	int e = 0;

	for (i = 0; i < all->group_count; i++)
		json_array_append_new(groups, group(all, &all->group[i]));
	o = json_pack("{s:i s:o s:o s:o s:o s:o s:f s:o s:o s:o}", "version",
		      JSON_VERSION, "command", command(all->plan), "asked",
		      number(all->plan->runs), "runs", number(all->ended),
		      "jobs", number(all->plan->jobs), "seed",
		      number(all->plan->seed), "seconds", all->took_ns / 1e9,
		      "failures", number(all->failures), "interval",
		      interval(all->failures, all->ended), "groups", groups);
	if (o && all->interrupted)
		json_object_set_new(o, "interrupted",
				    signal_name(all->interrupted));
	if (!o)
		return -ENOMEM;
	if (json_dumpf(o, f, JSON_COMPACT | JSON_REAL_PRECISION(6)) || fputc('\n', f) < 0 || fflush(f))
		e = -errno;
	json_decref(o);
	return e;
}
