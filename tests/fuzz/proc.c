/* What is printed below /proc, from arbitrary text: each parser takes it or
   refuses it, and what it takes is as a process can be. */
#include "fuzz.h"
#include "proc.h"

#include <errno.h>
#include <string.h>

/* 1 when taken; nothing but these errors. */
static int taken(int e)
{
	CLAIM(e == 0 || e == -EINVAL || e == -ENOENT);
	fuzz_accepted += !e;
	return !e;
}

static void check_stat(const char *text, size_t size)
{
	struct sigpact__proc_stat stat;
	size_t length;

	if (!taken(sigpact__proc_stat(text, size, &stat)))
		return;
	CLAIM(memchr(stat.name, 0, sizeof stat.name));
	for (length = 0; length < 15 && stat.name[length]; length++)
		continue;
	CLAIM(memmem(text, size, stat.name, length));
}

static void check_status(const char *text, size_t size)
{
	struct sigpact__proc_status status;

	memset(&status, 0xa5, sizeof status);
	if (!taken(sigpact__proc_status(text, size, &status)))
		return;
	CLAIM(memmem(text, size, "SigBlk:", 7));
	CLAIM(memmem(text, size, "Tgid:", 5));
}

static void check_syscall(const char *text, size_t size)
{
	uint64_t sp = 0, pc = 0;

	if (taken(sigpact__proc_syscall(text, size, &sp, &pc)))
		CLAIM(sp && memmem(text, size, " 0x", 3));
}

static void check_maps(const char *text, size_t size)
{
	struct sigpact__map *map;
	size_t count, lines = 1, i;

	taken(sigpact__proc_maps(text, size, &map, &count));
	for (i = 0; i < size; i++)
		lines += text[i] == '\n';
	CLAIM(count <= lines);
	for (i = 0; i < count; i++) {
		CLAIM(map[i].start < map[i].end);
		CLAIM(strlen(map[i].rights) == 4);
		CLAIM(!strchr(map[i].path, '\n'));
		CLAIM(strlen(map[i].path) <= size);
	}
	sigpact__proc_maps_free(map, count);
}

static void check_cmdline(const char *text, size_t size)
{
	char *line = sigpact__proc_cmdline(text, size);

	CLAIM(line && strlen(line) <= size);
	CLAIM(!size || strlen(line) == size || !text[size - 1]);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* a block of its very size: a byte past it is found */
	char *text = malloc(size ? size : 1);
	uint64_t limit;

	fuzz_seen++;
	memcpy(text, data, size);
	check_stat(text, size);
	check_status(text, size);
	check_syscall(text, size);
	check_maps(text, size);
	check_cmdline(text, size);
	taken(sigpact__proc_stack_limit(text, size, &limit));
	free(text);
	return 0;
}
