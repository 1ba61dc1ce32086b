/* Clients who ask for everything at once, and check each answer: status, trap and
   body.  Sends COUNT requests by 64 connections, of all kinds in the order that
   SEED gives, and looks at what the server has of memory half way and at the end.

	mixed PORT PID COUNT SEED */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 64, LARGE = 1 << 20, ROOM = LARGE + 4096, SHOWN = 10 };

#define TRAPPED(name)                                                          \
	500, name,                                                             \
	    "{\"status\":500,\"error\":\"the function trapped\",\"trap\":\"" name \
	    "\"}\n"

static char worked[64]; /* what work answers */

static const struct kind {
	const char *target;
	int status;
	const char *trap, *body; /* body NULL: what was sent */
	size_t most;		 /* bytes to send; 1: the one byte 255 */
} kinds[] = {
	{ "/recursion", TRAPPED("stack-overflow"), 0 },
	{ "/trap?divide", TRAPPED("divide"), 0 },
	{ "/trap?out-of-bounds", TRAPPED("out-of-bounds"), 0 },
	{ "/trap?write-out-of-bounds", TRAPPED("out-of-bounds"), 0 },
	{ "/trap?unreachable", TRAPPED("unreachable"), 0 },
	{ "/trap?indirect-call", TRAPPED("indirect-call"), 0 },
	{ "/deep?host", TRAPPED("stack-overflow"), 0 },
	{ "/deep?shadow", TRAPPED("out-of-bounds"), 0 },
	{ "/wide", TRAPPED("stack-overflow"), 1 },
	{ "/endless", 504, "",
	  "{\"status\":504,\"error\":\"the function ran longer than it "
	  "may\"}\n", 0 },
	{ "/work", 200, "", worked, 0 },
	{ "/empty", 200, "", "", 0 },
	{ "/echo", 200, "", NULL, 5000 },
	{ "/echo", 200, "", NULL, LARGE },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct connection {
	int fd;
	const struct kind *kind;
	char head[256];
	size_t head_size, sent;	/* of head and body */
	const char *body;
	size_t body_size;
	char *got;
	size_t got_size;
};

static struct connection connections[CONNECTIONS];
static char noise[2 * LARGE];
static uint64_t state;
static unsigned long count, begun, ended, wrong, by_kind[KINDS];
static int pid;

static void fail(const char *what)
{
	fprintf(stderr, "mixed: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 20);
}

/* As examples/functions/work.c has it. */
static void work(void)
{
	double x = 0.5, sum = 0;
	long i;

	for (i = 0; i < 110000; i++) {
		x = 3.7 * x * (1 - x);
		sum += x;
	}
	snprintf(worked, sizeof worked, "%.12g\n", sum);
}

/* First many of one kind at a time, so that the server has what it will need;
   then all kinds, but large ones seldom. */
static const struct kind *choose(void)
{
	uint32_t n;

	if (begun < KINDS * CONNECTIONS && count > 4 * KINDS * CONNECTIONS)
		return &kinds[begun / CONNECTIONS];
	n = next() % (KINDS * 8 - 7);
	return &kinds[n / 8];
}

static void begin(struct connection *c)
{
	const struct kind *k = choose();

	c->kind = k;
	c->body_size = k->most > 1 ? k->most / 2 + next() % (k->most / 2 + 1)
				   : k->most;
	c->body = noise + next() % LARGE;
	if (k->most == 1)
		c->body = "\xff";
	if (k->most == LARGE)
		c->body_size = LARGE;
	c->head_size = (size_t)snprintf(
	    c->head, sizeof c->head,
	    "%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
	    k->most ? "POST" : "GET", k->target, c->body_size);
	c->sent = c->got_size = 0;
	begun++;
}

/* 1: all is sent. */
static int put(struct connection *c)
{
	size_t all = c->head_size + c->body_size;
	struct iovec v[2];
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
	ssize_t n;

	while (c->sent < all) {
		size_t of_head = c->sent < c->head_size ? c->sent
							: c->head_size;

		v[0].iov_base = c->head + of_head;
		v[0].iov_len = c->head_size - of_head;
		v[1].iov_base = (char *)c->body + (c->sent - of_head);
		v[1].iov_len = all - c->sent - v[0].iov_len;
		n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			fail("send");
		c->sent += (size_t)n;
	}
	return 1;
}

static const char *header(const char *head, const char *name)
{
	static char value[64];
	const char *at = strstr(head, name);

	value[0] = 0;
	if (at)
		sscanf(at + strlen(name), ": %63[^\r]", value);
	return value;
}

/* 1: it is all there; then it was checked. */
static int answered(struct connection *c)
{
	const struct kind *k = c->kind;
	const char *expected = k->body ? k->body : c->body;
	size_t size = k->body ? strlen(k->body) : c->body_size, length;
	char *end, trap[64];
	int status;

	c->got[c->got_size] = 0;
	end = strstr(c->got, "\r\n\r\n");
	if (!end)
		return 0;
	*end = 0; /* of what strstr may look at */
	length = strtoul(header(c->got, "\r\nContent-Length"), NULL, 10);
	strcpy(trap, header(c->got, "\r\nSigpact-Trap"));
	*end = '\r';
	end += 4;
	if (c->got_size < (size_t)(end - c->got) + length)
		return 0;
	status = atoi(c->got + 9);
	by_kind[k - kinds]++;
	if (status == k->status && !strcmp(trap, k->trap) && length == size &&
	    !memcmp(end, expected, size))
		return 1;
	if (wrong++ < SHOWN)
		fprintf(stderr, "%s: %d, trap \"%s\", %zu bytes: %.200s\n"
			"… expected %d, \"%s\", %zu bytes\n", k->target,
			status, trap, length, end, k->status, k->trap, size);
	return 1;
}

/* 1: the answer is there. */
static int get(struct connection *c)
{
	ssize_t n;

	for (;;) {
		n = recv(c->fd, c->got + c->got_size, ROOM - c->got_size, 0);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0) {
			fprintf(stderr, "%s: closed\n", c->kind->target);
			fail("recv");
		}
		c->got_size += (size_t)n;
		if (answered(c))
			return 1;
	}
}

static void open_one(struct connection *c, int epoll, int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET,
				 .data.ptr = c };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	c->got = malloc(ROOM + 1);
	if (c->fd < 0 || !c->got ||
	    connect(c->fd, (struct sockaddr *)&to, sizeof to))
		fail("connect");
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	begin(c);
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e))
		fail("epoll_ctl");
}

