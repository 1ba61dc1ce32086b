/* The server as its parts see it. */
#ifndef SIGPACT_SERVER_H
#define SIGPACT_SERVER_H

#include "connection.h"

enum { SERVER_BUFFER = 65536 };

/* Free places for messages. */
struct sigpact__spare {
	char *base;
	size_t size, place_size;
	unsigned used, warm_count, cold_count;
	struct sigpact__message *warm, **cold;
};

/* What is closed, unwatched or unlistened is freed when the batch of events is
   done: one of them may name it still. */
struct sigpact__http {
	struct sigpact__http_limits limits;
	struct sigpact__http_callbacks call;
	void *context;
	int epoll, wake;
	struct sigpact__listener *listeners, *unlistened;
	struct sigpact__watch *watches, *unwatched;
	struct sigpact__wheel wheel;
	struct sigpact__spare spare;
	struct sigpact__connection *closed;
	uint64_t now_ms;
	uint64_t accept_ms;	/* accepting waits until then; 0: it does not */
	uint64_t sequence;
	struct sigpact__http_counts counts;
	int retired;		/* all connections, since it drains */
	unsigned open;		/* those that are waited for then */
	atomic_bool draining, stopped;
	/* Workers write these. */
	_Alignas(64) _Atomic(struct sigpact__connection *) returned;
	atomic_bool sleeping;
	_Alignas(64) char buffer[SERVER_BUFFER];
};

/* Puts a connection back to the I/O thread. */
void sigpact__http_return(struct sigpact__connection *c);
/* CLOCK_MONOTONIC: now, and cheaper, when it last ticked. */
uint64_t sigpact__http_clock_ns(void);
uint64_t sigpact__http_clock_ms(void);

int sigpact__spare_make(struct sigpact__http *http);
void sigpact__spare_end(struct sigpact__http *http);
/* There is always one: a connection has one at most. */
struct sigpact__message *sigpact__spare_take(struct sigpact__http *http);
void sigpact__spare_give(struct sigpact__http *http,
			 struct sigpact__message *m);

/* Calls f for each connection, which it may close. */
void sigpact__http_each(struct sigpact__http *http,
			void (*f)(struct sigpact__connection *c));

/* Frees what was closed. */
void sigpact__http_bury(struct sigpact__http *http);

/* Accepts again what had to wait. */
void sigpact__listeners_resume(struct sigpact__http *http);
void sigpact__listeners_bury(struct sigpact__http *http);
void *sigpact__listener_context(const struct sigpact__listener *listener);
void sigpact__watches_end(struct sigpact__http *http);
void sigpact__watches_bury(struct sigpact__http *http);

#endif
