/* A configuration from a JSON file: three tables tell the keys, what each may be
   and what it is when it is left out.  Normal context. */
#include "config.h"
#include "config_key.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_US 3600000000ull
#define GIB (1ull << 30)

#define OF(key, what, type, member)                                            \
	.name = key, .kind = what, .offset = offsetof(struct type, member)
#define NUMBER(key, type, member, from, to, normal)                            \
	{ OF(key, KEY_NUMBER, type, member), .least = from, .most = to,        \
	  .otherwise = normal }
#define IGNORED(key) { .name = key, .kind = KEY_IGNORED }

static const struct config_key route_keys[] = {
	{ OF("route", KEY_PATH, route_config, path), .needed = 1 },
	{ OF("path", KEY_FILE, route_config, module), .needed = 1 },
	NUMBER("relative-deadline-us", route_config, deadline_us, 1, HOUR_US,
	       100000),
	NUMBER("budget-us", route_config, budget_us, 1, HOUR_US, 1000000),
	NUMBER("expected-execution-us", route_config, estimate_us, 0, HOUR_US,
	       0),
	NUMBER("admissions-percentile", route_config, percentile, 50, 99, 0),
	NUMBER("stack-size", route_config, stack_size, 65536, GIB, 0),
	NUMBER("memory-limit", route_config, memory_limit, 65536, 4 * GIB - 65536,
	       0),
	NUMBER("http-req-size", route_config, request_size, 1, GIB, 0),
	NUMBER("http-resp-size", route_config, response_size, 1, GIB, 0),
	{ OF("http-resp-content-type", KEY_LINE, route_config, content_type),
	  .otherwise_text = "text/plain" },
	{ OF("arguments", KEY_LIST, route_config, arguments) },
	{ OF("headers", KEY_LIST, route_config, headers) },
	IGNORED("reservation-percentile"),
	IGNORED("model-type"),
	IGNORED("n-resas"),
	IGNORED("request-type"),
	IGNORED("group-id"),
	IGNORED("preprocess"),
	{ .name = NULL }
};

static const struct config_key tenant_keys[] = {
	{ OF("name", KEY_LINE, tenant_config, name), .needed = 1 },
	{ OF("address", KEY_LINE, tenant_config, address),
	  .otherwise_text = "127.0.0.1" },
	{ OF("port", KEY_NUMBER, tenant_config, port), .most = 65535,
	  .needed = 1 },
	NUMBER("replenishment-period-us", tenant_config, period_us, 0, HOUR_US,
	       0),
	NUMBER("max-budget-us", tenant_config, budget_us, 0, HOUR_US, 0),
	NUMBER("queue", tenant_config, queue, 1, 1000000, 10000),
	{ .name = "routes", .kind = KEY_OBJECTS, .needed = 1 },
	IGNORED("reservation-percentile"),
	IGNORED("route-replicas"),
	{ .name = NULL }
};

static const char *const schedulers[] = { "edf", "fifo", "sjf", NULL };

static const struct config_key server_keys[] = {
	{ .name = "tenants", .kind = KEY_OBJECTS, .needed = 1 },
	{ OF("scheduler", KEY_WORD, server_config, scheduler),
	  .words = schedulers },
	NUMBER("no-preemption", server_config, no_preemption, 0, 1, 0),
	NUMBER("workers", server_config, workers, 1, 256, 0),
	NUMBER("slice-us", server_config, slice_us, 20, 1000000, 5000),
	NUMBER("connections", server_config, connections, 1, 1000000, 20000),
	NUMBER("header-size", server_config, header_size, 256, 1 << 20, 16384),
	NUMBER("body-size", server_config, body_size, 1, GIB, 8 << 20),
	NUMBER("header-timeout-ms", server_config, header_ms, 1, 3600000,
	       10000),
	NUMBER("body-timeout-ms", server_config, body_ms, 1, 3600000, 30000),
	NUMBER("idle-timeout-ms", server_config, idle_ms, 1, 3600000, 60000),
	NUMBER("drain-delay-ms", server_config, drain_delay_ms, 0, 3600000, 0),
	NUMBER("drain-ms", server_config, drain_ms, 1, 3600000, 30000),
	{ OF("access-log", KEY_LINE, server_config, access_log) },
	{ OF("user", KEY_LINE, server_config, user) },
	{ OF("load", KEY_LIST, server_config, load) },
	{ .name = NULL }
};

static int routes_read(const struct config_place *at, json_t *list,
		       struct tenant_config *tenant)
{
	size_t i, j;
	int e = 0;

	tenant->route_count = json_array_size(list);
	tenant->routes = calloc(tenant->route_count + 1, sizeof *tenant->routes);
	if (!tenant->routes)
		return sigpact__config_refuse(at, "routes", "no memory");
	for (i = 0; i < tenant->route_count && !e; i++) {
		struct config_place inner;

		sigpact__config_place_element(&inner, at, "routes", i);
		e = sigpact__config_object(&inner, json_array_get(list, i),
					   route_keys, &tenant->routes[i]);
		for (j = 0; j < i && !e; j++)
			if (!strcmp(tenant->routes[i].path,
				    tenant->routes[j].path))
				e = sigpact__config_refuse(
				    &inner, "route",
				    "\"%s\" has a route already, "
				    "routes[%zu]",
				    tenant->routes[i].path, j);
	}
	return e;
}

