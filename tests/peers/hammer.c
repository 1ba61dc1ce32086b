/* Sends SIGPWR to every thread again and again, Go's included, while Go's own
   preemption runs hot and each goroutine checks its memory.  The handler looks
   where it runs: a goroutine's stack is never the place.

	hammer LIBRARY ROUNDS */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ulong on_alternate, on_native, on_goroutine;
static atomic_bool stop;
static pid_t sender;

/* Go's heap, goroutine stacks with it, starts at 0xc000000000 on 64-bit
   Linux: runtime/malloc.go, arena hints. */
static bool in_go_heap(const void *p)
{
	return (uintptr_t)p >> 32 == 0xc0;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	volatile char work[2048];
	stack_t ss;

	(void)sig;
	(void)info;
	(void)context;
	/* More than the space that Go leaves below a goroutine's stack. */
	for (size_t i = 0; i < sizeof work; i++)
		work[i] = 1;
	sigaltstack(NULL, &ss);
	if (in_go_heap((const void *)work) && !(ss.ss_flags & SS_ONSTACK))
		atomic_fetch_add(&on_goroutine, 1);
	else if (ss.ss_flags & SS_ONSTACK)
		atomic_fetch_add(&on_alternate, 1);
	else
		atomic_fetch_add(&on_native, 1);
	errno = saved;
}

static void *hammer(void *unused)
{
	DIR *tasks = opendir("/proc/self/task");

	(void)unused;
	sender = (pid_t)syscall(SYS_gettid);
	while (tasks && !atomic_load(&stop)) {
		struct dirent *entry;

		rewinddir(tasks);
		while ((entry = readdir(tasks))) {
			pid_t tid = atoi(entry->d_name);

			/* A thread may be gone meanwhile. */
			if (tid > 0 && tid != sender)
				syscall(SYS_tgkill, getpid(), tid, SIGPWR);
		}
		usleep(20);
	}
	if (tasks)
		closedir(tasks);
	return NULL;
}

static void die(const char *what)
{
	fprintf(stderr, "hammer: %s\n", what);
	exit(2);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_RESTART };
	stack_t ss = { .ss_size = 64 << 10 };
	int rounds = argc == 3 ? atoi(argv[2]) : 0;
	long long (*spin)(int), done = 0;
	int (*add)(int, int);
	pthread_t thread;
	void *library;

	if (rounds < 1)
		die("usage: hammer LIBRARY ROUNDS");
	ss.ss_sp = malloc(ss.ss_size);
	if (!ss.ss_sp || sigaltstack(&ss, NULL))
		die("sigaltstack failed");
	sigemptyset(&action.sa_mask);
	action.sa_sigaction = on_signal;
	sigaction(SIGPWR, &action, NULL);
	library = dlopen(argv[1], RTLD_NOW);
	if (!library)
		die(dlerror());
	spin = (long long (*)(int))dlsym(library, "Spin");
	add = (int (*)(int, int))dlsym(library, "Add");
	if (!spin || !add || add(40, 2) != 42)
		die("not the library that was expected");
	if (pthread_create(&thread, NULL, hammer, NULL))
		die("pthread_create failed");
	/* By turns in Go, on a goroutine's stack, and in C on the thread's. */
	for (int i = 0; i < rounds; i++) {
		long long n = spin(100);
		unsigned long before = atomic_load(&on_native) +
				       atomic_load(&on_alternate);

		if (n < 0)
			die("a goroutine found its memory changed");
		done += n;
		while (atomic_load(&on_native) + atomic_load(&on_alternate) <
		       before + 100)
			continue;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	printf("alive after %lld rounds: handler on a native stack %lu, an "
	       "alternate one %lu, a goroutine's %lu times\n",
	       done, atomic_load(&on_native), atomic_load(&on_alternate),
	       atomic_load(&on_goroutine));
	return atomic_load(&on_goroutine) != 0;
}
