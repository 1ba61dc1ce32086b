/* Every kind of finding, over records made here: one that shows it, and those
   that differ by one thing and do not. */
#include "findings.h"
#include "tap.h"

#include <signal.h>
#include <string.h>

#define ONSTACK 0x08000000ull
#define RESTORER 0x04000000ull
#define NOCLDWAIT 2ull
#define BIT(sig) (1ull << ((sig) - 1))

enum {
	HOST = 0x401000, GO = 0x7001000, ENTRY = 0x7101000, JIT = 0x7201000,
	DATA = 0x7301000, STACK = 0x7401000, GONE = 0x7901000,
	MAPS = 7, TASKS = 3
};
static struct sigpact__map maps[MAPS];
static struct sigpact__task tasks[TASKS];
static struct sigpact__record r, before;

static void map(int i, uint64_t start, uint64_t end, const char *rights,
		const char *path)
{
	maps[i].start = start;
	maps[i].end = end;
	strcpy(maps[i].rights, rights);
	maps[i].path = (char *)path;
}

static void handle(int sig, uint64_t handler, uint64_t flags)
{
	r.action[sig] = (struct sigpact__act){ .handler = handler,
					       .flags = flags };
	r.caught |= BIT(sig);
}

static void arm(int i, uint64_t base, uint64_t size)
{
	tasks[i].alt_base = base;
	tasks[i].alt_size = size;
	tasks[i].alt_mapped = tasks[i].alt_writable = tasks[i].alt_guard = 1;
}

static void runtime(const char *name, const char *module)
{
	r.runtime[r.runtime_count].name = name;
	r.runtime[r.runtime_count++].module = module;
}

/* A program with three threads in which nothing is wrong. */
static void start(void)
{
	int i;

	memset(&r, 0, sizeof r);
	memset(tasks, 0, sizeof tasks);
	map(0, 0x400000, 0x500000, "r-xp", "/usr/bin/host");
	map(1, 0x7000000, 0x7100000, "r-xp", "/opt/libpeer.so");
	map(2, 0x7100000, 0x7200000, "r-xp", "/usr/lib/libsigpact.so.0");
	map(3, 0x7200000, 0x7300000, "r-xp", "");
	map(4, 0x7300000, 0x7400000, "rw-p", "");
	map(5, 0x7400000, 0x7401000, "---p", "");
	map(6, 0x7401000, 0x7500000, "rw-p", "");
	r.pid = 100;
	r.start_time = 7;
	r.at_ns = 5000000000;
	r.have_actions = 1;
	r.map = maps;
	r.map_count = MAPS;
	r.task = tasks;
	r.task_count = TASKS;
	r.frame_size = 3376;
	for (i = 0; i < TASKS; i++) {
		tasks[i].tid = 100 + i;
		tasks[i].seen = SEEN_MASKS | SEEN_ALTSTACK | SEEN_REGISTERS;
		strcpy(tasks[i].name, "worker");
	}
}

static struct sigpact__finding *found;
static size_t count;

static void look(void)
{
	sigpact__findings_free(found, count);
	found = NULL;
	count = 0;
	if (sigpact__findings_between(before.pid ? &before : NULL, &r, &found,
				      &count))
		bail("no memory");
	before.pid = 0;
}

static int times(const char *id)
{
	size_t i;
	int n = 0;

	for (i = 0; i < count; i++)
		n += !strcmp(found[i].kind->id, id);
	return n;
}

static const struct sigpact__finding *the(const char *id)
{
	static const struct sigpact__finding none = { .evidence = "",
						      .cure = "" };
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(found[i].kind->id, id))
			return &found[i];
	return &none;
}

static void shows(const char *id, int sig, pid_t tid, const char *evidence,
		  const char *what)
{
	const struct sigpact__finding *f;

	look();
	f = the(id);
	if (!ok(times(id) == 1 && f->sig == sig && f->tid == tid &&
		strstr(f->evidence, evidence), "%s: %s", id, what))
		printf("# %d times, signal %d, thread %d: %s\n", times(id),
		       f->sig, f->tid, f->evidence);
}

static void silent(const char *id, const char *what)
{
	look();
	ok(!times(id), "%s is silent: %s", id, what);
}

static void wrong(void)
{
	start();
	runtime("Go", "/opt/libpeer.so");
	handle(SIGPWR, HOST, ONSTACK);
	arm(1, DATA, 65536);
}

