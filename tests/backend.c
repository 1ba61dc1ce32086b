/* The kernel backend, end to end, on kernels without the four prctl calls: a
   seccomp filter hands them to a supervisor, which answers as the patched
   kernel does, with a mask for each thread.  What is shown is the ABI and what
   the library makes of it, not the kernel's delivery: here an excluded signal
   still arrives on the alternate stack.

   The first process is the supervisor.  Its child installs the filter and
   executes this program again, so that the library is loaded under it. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sigpact.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"
#include "tap.h"

enum { SET = 0x53415801, CLEAR, SET_MASK, GET_MASK };

/* What the supervisor knows, for the test to see. */
struct state {
	struct thread {
		int tid;
		uint64_t mask;
	} threads[8];
	unsigned calls[4];
	int refuse;		/* errno for every call, when not 0 */
};
static struct state *state;

static uint64_t bit(int sig)
{
	return 1ull << (sig - 1);
}

static uint64_t *mask_of(int tid)
{
	struct thread *t = state->threads;

	while (t->tid && t->tid != tid)
		t++;
	t->tid = tid;
	return &t->mask;
}

/* The supervisor's half */

/* The word at address in a thread's memory: read, or written. */
static int move(int tid, uint64_t address, uint64_t *word, int to_thread)
{
	struct iovec here = { word, sizeof *word };
	struct iovec there = { (void *)address, sizeof *word };
	ssize_t n = to_thread ? process_vm_writev(tid, &here, 1, &there, 1, 0)
			      : process_vm_readv(tid, &here, 1, &there, 1, 0);

	return n == sizeof *word ? 0 : EFAULT;
}

/* 0 or an errno, as facts of the ABI: one signal must be one that can be
   excluded, in a mask the others are ignored. */
static int answer(int tid, const __u64 *a)
{
	const uint64_t never = bit(SIGKILL) | bit(SIGSTOP);
	uint64_t *mask = mask_of(tid), word;
	int sig = (int)a[1], e;

	state->calls[a[0] - SET]++;
	if (state->refuse)
		return state->refuse;
	if (a[0] == SET || a[0] == CLEAR) {
		if (sig < 1 || sig > 64 || bit(sig) & never)
			return EINVAL;
		if (a[0] == SET)
			*mask |= bit(sig);
		else
			*mask &= ~bit(sig);
		return 0;
	}
	if (a[2] != sizeof word)
		return EINVAL;
	if (a[0] == GET_MASK)
		return move(tid, a[1], mask, 1);
	e = move(tid, a[1], &word, 0);
	if (!e)
		*mask = word & ~never;
	return e;
}

static void supervise(int listener, pid_t child, int *status)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };
	struct seccomp_notif_resp response;
	struct seccomp_notif request;

	while (waitpid(child, status, WNOHANG) == 0) {
		if (poll(&p, 1, 50) != 1 || !(p.revents & POLLIN))
			continue;
		memset(&request, 0, sizeof request);
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request))
			continue;
		memset(&response, 0, sizeof response);
		response.id = request.id;
		response.error =
		    -answer((int)request.pid, request.data.args);
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
}

static int install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SET, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, GET_MASK, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			    SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* The descriptor that is sent, or with fd >= 0 sends that one; -1: no. */
static int pass(int socket, int fd)
{
	union {
		char space[CMSG_SPACE(sizeof fd)];
		struct cmsghdr align;
	} control;
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1,
			    .msg_control = control.space,
			    .msg_controllen = sizeof control.space };
	struct cmsghdr *c;

	memset(&control, 0, sizeof control);
	if (fd < 0) {
		if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) < 1 ||
		    !CMSG_FIRSTHDR(&m))
			return -1;
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
		return fd;
	}
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return sendmsg(socket, &m, 0) == 1 ? 0 : -1;
}

