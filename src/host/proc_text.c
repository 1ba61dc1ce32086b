/* Parsers of what the kernel prints below /proc: each reads no byte past the
   text it was given, and asks for no end of it.  Normal context. */
#include "proc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* What is left of a text. */
struct text {
	const char *at, *end;
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Digits of base, one at least, no more than fit. */
static int number(struct text *t, unsigned base, uint64_t *to)
{
	const char *from = t->at;
	uint64_t n = 0;

	for (; t->at < t->end && (unsigned)digit(*t->at) < base; t->at++)
		if (__builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, (uint64_t)digit(*t->at), &n))
			return -EINVAL;
	*to = n;
	return t->at > from ? 0 : -EINVAL;
}

static int literal(struct text *t, const char *what)
{
	size_t size = strlen(what);

	if ((size_t)(t->end - t->at) < size || memcmp(t->at, what, size))
		return -EINVAL;
	t->at += size;
	return 0;
}

static void blanks(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
}

/* The next line, without its end; 0 when there is none. */
static int line(struct text *t, struct text *to)
{
	const char *end;

	if (t->at >= t->end)
		return 0;
	end = memchr(t->at, '\n', (size_t)(t->end - t->at));
	to->at = t->at;
	to->end = end ? end : t->end;
	t->at = end ? end + 1 : t->end;
	return 1;
}

/* Field 22 of stat, counted from the state, which is the third. */
enum { START_TIME = 22 - 3 };

/* A name may hold anything, ") R 1" and newlines too: what follows it holds no
   parenthesis. */
int sigpact__proc_stat(const char *text, size_t size,
		       struct sigpact__proc_stat *to)
{
	const char *open = memchr(text, '(', size), *close;
	struct text t = { NULL, text + size };
	size_t length;
	int i;

	close = memrchr(text, ')', size);
	if (!open || !close || close < open || t.end - close < 3 ||
	    close[1] != ' ')
		return -EINVAL;
	to->state = close[2];
	t.at = close + 3;
	for (i = 0; i < START_TIME; i++) {
		if (literal(&t, " "))
			return -EINVAL;
		if (i < START_TIME - 1)
			while (t.at < t.end && *t.at != ' ')
				t.at++;
	}
	if (number(&t, 10, &to->start_time))
		return -EINVAL;
	length = (size_t)(close - open - 1);
	if (length >= sizeof to->name)
		length = sizeof to->name - 1;
	memset(to->name, 0, sizeof to->name);
	memcpy(to->name, open + 1, length);
	return 0;
}

/* Newlines in Name: are escaped by the kernel. */
int sigpact__proc_status(const char *text, size_t size,
			 struct sigpact__proc_status *to)
{
	struct text t = { text, text + size }, l;
	uint64_t tgid = 0, pid = 0, uid = 0;
	struct {
		const char *key;
		unsigned base;
		uint64_t *to;
		int seen;
	} key[] = {
		{ "Tgid:", 10, &tgid, 0 }, { "Pid:", 10, &pid, 0 },
		{ "Uid:", 10, &uid, 0 },
		{ "SigPnd:", 16, &to->pending, 0 },
		{ "ShdPnd:", 16, &to->shared_pending, 0 },
		{ "SigBlk:", 16, &to->blocked, 0 },
		{ "SigIgn:", 16, &to->ignored, 0 },
		{ "SigCgt:", 16, &to->caught, 0 },
	};
	size_t i, n = sizeof key / sizeof *key;

	while (line(&t, &l))
		for (i = 0; i < n; i++) {
			if (key[i].seen || literal(&l, key[i].key))
				continue;
			blanks(&l);
			if (number(&l, key[i].base, key[i].to))
				return -EINVAL;
			blanks(&l);	/* of Uid: the second */
			if (key[i].to == &uid && number(&l, 10, &uid))
				return -EINVAL;
			key[i].seen = 1;
			break;
		}
	for (i = 0; i < n; i++)
		if (!key[i].seen)
			return -EINVAL;
	to->tgid = (pid_t)tgid;
	to->pid = (pid_t)pid;
	to->uid = (uid_t)uid;
	return 0;
}

int sigpact__proc_syscall(const char *text, size_t size, uint64_t *sp,
			  uint64_t *pc)
{
	struct text t = { text, text + size };
	uint64_t n, last = 0, before = 0;
	int i;

	if (!literal(&t, "running"))
		return -ENOENT;
	literal(&t, "-");
	if (number(&t, 10, &n))
		return -EINVAL;
	for (i = 0; !literal(&t, " 0x"); i++) {
		before = last;
		if (number(&t, 16, &last))
			return -EINVAL;
	}
	if (i != 2 && i != 8)
		return -EINVAL;
	if (!before)
		return -ENOENT; /* a kernel's thread */
	*sp = before;
	*pc = last;
	return 0;
}

static int map(struct text *l, struct sigpact__map *m)
{
	uint64_t major, minor;

	if (number(l, 16, &m->start) || literal(l, "-") ||
	    number(l, 16, &m->end) || literal(l, " ") || l->end - l->at < 4)
		return -EINVAL;
	memcpy(m->rights, l->at, 4);
	m->rights[4] = 0;
	l->at += 4;
	if (literal(l, " ") || number(l, 16, &m->offset) || literal(l, " ") ||
	    number(l, 16, &major) || literal(l, ":") ||
	    number(l, 16, &minor) || literal(l, " ") ||
	    number(l, 10, &m->inode) || m->end <= m->start ||
	    memchr(m->rights, 0, 4) || major > UINT32_MAX ||
	    minor > UINT32_MAX)
		return -EINVAL;
	m->device = makedev((unsigned)major, (unsigned)minor);
	blanks(l);
	m->path = strndup(l->at, (size_t)(l->end - l->at));
	return m->path ? 0 : -ENOMEM;
}

int sigpact__proc_maps(const char *text, size_t size, struct sigpact__map **to,
		       size_t *count)
{
	struct text t = { text, text + size }, l;
	size_t room = 0;
	int e = 0;

	*to = NULL;
	*count = 0;
	while (!e && line(&t, &l)) {
		if (*count == room) {
			struct sigpact__map *more;

			room = room ? room * 2 : 64;
			more = realloc(*to, room * sizeof **to);
			if (!more)
				return -ENOMEM;
			*to = more;
		}
		e = map(&l, *to + *count);
		*count += !e;
	}
	return e;
}

void sigpact__proc_maps_free(struct sigpact__map *m, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(m[i].path);
	free(m);
}

int sigpact__proc_stack_limit(const char *text, size_t size, uint64_t *limit)
{
	struct text t = { text, text + size }, l;

	while (line(&t, &l)) {
		if (literal(&l, "Max stack size"))
			continue;
		blanks(&l);
		*limit = 0;
		return literal(&l, "unlimited") ? number(&l, 10, limit) : 0;
	}
	return -EINVAL;
}

/* A program may have written anything over it: the end of what the kernel gave
   is all that is asked for. */
char *sigpact__proc_cmdline(const char *text, size_t size)
{
	char *to = malloc(size + 1);
	size_t i;

	if (!to)
		return NULL;
	while (size && !text[size - 1])
		size--;
	for (i = 0; i < size; i++)
		to[i] = text[i] ? text[i] : ' ';
	to[size] = 0;
	return to;
}
