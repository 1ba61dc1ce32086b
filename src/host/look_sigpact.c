/* libsigpact in another process: found by its note, what it counts, what its
   threads exclude, and the program's own actions behind its entry addresses.
   Normal context. */
#include "core.h"
#include "reach.h"
#include "record.h"
#include "remote.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert((int)RECORD_SHARDS == (int)SHARDS &&
		       (int)KEPT_WHYS == OUTCOMES - KEPT_NESTED,
	       "record.h tells what core.h counts");

#define THUNK 16
#define LIBRARY "libsigpact.so"

static int get(pid_t pid, uint64_t from, void *to, size_t size)
{
	long n = sigpact__remote_read(pid, from, to, size);

	return n < 0 ? (int)n : n == (long)size ? 0 : -EFAULT;
}

/* In notes of size bytes that lie at address: where the struct is, or 0. */
static uint64_t in_notes(const char *notes, size_t size, uint64_t address)
{
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr n;
		size_t name = at + sizeof n, value, next;
		uint64_t distance;

		memcpy(&n, notes + at, sizeof n);
		value = name + (((size_t)n.n_namesz + 3) & ~3ul);
		next = value + (((size_t)n.n_descsz + 3) & ~3ul);
		if (next > size || next <= at)
			return 0;
		if (n.n_type == SIGPACT_NOTE_TYPE &&
		    n.n_namesz == sizeof SIGPACT_NOTE_NAME &&
		    n.n_descsz == sizeof distance &&
		    !memcmp(notes + name, SIGPACT_NOTE_NAME, n.n_namesz)) {
			memcpy(&distance, notes + value, sizeof distance);
			return address + value + distance;
		}
		at = next;
	}
	return 0;
}

static uint64_t find_reach(pid_t pid, uint64_t base)
{
	char notes[1024];
	Elf64_Phdr p[16];
	Elf64_Ehdr e;
	uint64_t at;
	int i;

	if (get(pid, base, &e, sizeof e) || memcmp(e.e_ident, ELFMAG, SELFMAG)
	    || e.e_phnum > 16 || get(pid, base + e.e_phoff, p,
				     e.e_phnum * sizeof *p))
		return 0;
	for (i = 0; i < e.e_phnum; i++) {
		if (p[i].p_type != PT_NOTE || p[i].p_memsz > sizeof notes ||
		    get(pid, base + p[i].p_vaddr, notes, p[i].p_memsz))
			continue;
		at = in_notes(notes, p[i].p_memsz, base + p[i].p_vaddr);
		if (at)
			return at;
	}
	return 0;
}

static void counts(struct sigpact__record *r, const struct sigpact__reach *reach)
{
	static uint64_t rows[SHARDS * ROWS * ROW];
	const struct sigpact__map *m;
	uint64_t at;
	int shard, sig, i;

	if (get(r->pid, reach->counts, &at, sizeof at) ||
	    get(r->pid, at, rows, sizeof rows))
		return;
	r->have_counts = 1;
	m = sigpact__map_at(r, at);
	r->counts_shared = m && strstr(m->path, "sigpact-stats");
	for (shard = 0; shard < SHARDS; shard++)
		for (sig = 1; sig < RECORD_SIGNALS; sig++)
			for (i = 0; i < OUTCOMES; i++) {
				uint64_t n =
				    rows[(shard * ROWS + sig) * ROW + i];

				r->counts[sig].delivered += n;
				if (i == OUTCOME_RELOCATED)
					r->counts[sig].relocated += n;
				r->delivered_by[shard][sig] += n;
				if (i < KEPT_NESTED)
					continue;
				r->counts[sig].kept += n;
				r->counts[sig].why[i - KEPT_NESTED] += n;
			}
}

