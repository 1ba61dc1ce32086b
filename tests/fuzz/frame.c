/* Signal frames from arbitrary bytes.  Whatever they are, nothing outside the
   view is read; a frame that passes the check can be copied below any stack
   pointer, within what was measured, and the copy passes the check again.
   Chance seldom makes a frame whose size and end mark agree, so each input has
   a second life with its end mark set where its size says.

   Input: the frame's address, a stack pointer, the bytes of the frame. */
#include "core.h"
#include "fuzz.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { ROOM = 1 << 15 };
/* What the copy is written over. */
static unsigned char fill[ROOM];

struct input {
	uint64_t address, sp;
	unsigned char bytes[];
};

/* ROOM bytes that end at an inaccessible page. */
static unsigned char *room(void)
{
	unsigned char *p = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + ROOM, 4096, PROT_NONE) ||
	    sigpact__cpu_learn())
		abort();
	return p;
}

static uint64_t state_of(const struct sigpact__view *v)
{
	uint64_t fpregs;

	memcpy(&fpregs, v->bytes + FRAME_UC + UC_FPREGS, sizeof fpregs);
	return fpregs - v->address;
}

static uint32_t live_of(const struct sigpact__view *v)
{
	const unsigned char *state = v->bytes + state_of(v);
	uint32_t size, live;
	uint64_t bv;

	memcpy(&bv, state + XS_BV, sizeof bv);
	memcpy(&size, state + XS_XSTATE_SIZE, sizeof size);
	live = sigpact__frame_live(bv, size);
	CLAIM(live >= XS_LEGACY && live <= size);
	return live;
}

/* What the copy at c has of the frame at v: all but its own measures. */
static void check_same(const struct sigpact__view *v,
		       const struct sigpact__view *c, uint32_t live)
{
	const unsigned char *from = v->bytes + state_of(v);
	const unsigned char *to = c->bytes + state_of(c);
	size_t fpregs = FRAME_UC + UC_FPREGS;
	uint64_t asked, kept;

	CLAIM(!memcmp(v->bytes, c->bytes, fpregs));
	CLAIM(!memcmp(v->bytes + fpregs + 8, c->bytes + fpregs + 8,
		      FRAME_HEAD - fpregs - 8));
	CLAIM(!memcmp(from, to, XS_MAGIC1));
	memcpy(&asked, from + XS_XFEATURES, sizeof asked);
	memcpy(&kept, to + XS_XFEATURES, sizeof kept);
	CLAIM(!(kept & ~asked));
	CLAIM(!memcmp(from + XS_BV, to + XS_BV, live - XS_BV));
}

static void check_copy(const struct sigpact__view *v, uint64_t sp)
{
	static unsigned char *to;
	uint32_t live = live_of(v);
	struct sigpact__view c;
	uint64_t end;

	if (!to) {
		to = room();
		memset(fill, 0xa5, sizeof fill);
	}
	/* anywhere in user space, but not so low that a frame wraps */
	sp = sp % (1ull << 47) + (1 << 24);
	c.address = sigpact__frame_below(sp, live);
	CLAIM(c.address % 16 == 8 && c.address < sp);
	end = sp - FRAME_RED_ZONE;
	memcpy(to, fill, ROOM);
	c.bytes = to + ROOM - (end - c.address);
	sigpact__frame_copy(v, to + (c.bytes - to), c.address, live,
			    sp + (sp & 4095));

	c.size = state_of(&c) + live + 4;
	CLAIM(c.size <= end - c.address && end - c.address - c.size < 64);
	CLAIM(!memcmp(to, fill, (size_t)(c.bytes - to)));
	CLAIM(!memcmp(c.bytes + c.size, fill, end - c.address - c.size));
	CLAIM(sigpact__frame_check(&c) == 0);
	CLAIM(live_of(&c) == live);
	check_same(v, &c, live);
}

static void check(const struct sigpact__view *v, uint64_t sp)
{
	static unsigned char before[ROOM];
	int e;

	memcpy(before, v->bytes, v->size);
	e = sigpact__frame_check(v);
	CLAIM(e == 0 || e == -EINVAL || e == -ENOSYS || e == -EMSGSIZE);
	if (e == 0) {
		fuzz_accepted++;
		CLAIM(v->address % 16 == 8);
		CLAIM((v->address + state_of(v)) % 64 == 0);
		check_copy(v, sp);
	}
	CLAIM(!memcmp(before, v->bytes, v->size));
}

static void put4(unsigned char *at, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	memcpy(at, &v, sizeof v);
}

/* 0 when there is no place for an extended state. */
static int mend(const struct sigpact__view *v, unsigned char *bytes)
{
	uint64_t state, left;
	uint32_t size;

	if (v->size < FRAME_HEAD)
		return 0;
	state = state_of(v);
	if (state > v->size || v->size - state < XS_LEGACY + 4)
		return 0;
	bytes += state;
	left = v->size - state - XS_LEGACY - 4;
	memcpy(&size, bytes + XS_XSTATE_SIZE, sizeof size);
	size = XS_LEGACY + size % (left + 1);
	put4(bytes + XS_MAGIC1, XS_MAGIC1_VALUE);
	put4(bytes + XS_XSTATE_SIZE, size);
	put4(bytes + XS_EXTENDED_SIZE, size + 4);
	put4(bytes + size, XS_MAGIC2_VALUE);
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char *from;
	struct sigpact__view v;
	struct input in;

	if (!from)
		from = room();
	if (size < sizeof in || size > ROOM / 2)
		return 0;
	fuzz_seen++;
	memcpy(&in, data, sizeof in);
	v.size = size - sizeof in;
	v.address = in.address;
	v.bytes = from + ROOM - v.size;
	memcpy(from + ROOM - v.size, data + sizeof in, v.size);
	check(&v, in.sp);
	if (mend(&v, from + ROOM - v.size))
		check(&v, in.sp);
	return 0;
}