static int start(void)
{
	int fd = memfd_create("state", 0), ends[2], listener, status = 0;
	char number[16];
	pid_t child;

	if (fd < 0 || ftruncate(fd, sizeof *state) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		bail("no shared state");
	state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	snprintf(number, sizeof number, "%d", fd);
	child = fork();
	if (child < 0 || state == MAP_FAILED)
		bail("no child");
	if (!child) {
		listener = install_filter();
		if (listener < 0) {
			skip("kernel backend",
			     "no seccomp user notification here");
			_exit(done());
		}
		if (pass(ends[1], listener))
			bail("the listener cannot be passed");
		close(listener);
		execl("/proc/self/exe", "backend", number, (char *)NULL);
		bail("exec");
	}
	close(ends[1]);
	listener = pass(ends[0], -1);
	if (listener < 0)
		waitpid(child, &status, 0);
	else
		supervise(listener, child, &status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The half under the filter */

static char alt[65536];
static volatile int on_alt;

static void handler(int sig)
{
	const char here = 0, *volatile p = &here;

	on_alt = p >= alt && p < alt + sizeof alt;
}

static uint64_t mine(void)
{
	return *mask_of((int)syscall(SYS_gettid));
}

static unsigned calls(void)
{
	unsigned *c = state->calls;

	return c[0] + c[1] + c[2] + c[3];
}

static void probing(void)
{
	ok(sigpact_backend_get() == SIGPACT_BACKEND_KERNEL, "kernel backend");
	sigpact_backend_get();
	ok(sigpact_backend_get() == SIGPACT_BACKEND_KERNEL &&
	       state->calls[GET_MASK - SET] == 1 && calls() == 1,
	   "probed once, by the call that changes nothing");
}

static void single(void)
{
	unsigned before;

	ok(sigpact_exclude_set(SIGUSR1) == 0 && mine() == bit(SIGUSR1),
	   "set: in the kernel's mask");
	ok(sigpact_exclude_test(SIGUSR1) == 1 &&
	       sigpact_exclude_test(SIGUSR2) == 0,
	   "test: as the kernel says");
	ok(sigpact_exclude_set(64) == 0 && mine() == (bit(SIGUSR1) | bit(64)),
	   "set: another is added");
	ok(sigpact_exclude_clear(SIGUSR1) == 0 && mine() == bit(64) &&
	       sigpact_exclude_test(SIGUSR1) == 0,
	   "clear: this one alone");
	before = calls();
	ok(sigpact_exclude_set(0) == -EINVAL &&
	       sigpact_exclude_set(65) == -EINVAL &&
	       sigpact_exclude_set(SIGKILL) == -EINVAL &&
	       sigpact_exclude_clear(SIGSTOP) == -EINVAL &&
	       sigpact_exclude_test(0) == -EINVAL && calls() == before,
	   "bad signals: -EINVAL without a system call");
}

static void masks(void)
{
	sigset_t set, is;

	memset(&set, 0, sizeof set);
	sigaddset(&set, SIGPWR);
	is = set;
	sigaddset(&set, SIGKILL);
	sigaddset(&set, SIGSTOP);
	ok(sigpact_exclude_mask_set(&set) == 0 && mine() == bit(SIGPWR),
	   "mask_set: replaces, without SIGKILL and SIGSTOP");
	memset(&set, 0xff, sizeof set);
	ok(sigpact_exclude_mask_get(&set) == 0 && !memcmp(&set, &is, sizeof is),
	   "mask_get: what the kernel has, and zeros");
}

/* prctl(2) of libsigpact, as a program for the patched kernel calls it. */
static int refused(int option, unsigned long a, unsigned long b)
{
	errno = 0;
	return prctl(option, a, b, 0, 0) == -1 ? errno : 0;
}

static void numbers(void)
{
	uint64_t word = bit(SIGURG) | bit(SIGKILL);
	unsigned long at = (unsigned long)&word;

	ok(prctl(SET_MASK, at, 8, 0, 0) == 0 && mine() == bit(SIGURG) &&
	       prctl(SET, SIGHUP, 0, 0, 0) == 0 &&
	       prctl(CLEAR, SIGURG, 0, 0, 0) == 0 && mine() == bit(SIGHUP),
	   "prctl: 0x53415801, …2 and …3 change this thread's mask");
	ok(prctl(GET_MASK, at, 8, 0, 0) == 0 && word == bit(SIGHUP),
	   "prctl: 0x53415804 reads it");
	ok(refused(SET, 0, 0) == EINVAL && refused(SET, SIGKILL, 0) == EINVAL &&
	       refused(CLEAR, 65, 0) == EINVAL,
	   "prctl: EINVAL for one signal that cannot be excluded");
	ok(refused(SET_MASK, at, 16) == EINVAL &&
	       refused(GET_MASK, at, 4) == EINVAL &&
	       refused(SET_MASK, 0, 8) == EFAULT &&
	       refused(GET_MASK, 0, 8) == EFAULT && mine() == bit(SIGHUP),
	   "prctl: EINVAL for a size, EFAULT for no memory; nothing changed");
}

static void *other(void *result)
{
	sigset_t set;

	*(int *)result = sigpact_exclude_mask_get(&set) == 0 &&
			 sigisemptyset(&set) &&
			 sigpact_exclude_set(SIGALRM) == 0 &&
			 mine() == bit(SIGALRM);
	return NULL;
}

static void threads(void)
{
	uint64_t before = mine();
	pthread_t t;
	int good = 0;

	if (pthread_create(&t, NULL, other, &good))
		bail("no thread");
	pthread_join(t, NULL);
	ok(good, "a new thread: empty, and one of its own");
	ok(before && mine() == before, "… which leaves this thread's alone");
}

static void errors(void)
{
	uint64_t before = mine();
	sigset_t set;

	sigemptyset(&set);
	errno = 0;
	state->refuse = ENOMEM;
	ok(sigpact_exclude_set(SIGUSR1) == -ENOMEM &&
	       sigpact_exclude_clear(SIGUSR1) == -ENOMEM &&
	       sigpact_exclude_test(SIGUSR1) == -ENOMEM &&
	       sigpact_exclude_mask_set(&set) == -ENOMEM &&
	       sigpact_exclude_mask_get(&set) == -ENOMEM,
	   "what the kernel refuses is passed on");
	state->refuse = 0;
	ok(errno == 0 && mine() == before, "… without errno");
}

/* What the kernel itself has for sig, below all libraries. */
static int installed(int sig, unsigned long flags)
{
	struct { uint64_t handler, flags, restorer, mask; } a;

	return sigpact__sys4(SYS_rt_sigaction, sig, 0, (long)&a, 8) == 0 &&
	       a.handler == (uintptr_t)handler &&
	       (a.flags & ~0x04000000ul /* SA_RESTORER */) == flags;
}

static void actions(void)
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };
	struct sigpact_counts c;

	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &a, NULL);
	sigaction(SIGSEGV, &a, NULL);
	sigpact_exclude_set(SIGUSR1);
	sigpact_exclude_set(SIGUSR2);
	sigaction(SIGUSR2, &a, NULL);
	ok(installed(SIGUSR1, SA_ONSTACK) && installed(SIGSEGV, SA_ONSTACK) &&
	       installed(SIGUSR2, SA_ONSTACK),
	   "no entry routine: installed before or after, as the program did");
	raise(SIGUSR1);
	ok(on_alt && sigpact_counts_get(SIGUSR1, &c) == 0 && c.delivered == 0,
	   "no delivery through it: the rest is the kernel's");
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return start();
	state = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED,
		     atoi(argv[1]), 0);
	if (state == MAP_FAILED)
		bail("no shared state");
	probing();
	single();
	masks();
	numbers();
	threads();
	errors();
	actions();
	return done();
}
