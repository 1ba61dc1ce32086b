/* System calls that are interrupted by a hold: none returns for it.  Each is
   held many times while it waits, and ended by what it waits for. */
#include "held.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/socket.h>

enum { HOLDS = 20 };

static int fds[2], pair[2], epoll, sem;
static uint32_t *word;
static sigset_t usr1, none;

static void handler(int sig)
{
	(void)sig;
	shared->caught++;
}

static long do_read(void)
{
	char c;

	return read(fds[0], &c, 1) == 1 ? 0 : -errno;
}

static long do_futex(void)
{
	return syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL) ? -errno : 0;
}

static long do_futex_timed(void)
{
	struct timespec t = { 1000, 0 };

	return syscall(SYS_futex, word, FUTEX_WAIT, 0, &t) ? -errno : 0;
}

static long do_nanosleep(void)
{
	struct timespec t = { 0, 300000000 };

	return syscall(SYS_nanosleep, &t, NULL) ? -errno : 0;
}

static long do_clock_nanosleep(void)
{
	struct timespec t = { 0, 300000000 };

	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &t, NULL) ?
		       -errno : 0;
}

static long do_epoll(void)
{
	struct epoll_event e;

	return syscall(SYS_epoll_wait, epoll, &e, 1, -1) == 1 ? 0 : -errno;
}

static long do_epoll_mask(void)
{
	struct epoll_event e;

	return syscall(SYS_epoll_pwait, epoll, &e, 1, -1, &usr1, 8) == 1 ?
		       0 : -errno;
}

static long do_poll(void)
{
	struct pollfd p = { fds[0], POLLIN, 0 };

	return syscall(SYS_poll, &p, 1, 1000000) == 1 ? 0 : -errno;
}

static long do_ppoll(void)
{
	struct pollfd p = { fds[0], POLLIN, 0 };

	return syscall(SYS_ppoll, &p, 1, NULL, &usr1, 8) == 1 ? 0 : -errno;
}

static long do_recv(void)
{
	char c;

	return recv(pair[0], &c, 1, 0) == 1 ? 0 : -errno;
}

static long do_semop(void)
{
	struct sembuf s = { 0, -1, 0 };

	return syscall(SYS_semop, sem, &s, 1) ? -errno : 0;
}

static long do_sigtimedwait(void)
{
	struct timespec t = { 1000, 0 };

	return syscall(SYS_rt_sigtimedwait, &usr1, NULL, &t, 8) == SIGUSR1 ?
		       0 : -errno;
}

/* These end when a handler has run, and not before. */
static long do_pause(void)
{
	syscall(SYS_pause);
	return shared->caught == 1 ? 0 : -1;
}

static long do_sigsuspend(void)
{
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	syscall(SYS_rt_sigsuspend, &none, 8);
	return shared->caught == 1 ? 0 : -1;
}

static long do_wait(void)
{
	pid_t pid = fork();

	if (!pid) {
		do_read();
		_exit(0);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

static void by_pipe(pid_t pid)
{
	(void)pid;
	if (write(fds[1], "x", 1) != 1 || write(pair[1], "x", 1) != 1)
		bail("cannot write");
}

static void by_futex(pid_t pid)
{
	(void)pid;
	*word = 1;
	syscall(SYS_futex, word, FUTEX_WAKE, 1);
}

static void by_sem(pid_t pid)
{
	struct sembuf s = { 0, 1, 0 };

	(void)pid;
	semop(sem, &s, 1);
}

static void by_signal(pid_t pid)
{
	kill(pid, SIGUSR1);
}

static void by_time(pid_t pid)
{
	(void)pid;
}

static const struct way {
	const char *name;
	long number;
	long (*wait)(void);
	void (*end)(pid_t);
	int blocks; /* SIGUSR1 */
} ways[] = {
	{ "read", SYS_read, do_read, by_pipe, 0 },
	{ "futex", SYS_futex, do_futex, by_futex, 0 },
	{ "futex, timed", SYS_futex, do_futex_timed, by_futex, 0 },
	{ "nanosleep", SYS_nanosleep, do_nanosleep, by_time, 0 },
	{ "clock_nanosleep", SYS_clock_nanosleep, do_clock_nanosleep, by_time,
	  0 },
	{ "epoll_wait", SYS_epoll_wait, do_epoll, by_pipe, 0 },
	{ "epoll_pwait", SYS_epoll_pwait, do_epoll_mask, by_pipe, 0 },
	{ "poll", SYS_poll, do_poll, by_pipe, 0 },
	{ "ppoll", SYS_ppoll, do_ppoll, by_pipe, 0 },
	{ "recv with a time limit", SYS_recvfrom, do_recv, by_pipe, 0 },
	{ "semop", SYS_semop, do_semop, by_sem, 0 },
	{ "sigtimedwait", SYS_rt_sigtimedwait, do_sigtimedwait, by_signal, 1 },
	{ "pause", SYS_pause, do_pause, by_signal, 0 },
	{ "sigsuspend", SYS_rt_sigsuspend, do_sigsuspend, by_signal, 0 },
	{ "waitpid", SYS_wait4, do_wait, by_pipe, 0 },
};
static const struct way *way;

static void waiter(void)
{
	struct sigaction a = { .sa_handler = handler };

	sigaction(SIGUSR1, &a, NULL);
	if (way->blocks)
		sigprocmask(SIG_BLOCK, &usr1, NULL);
	shared->ready = 1;
	shared->result = way->wait();
	shared->stop = 1;
}

static void check(void)
{
	struct sigpact__act actions[65];
	struct sigpact__remote r;
	pid_t pid = child(waiter);
	int i, held = 0;
	stack_t ss;

	if (!WAIT_FOR(call_of(pid) == way->number))
		bail(way->name);
	for (i = 0; i < HOLDS && !shared->stop; i++) {
		if (sigpact__remote_hold(&r, pid, pid, 10000))
			break;
		/* held only, calls, code of ours: each ends otherwise */
		held += i % 3 == 0 ? 1 :
			i % 3 == 1 ? call(&r, SYS_getpid) == pid :
				     !ask(&r, &ss, actions);
		sigpact__remote_release(&r);
		if (way->end != by_time)
			WAIT_FOR(shared->stop || state_of(pid) == 'S');
	}
	i = way->end == by_time ? held > 0 : held == HOLDS && !shared->stop;
	way->end(pid);
	ok(ended(pid) == 0 && i && shared->stop && !shared->result,
	   "%s: %d holds, %ld", way->name, held, shared->result);
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct timeval t = { 1000, 0 };

	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (way = ways; way < ways + sizeof ways / sizeof *ways; way++) {
		*word = 0;
		sem = semget(IPC_PRIVATE, 1, 0600);
		epoll = epoll_create1(0);
		if (pipe(fds) || sem < 0 ||
		    socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			bail("no pipe");
		setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
		epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &e);
		check();
		semctl(sem, 0, IPC_RMID);
		close(epoll);
		close(fds[0]);
		close(fds[1]);
		close(pair[0]);
		close(pair[1]);
	}
	return done();
}
