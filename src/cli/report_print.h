/* The printers of reports.  0 or -errno. */
#ifndef SIGPACT_REPORT_PRINT_H
#define SIGPACT_REPORT_PRINT_H

#include "report.h"

#include <stdio.h>

int sigpact__report_text(FILE *, const struct sigpact__report *);
int sigpact__report_json(FILE *, const struct sigpact__report *);
/* jansson's object, or NULL: no memory */
struct json_t *sigpact__report_object(const struct sigpact__report *);
/* report_inside.c: of a process that waits for it, as the first word tells; to a
   file in folder, or, NULL, to stderr.  The exit status. */
int sigpact__report_from_inside(const char *waiting, const char *folder);
/* The frame that a person is to look at first, or NULL: there is none. */
const struct sigpact__frame *sigpact__report_first(
	const struct sigpact__report *);

#endif