static void wrong_stack(void)
{
	wrong();
	shows("SP001", SIGPWR, 101, "host+0x1000", "Go, another's handler");
	ok(strstr(the("SP001")->evidence, "libpeer.so") &&
	   strstr(the("SP001")->evidence, "thread 101 (worker)") &&
	   the("SP001")->address == HOST, "SP001 names module and thread");
	ok(!strcmp(the("SP001")->cure, "sigpact heal 100 SP001"),
	   "SP001 has a command for a cure");
	arm(0, DATA + 65536, 65536);
	shows("SP001", SIGPWR, 100, "as have 1 others",
	      "the first thread is named before others");
	tasks[0].tid = 101;
	tasks[1].tid = 100;
	shows("SP001", SIGPWR, 100, "", "wherever it stands");
	wrong();
	r.action[SIGPWR].flags = 0;
	silent("SP001", "no SA_ONSTACK");
	wrong();
	r.runtime_count = 0;
	silent("SP001", "no Go");
	wrong();
	r.action[SIGPWR].handler = GO;
	silent("SP001", "Go's own handler");
	runtime("Go", "/usr/bin/host");
	silent("SP001", "Go's own handler, beside another Go");
	wrong();
	tasks[1].alt_size = 0;
	silent("SP001", "no alternate stack");
	wrong();
	tasks[1].seen &= ~SEEN_ALTSTACK;
	silent("SP001", "alternate stacks were not seen");
	wrong();
	r.have_actions = 0;
	silent("SP001", "actions were not seen");
	wrong();
	tasks[1].seen |= SEEN_THREAD;
	tasks[1].excluded = BIT(SIGPWR);
	silent("SP001", "the thread excludes the signal");
	tasks[1].excluded = BIT(SIGUSR1);
	shows("SP001", SIGPWR, 101, "", "the thread excludes another signal");
	wrong();
	r.action[SIGPWR].handler = ENTRY;
	r.sigpact_path = maps[2].path;
	silent("SP001", "libsigpact has it");
	r.sigpact_path = NULL;
	shows("SP001", SIGPWR, 101, "", "that was because of libsigpact");
	wrong();
	handle(SIGSEGV, HOST, ONSTACK);
	handle(SIGTERM, HOST, ONSTACK);
	shows("SP001", SIGPWR, 101, "", "not for faults and SIGTERM");
	runtime("JavaScriptCore", "/usr/bin/host");
	handle(SIGPWR, 1, ONSTACK);
	shows("SP001", SIGTERM, 101, "JavaScriptCore",
	      "any signal of a runtime that needs its own stack");
}

static void missing_onstack(void)
{
	wrong();
	handle(SIGTERM, HOST, 0);
	shows("SP002", SIGTERM, 0, "host+0x1000", "no SA_ONSTACK beside Go");
	ok(strstr(the("SP002")->cure, "sigpact heal 100 SP002") &&
	   strstr(the("SP002")->cure, "sigpact run --rule onstack=auto"),
	   "SP002 has commands for cures");
	handle(SIGTERM, HOST, ONSTACK);
	silent("SP002", "SA_ONSTACK");
	handle(SIGTERM, 0, 0);
	silent("SP002", "the default");
	handle(SIGTERM, 1, 0);
	silent("SP002", "ignored");
	handle(SIGTERM, HOST, 0);
	r.runtime_count = 0;
	silent("SP002", "no Go");
}

/* A handler on the alternate stack, and one thread that has armed it. */
static void armed(uint64_t size)
{
	start();
	handle(SIGUSR1, HOST, ONSTACK);
	arm(1, DATA, size);
}

static void small(void)
{
	armed(3376 + 4095);
	shows("SP003", 0, 101, "7471 bytes", "a byte too small");
	armed(3376 + 4096);
	silent("SP003", "just enough");
	armed(8192);
	r.frame_size = 11000;
	shows("SP003", 0, 101, "11000", "8 KiB with larger frames");
	tasks[1].alt_size = 2048;
	r.frame_size = 0;
	silent("SP003", "the frame's size is not known");
	armed(2048);
	r.action[SIGUSR1].flags = 0;
	silent("SP003", "no handler runs on it");
	armed(2048);
	arm(2, DATA + 4096, 2048);
	look();
	ok(times("SP003") == 2, "SP003: each thread");
}

