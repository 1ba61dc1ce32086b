/* What a request tells beside its fields.  Any thread that holds it. */
#include "connection.h"

#include <arpa/inet.h>
#include <string.h>

static const struct sigpact__connection *
connection_of(const struct sigpact__request *request)
{
	return ((const struct sigpact__message *)request)->connection;
}

int sigpact__request_lost(const struct sigpact__request *request)
{
	return atomic_load_explicit(&connection_of(request)->lost,
				    memory_order_relaxed);
}

const char *sigpact__request_header(const struct sigpact__request *request,
				    const char *name)
{
	unsigned i;

	for (i = 0; i < request->header_count; i++)
		if (!strcmp(request->header[i].name, name))
			return request->header[i].value;
	return NULL;
}

void sigpact__request_peer(const struct sigpact__request *request,
			   char text[SIGPACT__PEER_SIZE])
{
	const struct in6_addr *peer = &connection_of(request)->peer;

	if (IN6_IS_ADDR_V4MAPPED(peer))
		inet_ntop(AF_INET, peer->s6_addr + 12, text,
			  SIGPACT__PEER_SIZE);
	else
		inet_ntop(AF_INET6, peer, text, SIGPACT__PEER_SIZE);
}
