/* What `sigpact check` saw, and how it is printed. */
#ifndef SIGPACT_CHECK_H
#define SIGPACT_CHECK_H

#include "cli.h"
#include "probe.h"

#include <sys/utsname.h>

struct sigpact__machine {
	struct utsname kernel;
	char libc[40];
};
struct sigpact__checked {
	const struct sigpact__probe *probe;
	struct sigpact__probed saw;
	char note[64]; /* what the version makes one expect */
};
struct sigpact__check {
	struct sigpact__machine machine;
	struct sigpact__checked *row;
	size_t count;
	double seconds;
	int note; /* print it */
};

/* "sound", "finding", "cannot tell", "present", "absent" */
const char *sigpact__check_verdict(enum sigpact__said);
size_t sigpact__check_count(const struct sigpact__check *, enum sigpact__said);

/* The printers.  0 or -errno; json: -ENOSYS in a build without jansson. */
int sigpact__check_text(FILE *, const struct sigpact__check *, int colour);
int sigpact__check_tap(FILE *, const struct sigpact__check *);
int sigpact__check_json(FILE *, const struct sigpact__check *);

#endif
