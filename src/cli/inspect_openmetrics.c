/* `sigpact inspect --openmetrics`: figures as OpenMetrics 1.0 text, of types
   that the older Prometheus format has too: node_exporter's textfile collector
   reads that.  Normal context. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void family(FILE *f, const char *name, const char *type,
		   const char *help)
{
	fprintf(f, "# HELP sigpact_%s %s\n# TYPE sigpact_%s %s\n", name, help,
		name, type);
}

static void value(FILE *f, const char *s)
{
	char *clean = sigpact__spell_text(s), *p;

	for (p = clean; p && *p; p++) {
		if (*p == '\\' || *p == '"')
			fputc('\\', f);
		fputc(*p, f);
	}
	free(clean);
}

/* NAME{pid="4711",name="bun" and the rest is the caller's. */
static void sample(FILE *f, const char *name, const struct sigpact__record *r)
{
	fprintf(f, "sigpact_%s{pid=\"%d\",name=\"", name, r->pid);
	value(f, r->name);
	fputc('"', f);
}

/* One line for each kind that was found in a process. */
static void findings(FILE *f, const struct sigpact__sight *v)
{
	size_t k, i, n;

	for (k = 0; k < sigpact__finding_kind_count; k++) {
		const struct sigpact__finding_kind *kind =
		    sigpact__finding_kinds + k;

		for (n = i = 0; i < v->finding_count; i++)
			n += v->finding[i].kind == kind;
		if (!n)
			continue;
		sample(f, "findings", v->record);
		fprintf(f, ",id=\"%s\",finding=\"%s\",severity=\"%s\"} %zu\n",
			kind->id, kind->name,
			sigpact__spell_severity(kind->severity), n);
	}
}

static size_t handlers(const struct sigpact__record *r)
{
	return (size_t)__builtin_popcountll(r->caught);
}

static size_t threads(const struct sigpact__record *r)
{
	return r->task_count + r->tasks_missed;
}

static size_t frame(const struct sigpact__record *r)
{
	return r->frame_size;
}

/* The smallest alternate stack that is armed, and the most used of any. */
static size_t smallest(const struct sigpact__record *r)
{
	size_t least = 0, i;

	for (i = 0; i < r->task_count; i++)
		if (r->task[i].seen & SEEN_ALTSTACK && r->task[i].alt_size &&
		    (!least || r->task[i].alt_size < least))
			least = r->task[i].alt_size;
	return least;
}

static size_t used(const struct sigpact__record *r)
{
	size_t most = 0, i;

	for (i = 0; i < r->task_count; i++)
		if (r->task[i].seen & SEEN_TOUCHED &&
		    r->task[i].alt_used > most)
			most = r->task[i].alt_used;
	return most;
}

static const struct figure {
	const char *name, *help;
	size_t (*of)(const struct sigpact__record *);
	int sometimes; /* 0 means: not known */
} figures[] = {
	{ "threads", "Threads of the process.", threads, 0 },
	{ "handlers", "Signals that the process handles.", handlers, 0 },
	{ "frame_bytes", "What a signal frame takes on this CPU.", frame, 1 },
	{ "altstack_smallest_bytes",
	  "Smallest alternate signal stack that a thread has.", smallest, 1 },
	{ "altstack_used_bytes",
	  "Most that a thread ever used of its alternate signal stack.", used,
	  1 },
};

static void print_figure(FILE *f, const struct sigpact__inspection *all,
			 const struct figure *figure)
{
	size_t i, n;

	family(f, figure->name, "gauge", figure->help);
	for (i = 0; i < all->count; i++) {
		n = figure->of(all->sight[i].record);
		if (!n && figure->sometimes)
			continue;
		sample(f, figure->name, all->sight[i].record);
		fprintf(f, "} %zu\n", n);
	}
}

/* Which of the three counters. */
static void print_counter(FILE *f, const struct sigpact__inspection *all,
			  int which)
{
	static const char *const names[][3] = {
		{ "delivered", "delivered_total",
		  "Signals that libsigpact delivered." },
		{ "relocated", "relocated_total",
		  "Deliveries moved to the native stack." },
		{ "kept", "kept_total",
		  "Deliveries left on the alternate stack." },
	};
	char signal[24];
	size_t i;
	int sig;

	family(f, names[which][0], "counter", names[which][2]);
	for (i = 0; i < all->count; i++) {
		const struct sigpact__record *r = all->sight[i].record;

		for (sig = 1; r->have_counts && sig < RECORD_SIGNALS; sig++) {
			uint64_t n[] = { r->counts[sig].delivered,
					 r->counts[sig].relocated,
					 r->counts[sig].kept };

			if (!n[0])
				continue;
			sample(f, names[which][1], r);
			fprintf(f, ",signal=\"%s\"} %ju\n",
				sigpact__spell_signal(signal, sig),
				(uintmax_t)n[which]);
		}
	}
}

int sigpact__inspect_openmetrics(FILE *f, const struct sigpact__inspection *all)
{
	size_t i;
	int k;

	family(f, "findings", "gauge", "Findings in a process, by kind.");
	for (i = 0; i < all->count; i++)
		findings(f, all->sight + i);
	for (i = 0; i < sizeof figures / sizeof *figures; i++)
		print_figure(f, all, figures + i);
	for (k = 0; k < 3; k++)
		print_counter(f, all, k);
	family(f, "processes", "gauge", "Processes that were looked at.");
	fprintf(f, "sigpact_processes %zu\n", all->count);
	family(f, "processes_missed", "gauge",
	       "Processes that could not be looked at.");
	fprintf(f, "sigpact_processes_missed %zu\n", all->missed_count);
	family(f, "inspected_timestamp_seconds", "gauge",
	       "When this was, in seconds since 1970.");
	fprintf(f, "sigpact_inspected_timestamp_seconds %jd\n",
		(intmax_t)time(NULL));
	fputs("# EOF\n", f);
	return ferror(f) ? -EIO : 0;
}

static int write_and_close(int fd, const struct sigpact__inspection *all)
{
	mode_t mask = umask(0);
	FILE *f = fdopen(fd, "w");
	int e;

	umask(mask);
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	e = sigpact__inspect_openmetrics(f, all);
	/* another user's collector reads it; its data first, then its name */
	if (!e && (fchmod(fd, 0666 & ~mask) || fflush(f) || fsync(fd)))
		e = -errno;
	if (fclose(f) && !e)
		e = -errno;
	return e;
}

int sigpact__inspect_openmetrics_file(const char *file,
				      const struct sigpact__inspection *all)
{
	char temporary[PATH_MAX];
	int fd, e;

	/* in the same directory, and no *.prom meanwhile */
	if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", file) >=
	    (int)sizeof temporary)
		return -ENAMETOOLONG;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	e = write_and_close(fd, all);
	if (!e && rename(temporary, file))
		e = -errno;
	if (e)
		unlink(temporary);
	return e;
}
