/* Where the stacks of a process lie, what is wrong about its alternate ones and
   how much of them was used: from a record's maps, thread by thread.  Stops
   nothing.  Normal context. */
#include "record.h"

#include "proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HUGE = 512 };		/* pages of a huge page */
#define UNLIMITED (1ull << 30)	/* as stack.c takes it */
#define TOUCHED (3ull << 62)	/* pagemap: present, swapped */

static uint64_t page_size(void)
{
	return (uint64_t)sysconf(_SC_PAGESIZE);
}

static int has_right(const struct sigpact__map *m, char right)
{
	return m && memchr(m->rights, right, 4) != NULL;
}

/* The first thread's: from the limit down, as far as it may ever grow, to
   what lies below. */
static void first_thread(const struct sigpact__record *r,
			 struct sigpact__task *t)
{
	uint64_t limit = 0, low;
	char path[32], *text;
	long size;
	size_t i;

	for (i = r->map_count; i-- > 0;)
		if (!strcmp(r->map[i].path, "[stack]"))
			break;
	if (i == (size_t)-1)
		return;
	snprintf(path, sizeof path, "/proc/%d/limits", r->pid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size > 0)
		sigpact__proc_stack_limit(text, (size_t)size, &limit);
	free(text);
	if (!limit || limit > UNLIMITED)
		limit = UNLIMITED;
	t->stack_high = r->map[i].end;
	low = t->stack_high > limit ? t->stack_high - limit : 0;
	if (i && low < r->map[i - 1].end)
		low = r->map[i - 1].end;
	t->stack_low = low < r->map[i].start ? low : r->map[i].start;
}

/* Where libc keeps what it knows of a thread: the robust list that it
   registers lies there (glibc), or the thread pointer points to itself (musl).
   A thread that no libc made has neither: 0. */
static uint64_t descriptor(const struct sigpact__task *t)
{
	uint64_t self = 0;
	struct iovec to = { &self, sizeof self };
	struct iovec from = { (void *)(uintptr_t)t->tls, sizeof self };
	void *head = NULL;
	size_t size;

	if (!syscall(SYS_get_robust_list, t->tid, &head, &size) && head)
		return (uintptr_t)head;
	if (t->tls && process_vm_readv(t->tid, &to, 1, &from, 1, 0) ==
	    sizeof self && self == t->tls)
		return t->tls;
	return 0;
}

/* Any other's: libc puts its descriptor on top of the stack. */
static void other_thread(const struct sigpact__record *r,
			 struct sigpact__task *t)
{
	uint64_t top = descriptor(t);
	const struct sigpact__map *m = sigpact__map_at(r, top);

	if (!top || !has_right(m, 'w'))
		return;
	t->stack_low = m->start;
	t->stack_high = top;
}

static enum sigpact__stack_kind kind(const struct sigpact__record *r,
				     const struct sigpact__task *t)
{
	if (!(t->seen & SEEN_REGISTERS))
		return STACK_UNKNOWN;
	if (t->seen & SEEN_ALTSTACK && t->alt_size && t->sp > t->alt_base &&
	    t->sp - t->alt_base <= t->alt_size)
		return STACK_ALTERNATE;
	if (!t->stack_high)
		return STACK_UNKNOWN;
	if (t->sp >= t->stack_low && t->sp < t->stack_high)
		return STACK_NATIVE;
	/* the maps are older: what they do not know yet may be anything */
	return sigpact__map_at(r, t->sp) ? STACK_FOREIGN : STACK_UNKNOWN;
}

/* Does all of it lie in memory with this right (0: in any)? */
static int covered(const struct sigpact__record *r, uint64_t from,
		   uint64_t end, char right)
{
	const struct sigpact__map *m;

	for (; from < end; from = m->end) {
		m = sigpact__map_at(r, from);
		if (!m || (right && !has_right(m, right)))
			return 0;
	}
	return 1;
}

