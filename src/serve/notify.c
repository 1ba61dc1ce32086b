/* Tells the service manager how we are, as sd_notify(3) has it: a datagram to the
   socket that $NOTIFY_SOCKET names.  Any thread. */
#include "server.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void sigpact__notify(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t size = path ? strlen(path) : 0;
	int fd;

	if (size < 2 || size >= sizeof to.sun_path)
		return;
	memcpy(to.sun_path, path, size);
	if (*path == '@') /* in the abstract namespace */
		to.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
	close(fd);
}

/* The time tells which READY=1 belongs to it (Type=notify-reload). */
void sigpact__notify_reloading(void)
{
	char state[64];

	snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 sigpact__now_ns() / 1000);
	sigpact__notify(state);
}

void sigpact__notify_ready(const struct service *s)
{
	char state[96];

	snprintf(state, sizeof state,
		 "READY=1\nSTATUS=functions: %zu, "
		 "tenants: %zu",
		 sigpact__service_functions(s), s->config->tenant_count);
	sigpact__notify(state);
}
