/* Addresses of a live process: the mapping, the function, the offset.  What a
   function is called is function.c's.  Normal context. */
#include "symbols.h"
#include "mapfile.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sigpact__symbols {
	struct sigpact__map *map;
	size_t count;
	struct sigpact__functions *functions;
	pid_t pid;
};

static int read_maps(struct sigpact__symbols *s)
{
	char path[32], *text;
	long size;
	int e;

	snprintf(path, sizeof path, "/proc/%d/maps", s->pid);
	size = sigpact__proc_read(AT_FDCWD, path, &text);
	if (size < 0)
		return size == -ENOENT ? -ESRCH : (int)size;
	e = sigpact__proc_maps(text, (size_t)size, &s->map, &s->count);
	free(text);
	return e == -ENOMEM ? e : 0;
}

int sigpact__symbols_open(pid_t pid, struct sigpact__symbols **out)
{
	struct sigpact__symbols *s = calloc(1, sizeof *s);
	int e;

	if (!s)
		return -ENOMEM;
	s->pid = pid;
	e = read_maps(s);
	if (!e) {
		s->functions = sigpact__functions_open(pid, s->map, s->count);
		e = s->functions ? 0 : -ENOMEM;
	}
	if (e)
		sigpact__symbols_close(s);
	else
		*out = s;
	return e;
}

void sigpact__symbols_close(struct sigpact__symbols *s)
{
	if (!s)
		return;
	if (s->functions)
		sigpact__functions_close(s->functions);
	sigpact__proc_maps_free(s->map, s->count);
	free(s);
}

/* The kernel prints them in ascending order. */
static const struct sigpact__map *find(const struct sigpact__symbols *s,
				       uint64_t address)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (address >= s->map[middle].end)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == s->count || address < s->map[low].start)
		return NULL;
	return &s->map[low];
}

int sigpact__symbols_find(struct sigpact__symbols *s, uint64_t address,
			  struct sigpact__symbol *out)
{
	const struct sigpact__map *m = find(s, address);
	uint64_t offset;

	memset(out, 0, sizeof *out);
	out->module = "";
	if (!m || (*m->path != '/' && strcmp(m->path, "[vdso]")))
		return -ENOENT;
	out->module = m->path;
	out->offset = address - m->start + m->offset;
	out->name = sigpact__function_at(s->functions, address, &offset,
					 out->build_id);
	if (out->name)
		out->offset = offset;
	return 0;
}
