/* Where we listen, and for whom: a port outlives the service that asked for it,
   since requests that are still being read know it.  I/O thread, or before it
   runs. */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct port *ports;

/* Of any port, a tenant keeps his own. */
static int is_for(const struct port *p, const struct tenant_config *c)
{
	return c->port || (p->site &&
			   !strcmp(p->site->tenant.config->name, c->name));
}

static struct port *find(const struct tenant_config *c)
{
	struct port *p;

	for (p = ports; p; p = p->next)
		if (p->listener && !p->soon && p->number == c->port &&
		    !strcmp(p->address, c->address) && is_for(p, c))
			return p;
	return NULL;
}

static int make(struct server *s, const struct tenant_config *c,
		struct port **port)
{
	struct port *p = calloc(1, sizeof *p);
	int e = -ENOMEM;

	if (p)
		p->address = strdup(c->address);
	if (p && p->address)
		e = sigpact__http_listen(s->http, c->address,
					 (unsigned short)c->port, p,
					 &p->listener);
	if (e) {
		free(p ? p->address : NULL);
		free(p);
		return e;
	}
	p->number = (unsigned)c->port;
	p->next = ports;
	*port = ports = p;
	return 0;
}

static void close_port(struct server *s, struct port *p)
{
	sigpact__http_unlisten(s->http, p->listener);
	p->listener = NULL;
	p->site = NULL;
}

/* Those that were made for it are closed again. */
static void give_up(struct server *s)
{
	struct port *p;

	for (p = ports; p; p = p->next) {
		if (p->soon && !p->site)
			close_port(s, p);
		p->soon = NULL;
	}
}

/* What to do about it, for those errors that come up. */
static const char *advice(int e)
{
	switch (-e) {
	case EADDRINUSE:
		return "; `ss -ltnp` tells who listens there";
	case EACCES:
		return "; ports below 1024 are root's";
	case EADDRNOTAVAIL:
		return "; no interface has this address";
	case EINVAL:
		return "; expected an address in digits, as 127.0.0.1 or ::1";
	}
	return "";
}

int sigpact__ports_take(struct server *s, struct service *new,
			char why[CONFIG_WHY])
{
	size_t i, n = new->config->tenant_count;
	struct port *p;
	int e;

	for (i = 0; i < n; i++) {
		const struct tenant_config *c = new->site[i].tenant.config;

		p = find(c);
		e = p ? 0 : make(s, c, &p);
		if (e) {
			snprintf(why, CONFIG_WHY,
				 "tenant %.60s: cannot listen at %.60s, port "
				 "%u: %s%s", c->name, c->address,
				 (unsigned)c->port, strerror(-e), advice(e));
			give_up(s);
			return e;
		}
		p->soon = &new->site[i];
		new->site[i].port = p;
	}
	for (p = ports; p; p = p->next) {
		p->site = p->soon;
		p->soon = NULL;
		if (p->listener && !p->site)
			close_port(s, p);
	}
	return 0;
}
