/* Addresses of a live process as module, symbol and offset, by libdw
   (elfutils); modules of another mount namespace through /proc/PID/root.
   Normal context. */
#ifndef SIGPACT_SYMBOLS_H
#define SIGPACT_SYMBOLS_H

#include <stdint.h>
#include <sys/types.h>

struct sigpact__symbols;

struct sigpact__symbol {
	const char *module;	/* path as mapped; "" when in none */
	const char *name;	/* of the function, or NULL */
	uint64_t offset;	/* from the function, else in the file */
	char build_id[41];	/* hexadecimal, "" when there is none */
};

/* 0 or -errno.  What is stored lives until sigpact__symbols_close. */
int sigpact__symbols_open(pid_t pid, struct sigpact__symbols **out);
void sigpact__symbols_close(struct sigpact__symbols *);
/* 0; -ENOENT: address lies in no file's mapping (*out says so too). */
int sigpact__symbols_find(struct sigpact__symbols *, uint64_t address,
			  struct sigpact__symbol *out);

#endif
