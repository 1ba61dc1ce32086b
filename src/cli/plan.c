/* Findings to steps: the safest cure that can work.  Loading libsigpact takes
   no flag from anyone; clearing SA_ONSTACK is for signals that are sent to
   chosen threads alone where another could take it on a goroutine's small
   stack.  Normal context. */
#include "heal.h"
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOM 32768ul /* for handlers, on an alternate stack of ours */

static int is(const struct sigpact__finding *f, const char *name)
{
	return !strcmp(f->kind->name, name);
}

/* Signals that collectors and runtimes send to one thread each, by tgkill. */
static int is_for_threads(int sig)
{
	return sig == SIGPWR || sig == SIGXCPU || sig == SIGURG ||
	       sig == SIGSTKFLT || sig >= 34;
}

static int has_runtime(const struct sigpact__record *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->runtime_count; i++)
		if (!strcmp(r->runtime[i].name, name))
			return 1;
	return 0;
}

static void change_flag(const struct sigpact__plan *p, struct sigpact__step *s,
			uint64_t set, uint64_t clear)
{
	s->kind = STEP_ACTION;
	s->from = p->record->action[s->sig];
	s->to = s->from;
	s->to.flags = (s->to.flags | set) & ~clear;
}

static void clear_onstack(const struct sigpact__plan *p,
			  struct sigpact__step *s)
{
	if (has_runtime(p->record, "Go") && !is_for_threads(s->sig)) {
		s->kind = STEP_NONE;
		s->why = "without SA_ONSTACK it could be run on a goroutine's "
			 "small stack: restart it under sigpact run";
		return;
	}
	change_flag(p, s, 0, SA_ONSTACK);
	s->why = is_for_threads(s->sig)
		     ? "it is sent to chosen threads, never to a goroutine"
		     : "no thread here has a small stack";
}

/* Only where the library's file is seen by the target, too; links in its root
   folder lead to what they do there. */
static int loadable(struct sigpact__plan *p)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT };
	char path[PATH_MAX + 64];
	int root, fd;

	if (p->record->sigpact_adopt)
		return 1;
	if (!*p->library) {
		snprintf(p->unseen, sizeof p->unseen,
			 SIGPACT_LIBRARY " is not beside sigpact");
		return 0;
	}
	snprintf(path, sizeof path, "/proc/%d/root", p->record->pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = (int)syscall(SYS_openat2, root, p->library, &how, sizeof how);
	if (fd < 0 && errno == ENOSYS) { /* before Linux 5.6 */
		strcat(path, p->library);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd >= 0)
		close(fd);
	if (root >= 0)
		close(root);
	if (fd < 0)
		snprintf(p->unseen, sizeof p->unseen,
			 "the process does not see %s: type: install -D %s "
			 "/proc/%d/root%s", p->library, p->library,
			 p->record->pid, p->library);
	return fd >= 0;
}

static void wrong_stack(struct sigpact__plan *p, struct sigpact__step *s)
{
	int can_load = !p->no_load && loadable(p);

	if (!can_load && !p->load_only) {
		clear_onstack(p, s);
		return;
	}
	if (!can_load) {
		s->kind = STEP_NONE;
		s->why = p->unseen;
		return;
	}
	s->kind = STEP_LOAD;
	s->why = "no flag is taken from anyone";
}

/* Go's scheduler knows each of its signal stacks by address. */
static int is_go_heap(uint64_t address)
{
	return address >> 32 == 0xc0;
}

static void larger_stack(const struct sigpact__plan *p,
			 struct sigpact__step *s)
{
	size_t i;

	for (i = 0; i < p->record->task_count; i++) {
		const struct sigpact__task *t = &p->record->task[i];

		if (t->tid != s->tid || !t->alt_size)
			continue;
		if (is_go_heap(t->alt_base)) {
			s->why = "it is Go's own, which knows it by address";
			return;
		}
		s->kind = STEP_ALTSTACK;
		s->base = t->alt_base;
		s->size = t->alt_size;
		s->flags = t->alt_flags;
		s->our_size = 4 * p->record->frame_size + ROOM;
		if (s->our_size < 2 * s->size)
			s->our_size = 2 * s->size;
		s->why = "the old one stays mapped";
	}
}