static void guard(void)
{
	armed(16384);
	silent("SP004", "a guard below");
	tasks[1].alt_guard = 0;
	shows("SP004", 0, 101, "no guard", "none");
	armed(4 * 3376 + 16384);
	tasks[1].alt_guard = 0;
	silent("SP004", "large enough without");
}

static void full(void)
{
	armed(16384);
	tasks[1].alt_used = 16384 - 4095;
	silent("SP015", "what was touched is not known");
	tasks[1].seen |= SEEN_TOUCHED;
	shows("SP015", 0, 101, "12289 of 16384", "less than a page is left");
	tasks[1].alt_used = 16384 - 4096;
	silent("SP015", "a page is left");
	armed(8192);
	tasks[1].seen |= SEEN_TOUCHED;
	tasks[1].alt_used = 8192;
	silent("SP015", "two pages are soon touched");
}

static void memory(void)
{
	armed(65536);
	silent("SP005", "mapped");
	tasks[1].alt_mapped = tasks[1].alt_writable = 0;
	shows("SP005", 0, 101, "not mapped", "unmapped");
	tasks[1].alt_mapped = 1;
	shows("SP005", 0, 101, "written", "read-only");
	r.map_count = 0;
	silent("SP005", "the maps were not seen");
}

static void shared(void)
{
	armed(65536);
	arm(2, DATA + 65536, 65536);
	silent("SP006", "one behind the other");
	tasks[2].alt_base--;
	shows("SP006", 0, 102, "thread 101", "they overlap by a byte");
	arm(2, DATA, 65536);
	shows("SP006", 0, 102, "thread 101", "the same");
	tasks[2].seen &= ~SEEN_ALTSTACK;
	silent("SP006", "the other was not seen");
	armed(65536);
	arm(2, DATA + 4096, 4096);
	arm(0, DATA + 16384, 4096);
	look();
	ok(times("SP006") == 2, "SP006: two within a third");
}

static void dead(void)
{
	armed(65536);
	tasks[1].alt_base = STACK + 4096;
	tasks[1].stack = STACK_NATIVE;
	tasks[1].stack_low = STACK;
	tasks[1].stack_high = STACK + 1000000;
	tasks[1].sp = STACK + 4096 + 65536;
	shows("SP014", 0, 101, "its own", "below the stack pointer");
	tasks[1].sp--;
	silent("SP014", "it is in use");
	tasks[1].sp++;
	tasks[1].stack = STACK_ALTERNATE;
	silent("SP014", "the thread runs on it");
	tasks[1].stack = STACK_NATIVE;
	tasks[1].stack_low = DATA;
	silent("SP014", "no guard tells where the stack begins");
	tasks[1].stack_low = STACK;
	tasks[2] = tasks[1];
	tasks[2].tid = 102;
	tasks[2].alt_size = 0;
	tasks[1].stack_high = tasks[1].stack_low = tasks[1].stack = 0;
	shows("SP014", 0, 101, "thread 102", "in another thread's stack");
}

static void fatal(void)
{
	start();
	handle(SIGSEGV, HOST, 0);
	shows("SP008", SIGSEGV, 0, "no SA_ONSTACK", "without SA_ONSTACK");
	handle(SIGSEGV, HOST, ONSTACK);
	shows("SP008", SIGSEGV, 0, "none of 3", "no alternate stack");
	runtime("HotSpot", "/usr/bin/host");
	silent("SP008", "HotSpot has guard zones");
	r.runtime_count = 0;
	arm(0, DATA, 65536);
	silent("SP008", "a thread has one");
	shows("SP007", SIGSEGV, 101, "2 of 3", "two have none");
	ok(!strstr(the("SP007")->cure, "sigpact heal"),
	   "SP007: nothing to type that does not mend it");
	runtime("Go", "/usr/bin/host");
	silent("SP007", "Go arms its own where it runs");
	r.runtime_count = 0;
	arm(1, DATA + 65536, 65536);
	arm(2, DATA + 131072, 65536);
	silent("SP007", "all have");
	tasks[2].seen &= ~SEEN_ALTSTACK;
	tasks[2].alt_size = 0;
	silent("SP007", "the third was not seen");
	tasks[0].seen = tasks[1].seen = 0;
	silent("SP008", "none was seen");
	handle(SIGSEGV, 0, 0);
	handle(SIGTERM, HOST, 0);
	silent("SP008", "no fatal signal");
	handle(SIGBUS, HOST, 0);
	handle(SIGSEGV, HOST, 0);
	shows("SP008", SIGSEGV, 0, "", "once for both");
	handle(SIGSEGV, 0, 0);
	shows("SP008", SIGBUS, 0, "", "SIGBUS");
}