static int tenant_check(const struct config_place *at,
			const struct server_config *c, size_t n)
{
	const struct tenant_config *t = &c->tenants[n];
	size_t i;

	if (!t->period_us != !t->budget_us)
		return sigpact__config_refuse(
		    at,
		    t->period_us ? "replenishment-period-us" : "max-budget-us",
		    "needs %s beside it, or both 0",
		    t->period_us ? "max-budget-us" : "replenishment-period-us");
	for (i = 0; i < n; i++) {
		if (!strcmp(t->name, c->tenants[i].name))
			return sigpact__config_refuse(
			    at, "name", "\"%s\" is tenants[%zu] already",
			    t->name, i);
		if (t->port && t->port == c->tenants[i].port &&
		    !strcmp(t->address, c->tenants[i].address))
			return sigpact__config_refuse(
			    at, "port", "%llu is tenants[%zu]'s already",
			    (unsigned long long)t->port, i);
	}
	return 0;
}

static int tenants_read(const struct config_place *at, json_t *list,
			const char *key, struct server_config *c)
{
	size_t i;
	int e = 0;

	c->tenants = calloc(json_array_size(list) + 1, sizeof *c->tenants);
	if (!c->tenants)
		return sigpact__config_refuse(at, key, "no memory");
	for (i = 0; i < json_array_size(list) && !e; i++) {
		json_t *o = json_array_get(list, i);
		struct config_place inner;

		sigpact__config_place_element(&inner, at, key, i);
		c->tenant_count = i + 1;
		e = sigpact__config_object(&inner, o, tenant_keys,
					   &c->tenants[i]);
		if (!e)
			e = tenant_check(&inner, c, i);
		if (!e)
			e = routes_read(&inner, json_object_get(o, "routes"),
					&c->tenants[i]);
	}
	return e;
}

/* root: an object, or the list of tenants alone, as SLEdge has it. */
static int server_read(const struct config_place *at, json_t *root,
		       struct server_config *c)
{
	int listed = json_is_array(root);
	json_t *o = listed ? json_pack("{s:O}", "tenants", root)
			   : json_incref(root);
	int e = o ? sigpact__config_object(at, o, server_keys, c)
		  : sigpact__config_refuse(at, "", "no memory");

	if (!e)
		e = tenants_read(at, json_object_get(o, "tenants"),
				 listed ? "" : "tenants", c);
	json_decref(o);
	return e;
}

/* The whole file, with a NUL behind it. */
static char *slurp(const char *file, char why[CONFIG_WHY])
{
	FILE *f = fopen(file, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n = f ? getdelim(&text, &size, 0, f) : -1;

	if (n > 0 && !text[n - 1])
		n = -2;
	if (n < 0) {
		snprintf(why, CONFIG_WHY, "%.300s: %s", file,
			 !f || ferror(f) ? strerror(errno)
			 : n == -2 ? "a NUL byte in it; expected JSON"
				   : "no text in it; expected JSON");
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

int sigpact__config_of_json(const char *file, const char *text, json_t *root,
			    struct server_config **config,
			    void (*warn)(const char *line),
			    char why[CONFIG_WHY])
{
	struct config_place at = { file, text, "", warn, why };
	struct server_config *c = calloc(1, sizeof *c);
	int e = -ENOMEM;

	if (c) {
		c->text = json_incref(root);
		e = server_read(&at, root, c);
	}
	if (e) {
		sigpact__config_free(c);
		return e;
	}
	*config = c;
	return 0;
}

int sigpact__config_read(const char *file, struct server_config **config,
			 void (*warn)(const char *line), char why[CONFIG_WHY])
{
	char *text = slurp(file, why);
	json_error_t error;
	json_t *root;
	int e;

	if (!text)
		return -EINVAL;
	root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (root) {
		e = sigpact__config_of_json(file, text, root, config, warn,
					    why);
	} else {
		snprintf(why, CONFIG_WHY, "%.200s:%d: %.200s", file, error.line,
			 error.text);
		e = -EINVAL;
	}
	json_decref(root);
	free(text);
	return e;
}

int sigpact__config_listen(struct server_config *c, const char *address,
			   unsigned port, char why[CONFIG_WHY])
{
	if (c->tenant_count > 1) {
		snprintf(why, CONFIG_WHY, "--listen %s:%u: there are %zu "
			 "tenants, each with its \"address\" and \"port\"",
			 address, port, c->tenant_count);
		return -EINVAL;
	}
	c->tenants[0].address = address;
	c->tenants[0].port = port;
	return 0;
}

void sigpact__config_free(struct server_config *c)
{
	size_t i, j;

	if (!c)
		return;
	for (i = 0; i < c->tenant_count; i++) {
		for (j = 0; j < c->tenants[i].route_count; j++)
			sigpact__config_object_free(route_keys,
						    &c->tenants[i].routes[j]);
		free(c->tenants[i].routes);
		sigpact__config_object_free(tenant_keys, &c->tenants[i]);
	}
	free(c->tenants);
	sigpact__config_object_free(server_keys, c);
	json_decref(c->text);
	free(c);
}
