/* Whether a run failed, and the failures that are alike.  Normal context. */
#include "run.h"

#include "spell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { SIGNATURE = 2048 };

const char *sigpact__failure_name(enum sigpact__failure kind)
{
	static const char *const names[] = {
		[FAILURE_CRASH] = "crash", [FAILURE_SIGNAL] = "signal",
		[FAILURE_EXIT] = "exit", [FAILURE_HANG] = "hang"
	};

	return names[kind];
}

static int is_expected(const struct run *r, int sig)
{
	return sig > 0 && sig <= 64 && r->expected >> (sig - 1) & 1;
}

static void sign_hang(const struct run *r, char text[SIGNATURE])
{
	size_t i, at = snprintf(text, SIGNATURE, "hang");

	for (i = 0; i < r->report_count && at < SIGNATURE / 2; i++)
		at += snprintf(text + at, SIGNATURE - at, "%s%.600s",
			       i ? " | " : " ", r->report[i]->signature);
}

/* A shell's status of a child that a signal ended is 128 + n. */
static int ended(const struct hunting *h, const struct run *r,
		 char text[SIGNATURE])
{
	int sig = WIFSIGNALED(r->status) ? WTERMSIG(r->status) : 0;
	int status = sig ? 0 : WEXITSTATUS(r->status);
	const struct sigpact__step *s = &h->plan->step[r->step];
	char name[24];

	if (sig && !is_expected(r, sig)) {
		snprintf(text, SIGNATURE, "ended by %s",
			 sigpact__spell_signal(name, sig));
		return FAILURE_SIGNAL;
	}
	if (status && !is_expected(r, status - 128)) {
		snprintf(text, SIGNATURE, "exit status %d", status);
		return FAILURE_EXIT;
	}
	if (r->step < h->plan->step_count && s->kind == STEP_WAIT) {
		snprintf(text, SIGNATURE, "ended before it wrote '%.*s'",
			 (int)s->size, s->text);
		return FAILURE_EXIT;
	}
	return -1;
}

static int judge(const struct hunting *h, const struct run *r,
		 char text[SIGNATURE])
{
	if (r->hung) {
		sign_hang(r, text);
		return FAILURE_HANG;
	}
	if (r->report_count) {
		snprintf(text, SIGNATURE, "%s", r->report[0]->signature);
		return FAILURE_CRASH;
	}
	return ended(h, r, text);
}

static struct sigpact__group *group_of(struct sigpact__hunt *all, int kind,
				       const char *signature)
{
	struct sigpact__group *g;
	size_t i;

	for (i = 0; i < all->group_count; i++) {
		g = &all->group[i];
		if ((int)g->kind == kind && !strcmp(g->signature, signature))
			return g;
	}
	g = reallocarray(all->group, all->group_count + 1, sizeof *g);
	if (!g)
		return NULL;
	all->group = g;
	g += all->group_count;
	*g = (struct sigpact__group){ .kind = (enum sigpact__failure)kind,
				      .signature = strdup(signature) };
	if (!g->signature)
		return NULL;
	all->group_count++;
	return g;
}

/* For free(3). */
static char *note(const struct run *r)
{
	char *text = NULL;

	if (r->report_error)
		return asprintf(&text, "it could not be looked at: %s",
				r->report_error == -ENOEXEC ?
					"a 32-bit program" :
					strerror(-r->report_error)) < 0 ?
			       NULL : text;
	if (!r->hung && WIFSIGNALED(r->status) &&
	    WTERMSIG(r->status) == SIGKILL)
		return strdup("sigpact did not send SIGKILL; the kernel does "
			      "when memory runs out");
	return strdup("");
}

/* The reports become the group's. */
static int take(struct sigpact__group *g, struct run *r)
{
	size_t i = r->text_size > OUTPUT ? r->text_size - OUTPUT : 0;

	g->output = malloc(r->text_size - i + 1);
	g->report = calloc(REPORTS, sizeof *g->report);
	g->note = note(r);
	if (!g->output || !g->report || !g->note)
		return -ENOMEM;
	g->output[r->text_size - i] = 0;
	for (char *to = g->output; i < r->text_size; i++)
		*to++ = r->text[i] ? r->text[i] : ' ';
	memcpy(g->report, r->report, sizeof r->report);
	g->report_count = r->report_count;
	r->report_count = 0;
	return 0;
}

int sigpact__run_judge(struct hunting *h, struct run *r)
{
	struct sigpact__hunt *all = h->hunt;
	struct sigpact__group *g;
	char signature[SIGNATURE];
	int kind = judge(h, r, signature);

	all->ended++;
	if (kind < 0)
		return 0;
	all->failures++;
	g = group_of(all, kind, signature);
	if (!g)
		return -ENOMEM;
	if (g->count < GROUP_RUNS)
		g->run[g->count] = r->number;
	if (g->count++)
		return 0;
	if (take(g, r))
		return -ENOMEM;
	h->plan->found(all, g, h->plan->argument);
	return 0;
}

void sigpact__hunt_free(struct sigpact__hunt *all)
{
	struct sigpact__group *g;
	size_t i, k;

	for (i = 0; i < all->group_count; i++) {
		g = &all->group[i];
		for (k = 0; k < g->report_count; k++)
			sigpact__report_free(g->report[k]);
		free(g->report);
		free(g->signature);
		free(g->output);
		free(g->note);
	}
	free(all->group);
}
