/* Descriptors of others that the I/O thread waits for, too.  I/O thread. */
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

struct sigpact__watch {
	struct sigpact__source source; /* first */
	struct sigpact__watch *next;
	void (*ready)(void *context);
	void *context;
	int fd;
};

static void ready(struct sigpact__http *http, struct sigpact__source *source,
		  uint32_t events)
{
	struct sigpact__watch *w = (struct sigpact__watch *)source;

	if (w->ready)
		w->ready(w->context);
}

int sigpact__http_watch(struct sigpact__http *http, int fd,
			void (*call)(void *context), void *context)
{
	struct sigpact__watch *w = calloc(1, sizeof *w);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = w };
	int e;

	if (!w)
		return -ENOMEM;
	w->source.ready = ready;
	w->ready = call;
	w->context = context;
	w->fd = fd;
	if (epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event)) {
		e = -errno;
		free(w);
		return e;
	}
	w->next = http->watches;
	http->watches = w;
	return 0;
}

void sigpact__http_unwatch(struct sigpact__http *http, int fd)
{
	struct sigpact__watch **at = &http->watches, *w;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	w = *at;
	if (!w)
		return;
	*at = w->next;
	epoll_ctl(http->epoll, EPOLL_CTL_DEL, fd, NULL);
	w->ready = NULL;
	w->next = http->unwatched;
	http->unwatched = w;
}

void sigpact__watches_end(struct sigpact__http *http)
{
	while (http->watches)
		sigpact__http_unwatch(http, http->watches->fd);
}

void sigpact__watches_bury(struct sigpact__http *http)
{
	struct sigpact__watch *w;

	while ((w = http->unwatched)) {
		http->unwatched = w->next;
		free(w);
	}
}
