/* The command line: what each option may be.  Normal context. */
#include "options.h"

#include "schedule.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int sigpact__fail(const char *format, ...)
{
	va_list ap;

	fputs("sigpact-serve: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_USAGE;
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
	return sigpact__fail("--workers %s: expected a number from 1 to %d", text,
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
			return sigpact__fail("--load %s: expected 16 at most", optarg);
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
	return sigpact__fail("--help lists the options"); /* getopt has said why */
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
		return sigpact__fail("--listen %s: expected ADDRESS:PORT, as "
			    "127.0.0.1:8080", text);
	size = (size_t)(colon - text);
	if (*text == '[' && size > 1 && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (size >= 64)
		return sigpact__fail("--listen %s: no such address", text);
	if (size)
		snprintf(address, 64, "%.*s", (int)size, text);
	else
		snprintf(address, 64, "0.0.0.0");
	return 0;
}

int sigpact__options_read(struct options *o, int argc, char **argv)
{
	int key, r;

	o->confined = 1;
	while ((key = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		r = option(o, key);
		if (r)
			return r;
	}
	if (listen_split(o->listen, o->address, &o->port))
		return EXIT_USAGE;
	o->path = argv + optind;
	o->path_count = (size_t)(argc - optind);
	if (o->build)
		return o->path_count || o->config
			   ? sigpact__fail("--build builds one module, and serves none")
			   : 0;
	if (o->output)
		return sigpact__fail("--output is for --build");
	if (!o->config == !o->path_count)
		return sigpact__fail(o->config ? "--config and modules: expected one of "
					"the two"
				      : "nothing to serve; give a folder of "
					".wasm files, modules, or --config FILE");
	return 0;
}
