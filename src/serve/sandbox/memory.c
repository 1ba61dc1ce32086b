/* Address space of a sandbox: reserved once, written to by requests, and made what
   it was before the next one.  Normal context; growing also inside a sandbox. */
#include "instance.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages that are cheaper cleared than given to the kernel and faulted in again;
   of as many entries of /proc/self/pagemap. */
enum { CLEARED = 64, ENTRIES = 512 };
#define TOUCHED (3ull << 62) /* present, or swapped out */

/* Opened before the process becomes another user: then /proc/self is root's.  It
   tells of the process that opened it. */
int sigpact__memory_pagemap(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int fd = -1;
	static pid_t of;

	pthread_mutex_lock(&lock);
	if (of != getpid()) {
		if (fd >= 0)
			close(fd);
		fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
		of = getpid();
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

static int accessible(char *from, size_t size, int how)
{
	return size && mprotect(from, size, how) ? -ENOMEM : 0;
}

int sigpact__memory_reserve(struct memory *m, uint64_t reach, size_t stack,
			    size_t most)
{
	size_t size = GUARD + stack + ((reach + PAGE - 1) & ~(uint64_t)(PAGE - 1));
	char *map = mmap(NULL, size, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return -ENOMEM;
	m->map = map;
	m->size = size;
	m->stack = map + GUARD;
	m->data = m->stack + stack;
	m->initial = m->now = 0;
	m->most = most;
	/* of all of it, or else the mappings would not join */
	if (madvise(map, size, MADV_NOHUGEPAGE) && errno != EINVAL)
		return -ENOMEM;
	return accessible(m->stack, stack, PROT_READ | PROT_WRITE);
}

void sigpact__memory_release(struct memory *m)
{
	if (m->map)
		munmap(m->map, m->size);
	m->map = NULL;
}

int sigpact__memory_grow(struct memory *m, size_t size)
{
	int e = accessible(m->data + m->now, size - m->now,
			   PROT_READ | PROT_WRITE);

	if (!e)
		m->now = size;
	return e;
}

static int zero(const char *page)
{
	return !*page && !memcmp(page, page + 1, PAGE - 1);
}

/* Reading has mapped all pages: those that are zero go again. */
int sigpact__memory_image(struct memory *m, struct image *image)
{
	size_t from = 0, to = m->now;

	while (from < to && zero(m->data + from))
		from += PAGE;
	while (to > from && zero(m->data + to - PAGE))
		to -= PAGE;
	image->at = from;
	image->size = to - from;
	image->bytes = malloc(image->size ? image->size : 1);
	if (!image->bytes)
		return -ENOMEM;
	memcpy(image->bytes, m->data + from, image->size);
	madvise(m->data, from, MADV_DONTNEED);
	madvise(m->data + to, m->now - to, MADV_DONTNEED);
	return 0;
}

/* Makes count pages at `at` zero, but for those of the image, by what the kernel
   says of them. */
static void clear(struct memory *m, const struct image *image, size_t at,
		  size_t count, const uint64_t *entries)
{
	size_t i, touched = 0;

	for (i = 0; i < count; i++)
		touched += (entries[i] & TOUCHED) != 0;
	if (touched > CLEARED) {
		madvise(m->data + at, count * PAGE, MADV_DONTNEED);
		return;
	}
	for (i = 0; i < count && touched; i++, at += PAGE)
		if (entries[i] & TOUCHED) {
			touched--;
			if (at - image->at >= image->size)
				memset(m->data + at, 0, PAGE);
		}
}

static void clear_all(struct memory *m, const struct image *image, int pagemap)
{
	uint64_t entries[ENTRIES];
	size_t at, count, size;

	for (at = 0; at < m->initial; at += count * PAGE) {
		count = (m->initial - at) / PAGE;
		count = count < ENTRIES ? count : ENTRIES;
		size = count * sizeof *entries;
		if (pread(pagemap, entries, size,
			  (off_t)((uintptr_t)(m->data + at) / PAGE *
				  sizeof *entries)) != (ssize_t)size)
			memset(entries, 0xff, size);
		clear(m, image, at, count, entries);
	}
}

int sigpact__memory_reset(struct memory *m, const struct image *image,
			  int pagemap)
{
	char *grown = m->data + m->initial;
	size_t size = m->now - m->initial;

	clear_all(m, image, pagemap);
	memcpy(m->data + image->at, image->bytes, image->size);
	if (!size)
		return 0;
	m->now = m->initial;
	madvise(grown, size, MADV_DONTNEED);
	return accessible(grown, size, PROT_NONE);
}
