/* HTTP/1.1 for sigpact-serve: one thread reads and parses, any thread answers.

   Who holds a request: the I/O thread while it is read, the callback `arrived`
   from then on (and whoever it hands it to), nobody once it is answered.  Each
   request that arrived is answered exactly once.

   Functions return 0 or a negative errno value.  The last line of each comment
   is in the words of attributes(7).  "I/O thread": the one that is in
   sigpact__http_run, in a callback or a watch. */
#ifndef SIGPACT_HTTP_H
#define SIGPACT_HTTP_H

#include <stddef.h>
#include <stdint.h>

struct sigpact__http;
struct sigpact__listener;

/* Methods, a bit each.  All others are answered with 501. */
enum sigpact__method {
	METHOD_GET = 1,
	METHOD_HEAD = 2,
	METHOD_POST = 4,
	METHOD_PUT = 8,
	METHOD_DELETE = 16,
	METHOD_PATCH = 32,
	METHOD_OPTIONS = 64
};

struct sigpact__header {
	const char *name;	/* in lower case */
	const char *value;	/* without the space around it */
};

/* A request.  What it points to is its own until it is answered. */
struct sigpact__request {
	/* Set before `headed`. */
	void *listener;		/* context of the listener it came by */
	enum sigpact__method method;
	const char *method_name;
	const char *path;	/* decoded: starts with '/' (or is "*"), has no
				   NUL, no segment "." or ".." */
	const char *query;	/* as sent, without '?'; "": none */
	const struct sigpact__header *header;
	unsigned header_count;
	unsigned char minor;	/* HTTP/1.0 or HTTP/1.1 */
	unsigned char keep;	/* the client wants to keep the connection */
	int64_t content_length;	/* -1: none told, or the body is chunked */

	/* For `headed` to set; zero before, body_limit as in the limits. */
	void *route;
	size_t body_limit;	/* may be lowered: 413 beyond it */
	unsigned char anytime;	/* goes on while draining, too */
	const char *why;	/* what a refusal says, static storage; NULL:
				   what the status means */
	const char *allow;	/* for 405: "GET, HEAD" */
	unsigned retry_after;	/* for 429 and 503: seconds; 0: not told */

	/* Set before `arrived`. */
	const void *body;	/* NULL when it is empty */
	size_t body_size;
	uint64_t arrived_ns;	/* CLOCK_MONOTONIC, when the last byte was read */
	uint64_t sequence;	/* 1, 2, … in order of arrival */

	/* For whoever holds it; zero when it arrives. */
	struct sigpact__request *next;
};

struct sigpact__response {
	int status;		/* 200 to 599 */
	const char *content_type;	/* NULL: no such header */
	const char *extra;	/* NULL, or more headers: whole lines, each with
				   its "\r\n" */
	const void *body;
	size_t body_size;
};

/* 0: the default that stands beside it.  A refusal for a limit closes the
   connection. */
struct sigpact__http_limits {
	size_t header_size;	/* 8 KiB, the request line included: 431 */
	unsigned headers;	/* 100: 431 */
	size_t url_size;	/* 4 KiB, at most header_size: 414 */
	size_t body_size;	/* 1 MiB: 413 */
	unsigned header_ms;	/* 10 s from first byte to the last header: 408 */
	unsigned body_ms;	/* 30 s from there to the last byte: 408 */
	unsigned idle_ms;	/* 60 s without a request: closed */
	unsigned write_ms;	/* 30 s without progress of an answer: closed */
	unsigned connections;	/* 16,384: more wait to be accepted */
};

/* All run in the I/O thread and must not block. */
struct sigpact__http_callbacks {
	/* The head of a request was read.  Sets request->route.  0: go on; else
	   the status to refuse it with, 400 to 599: it is answered with a JSON
	   body and forgotten.  While draining, one that goes on without
	   `anytime` is refused with 503. */
	int (*headed)(void *context, struct sigpact__request *request);

	/* The whole request was read: it is the callback's now. */
	void (*arrived)(void *context, struct sigpact__request *request);

	/* NULL or: this was refused, by `headed` or before.  request is NULL
	   when nothing of it could be read; of one that was not understood path
	   and query may be NULL.  To be looked at here only. */
	void (*refused)(void *context, const struct sigpact__request *request,
			int status);

	/* NULL or: all that was ready has been read, the thread is about to
	   wait.  A good time to wake workers, once for many requests. */
	void (*settled)(void *context);
};

/* Makes a server that listens nowhere yet.  callbacks are copied.  -ENOMEM;
   -EMFILE, -ENFILE: no descriptor.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem fd. */
