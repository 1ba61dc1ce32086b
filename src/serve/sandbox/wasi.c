/* WASI for a sandbox: the request's body is stdin, its answer stdout, stderr the
   log; no files.  Each runs in the sandbox, on its stack, and is never preempted;
   no address of the module's is used before it is checked. */
#include "wasi.h"

#include "instance.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

/* Bytes that one call moves, at most, so that a tick is not put off for long:
   who reads or writes goes on by himself. */
enum { AT_ONCE = 1 << 20, VECTORS = 1024, RANDOM_AT_ONCE = 64 << 10 };

static struct sandbox *enter(SANDBOX instance)
{
	struct sandbox *s = (struct sandbox *)instance;

	sigpact__host_enter(s);
	return s;
}

static uint32_t leave(struct sandbox *s, uint32_t result)
{
	sigpact__host_leave(s);
	return result;
}

/* The module's bytes [offset, offset + size), or NULL when that are not its. */
static uint8_t *bytes_at(const struct sandbox *s, uint32_t offset, uint64_t size)
{
	return offset + size > s->memory.now
		   ? NULL
		   : (uint8_t *)s->memory.data + offset;
}

static uint32_t put(struct sandbox *s, uint32_t offset, const void *value,
		    size_t size)
{
	uint8_t *to = bytes_at(s, offset, size);

	if (!to)
		return WASI_EFAULT;
	memcpy(to, value, size);
	return WASI_OK;
}

static uint32_t put4(struct sandbox *s, uint32_t offset, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	return put(s, offset, &v, sizeof v);
}

/* Arguments and environment: their addresses at `at`, themselves at `to`. */
static uint32_t strings(struct sandbox *s, const char *const *list, size_t count,
			uint32_t at, uint32_t to)
{
	uint32_t e = WASI_OK;
	size_t i, size;

	for (i = 0; i < count && !e; i++) {
		size = strlen(list[i]) + 1;
		e = put4(s, at + (uint32_t)(4 * i), to);
		if (!e)
			e = put(s, to, list[i], size);
		to += (uint32_t)size;
	}
	return e;
}

static uint32_t sizes(struct sandbox *s, const char *const *list, size_t count,
		      uint32_t counted, uint32_t measured)
{
	uint32_t e = put4(s, counted, count);
	size_t i, size = 0;

	for (i = 0; i < count; i++)
		size += strlen(list[i]) + 1;
	return e ? e : put4(s, measured, size);
}

uint32_t wasi_args_get(SANDBOX instance, uint32_t at, uint32_t to)
{
	struct sandbox *s = enter(instance);

	return leave(s, strings(s, s->call.argv, s->call.argc, at, to));
}

uint32_t wasi_args_sizes_get(SANDBOX instance, uint32_t count, uint32_t size)
{
	struct sandbox *s = enter(instance);

	return leave(s, sizes(s, s->call.argv, s->call.argc, count, size));
}

uint32_t wasi_environ_get(SANDBOX instance, uint32_t at, uint32_t to)
{
	struct sandbox *s = enter(instance);

	return leave(s, strings(s, s->call.environ, s->call.environ_count, at,
				to));
}

uint32_t wasi_environ_sizes_get(SANDBOX instance, uint32_t count, uint32_t size)
{
	struct sandbox *s = enter(instance);

	return leave(s, sizes(s, s->call.environ, s->call.environ_count, count,
			      size));
}

/* A clock of WASI's, or -1. */
static clockid_t clock_of(uint32_t id)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC,
					    CLOCK_THREAD_CPUTIME_ID,
					    CLOCK_THREAD_CPUTIME_ID };

	return id < 4 ? clocks[id] : -1;
}