/* Its pages are the process's own, so that present means touched. */
static int own_memory(const struct sigpact__record *r, uint64_t from,
		      uint64_t end)
{
	const struct sigpact__map *m;

	for (; from < end; from = m->end) {
		m = sigpact__map_at(r, from);
		if (!m || m->inode || m->rights[3] != 'p' ||
		    m->path[0] == '/')
			return 0;
	}
	return 1;
}

static int pages(int pagemap, uint64_t first, size_t count, uint64_t *to)
{
	size_t size = count * sizeof *to;

	return pread(pagemap, to, size, (off_t)(first * sizeof *to)) ==
	       (ssize_t)size;
}

/* One touch of a huge page makes all of it present, and its neighbours may
   have done that: nothing is known then. */
static int may_be_huge(const struct sigpact__record *r, int pagemap,
		       uint64_t page)
{
	uint64_t entry[HUGE], first = page & ~(HUGE - 1ull);
	const struct sigpact__map *m = sigpact__map_at(r, page * page_size());
	int i;

	if (!m || m->start > first * page_size() ||
	    m->end < (first + HUGE) * page_size())
		return 0;
	if (!pages(pagemap, first, HUGE, entry))
		return 1;
	for (i = 0; i < HUGE; i++)
		if (!(entry[i] & TOUCHED))
			return 0;
	return 1;
}

/* The lowest page that was touched.  One that others share, because the stack
   begins within it, counts only when the one above it does. */
static void used(const struct sigpact__record *r, int pagemap,
		 struct sigpact__task *t)
{
	uint64_t end = t->alt_base + t->alt_size, size = page_size();
	uint64_t page = t->alt_base / size, last = (end - 1) / size;
	uint64_t entry[64], found = last + 1, n, i;
	int shared = t->alt_base % size != 0 && page < last;

	if (!own_memory(r, t->alt_base, end))
		return;
	for (page += shared; page <= last && found > last; page += n) {
		n = last - page + 1 < 64 ? last - page + 1 : 64;
		if (!pages(pagemap, page, n, entry))
			return;
		for (i = 0; i < n && !(entry[i] & TOUCHED); i++)
			continue;
		if (i < n)
			found = page + i;
	}
	if (shared && found == t->alt_base / size + 1 &&
	    pages(pagemap, found - 1, 1, entry) && entry[0] & TOUCHED)
		found--;
	if (found <= last && may_be_huge(r, pagemap, found))
		return;
	if (found * size < t->alt_base)
		t->alt_used = t->alt_size;
	else
		t->alt_used = found > last ? 0 : end - found * size;
	t->seen |= SEEN_TOUCHED;
}

static void alternate(const struct sigpact__record *r, int pagemap,
		      struct sigpact__task *t)
{
	uint64_t end;

	if (!(t->seen & SEEN_ALTSTACK) || !t->alt_size || !r->map_count ||
	    __builtin_add_overflow(t->alt_base, t->alt_size, &end))
		return;
	t->alt_mapped = covered(r, t->alt_base, end, 0);
	t->alt_writable = covered(r, t->alt_base, end, 'w');
	t->alt_guard = t->alt_base &&
		       !has_right(sigpact__map_at(r, t->alt_base - 1), 'w');
	if (t->alt_mapped && pagemap >= 0)
		used(r, pagemap, t);
}

void sigpact__look_stacks(struct sigpact__record *r)
{
	char path[64];
	int pagemap;
	size_t i;

	snprintf(path, sizeof path, "/proc/%d/task/%d/pagemap", r->pid,
		 sigpact__proc_alive(r));
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	for (i = 0; i < r->task_count; i++) {
		struct sigpact__task *t = &r->task[i];

		if (t->tid == r->pid)
			first_thread(r, t);
		else
			other_thread(r, t);
		t->stack = kind(r, t);
		alternate(r, pagemap, t);
	}
	if (pagemap >= 0)
		close(pagemap);
}
