/* Where connections come from.  Accepting waits while there are as many as may be,
   or no descriptors: the rest stays in the kernel's queue.  I/O thread. */
#include "server.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPTS = 64, PAUSE_MS = 100 };

struct sigpact__listener {
	struct sigpact__source source; /* first */
	struct sigpact__listener *next;
	void *context;
	int fd;
	unsigned short port;
};

static void set_events(struct sigpact__http *http, uint32_t events)
{
	struct sigpact__listener *l;

	for (l = http->listeners; l; l = l->next) {
		struct epoll_event event = { .events = events, .data.ptr = l };

		epoll_ctl(http->epoll, EPOLL_CTL_MOD, l->fd, &event);
	}
}

static void pause_all(struct sigpact__http *http, uint64_t until_ms)
{
	http->accept_ms = until_ms;
	http->counts.paused++;
	set_events(http, 0);
}

void sigpact__listeners_resume(struct sigpact__http *http)
{
	http->accept_ms = 0;
	set_events(http, EPOLLIN);
}

static int is_shortage(int e)
{
	return e == EMFILE || e == ENFILE || e == ENOMEM || e == ENOBUFS;
}

/* 1 while there may be more. */
static int accept_one(struct sigpact__http *http, struct sigpact__listener *l)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof peer;
	int fd, e = 0;

	if (http->counts.connections >= http->limits.connections) {
		pause_all(http, UINT64_MAX);
		return 0;
	}
	fd = accept4(l->fd, (struct sockaddr *)&peer, &size,
		     SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		e = errno;
	else if (sigpact__connection_make(http, l, fd, &peer)) {
		close(fd);
		e = ENOMEM;
	}
	if (is_shortage(e))
		pause_all(http, http->now_ms + PAUSE_MS);
	/* Else it is the connection's own error: the next may be good. */
	return !is_shortage(e) && e != EAGAIN && e != EINVAL && e != EBADF;
}

static void ready(struct sigpact__http *http, struct sigpact__source *source,
		  uint32_t events)
{
	struct sigpact__listener *l = (struct sigpact__listener *)source;
	int i;

	for (i = 0; l->fd >= 0 && i < ACCEPTS && accept_one(http, l); i++)
		;
}

static int open_socket(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK |
			SOCK_CLOEXEC, 0), on = 1, off = 0, e;

	if (fd < 0)
		return -errno;
	if (a->ai_family == AF_INET6) /* "::" is IPv4, too */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	/* What is accepted has TCP_NODELAY, too: no call for each. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
	    bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, SOMAXCONN)) {
		e = -errno;
		close(fd);
		return e;
	}
	return fd;
}

static int open_at(const char *address, unsigned short port)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	}, *found;
	char service[8];
	int fd;

	snprintf(service, sizeof service, "%u", port);
	if (!address)
		address = "::";
	if (getaddrinfo(address, service, &hints, &found))
		return -EINVAL;
	fd = open_socket(found);
	freeaddrinfo(found);
	return fd;
}

static unsigned short port_of(int fd)
{
	struct sockaddr_in6 a; /* the port lies where it does in sockaddr_in */
	socklen_t size = sizeof a;

	getsockname(fd, (struct sockaddr *)&a, &size);
	return ntohs(a.sin6_port);
}

int sigpact__http_listen(struct sigpact__http *http, const char *address,
			 unsigned short port, void *context,
			 struct sigpact__listener **listener)
{
	struct sigpact__listener *l = calloc(1, sizeof *l);
	struct epoll_event event = { .data.ptr = l };
	int e;

	if (!l)
		return -ENOMEM;
	event.events = http->accept_ms ? 0 : EPOLLIN;
	l->source.ready = ready;
	l->context = context;
	l->fd = open_at(address, port);
	/* Without IPv6 there is no "all of both". */
	if (!address && (l->fd == -EAFNOSUPPORT || l->fd == -EADDRNOTAVAIL))
		l->fd = open_at("0.0.0.0", port);
	e = l->fd;
	if (e >= 0 && epoll_ctl(http->epoll, EPOLL_CTL_ADD, l->fd, &event)) {
		e = -errno;
		close(l->fd);
	}
	if (e < 0) {
		free(l);
		return e;
	}
	l->port = port_of(l->fd);
	l->next = http->listeners;
	http->listeners = l;
	if (listener)
		*listener = l;
	return 0;
}

void sigpact__listener_set(struct sigpact__listener *listener, void *context)
{
	listener->context = context;
}

unsigned short sigpact__listener_port(const struct sigpact__listener *listener)
{
	return listener->port;
}

void *sigpact__listener_context(const struct sigpact__listener *listener)
{
	return listener->context;
}

static void leave(struct sigpact__connection *c)
{
	if (c->listener && c->listener->fd < 0) {
		c->listener = NULL;
		sigpact__connection_retire(c);
	}
}

void sigpact__http_unlisten(struct sigpact__http *http,
			    struct sigpact__listener *listener)
{
	struct sigpact__listener **at = &http->listeners;

	while (*at != listener)
		at = &(*at)->next;
	*at = listener->next;
	listener->next = http->unlistened;
	http->unlistened = listener;
	close(listener->fd);
	listener->fd = -1;
	sigpact__http_each(http, leave);
}

void sigpact__listeners_bury(struct sigpact__http *http)
{
	struct sigpact__listener *l;

	while ((l = http->unlistened)) {
		http->unlistened = l->next;
		free(l);
	}
}
