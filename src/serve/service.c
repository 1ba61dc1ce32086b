/* A service: made of a configuration, and given back.  Normal context, I/O
   thread. */
#include "server.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counts outlive reloads: a counter that goes back looks like a restart. */
static struct kept {
	struct kept *next;
	char *tenant, *path;
	struct route_counts *counts;	/* by worker */
} *all_kept;

static struct route_counts *counts_of(const char *tenant, const char *path,
				      unsigned workers)
{
	struct kept *k;

	for (k = all_kept; k; k = k->next)
		if (!strcmp(k->tenant, tenant) && !strcmp(k->path, path))
			return k->counts;
	k = calloc(1, sizeof *k);
	if (!k)
		return NULL;
	k->tenant = strdup(tenant);
	k->path = strdup(path);
	k->counts = aligned_alloc(64, workers * sizeof *k->counts);
	if (!k->tenant || !k->path || !k->counts) {
		free(k->tenant);
		free(k->path);
		free(k->counts);
		free(k);
		return NULL;
	}
	memset(k->counts, 0, workers * sizeof *k->counts);
	k->next = all_kept;
	all_kept = k;
	return k->counts;
}

/* A .wasm is built by the builder. */
static int load(const char *file, struct module **module, char why[SANDBOX_WHY])
{
	size_t n = strlen(file);
	char path[PATH_MAX];
	int e;

	if (n < 5 || strcmp(file + n - 5, ".wasm"))
		return sigpact__module_load(file, module, why);
	e = sigpact__builder_build(file, path, sizeof path, why);
	return e ? e : sigpact__module_load(path, module, why);
}

static int route_load(struct route *r, const struct route_config *c,
		      struct site *site, unsigned workers, char why[CONFIG_WHY])
{
	char said[SANDBOX_WHY];
	int e;

	r->config = c;
	r->tenant = &site->tenant;
	r->estimate_ns = c->estimate_us * 1000;
	r->counts = counts_of(r->tenant->config->name, c->path, workers);
	r->pools = calloc(workers, sizeof *r->pools);
	if (!r->counts || !r->pools) {
		snprintf(why, CONFIG_WHY, "no memory");
		return -ENOMEM;
	}
	r->service = site->service;
	e = load(c->module, &r->module, said);
	if (e)
		snprintf(why, CONFIG_WHY, "%.511s", said);
	return e;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct route *)a)->config->path,
		      ((const struct route *)b)->config->path);
}

static int site_load(struct site *site, struct service *s,
		     const struct tenant_config *c, unsigned workers,
		     char why[CONFIG_WHY])
{
	size_t i;
	int e = 0;

	site->service = s;
	sigpact__tenant_init(&site->tenant, c);
	site->route = calloc(c->route_count, sizeof *site->route);
	if (!site->route) {
		snprintf(why, CONFIG_WHY, "no memory");
		return -ENOMEM;
	}
	for (i = 0; i < c->route_count && !e; i++) {
		site->route_count = i + 1;
		e = route_load(&site->route[i], &c->routes[i], site, workers,
			       why);
	}
	if (!e)
		qsort(site->route, site->route_count, sizeof *site->route,
		      by_path);
	return e;
}

int sigpact__service_create(struct server_config *config, unsigned workers,
			    struct service **service, char why[CONFIG_WHY])
{
	struct service *s = calloc(1, sizeof *s);
	size_t i, n = config->tenant_count, budgets = 0;
	int e = 0;

	if (s) {
		s->site = calloc(n, sizeof *s->site);
		s->budgeted = calloc(n + 1, sizeof(struct tenant *));
	}
	if (!s || !s->site || !s->budgeted) {
		snprintf(why, CONFIG_WHY, "no memory");
		e = -ENOMEM;
	}
	for (i = 0; i < n && !e; i++) {
		e = site_load(&s->site[i], s, &config->tenants[i], workers,
			      why);
		if (config->tenants[i].budget_us)
			s->budgeted[budgets++] = &s->site[i].tenant;
	}
	if (s)
		s->config = config;
	if (e) {
		sigpact__service_free(s);
		return e;
	}
	*service = s;
	return 0;
}

void sigpact__service_free(struct service *s)
{
	size_t i, j;

	if (!s)
		return;
	for (i = 0; s->site && i < s->config->tenant_count; i++) {
		for (j = 0; j < s->site[i].route_count; j++) {
			sigpact__module_drop(s->site[i].route[j].module);
			free(s->site[i].route[j].pools);
		}
		free(s->site[i].route);
	}
	sigpact__config_free(s->config);
	free(s->site);
	free(s->budgeted);
	free(s);
}

void sigpact__service_pools_drop(struct chore *chore, struct worker *w)
{
	struct service *s = (struct service *)((char *)chore -
			    offsetof(struct service, pools_drop));
	size_t i, j;

	for (i = 0; i < s->config->tenant_count; i++)
		for (j = 0; j < s->site[i].route_count; j++) {
			struct sandbox_pool *_Atomic *pool =
			    &s->site[i].route[j].pools[w->index];

			sigpact__sandbox_pool_destroy(*pool);
			*pool = NULL;
		}
}

size_t sigpact__service_functions(const struct service *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->config->tenant_count; i++)
		n += s->site[i].route_count;
	return n;
}

struct route *sigpact__service_route(const struct site *site, const char *path)
{
	struct route_config c = { .path = path };
	struct route key = { .config = &c };

	return bsearch(&key, site->route, site->route_count,
		       sizeof *site->route, by_path);
}
