/* Calls a module: call MODULE [ARGUMENT...] with its own stdin.  The answer is on
   stdout, the log and a trap's name on stderr; exits with the module's status, 99
   when it trapped, 98 when it cannot be loaded. */
#include <stdio.h>
#include <stdlib.h>

#include "sandbox.h"

static void says(void *context, const char *line, size_t size)
{
	fprintf(stderr, "%.*s\n", (int)size, line);
}

static int fails(const char *why)
{
	fprintf(stderr, "%s\n", why);
	return 98;
}

int main(int argc, char **argv)
{
	static char input[1 << 20];
	char why[SANDBOX_WHY];
	struct sandbox_call call = {
		.argv = (const char *const *)argv + 1,
		.argc = (size_t)argc - 1,
		.input = input,
		.input_size = fread(input, 1, sizeof input, stdin),
		.log = says,
	};
	struct sandbox_result r;
	struct sandbox_pool *p;
	struct sandbox *s;
	struct module *m;
	int state;

	if (sigpact__module_load(argv[1], &m, why) < 0 ||
	    sigpact__sandbox_pool_create(m, NULL, &p, why))
		return fails(why);
	if (sigpact__sandbox_take(p, &s))
		return fails("no sandbox");
	state = sigpact__sandbox_run(s, &call, &r);
	fwrite(r.output, 1, r.output_size, stdout);
	if (state == SANDBOX_TRAPPED)
		fprintf(stderr, "%s\n", sigpact__trap_name(r.trap));
	state = state == SANDBOX_TRAPPED ? 99 : r.status;
	sigpact__sandbox_give(s);
	sigpact__sandbox_pool_destroy(p);
	sigpact__module_drop(m);
	return state;
}