/* The program's own action in place of the entry address. */
static void unwrap(struct sigpact__record *r, const struct sigpact__reach *reach)
{
	const uint64_t TOLD = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND;
	struct sigpact__slot slots[SLOT_COUNT];
	int sig;

	if (!r->have_actions || !reach->thunks ||
	    get(r->pid, reach->slots, slots, sizeof slots))
		return;
	for (sig = 1; sig < RECORD_SIGNALS; sig++) {
		struct sigpact__act *a = &r->action[sig];
		uint64_t offset = a->handler - reach->thunks;
		const struct sigpact__slot *s = &slots[offset / THUNK];

		if (offset >= SLOT_COUNT * THUNK || offset % THUNK ||
		    !(s->rules & SLOT_VALID))
			continue;
		a->handler = s->handler;
		a->flags = (a->flags & ~TOLD) | (s->flags & TOLD);
		r->entered |= 1ull << (sig - 1);
		if (s->rules & SLOT_EXCLUDE)
			r->by_rule |= 1ull << (sig - 1);
	}
}

/* What `run --report` put in the place of the default action. */
static void defaults(struct sigpact__record *r,
		     const struct sigpact__reach *reach)
{
	int sig;

	for (sig = 1; sig < RECORD_SIGNALS; sig++) {
		struct sigpact__act *a = &r->action[sig];

		if (!reach->crash || a->handler != reach->crash)
			continue;
		memset(a, 0, sizeof *a);
		r->entered &= ~(1ull << (sig - 1));
	}
}

/* The alternate stack of `run --report`, which is not the program's. */
static void spare(const struct sigpact__record *r, struct sigpact__task *k,
		  uint64_t base)
{
	struct sigpact__seen seen;

	if (k->alt_base == base) {
		k->alt_base = k->alt_size = 0;
		k->alt_flags = SS_DISABLE;
	}
	if (get(r->pid, base - sizeof seen, &seen, sizeof seen))
		return;
	k->fault_signal = seen.signal;
	k->fault_code = seen.code;
	k->fault_pc = seen.pc;
	k->fault_address = seen.address;
}

static void exclusions(struct sigpact__record *r,
		       const struct sigpact__reach *reach)
{
	struct sigpact__thread t;
	uint64_t at, vector;
	size_t i;

	for (i = 0; i < r->task_count; i++) {
		struct sigpact__task *k = &r->task[i];

		if (!k->tls)
			continue;
		at = k->tls;
		if (reach->tls_slot) {
			if (get(r->pid, at + 8, &vector, sizeof vector) ||
			    get(r->pid, vector + reach->tls_slot, &at,
				sizeof at))
				continue;
		}
		if (get(r->pid, at + reach->tls_offset, &t, sizeof t))
			continue;
		k->excluded = t.exclude;
		k->shard = (int)(t.shard / SIGPACT_SHARD_SIZE % SHARDS);
		k->seen |= SEEN_THREAD;
		if (t.spare_base)
			spare(r, k, t.spare_base);
	}
}

/* SIGPACT in the environment that the process started with. */
static char *rules(pid_t pid)
{
	char path[64], *all, *p, *found = NULL;
	size_t size = 1 << 20;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	all = fd < 0 ? NULL : malloc(size + 1);
	n = all ? read(fd, all, size) : 0;
	if (fd >= 0)
		close(fd);
	if (n > 0) {
		all[n] = 0;
		for (p = all; p < all + n && !found; p += strlen(p) + 1)
			if (!strncmp(p, "SIGPACT=", 8))
				found = strdup(p + 8);
	}
	free(all);
	return found;
}

static const struct sigpact__map *library(const struct sigpact__record *r)
{
	size_t i;

	for (i = 0; i < r->map_count; i++) {
		const char *slash = strrchr(r->map[i].path, '/');

		if (slash && !r->map[i].offset &&
		    !strncmp(slash + 1, LIBRARY, sizeof LIBRARY - 1))
			return &r->map[i];
	}
	return NULL;
}

int sigpact__look_sigpact(struct sigpact__record *r)
{
	const struct sigpact__map *m = library(r);
	struct sigpact__reach reach;
	uint64_t at;

	if (!m)
		return 0;
	r->sigpact_path = m->path;
	r->sigpact_base = m->start;
	r->sigpact_rules = rules(r->pid);
	at = find_reach(r->pid, m->start);
	if (!at || get(r->pid, at, &reach, sizeof reach) ||
	    reach.version != SIGPACT_REACH_VERSION)
		return -ENOEXEC;
	r->sigpact_adopt = reach.adopt;
	counts(r, &reach);
	unwrap(r, &reach);
	defaults(r, &reach);
	exclusions(r, &reach);
	return 0;
}
