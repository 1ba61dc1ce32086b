/* What sigpact-serve is asked to serve: from a JSON file, or a folder of modules.
   Normal context; a configuration belongs to the caller and does not change once
   it is loaded. */
#ifndef SIGPACT_CONFIG_H
#define SIGPACT_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#define CONFIG_WHY 768 /* enough for any why */

enum scheduler { SCHEDULER_EDF, SCHEDULER_FIFO, SCHEDULER_SJF };

/* 0: the default, or none, as config.c's tables say. */
struct route_config {
	const char *path;		/* "/fib" */
	const char *module;		/* a file, .wasm or .so */
	const char *content_type;
	uint64_t deadline_us;		/* from the last byte of the request */
	uint64_t budget_us;		/* of a CPU's time */
	uint64_t estimate_us;		/* of running, until it was measured */
	uint64_t percentile;		/* of run times, for admission; 0: all in */
	uint64_t stack_size, memory_limit, request_size, response_size; /* bytes */
	const char **arguments;		/* names in the query; ends with NULL */
	const char **headers;		/* for the environment; ends with NULL */
};

struct tenant_config {
	const char *name;
	const char *address;
	uint64_t port;
	uint64_t period_us, budget_us;	/* of running; 0: no limit */
	uint64_t queue;			/* requests that may wait */
	struct route_config *routes;
	size_t route_count;
};

struct server_config {
	enum scheduler scheduler;
	uint64_t no_preemption;		/* but at the end of a slice */
	uint64_t workers, slice_us, connections;
	uint64_t header_size, body_size; /* bytes */
	uint64_t header_ms, body_ms, idle_ms, drain_ms;
	uint64_t drain_delay_ms;	/* as if nothing was, but not ready */
	const char *access_log;		/* a file, "-": stdout; NULL: none */
	const char *user;		/* to become after start, or NULL */
	const char **load;		/* native libraries; ends with NULL */
	struct tenant_config *tenants;
	size_t tenant_count;
	void *text;			/* config.c's */
};

/* Reads a configuration.  -errno, and *why: "FILE:LINE: KEY: …" in one line; what
   is ignored is told by warn, a line each.

   Safety: MT-Safe, AS-Unsafe heap, AC-Unsafe mem fd. */
int sigpact__config_read(const char *file, struct server_config **config,
			 void (*warn)(const char *line), char why[CONFIG_WHY]);

/* One tenant, who serves each of count modules as /NAME; of a folder, each
   .wasm in it.  As sigpact__config_read. */
int sigpact__config_of_modules(char *const *paths, size_t count,
			       const char *address, unsigned port,
			       struct server_config **config,
			       char why[CONFIG_WHY]);

/* The only tenant listens there instead.  address stays the caller's, and must
   live as long.  -EINVAL, and why: there are several. */
int sigpact__config_listen(struct server_config *config, const char *address,
			   unsigned port, char why[CONFIG_WHY]);

void sigpact__config_free(struct server_config *config);

/* The line of text, from 1, where the value that path tells begins: as
   "tenants[0].routes[1].port".  text is valid JSON; 1 when it has no such value. */
unsigned sigpact__config_line(const char *text, const char *path);

#endif
