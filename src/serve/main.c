/* sigpact-serve: the order in which it starts.  Normal context. */
#include "options.h"
#include "server.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void warn(const char *line)
{
	sigpact__fail("%s", line);
}

static int build(const struct options *o)
{
	char path[PATH_MAX], why[SANDBOX_WHY];

	if (sigpact__module_build(o->build, o->output, path, sizeof path, why))
		return sigpact__fail("%s", why);
	puts(path);
	return 0;
}

static int configure(struct options *o, struct server_config **config)
{
	char why[CONFIG_WHY];
	int r;

	if (o->config)
		r = sigpact__config_read(o->config, config, warn, why);
	else
		r = sigpact__config_of_modules(
		    o->path, o->path_count, o->address, o->port, config, why);
	if (!r && o->config && o->listen)
		r = sigpact__config_listen(*config, o->address, o->port, why);
	if (r)
		return sigpact__fail("%s", why);
	if (o->workers)
		(*config)->workers = o->workers;
	if (o->access_log)
		(*config)->access_log = o->access_log;
	if (o->user)
		(*config)->user = o->user;
	return 0;
}

static int load(const char *const *libraries)
{
	for (; libraries && *libraries; libraries++)
		if (!dlopen(*libraries, RTLD_NOW | RTLD_GLOBAL))
			return sigpact__fail("--load %s: %s", *libraries, dlerror());
	return 0;
}

static int http_make(struct server *s, const struct server_config *c)
{
	struct sigpact__http_limits limits = {
		.header_size = c->header_size,
		.body_size = c->body_size,
		.header_ms = (unsigned)c->header_ms,
		.body_ms = (unsigned)c->body_ms,
		.idle_ms = (unsigned)c->idle_ms,
		.connections = (unsigned)c->connections,
	};
	static const struct sigpact__http_callbacks callbacks = {
		.headed = sigpact__call_headed,
		.arrived = sigpact__call_arrived,
		.refused = sigpact__call_refused,
		.settled = sigpact__call_settled,
	};

	return sigpact__http_create(&limits, &callbacks, s, &s->http);
}

static void tell(const struct service *s)
{
	const struct site *site;
	const char *address;
	size_t i;
	int six;

	for (i = 0; i < s->config->tenant_count; i++) {
		site = &s->site[i];
		address = site->tenant.config->address;
		six = strchr(address, ':') != NULL;
		fprintf(stderr,
			"sigpact-serve: %s: %zu function%s at http://%s%s%s:%u/\n",
			site->tenant.config->name, site->route_count,
			site->route_count == 1 ? "" : "s", six ? "[" : "",
			address, six ? "]" : "",
			sigpact__listener_port(site->port->listener));
	}
}

/* As the user that we are now: what can be opened now can be opened again. */
static int log_open(struct server *s, const struct server_config *c)
{
	int e = sigpact__access_open(c->access_log,
				     c->access_log ? &s->access : &s->errors);

	return e ? sigpact__fail("access log %s: %s%s%s",
			c->access_log ? c->access_log : "to stderr", strerror(-e),
			c->user ? ", as user " : "", c->user ? c->user : "")
		 : 0;
}

static int start(struct server *s, struct server_config *c,
		 const struct options *o)
{
	struct service *service;
	char why[CONFIG_WHY];
	int e;

	s->started = *c;
	if (load(o->load) || load(c->load))
		return EXIT_USAGE;
	e = sigpact__scheduler_start(&s->scheduler, c);
	if (!e)
		e = http_make(s, c);
	if (e)
		return sigpact__fail("%s", strerror(-e));
	if (sigpact__service_create(c, s->scheduler.workers, &service, why) ||
	    sigpact__server_adopt(s, service, why) ||
	    (o->confined ? sigpact__confine(c->user, why)
			 : c->user && sigpact__user_become(c->user, why)))
		return sigpact__fail("%s", why);
	if (log_open(s, c))
		return EXIT_USAGE;
	tell(service);
	return 0;
}

/* Modules, too: those that are .wasm are built. */
static int check(struct server_config *c)
{
	struct service *service;
	char why[CONFIG_WHY];

	if (sigpact__service_create(c, 1, &service, why))
		return sigpact__fail("%s", why);
	sigpact__service_free(service);
	return 0;
}

int main(int argc, char **argv)
{
	struct server_config *config;
	static struct server server;
	struct options o = { 0 };
	char why[CONFIG_WHY];
	int r = sigpact__options_read(&o, argc, argv);

	if (r || o.build)
		return r < 0 ? 0 : r ? r : build(&o);
	r = configure(&o, &config);
	if (r)
		return r;
	sigpact__server_signals_block();
	if (sigpact__builder_start(config->user, why))
		return sigpact__fail("%s", why);
	if (o.check)
		return check(config);
	server.config_file = o.config;
	server.listen_address = o.config && o.listen ? o.address : NULL;
	server.listen_port = o.port;
	r = start(&server, config, &o);
	if (r)
		return r;
	r = sigpact__server_run(&server);
	return r ? sigpact__fail("%s", strerror(-r)) : 0;
}