static void look(const char *when)
{
	unsigned long pages = 0, lines = 0;
	char path[64];
	FILE *f;
	int c;

	snprintf(path, sizeof path, "/proc/%d/statm", pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%*u %lu", &pages) != 1)
		fail(path);
	fclose(f);
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f && (c = getc(f)) != EOF)
		lines += c == '\n';
	if (f)
		fclose(f);
	printf("%s %lu KiB %lu mappings\n", when, pages * 4, lines);
}

/* The next one, for as long as there are any. */
static void turn(struct connection *c)
{
	while (c->kind && put(c) && get(c)) {
		ended++;
		if (ended == count / 2)
			look("half");
		if (begun < count)
			begin(c);
		else
			c->kind = NULL;
	}
}

int main(int argc, char **argv)
{
	struct epoll_event events[CONNECTIONS];
	int epoll = epoll_create1(0), i, n;

	if (argc != 5)
		return 2;
	pid = atoi(argv[2]);
	count = strtoul(argv[3], NULL, 10);
	state = strtoul(argv[4], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
	work();
	for (i = 0; i < (int)sizeof noise; i++)
		noise[i] = (char)next();
	for (i = 0; i < CONNECTIONS; i++)
		open_one(&connections[i], epoll, atoi(argv[1]));
	while (ended < count) {
		n = epoll_wait(epoll, events, CONNECTIONS, 30000);
		if (!n) {
			errno = ETIMEDOUT;
			fail("no answer for half a minute");
		}
		for (i = 0; i < n; i++)
			turn(events[i].data.ptr);
	}
	look("end");
	for (i = 0; i < KINDS; i++)
		printf("# %6lu of %s\n", by_kind[i], kinds[i].target);
	printf("wrong %lu\n", wrong);
	return wrong != 0;
}