static uint32_t put_time(struct sandbox *s, uint32_t to,
			 const struct timespec *t)
{
	uint64_t ns = (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_nsec;

	return put(s, to, &ns, sizeof ns);
}

uint32_t wasi_clock_res_get(SANDBOX instance, uint32_t id, uint32_t to)
{
	struct sandbox *s = enter(instance);
	struct timespec t;

	return leave(s, clock_getres(clock_of(id), &t) ? WASI_EINVAL
						       : put_time(s, to, &t));
}

uint32_t wasi_clock_time_get(SANDBOX instance, uint32_t id, uint64_t precision,
			     uint32_t to)
{
	struct sandbox *s = enter(instance);
	struct timespec t;

	return leave(s, clock_gettime(clock_of(id), &t) ? WASI_EINVAL
							: put_time(s, to, &t));
}

uint32_t wasi_random_get(SANDBOX instance, uint32_t to, uint32_t size)
{
	struct sandbox *s = enter(instance);
	uint8_t *at = bytes_at(s, to, size);
	size_t part, done;
	ssize_t n;

	if (!at)
		return leave(s, WASI_EFAULT);
	for (done = 0; done < size; done += (size_t)n) {
		part = size - done;
		part = part < RANDOM_AT_ONCE ? part : RANDOM_AT_ONCE;
		n = getrandom(at + done, part, 0);
		if (n < 0)
			return leave(s, WASI_EIO);
		sigpact__host_leave(s);
		sigpact__host_enter(s);
	}
	return leave(s, WASI_OK);
}

uint32_t wasi_sched_yield(SANDBOX instance)
{
	return leave(enter(instance), WASI_OK);
}

uint32_t wasi_fd_close(SANDBOX instance, uint32_t fd)
{
	return fd < 3 ? WASI_OK : WASI_EBADF;
}

uint32_t wasi_fd_seek(SANDBOX instance, uint32_t fd, uint64_t by, uint32_t from,
		      uint32_t to)
{
	return fd < 3 ? WASI_ESPIPE : WASI_EBADF;
}

enum { SOCKET_STREAM = 6 }; /* no terminal: stdio's buffers are whole blocks */

uint32_t wasi_fd_fdstat_get(SANDBOX instance, uint32_t fd, uint32_t to)
{
	struct { /* no byte of it is padding, which would tell of the stack */
		uint8_t type, none[7]; /* and flags */
		uint64_t rights, inherited;
	} stat = { .type = SOCKET_STREAM,
		   .rights = fd ? 1 << 6 /* write */ : 1 << 1 /* read */ };
	struct sandbox *s = enter(instance);

	_Static_assert(sizeof stat == 24, "");
	return leave(s, fd > 2 ? WASI_EBADF : put(s, to, &stat, sizeof stat));
}

uint32_t wasi_fd_filestat_get(SANDBOX instance, uint32_t fd, uint32_t to)
{
	struct {
		uint64_t device, inode;
		uint8_t type, none[7];
		uint64_t links, size, times[3];
	} stat = { .inode = fd, .type = SOCKET_STREAM, .links = 1 };
	struct sandbox *s = enter(instance);

	_Static_assert(sizeof stat == 64, "");
	return leave(s, fd > 2 ? WASI_EBADF : put(s, to, &stat, sizeof stat));
}

static size_t take(struct sandbox *s, uint8_t *to, size_t size)
{
	size_t left = s->call.input_size - s->read;

	size = size < left ? size : left;
	if (size)
		memcpy(to, (const char *)s->call.input + s->read, size);
	s->read += size;
	return size;
}

static size_t answer(struct sandbox *s, uint8_t *from, size_t size)
{
	sigpact__output_add(s, from, size);
	return size;
}

static size_t note(struct sandbox *s, uint8_t *from, size_t size)
{
	sigpact__output_log(s, (const char *)from, size);
	return size;
}

/* The module's vectors, one after the other, until one is not used up. */
static uint32_t vectors(struct sandbox *s, uint32_t at, uint32_t count,
			uint32_t moved,
			size_t (*move)(struct sandbox *, uint8_t *, size_t))
{
	size_t left = AT_ONCE, size, n;
	uint32_t vector[2], i;
	uint8_t *v, *bytes;

	if (count > VECTORS)
		return WASI_EINVAL;
	v = bytes_at(s, at, 8ull * count);
	if (!v)
		return WASI_EFAULT;
	for (i = 0; i < count && left; i++) {
		memcpy(vector, v + 8 * i, sizeof vector);
		bytes = bytes_at(s, vector[0], vector[1]);
		if (!bytes)
			return WASI_EFAULT;
		size = vector[1] < left ? vector[1] : left;
		n = move(s, bytes, size);
		left -= n;
		if (n < vector[1])
			break;
	}
	return put4(s, moved, AT_ONCE - left);
}

uint32_t wasi_fd_read(SANDBOX instance, uint32_t fd, uint32_t at, uint32_t count,
		      uint32_t moved)
{
	struct sandbox *s = enter(instance);

	return leave(s, fd ? WASI_EBADF
			   : vectors(s, at, count, moved, take));
}

uint32_t wasi_fd_write(SANDBOX instance, uint32_t fd, uint32_t at,
		       uint32_t count, uint32_t moved)
{
	struct sandbox *s = enter(instance);

	return leave(s, fd != 1 && fd != 2
			    ? WASI_EBADF
			    : vectors(s, at, count, moved,
				      fd == 1 ? answer : note));
}
