/* Start-up: reads SIGPACT, learns the first thread's stack, knows whose memory
   this is.  Runs from the library's constructor. */
#include "core.h"
#include "host.h"
#include "sys.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

struct sigpact__rules sigpact__rules;
int sigpact__active;

static void claim(void)
{
	if (sigpact__memory_owner)
		*sigpact__memory_owner = sigpact__sys0(SYS_getpid);
}

static void own_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	sigpact__memory_owner = page;
	if (madvise(page, 4096, MADV_WIPEONFORK))
		sigpact__memory_owner = NULL;
	claim();
	pthread_atfork(NULL, NULL, claim);
}

/* Counters that `sigpact run --stats` prints when all is over; another file, or
   one of a later process with that number, is left alone. */
static void share_counts(const char *file)
{
	size_t size = SHARDS * SIGPACT_SHARD_SIZE;
	int fd = open(file, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	void *p = MAP_FAILED;

	if (fd < 0)
		return;
	if (fcntl(fd, F_GET_SEALS, 0) == SIGPACT_STATS_SEALS &&
	    lseek(fd, 0, SEEK_END) == (off_t)size)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		sigpact__counts = p;
}

static void complain(const char *why)
{
	static const char end[] = " (in SIGPACT; sigpact is off)\n";

	if (write(2, "sigpact: ", 9) < 0 || write(2, why, strlen(why)) < 0 ||
	    write(2, end, sizeof end - 1) < 0)
		return;
}

static void activate(const char *env)
{
	struct sigpact__rules rules;
	char why[256];

	sigpact__rules_default(&rules);
	if (sigpact__rules_parse(&rules, env, why)) {
		complain(why);
		return;
	}
	sigpact__rules = rules;
	sigpact__active = 1;
	if (rules.log)
		sigpact__kept = sigpact__log_kept;
	if (*rules.stats_file)
		share_counts(rules.stats_file);
	if (sigpact__cpu_learn()) {
		sigpact__rules.owner = 0;
		sigpact__rules.exclude = 0;
		sigpact__log("owner and exclude are off: no frame can be "
			     "relocated on this CPU");
	}
	sigpact__stack_learn();
	if (*rules.reporter)
		sigpact__crash_start();
}

__attribute__((constructor(101))) static void start(void)
{
	unsigned long size = getauxval(AT_MINSIGSTKSZ);
	const char *env = getenv("SIGPACT");

	sigpact__tls_init();
	if (size)
		sigpact__frame_size = (uint32_t)size;
	own_memory();
	sigpact__altstack_start();
	sigpact__adopt_start();
	if (env)
		activate(env);
}
