/* `sigpact report --json`, as report.schema.json tells.  Normal context. */
#include "cli.h"
#include "report_print.h"

#include <errno.h>
#include <jansson.h>

int sigpact__report_json(FILE *f, const struct sigpact__report *r)
{
	return -ENOSYS;
}
