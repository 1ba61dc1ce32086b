/* A server that forks for each request, over the same HTTP as sigpact-serve and with
   the same sandbox, which the child runs: what isolation by processes costs.
   forks PORT MODULE.so */
#include "http.h"
#include "sandbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sandbox *sandbox;

static int headed(void *unused, struct sigpact__request *request)
{
	return 0;
}

static int run(void)
{
	static const char *argv[] = { "empty" };
	struct sandbox_call call = { .argv = argv, .argc = 1 };
	struct sandbox_result result;

	return sigpact__sandbox_run(sandbox, &call, &result) !=
	       SANDBOX_RETURNED;
}

static void arrived(void *unused, struct sigpact__request *request)
{
	struct sigpact__response r = { .status = 500 };
	pid_t child = fork();
	int status;

	if (!child)
		_exit(run());
	if (child > 0 && waitpid(child, &status, 0) == child && !status)
		r.status = 200;
	sigpact__http_answer(request, &r);
}

int main(int argc, char **argv)
{
	static const struct sigpact__http_limits limits;
	static const struct sigpact__http_callbacks callbacks = {
		.headed = headed, .arrived = arrived,
	};
	char why[SANDBOX_WHY];
	struct sandbox_pool *pool;
	struct module *module;
	struct sigpact__http *http;

	if (argc != 3 || sigpact__module_load(argv[2], &module, why) ||
	    sigpact__sandbox_pool_create(module, NULL, &pool, why) ||
	    sigpact__sandbox_take(pool, &sandbox) ||
	    sigpact__http_create(&limits, &callbacks, NULL, &http) ||
	    sigpact__http_listen(http, "127.0.0.1",
				 (unsigned short)atoi(argv[1]), NULL, NULL))
		return 1;
	return sigpact__http_run(http) != 0;
}
