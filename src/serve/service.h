/* What is served now: a configuration with its modules loaded.  A reload makes a
   new one; the old one stays until its last call has ended.  Normal context; of
   the I/O thread, but for what workers use of routes. */
#ifndef SIGPACT_SERVICE_H
#define SIGPACT_SERVICE_H

#include "http.h"
#include "schedule.h"

/* A tenant, and what it serves. */
struct site {
	struct tenant tenant;
	struct service *service;
	struct route *route;		/* sorted by path */
	size_t route_count;
	struct port *port;
};

/* A place to listen at: the context of its listener.  Never freed. */
struct port {
	struct port *next;
	char *address;
	unsigned number;		/* as configured; 0: any */
	struct sigpact__listener *listener; /* NULL: closed */
	struct site *site;		/* NULL: closed */
	struct site *soon;		/* ports.c's */
};

struct service {
	struct server_config *config;
	struct site *site;		/* config->tenant_count of them */
	struct tenant **budgeted;	/* ends with NULL */
	atomic_uint calls;		/* that have not ended */
	int dropping;			/* pools_drop was given to workers */
	struct chore pools_drop;
	struct service *next;		/* an older one */
};

/* Loads all modules, building those that are .wasm.  Takes config over.
   -errno, and why: which module, and what sigpact__module_load said. */
int sigpact__service_create(struct server_config *config, unsigned workers,
			    struct service **service, char why[CONFIG_WHY]);

/* When workers have no pools of it any more. */
void sigpact__service_free(struct service *);

/* What lets each worker drop its pools of a service that has no calls. */
void sigpact__service_pools_drop(struct chore *, struct worker *);

size_t sigpact__service_functions(const struct service *);

struct route *sigpact__service_route(const struct site *, const char *path);

#endif
