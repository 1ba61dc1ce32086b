/* Boehm's collector with several threads, beside a Go library.  It stops them
   by SIGPWR, restarts them by SIGXCPU, and takes the stack pointer of its
   handler for the thread's.  Each thread has an alternate stack, as for a crash
   handler, and only its own stack points to its objects.

	collect LIBRARY|- COLLECTIONS */
#define _GNU_SOURCE
#define GC_THREADS
#include <gc.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 3, NODES = 200, LISTS = 500, MARK = 0x5157 };

struct node {
	struct node *next;
	size_t mark, pad[6];
};

static int (*add)(int, int);
static atomic_int stop, ready;
static atomic_ulong lists;

static void die(const char *what)
{
	fprintf(stderr, "collect: %s\n", what);
	exit(3);
}

static struct node *make_list(size_t mark)
{
	struct node *list = NULL;

	for (int i = 0; i < NODES; i++) {
		struct node *n = GC_MALLOC(sizeof *n);

		if (!n)
			die("no memory");
		n->next = list;
		n->mark = mark + (size_t)i;
		list = n;
	}
	return list;
}

static void check_list(const struct node *n, size_t mark)
{
	for (int i = NODES; i--; n = n->next)
		if (!n || n->mark != mark + (size_t)i)
			die("a live object was collected");
	if (n)
		die("a live object was collected");
}

static void *mutate(void *unused)
{
	stack_t ss = { .ss_size = 64 << 10, .ss_flags = 0 };

	(void)unused;
	ss.ss_sp = malloc(ss.ss_size);
	if (!ss.ss_sp || sigaltstack(&ss, NULL))
		die("sigaltstack failed");
	if (add && add(40, 2) != 42)
		die("Add: not the library that was expected");
	atomic_fetch_add(&ready, 1);
	for (size_t mark = MARK; !atomic_load(&stop); mark++) {
		struct node *volatile kept = make_list(mark);

		/* Garbage that takes the place of what is freed wrongly. */
		for (int i = 0; i < 4; i++)
			make_list(0);
		check_list(kept, mark);
		atomic_fetch_add(&lists, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int collections = argc == 3 ? atoi(argv[2]) : 0;
	void *library;

	if (collections < 1)
		die("usage: collect LIBRARY|- COLLECTIONS");
	GC_INIT();
	GC_allow_register_threads();
	if (strcmp(argv[1], "-")) {
		library = dlopen(argv[1], RTLD_NOW);
		if (!library)
			die(dlerror());
		add = (int (*)(int, int))dlsym(library, "Add");
		if (!add)
			die("Add: not the library that was expected");
	}
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, mutate, NULL))
			die("pthread_create failed");
	while (atomic_load(&ready) < THREADS)
		continue;
	/* Between two collections the others get the time for some lists. */
	for (int i = 0; i < collections || atomic_load(&lists) < LISTS; i++) {
		GC_gcollect();
		usleep(200);
	}
	atomic_store(&stop, 1);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("alive after %lu collections, %lu lists were whole\n",
	       (unsigned long)GC_get_gc_no(), atomic_load(&lists));
	return 0;
}
