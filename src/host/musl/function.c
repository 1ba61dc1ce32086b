/* Without libdw: no function has a name.  Normal context. */
#include "mapfile.h"

struct sigpact__functions *sigpact__functions_open(
	pid_t pid, const struct sigpact__map *map, size_t count)
{
	static char none;

	return (struct sigpact__functions *)&none;
}

void sigpact__functions_close(struct sigpact__functions *f)
{
}

const char *sigpact__function_at(struct sigpact__functions *f,
				 uint64_t address, uint64_t *offset,
				 char build_id[41])
{
	return NULL;
}