int sigpact__http_create(const struct sigpact__http_limits *limits,
			 const struct sigpact__http_callbacks *callbacks,
			 void *context, struct sigpact__http **http);

/* Closes all that is open and frees it.  sigpact__http_run has returned; a
   request that was not answered yet must not be answered any more.

   Safety: MT-Unsafe race, AS-Unsafe heap, AC-Unsafe mem fd. */
void sigpact__http_destroy(struct sigpact__http *http);

/* Listens at an IPv4 or IPv6 address in digits (NULL: all of both) and a port
   (0: any).  context is what its requests have as `listener`.  listener may be
   NULL.  -EINVAL: no such address; and what socket(2), bind(2) and listen(2)
   say.

   Safety: MT-Unsafe race (I/O thread, or before it runs), AS-Unsafe heap. */
int sigpact__http_listen(struct sigpact__http *http, const char *address,
			 unsigned short port, void *context,
			 struct sigpact__listener **listener);

/* Requests that are headed from now on have this context.

   Safety: MT-Unsafe race (I/O thread, or before it runs), AS-Safe. */
void sigpact__listener_set(struct sigpact__listener *listener, void *context);

/* The port that it listens at.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
unsigned short sigpact__listener_port(const struct sigpact__listener *listener);

/* Stops to listen there.  Connections that came by it are closed when they are
   idle, others after their answer; no request with its context is headed from
   now on.  listener is gone.

   Safety: MT-Unsafe race (I/O thread, or before it runs), AS-Unsafe heap. */
void sigpact__http_unlisten(struct sigpact__http *http,
			    struct sigpact__listener *listener);

/* Calls ready(context) in the I/O thread whenever fd can be read, until it is
   unwatched: before it is closed.  -EEXIST: it is watched already; -ENOMEM,
   -EBADF, -EPERM.

   Safety: MT-Unsafe race (I/O thread, or before it runs), AS-Unsafe heap. */
int sigpact__http_watch(struct sigpact__http *http, int fd,
			void (*ready)(void *context), void *context);
void sigpact__http_unwatch(struct sigpact__http *http, int fd);

/* Serves, in this thread, until it is stopped or drained.  No signal is sent
   for a broken connection.  -errno: epoll_wait(2) failed.

   Safety: MT-Unsafe race (one thread at a time), AS-Unsafe heap. */
int sigpact__http_run(struct sigpact__http *http);

/* sigpact__http_run returns as soon as it can.

   Safety: MT-Safe, AS-Unsafe, AC-Safe. */
void sigpact__http_stop(struct sigpact__http *http);

/* Idle connections are closed, new requests are refused with 503, each answer
   from now on closes its connection; sigpact__http_run returns once every
   request that arrived is answered and its answer is sent.

   Safety: MT-Safe, AS-Unsafe, AC-Safe. */
void sigpact__http_drain(struct sigpact__http *http);

/* Answers a request, from any thread; request is gone.  What response points to
   is the caller's again when it returns: what the socket does not take at once
   is copied.  A HEAD request is answered without the body.  The headers Date,
   Content-Length and Connection are made here.  A client that is gone, or no
   memory for the copy, closes the connection.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem. */
void sigpact__http_answer(struct sigpact__request *request,
			  const struct sigpact__response *response);

/* The same, with {"status":…,"error":…} as the body.  why: printable ASCII
   without quotes and backslashes, NULL: what the status means.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem. */
void sigpact__http_refuse(struct sigpact__request *request, int status,
			  const char *why, const char *extra);

/* 1 when the client has reset the connection since: nobody waits for an answer,
   which must be given nevertheless.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
int sigpact__request_lost(const struct sigpact__request *request);

/* The value of the first header of that name, given in lower case; NULL: it has
   none.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
const char *sigpact__request_header(const struct sigpact__request *request,
				    const char *name);

/* The client's address in digits, of up to 45 characters.

   Safety: MT-Safe, AS-Safe, AC-Safe. */
enum { SIGPACT__PEER_SIZE = 46 };
void sigpact__request_peer(const struct sigpact__request *request,
			   char text[SIGPACT__PEER_SIZE]);

/* What happened since the start.  Read in the I/O thread. */
struct sigpact__http_counts {
	uint64_t connections;	/* open now */
	uint64_t accepted;
	uint64_t requests;	/* that arrived */
	uint64_t refused;
	uint64_t timed_out;	/* any time-out but the idle one */
	uint64_t paused;	/* how often accepting had to wait */
};

/* Safety: MT-Unsafe race (I/O thread), AS-Safe. */
void sigpact__http_counts(const struct sigpact__http *http,
			  struct sigpact__http_counts *counts);

#endif
