/* sigpact-serve: its arguments, and the order in which it starts.  Normal
   context. */
#include "server.h"

#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

static const char help[] =
"Usage: sigpact-serve [OPTION...] DIR | MODULE.wasm...\n"
"       sigpact-serve [OPTION...] --config FILE\n"
"       sigpact-serve --build MODULE.wasm [--output FILE.so]\n"
"Serves WebAssembly functions over HTTP: each request runs one, on a stack and\n"
"in a memory of its own, and a function that overflows, traps or never ends\n"
"costs its own request.\n"
"\n"
"  DIR                   serve each of its .wasm files as /NAME\n"
"  --config FILE         tenants, routes, deadlines and limits, as JSON;\n"
"                        SIGHUP reads it again\n"
"  --listen ADDR:PORT    where to listen (127.0.0.1:8080)\n"
"  --workers N           threads that run functions (one for each CPU)\n"
"  --access-log FILE     a JSON object a line for each request; -: stdout\n"
"  --load LIB.so         a native library to load at start; may be repeated\n"
"  --user NAME           become this user once it listens\n"
"  --no-confine          keep all system calls\n"
"  --check               read all, build modules, say what is wrong, exit\n"
"  --build MODULE.wasm   compile a module and print where it is\n"
"  --output FILE.so      where --build puts it (a cache)\n"
"  --help  --version\n"
"\n"
"SIGTERM ends it once all requests are answered. sigpact-serve(1) has the keys\n"
"of the configuration.\n";

struct options {
	const char *config, *listen, *access_log, *user, *build, *output;
	char address[64];
	unsigned port;
	const char *load[17];
	unsigned loads;
	unsigned long workers;
	int confined, check;
	char **path;
	size_t path_count;
};

__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
	va_list ap;

	fputs("sigpact-serve: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

static void warn(const char *line)
{
	fail("%s", line);
}

enum { CONFIG = 256, LISTEN, COUNT, LOG, LOAD, USER, FREE, CHECK, BUILD, OUTPUT,
       HELP, VERSION };

static const struct option longs[] = {
	{ "config", required_argument, NULL, CONFIG },
	{ "listen", required_argument, NULL, LISTEN },
	{ "workers", required_argument, NULL, COUNT },
	{ "access-log", required_argument, NULL, LOG },
	{ "load", required_argument, NULL, LOAD },
	{ "user", required_argument, NULL, USER },
	{ "no-confine", no_argument, NULL, FREE },
	{ "check", no_argument, NULL, CHECK },
	{ "build", required_argument, NULL, BUILD },
	{ "output", required_argument, NULL, OUTPUT },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 }
};

static int workers_read(struct options *o, const char *text)
{
	char *end;

	o->workers = strtoul(text, &end, 10);
	if (*text >= '1' && *text <= '9' && !*end && o->workers <= WORKERS)
		return 0;
	return fail("--workers %s: expected a number from 1 to %d", text,
		    WORKERS);
}

/* 0: go on; -1: done; else an exit status. */
static int option(struct options *o, int key)
{
	switch (key) {
	case CONFIG:
		o->config = optarg;
		return 0;
	case LISTEN:
		o->listen = optarg;
		return 0;
	case COUNT:
		return workers_read(o, optarg);
	case LOG:
		o->access_log = optarg;
		return 0;
	case LOAD:
		if (o->loads == 16)
			return fail("--load %s: expected 16 at most", optarg);
		o->load[o->loads++] = optarg;
		return 0;
	case USER:
		o->user = optarg;
		return 0;
	case FREE:
		o->confined = 0;
		return 0;
	case CHECK:
		o->check = 1;
		return 0;
	case BUILD:
		o->build = optarg;
		return 0;
	case OUTPUT:
		o->output = optarg;
		return 0;
	case HELP:
		fputs(help, stdout);
		return -1;
	case VERSION:
		puts("sigpact-serve " SIGPACT_VERSION);
		return -1;
	}
	return fail("--help lists the options"); /* getopt has said why */
}

static int options_read(struct options *o, int argc, char **argv)
{
	int key, r;

	o->confined = 1;
	while ((key = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		r = option(o, key);
		if (r)
			return r;
	}
	o->path = argv + optind;
	o->path_count = (size_t)(argc - optind);
	if (o->build)
		return o->path_count || o->config
			   ? fail("--build builds one module, and serves none")
			   : 0;
	if (o->output)
		return fail("--output is for --build");
	if (!o->config == !o->path_count)
		return fail(o->config ? "--config and modules: expected one of "
					"the two"
				      : "nothing to serve; give a folder of "
					".wasm files, modules, or --config FILE");
	return 0;
}

static int build(const struct options *o)
{
	char path[PATH_MAX], why[SANDBOX_WHY];

	if (sigpact__module_build(o->build, o->output, path, sizeof path, why))
		return fail("%s", why);
	puts(path);
	return 0;
}

/* "127.0.0.1:8080", "[::1]:8080", ":8080". */
static int listen_split(const char *text, char address[64], unsigned *port)
{
	const char *colon = text ? strrchr(text, ':') : NULL;
	char *end = NULL;
	size_t size;

	snprintf(address, 64, "127.0.0.1");
	*port = 8080;
	if (!text)
		return 0;
	if (colon)
		*port = (unsigned)strtoul(colon + 1, &end, 10);
	if (!colon || !colon[1] || *end || *port > 65535)
		return fail("--listen %s: expected ADDRESS:PORT, as "
			    "127.0.0.1:8080", text);
	size = (size_t)(colon - text);
	if (*text == '[' && size > 1 && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (size >= 64)
		return fail("--listen %s: no such address", text);
	if (size)
		snprintf(address, 64, "%.*s", (int)size, text);
	else
		snprintf(address, 64, "0.0.0.0");
	return 0;
}

static int configure(struct options *o, struct server_config **config)
{
	char why[CONFIG_WHY];
	int r;

	if (listen_split(o->listen, o->address, &o->port))
		return EXIT_USAGE;
	if (o->config)
		r = sigpact__config_read(o->config, config, warn, why);
	else
		r = sigpact__config_of_modules(
		    o->path, o->path_count, o->address, o->port, config, why);
	if (!r && o->config && o->listen)
		r = sigpact__config_listen(*config, o->address, o->port, why);
	if (r)
		return fail("%s", why);
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
			return fail("--load %s: %s", *libraries, dlerror());
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

	return e ? fail("access log %s: %s%s%s",
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
		return fail("%s", strerror(-e));
	if (sigpact__service_create(c, s->scheduler.workers, &service, why) ||
	    sigpact__server_adopt(s, service, why) ||
	    (o->confined ? sigpact__confine(c->user, why)
			 : c->user && sigpact__user_become(c->user, why)))
		return fail("%s", why);
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
		return fail("%s", why);
	sigpact__service_free(service);
	return 0;
}

int main(int argc, char **argv)
{
	struct server_config *config;
	static struct server server;
	struct options o = { 0 };
	char why[CONFIG_WHY];
	int r = options_read(&o, argc, argv);

	if (r || o.build)
		return r < 0 ? 0 : r ? r : build(&o);
	r = configure(&o, &config);
	if (r)
		return r;
	sigpact__server_signals_block();
	if (sigpact__builder_start(config->user, why))
		return fail("%s", why);
	if (o.check)
		return check(config);
	server.config_file = o.config;
	server.listen_address = o.config && o.listen ? o.address : NULL;
	server.listen_port = o.port;
	r = start(&server, config, &o);
	if (r)
		return r;
	r = sigpact__server_run(&server);
	return r ? fail("%s", strerror(-r)) : 0;
}