static void unmapped(void)
{
	start();
	handle(SIGUSR1, HOST, RESTORER);
	r.action[SIGUSR1].restorer = GO;
	silent("SP009", "mapped");
	r.action[SIGUSR1].restorer = GONE;
	shows("SP009", SIGUSR1, 0, "restorer 0x7901000 is not mapped",
	      "the restorer");
	handle(SIGUSR1, HOST, 0);
	r.action[SIGUSR1].restorer = GONE;
	silent("SP009", "no restorer");
	handle(SIGUSR1, GONE, 0);
	shows("SP009", SIGUSR1, 0, "handler 0x7901000 is not mapped", "it");
	handle(SIGUSR1, DATA, 0);
	shows("SP009", SIGUSR1, 0, "not executable", "data");
	handle(SIGUSR1, JIT, 0);
	silent("SP009", "generated code");
	maps[0].path = (char *)"/usr/bin/host (deleted)";
	handle(SIGUSR1, HOST, 0);
	silent("SP009", "removed from the disk, but mapped");
	handle(SIGUSR1, GONE, 0);
	r.map_count = 0;
	silent("SP009", "the maps were not seen");
	start();
	handle(SIGUSR1, 1, 0);
	handle(SIGUSR2, 0, 0);
	silent("SP009", "ignored and default");
}

static void pipe_lost(void)
{
	start();
	runtime("JavaScriptCore", "/usr/bin/bun");
	runtime("Go", "/opt/libpeer.so");
	shows("SP010", SIGPIPE, 0, "default", "Bun, SIGPIPE at its default");
	handle(SIGPIPE, 1, 0);
	silent("SP010", "ignored");
	handle(SIGPIPE, GO, ONSTACK);
	shows("SP010", SIGPIPE, 0, "libpeer.so+0x1000", "Go catches it");
	handle(SIGPIPE, HOST, ONSTACK);
	silent("SP010", "the program catches it");
	runtime("Python", "/usr/bin/host");
	silent("SP010", "a runtime catches it that does so nowhere else");
	handle(SIGPIPE, GO, ONSTACK);
	r.runtime[0].module = "/usr/lib/libjavascriptcoregtk-4.1.so.0";
	silent("SP010", "another JavaScriptCore");
	r.runtime[0].module = "/usr/bin/bun (deleted)";
	r.have_actions = 0;
	silent("SP010", "caught, it is not known by whom");
	r.caught = 0;
	shows("SP010", SIGPIPE, 0, "default", "by /proc alone");
	r.ignored = BIT(SIGPIPE);
	silent("SP010", "ignored, by /proc alone");
}

static void child_lost(void)
{
	start();
	handle(SIGCHLD, 1, 0);
	silent("SP011", "no runtime");
	runtime("Python", "/usr/bin/python3");
	shows("SP011", SIGCHLD, 0, "ignored", "ignored beside Python");
	handle(SIGCHLD, HOST, NOCLDWAIT);
	shows("SP011", SIGCHLD, 0, "SA_NOCLDWAIT", "no zombies are kept");
	handle(SIGCHLD, 0, 0);
	silent("SP011", "the default");
	r.have_actions = 0;
	r.ignored = BIT(SIGCHLD);
	shows("SP011", SIGCHLD, 0, "", "by /proc alone");
}

/* Two looks so far apart, at the same. */
static void twice(uint64_t ns)
{
	static struct sigpact__task earlier[TASKS];

	before = r;
	memcpy(earlier, tasks, sizeof tasks);
	before.task = earlier;
	before.at_ns = r.at_ns - ns;
}

