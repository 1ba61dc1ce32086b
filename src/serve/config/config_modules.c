/* A configuration of nothing but modules: what a person types who wants to see
   one run.  Normal context. */
#include "config_key.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int is_module(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

static int wanted(const struct dirent *d)
{
	return *d->d_name != '.' && is_module(d->d_name, ".wasm");
}

/* "/name", of folder/name.wasm. */
static int add(json_t *routes, const char *path)
{
	const char *base = strrchr(path, '/');
	json_t *o;

	base = base ? base + 1 : path;
	o = json_pack("{s:o, s:s}", "route",
		      json_sprintf("/%.*s", (int)strcspn(base, "."), base),
		      "path", path);
	return o && !json_array_append_new(routes, o) ? 0 : -ENOMEM;
}

static int add_folder(json_t *routes, const char *folder, char why[CONFIG_WHY])
{
	struct dirent **found;
	int n = scandir(folder, &found, wanted, alphasort), i, e = 0;
	char *path;

	if (n < 0) {
		snprintf(why, CONFIG_WHY, "%.300s: %s", folder, strerror(errno));
		return -EINVAL;
	}
	if (!n) {
		snprintf(why, CONFIG_WHY,
			 "%.300s: no .wasm file in it; give a folder that has "
			 "some, or a module", folder);
		e = -EINVAL;
	}
	for (i = 0; i < n; i++) {
		if (!e && asprintf(&path, "%s/%s", folder, found[i]->d_name) > 0) {
			e = add(routes, path);
			free(path);
		}
		free(found[i]);
	}
	free(found);
	return e;
}

static int add_path(json_t *routes, const char *path, char why[CONFIG_WHY])
{
	struct stat st;

	if (stat(path, &st)) {
		snprintf(why, CONFIG_WHY, "%.300s: %s", path, strerror(errno));
		return -EINVAL;
	}
	if (S_ISDIR(st.st_mode))
		return add_folder(routes, path, why);
	if (is_module(path, ".wasm") || is_module(path, ".so"))
		return add(routes, path);
	snprintf(why, CONFIG_WHY,
		 "%.300s: expected a folder, or a module that ends in .wasm or "
		 ".so", path);
	return -EINVAL;
}

int sigpact__config_of_modules(char *const *paths, size_t count,
			       const char *address, unsigned port,
			       struct server_config **config,
			       char why[CONFIG_WHY])
{
	json_t *routes = json_array(), *root = NULL;
	size_t i;
	int e = routes ? 0 : -ENOMEM;

	for (i = 0; i < count && !e; i++)
		e = add_path(routes, paths[i], why);
	if (!e)
		root = json_pack("{s:[{s:s, s:s, s:i, s:O}]}", "tenants", "name",
				 "default", "address", address, "port", (int)port,
				 "routes", routes);
	if (root)
		e = sigpact__config_of_json("", "", root, config, NULL, why);
	else if (!e || e == -ENOMEM)
		e = (snprintf(why, CONFIG_WHY, "no memory"), -ENOMEM);
	json_decref(root);
	json_decref(routes);
	return e;
}
