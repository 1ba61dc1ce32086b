/* A connection, the request that is read from it, and the time it has: what the
   parts of serve_http share. */
#ifndef SIGPACT_CONNECTION_H
#define SIGPACT_CONNECTION_H

#include "http.h"

#include <llhttp.h>
#include <netinet/in.h>
#include <stdatomic.h>

/* What the I/O thread waits for: the first member of what it is part of. */
struct sigpact__source {
	void (*ready)(struct sigpact__http *http,
		      struct sigpact__source *source, uint32_t events);
};

/* When a connection is to be looked at again: part of a list.  back is NULL when it
   is in none. */
struct sigpact__timer {
	struct sigpact__timer *next, **back;
	uint64_t at_ms;
};

/* A wheel: each slot has what is due in that tick, or in one that is a whole
   turn or more later. */
enum { WHEEL_SLOTS = 1024, WHEEL_TICK_MS = 16 };
struct sigpact__wheel {
	struct sigpact__timer *slot[WHEEL_SLOTS];
	uint64_t used[WHEEL_SLOTS / 64];
	uint64_t tick;	/* all before it has been looked at */
};

void sigpact__wheel_add(struct sigpact__wheel *wheel,
			struct sigpact__timer *timer, uint64_t at_ms);
void sigpact__wheel_remove(struct sigpact__wheel *wheel,
			   struct sigpact__timer *timer);
/* The first that is due at now_ms, removed; NULL: none. */
struct sigpact__timer *sigpact__wheel_due(struct sigpact__wheel *wheel,
					  uint64_t now_ms);
/* Milliseconds until something may be due, -1: nothing is there. */
int sigpact__wheel_wait(const struct sigpact__wheel *wheel, uint64_t now_ms);

/* A request while it is read and answered.  Made for the first byte, kept by
   the connection for a second without requests. */
struct sigpact__message {
	struct sigpact__request request; /* first */
	struct sigpact__connection *connection;
	struct sigpact__message *next;	/* warm ones */
	const struct sigpact__http_limits *limits;
	llhttp_t parser;
	enum { PART_HEAD, PART_SIZED, PART_CHUNKS, PART_TRAILER } part;
	int status;		/* to refuse it with, from a callback */
	char last;		/* the byte before, in lines */
	unsigned char expects;	/* "100 Continue" */
	size_t raw;		/* bytes of the head; then of the chunks */
	size_t remaining;	/* of a body whose size was told */
	uint8_t *body;
	size_t body_room;
	char *text, *start, *end; /* room, this piece, end of all pieces */
	struct sigpact__header header[];
};

/* What one takes, with the room for its text. */
size_t sigpact__message_size(const struct sigpact__http_limits *limits);
/* To be read from the start.  Memory that was none before is all zero. */
void sigpact__message_begin(struct sigpact__message *m,
			    const struct sigpact__http_limits *limits);
/* What the answer does not need is given back. */
void sigpact__message_rest(struct sigpact__message *m);

/* Reads from data, stores how much was taken.  MESSAGE_MORE: all of it; a status:
   why the request is refused. */
enum { MESSAGE_MORE, MESSAGE_HEAD, MESSAGE_WHOLE };
int sigpact__message_read(struct sigpact__message *m, const char *data,
			  size_t size, size_t *taken);

/* Sets up the parser. */
void sigpact__message_parser(struct sigpact__message *m);
/* Runs it.  1: it paused, after *taken; 0: it wants more; a status. */
int sigpact__message_parse(struct sigpact__message *m, const char *data,
			   size_t size, size_t *taken);
/* Adds to the body.  0 or a status. */
int sigpact__message_add(struct sigpact__message *m, const char *at,
			 size_t size);

/* What a head must have beside what the parser asks for.  0 or a status. */
int sigpact__head_check(struct sigpact__message *m);
/* Makes path and query from the target that was sent.  0 or a status. */
int sigpact__target_split(struct sigpact__request *request, char *target);

enum sigpact__phase {
	PHASE_IDLE,	/* nothing of a request was read, or a worker has it */
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_WRITE,	/* the rest of an answer */
	PHASE_LINGER,	/* answered, closed on our side: the client reads */
	PHASE_CLOSED
};

/* What becomes of a connection after an answer. */
enum sigpact__fate {
	FATE_KEEP,
	FATE_CLOSE,
	FATE_WRITE,	/* first the rest of it */
	FATE_LOST,	/* the client is */
	FATE_READ	/* no answer yet, there is more to read */
};

/* held: with a worker; wanted: it is to be put back on the list after that,
   since the I/O thread has more to do with it. */
enum { HELD = 1, WANTED = 2 };

struct sigpact__bytes {
	size_t size, used;
	char data[];
};

struct sigpact__connection {
	struct sigpact__source source; /* first */
	struct sigpact__timer timer;
	struct sigpact__http *http;
	struct sigpact__listener *listener;
	struct sigpact__message *message;
	struct sigpact__bytes *pending;	/* read, but behind a request */
	struct sigpact__bytes *rest;	/* of an answer */
	struct sigpact__connection *next; /* put back, or closed */
	size_t skip;		/* bytes to pass over before a request */
	uint64_t until_ms;
	_Atomic uint64_t answered_ms;
	atomic_uint held;
	int fd;
	unsigned char phase;	/* enum sigpact__phase */
	unsigned char fate;	/* of one that was put back */
	unsigned char readable;	/* recv may give something */
	unsigned char ended;	/* nothing comes after what it gives */
	atomic_bool lost;
	struct in6_addr peer;
};

/* Owns fd, unless it fails. */
int sigpact__connection_make(struct sigpact__http *http,
			     struct sigpact__listener *listener, int fd,
			     const struct sockaddr_storage *peer);
/* Reads, handles and writes what there is to. */
void sigpact__connection_proceed(struct sigpact__connection *c);
/* One that a worker has put back. */
void sigpact__connection_returned(struct sigpact__connection *c);
/* Its timer was due. */
void sigpact__connection_due(struct sigpact__connection *c);
/* Closes it if it is idle; else it is closed after its answer. */
void sigpact__connection_retire(struct sigpact__connection *c);
void sigpact__connection_close(struct sigpact__connection *c);
/* What an answer leads to. */
void sigpact__connection_settle(struct sigpact__connection *c,
				enum sigpact__fate fate);
/* Refuses what was read of a request; and closes after that. */
void sigpact__connection_refuse(struct sigpact__connection *c, int status);
void sigpact__connection_end(struct sigpact__connection *c, int status,
			     const char *why);
/* Sends more of an answer.  0: the socket is full. */
int sigpact__connection_flush(struct sigpact__connection *c);
/* The phase, and the time for it. */
void sigpact__connection_enter(struct sigpact__connection *c,
			       enum sigpact__phase phase, unsigned ms);

/* Sends the answer.  Any thread, the one that holds the connection. */
enum sigpact__fate
sigpact__answer_send(struct sigpact__message *m,
		     const struct sigpact__response *response);
enum sigpact__fate sigpact__answer_refuse(struct sigpact__message *m,
					  int status, const char *why,
					  const char *extra);
/* What is left of an answer: 1 all is sent, 0 later, or a negative errno. */
int sigpact__answer_flush(struct sigpact__connection *c);

/* What a status means, in words. */
const char *sigpact__status_name(int status);
/* "Tue, 01 Dec 2026 01:02:03 GMT", of this second. */
const char *sigpact__date(void);

static inline struct sigpact__message *
sigpact__message_of(struct sigpact__request *request)
{
	return (struct sigpact__message *)request;
}

#endif