static void choose(struct sigpact__plan *p, struct sigpact__step *s)
{
	const struct sigpact__finding *f = s->finding;

	s->sig = f->sig;
	s->tid = f->tid;
	if (is(f, "wrong-stack-delivery") && f->sig) {
		wrong_stack(p, s);
	} else if (is(f, "missing-onstack") && f->sig) {
		change_flag(p, s, SA_ONSTACK, 0);
		s->why = "Go asks for it of every handler";
	} else if (is(f, "sigpipe-lost")) {
		s->sig = SIGPIPE;
		s->kind = STEP_ACTION;
		s->from = p->record->action[SIGPIPE];
		s->to.handler = (uintptr_t)SIG_IGN;
		s->why = "the runtime ignored it";
	} else if (is(f, "altstack-too-small") || is(f, "altstack-no-guard") ||
		   is(f, "altstack-exhausted")) {
		larger_stack(p, s);
	}
	if (s->kind == STEP_NONE && !s->why)
		s->why = sigpact__finding_cure(f->kind);
	if (s->kind == STEP_NONE && !s->why)
		s->why = "its thread has ended";
}

/* "SP001", "wrong-stack-delivery", any case. */
static int named(const struct sigpact__finding_kind *k, const char *name)
{
	return !strcasecmp(k->id, name) || !strcasecmp(k->name, name);
}

static const char *first_unknown(char **names, int count)
{
	size_t k;
	int i;

	for (i = 0; i < count; i++) {
		for (k = 0; k < sigpact__finding_kind_count; k++)
			if (named(&sigpact__finding_kinds[k], names[i]))
				break;
		if (k == sigpact__finding_kind_count)
			return names[i];
	}
	return NULL;
}

/* "SP3" for SP003, a slip in a name, or its beginning. */
const char *sigpact__plan_near(const char *word)
{
	const char *best = NULL;
	unsigned least = 3, d;
	char *end = NULL;
	size_t k, size = strlen(word);
	unsigned long n;

	if (!strncasecmp(word, "SP", 2) && word[2] >= '0' && word[2] <= '9') {
		n = strtoul(word + 2, &end, 10);
		return !*end && n && n <= sigpact__finding_kind_count
			       ? sigpact__finding_kinds[n - 1].id
			       : NULL;
	}
	for (k = 0; size < 32 && k < sigpact__finding_kind_count; k++) {
		const char *name = sigpact__finding_kinds[k].name;

		d = sigpact__near_edits(word, size, name);
		if (d >= least && size >= 4 && !strncasecmp(word, name, size))
			d = least - 1;
		if (d < least) {
			least = d;
			best = name;
		}
	}
	return best;
}

int sigpact__plan_make(struct sigpact__plan *p,
		       const struct sigpact__finding *f, size_t count,
		       char **names, int name_count, const char **unknown)
{
	size_t i;
	int n;

	*unknown = first_unknown(names, name_count);
	if (*unknown)
		return -EINVAL;
	p->step = calloc(count + 1, sizeof *p->step);
	if (!p->step)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		for (n = 0; n < name_count && !named(f[i].kind, names[n]); n++)
			continue;
		/* a note is no reason to touch a process, unless asked for */
		if (name_count ? n == name_count
			       : f[i].kind->severity == SEVERITY_NOTE)
			continue;
		p->step[p->count].finding = &f[i];
		p->step[p->count].apart = !name_count &&
					  !sigpact__finding_heals(f[i].kind);
		choose(p, &p->step[p->count++]);
	}
	return 0;
}

int sigpact__plan_instead(const struct sigpact__plan *p,
			  struct sigpact__step *s)
{
	if (s->kind != STEP_LOAD || p->load_only)
		return 0;
	clear_onstack(p, s);
	return s->kind != STEP_NONE;
}
