/* Addresses of a live process: the mapping, the function, the offset.  What a
   function is called is function.c's.  Normal context. */
#include "symbols.h"
#include "mapfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sigpact__symbols {
	struct sigpact__map *map;
	size_t count;
	struct sigpact__functions *functions;
	pid_t pid;
};

/* start-end rights offset major:minor inode path; 0 or -errno. */
static int parse(char *line, struct sigpact__map *m)
{
	unsigned major, minor;
	int at = 0;

	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64
		   " %n",
		   &m->start, &m->end, m->rights, &m->offset, &major, &minor,
		   &m->inode, &at) < 7 || !at)
		return -EINVAL;
	m->device = (uint64_t)major << 32 | minor;
	line[strcspn(line, "\n")] = 0;
	m->path = strdup((size_t)at < strlen(line) ? line + at : "");
	return m->path ? 0 : -ENOMEM;
}

static int add(struct sigpact__symbols *s, char *line)
{
	struct sigpact__map *grown;
	int e;

	if (!(s->count & (s->count - 1))) {
		grown = realloc(s->map, (s->count ? s->count * 2 : 1) *
					sizeof *grown);
		if (!grown)
			return -ENOMEM;
		s->map = grown;
	}
	e = parse(line, &s->map[s->count]);
	s->count += !e;
	return e == -EINVAL ? 0 : e;
}

static int read_maps(struct sigpact__symbols *s)
{
	char path[32], *line = NULL;
	size_t room = 0;
	int e = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/maps", s->pid);
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	while (!e && getline(&line, &room, f) > 0)
		e = add(s, line);
	if (!e && ferror(f))
		e = -ESRCH; /* it died meanwhile */
	free(line);
	fclose(f);
	return e;
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
	size_t i;

	if (!s)
		return;
	if (s->functions)
		sigpact__functions_close(s->functions);
	for (i = 0; i < s->count; i++)
		free(s->map[i].path);
	free(s->map);
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
