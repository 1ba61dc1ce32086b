/* The access log's file: lines are put into memory by any thread, and written by
   a thread of its own, so that a disk that is slow or a pipe that nobody reads
   stops nobody else.  What there is no room for is dropped, and counted. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 20 };

struct access_log {
	int fd, next;		/* next: after what is there, or -1 */
	const char *file;	/* NULL: an open one, that stays */
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	char *lines, *other;	/* ROOM each; other: the writer's */
	size_t size;		/* of lines */
	int writing;
	atomic_ulong dropped;
	int failed;		/* an errno that was told */
};

/* All of it, or what cannot be written is lost. */
static void write_all(struct access_log *l, const char *bytes, size_t size)
{
	ssize_t n;

	while (size) {
		n = write(l->fd, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			for (; size--; bytes++)
				l->dropped += *bytes == '\n';
			if (errno != l->failed)
				fprintf(stderr, "sigpact-serve: lines of the "
					"access log are lost: %s\n",
					strerror(errno));
			l->failed = errno;
			return;
		}
		bytes += n;
		size -= (size_t)n;
	}
	l->failed = 0;
}

static void *writer(void *log)
{
	struct access_log *l = log;
	char *lines;
	size_t size;
	int next;

	pthread_mutex_lock(&l->lock);
	for (;;) {
		while (!l->size && l->next < 0) {
			l->writing = 0;
			pthread_cond_broadcast(&l->emptied);
			pthread_cond_wait(&l->filled, &l->lock);
		}
		l->writing = 1;
		lines = l->lines;
		size = l->size;
		l->lines = l->other;
		l->other = lines;
		l->size = 0;
		next = l->next;
		l->next = -1;
		pthread_mutex_unlock(&l->lock);
		write_all(l, lines, size);
		if (next >= 0) {
			dup3(next, l->fd, O_CLOEXEC);
			close(next);
		}
		pthread_mutex_lock(&l->lock);
	}
	return NULL;
}

static int file_open(const char *file)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : fd;
}

static int start(struct access_log *l)
{
	pthread_t thread;
	int e;

	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->filled, NULL);
	pthread_cond_init(&l->emptied, NULL);
	l->lines = malloc(ROOM);
	l->other = malloc(ROOM);
	if (!l->lines || !l->other)
		return -ENOMEM;
	e = pthread_create(&thread, NULL, writer, l);
	if (!e)
		pthread_detach(thread);
	return -e;
}

int sigpact__access_open(const char *file, struct access_log **log)
{
	struct access_log *l = calloc(1, sizeof *l);
	int e;

	if (!l)
		return -ENOMEM;
	l->next = -1;
	if (!file)
		l->fd = STDERR_FILENO;
	else if (!strcmp(file, "-"))
		l->fd = STDOUT_FILENO;
	else
		l->fd = file_open(l->file = file);
	e = l->fd < 0 ? l->fd : start(l);
	if (e) {
		free(l->lines);
		free(l->other);
		free(l);
		return e;
	}
	*log = l;
	return 0;
}

int sigpact__access_reopen(struct access_log *l)
{
	int fd;

	if (!l || !l->file)
		return 0;
	fd = file_open(l->file);
	if (fd < 0)
		return fd;
	pthread_mutex_lock(&l->lock);
	if (l->next >= 0)
		close(l->next);
	l->next = fd;
	pthread_cond_signal(&l->filled);
	pthread_mutex_unlock(&l->lock);
	return 0;
}

void sigpact__access_put(struct access_log *l, const char *line)
{
	size_t n = strlen(line);

	pthread_mutex_lock(&l->lock);
	if (l->size + n + 1 > ROOM) {
		l->dropped++;
	} else {
		memcpy(l->lines + l->size, line, n);
		l->lines[l->size + n] = '\n';
		l->size += n + 1;
		if (l->size > ROOM / 2)
			pthread_cond_signal(&l->filled);
	}
	pthread_mutex_unlock(&l->lock);
}

void sigpact__access_flush(struct access_log *l)
{
	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	pthread_cond_signal(&l->filled);
	pthread_mutex_unlock(&l->lock);
}

void sigpact__access_end(struct access_log *l)
{
	struct timespec until;

	if (!l)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 2;
	pthread_mutex_lock(&l->lock);
	pthread_cond_signal(&l->filled);
	while ((l->size || l->writing) &&
	       !pthread_cond_timedwait(&l->emptied, &l->lock, &until))
		;
	pthread_mutex_unlock(&l->lock);
}

unsigned long sigpact__access_dropped(const struct access_log *l)
{
	return l ? l->dropped : 0;
}
