/* A stack on the way outwards: what unwind.c goes by tables, and guess.c where there
   are none. */
#ifndef SIGPACT_WALK_H
#define SIGPACT_WALK_H

#include "report.h"

#include <elfutils/libdwfl.h>

enum { DWARF_RBP = 6, DWARF_RSP = 7, DWARF_RIP = 16, DWARF_REGS = 17 };
enum { GREGS = 40 };	/* from the ucontext */

struct sigpact__walk {
	struct sigpact__report *report;
	struct sigpact__thread *thread;
	struct sigpact__memory *memory;
	Dwfl *dwfl;
	Dwarf_Word regs[DWARF_REGS];	/* where the tables start from */
	enum sigpact__frame_how how;	/* that was found by */
	int bp_known;
};

int sigpact__is_trampoline(struct sigpact__walk *, uint64_t pc);
/* Goes to the caller: 0, there is none to be found. */
int sigpact__guess(struct sigpact__walk *);

#endif
