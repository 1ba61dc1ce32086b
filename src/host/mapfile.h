/* The file behind a mapping of another process, and what an ELF file says of
   itself.  Normal context; for the commands. */
#ifndef SIGPACT_MAPFILE_H
#define SIGPACT_MAPFILE_H

#include "record.h"

#include <stdint.h>
#include <sys/types.h>

/* A descriptor to read it by, a regular file for sure; -ENOENT: it was removed
   and this user cannot reach it, or it is none; -errno. */
int sigpact__mapfile_open(pid_t, const struct sigpact__map *);

/* elf.c: what it looks for; names in ascending order. */
struct sigpact__elf_query {
	const char *const *symbol;	/* defined ones */
	size_t symbol_count;
	const char *const *section;
	size_t section_count;
};
struct sigpact__elf_answer {
	uint64_t symbols, sections;	/* bit n: the n-th is there */
	int go_note;			/* a build id of Go's linker */
};
enum { ELF_MOST = 64 };			/* names of either */
/* 0; -ENOEXEC: not a 64-bit ELF file of this byte order; -errno.  What cannot
   be read or is out of bounds is not there. */
int sigpact__elf_ask(int fd, const struct sigpact__elf_query *,
		     struct sigpact__elf_answer *);

/* function.c, one for each libc: the functions of a process's modules, opened
   when first asked for.  NULL: no memory. */
struct sigpact__functions;
struct sigpact__functions *sigpact__functions_open(
	pid_t, const struct sigpact__map *, size_t count);
void sigpact__functions_close(struct sigpact__functions *);
/* Its libdwfl, whose callbacks answer for these until another is asked for. */
struct Dwfl;
struct Dwfl *sigpact__functions_dwfl(struct sigpact__functions *);
/* Its name, or NULL; it lives until the close. */
const char *sigpact__function_at(struct sigpact__functions *, uint64_t address,
				 uint64_t *offset, char build_id[41]);

#endif