static void pending(void)
{
	start();
	tasks[1].pending = tasks[1].blocked = BIT(SIGUSR1) | BIT(64);
	tasks[2].pending = BIT(SIGUSR2);
	silent("SP012", "one look");
	ok(sigpact__findings_wait(&r) == 1000000000, "a second look is asked");
	twice(1000000000);
	look();
	ok(times("SP012") == 2 && the("SP012")->tid == 101 &&
	   the("SP012")->sig == SIGUSR1, "SP012: two signals of a thread");
	twice(999999999);
	silent("SP012", "too soon");
	twice(2000000000);
	before.start_time++;
	silent("SP012", "another process");
	twice(2000000000);
	before.task[1].tid = 9;
	silent("SP012", "the thread is new");
	twice(2000000000);
	before.task[1].pending = 0;
	silent("SP012", "it was not pending before");
	twice(2000000000);
	tasks[1].seen = 0;
	silent("SP012", "masks were not seen");
	start();
	r.pending = BIT(SIGTERM);
	tasks[0].blocked = tasks[1].blocked = BIT(SIGTERM);
	twice(1000000000);
	silent("SP012", "a thread can take it");
	ok(!sigpact__findings_wait(&r), "no second look is asked");
	tasks[2].blocked = ~0ull;
	twice(1000000000);
	shows("SP012", SIGTERM, 0, "process", "for the process");
	twice(1000000000);
	r.tasks_missed = 1;
	silent("SP012", "a thread was missed");
}

static void storm(void)
{
	start();
	r.have_counts = 1;
	ok(sigpact__findings_wait(&r) == 100000000, "counts: look again");
	twice(500000000);
	r.counts[SIGPWR].delivered = 500;
	shows("SP013", SIGPWR, 0, "500 deliveries in 500 ms", "1,000 a second");
	twice(500000000);
	r.counts[SIGPWR].delivered += 600;
	r.delivered_by[3][SIGPWR] += 301;
	r.delivered_by[5][SIGPWR] += 299;
	tasks[1].seen |= SEEN_THREAD;
	tasks[1].shard = 3;
	shows("SP013", SIGPWR, 101, "to thread 101 (worker)", "its receiver");
	twice(500000000);
	r.counts[SIGPWR].delivered += 600;
	r.delivered_by[3][SIGPWR] += 600;
	tasks[2].seen |= SEEN_THREAD;
	tasks[2].shard = 3;
	shows("SP013", SIGPWR, 0, "to one of 2 threads", "one of two");
	twice(500000000);
	r.counts[SIGPWR].delivered += 600;
	r.delivered_by[3][SIGPWR] += 600;
	r.counts_shared = 1;
	shows("SP013", SIGPWR, 0, "some process of its run", "shared counts");
	r.counts_shared = 0;
	twice(500000000);
	r.counts[SIGPWR].delivered += 499;
	silent("SP013", "998 a second");
	twice(99999999);
	r.counts[SIGPWR].delivered += 5000;
	silent("SP013", "too short a time");
	twice(500000000);
	r.counts[SIGPWR].delivered = 7;
	silent("SP013", "the counters began anew");
	twice(500000000);
	r.counts[SIGPWR].delivered += 5000;
	r.have_counts = 0;
	silent("SP013", "no counters");
}

static void table(void)
{
	size_t i;
	char id[32];
	int good = sigpact__finding_kind_count > 12;

	for (i = 0; i < sigpact__finding_kind_count; i++) {
		const struct sigpact__finding_kind *k =
			&sigpact__finding_kinds[i];

		snprintf(id, sizeof id, "SP%03zu", i + 1);
		good &= !strcmp(k->id, id) && *k->name &&
			k->what[strlen(k->what) - 1] == '.' &&
			strcspn(k->name, " _ABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
			strlen(k->name);
	}
	ok(good, "each kind has its id, a name and a sentence");
	wrong();
	handle(SIGSEGV, HOST, 0);
	arm(2, DATA, 16384);
	tasks[2].alt_guard = 0;
	look();
	for (i = 1; i < count; i++)
		good &= found[i - 1].kind->severity >= found[i].kind->severity;
	ok(good && count >= 4, "%zu findings, the worst first", count);
}

int main(void)
{
	start();
	look();
	ok(!count, "nothing is wrong");
	wrong_stack();
	missing_onstack();
	small();
	guard();
	full();
	memory();
	shared();
	dead();
	fatal();
	unmapped();
	pipe_lost();
	child_lost();
	pending();
	storm();
	table();
	sigpact__findings_free(found, count);
	return done();
}
