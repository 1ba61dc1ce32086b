/* What SIGHUP asks for: the access log's file opened anew, and
   a new service in the place of the one that runs: read and built by a thread of
   its own, taken over by the I/O thread between two requests.  Those that have
   begun end with the old one. */
#include "server.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct reload {
	struct server *server;
	struct service *made;
	int event, failed, running, again;
	char why[CONFIG_WHY];
};

static struct reload reload = { .event = -1 };

static void warn(const char *line)
{
	fprintf(stderr, "sigpact-serve: %s\n", line);
}

static void *make(void *unused)
{
	struct server *s = reload.server;
	struct server_config *config = NULL;
	uint64_t one = 1;
	int e;

	e = sigpact__config_read(s->config_file, &config, warn, reload.why);
	if (!e && s->listen_address)
		e = sigpact__config_listen(config, s->listen_address,
					   s->listen_port, reload.why);
	if (!e)
		e = sigpact__service_create(config, s->scheduler.workers,
					    &reload.made, reload.why);
	reload.failed = e != 0;
	if (write(reload.event, &one, sizeof one) < 0)
		warn("eventfd: no reload");
	return NULL;
}

int sigpact__server_adopt(struct server *s, struct service *new,
			  char why[CONFIG_WHY])
{
	struct service *old = s->service;
	int e = sigpact__ports_take(s, new, why);

	if (e)
		return e;
	s->scheduler.tenants = new->budgeted;
	s->scheduler.refresh_ns = 0;
	s->service = new;
	if (old) {
		old->next = s->older;
		s->older = old;
	}
	return 0;
}

void sigpact__server_retire(struct server *s)
{
	struct service **at = &s->older, *old;

	while ((old = *at)) {
		if (!old->calls && !old->dropping) {
			old->dropping = 1;
			old->pools_drop.function = sigpact__service_pools_drop;
			sigpact__scheduler_chore(&s->scheduler,
						 &old->pools_drop);
		}
		if (old->dropping && !old->pools_drop.left) {
			*at = old->next;
			sigpact__service_free(old);
		} else {
			at = &old->next;
		}
	}
}

/* Keys of the server that were changed, but were used at the start. */
static void tell_later(const struct server_config *was,
		       const struct server_config *is)
{
	static const struct {
		const char *key;
		size_t offset;
	} keys[] = {
#define KEY(name, member) { name, offsetof(struct server_config, member) }
		KEY("no-preemption", no_preemption),
		KEY("slice-us", slice_us),
		KEY("connections", connections),
		KEY("header-size", header_size),
		KEY("body-size", body_size),
		KEY("header-timeout-ms", header_ms),
		KEY("body-timeout-ms", body_ms),
		KEY("idle-timeout-ms", idle_ms),
#undef KEY
	};
	static const char text[] = "sigpact-serve: %s: counts from the next "
				   "start\n";
	size_t i;

	if (was->scheduler != is->scheduler)
		fprintf(stderr, text, "scheduler");
	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (memcmp((const char *)was + keys[i].offset,
			   (const char *)is + keys[i].offset, sizeof(uint64_t)))
			fprintf(stderr, text, keys[i].key);
}

static void made(void *unused)
{
	struct server *s = reload.server;
	uint64_t count;

	if (read(reload.event, &count, sizeof count) < 0)
		return;
	reload.running = 0;
	if (!reload.failed &&
	    sigpact__server_adopt(s, reload.made, reload.why)) {
		sigpact__service_free(reload.made);
		reload.failed = 1;
	}
	if (reload.failed) {
		s->reload_failures++;
		fprintf(stderr, "sigpact-serve: not reloaded: %s\n", reload.why);
	} else {
		s->reloads++;
		fprintf(stderr, "sigpact-serve: reloaded %s: %zu functions\n",
			s->config_file, sigpact__service_functions(s->service));
		tell_later(&s->started, s->service->config);
	}
	if (s->draining)
		return;
	sigpact__notify_ready(s->service);
	if (reload.again) {
		reload.again = 0;
		sigpact__server_reload(s);
	}
}

static void reopen_log(struct server *s)
{
	int e = sigpact__access_reopen(s->access);

	if (e)
		fprintf(stderr, "sigpact-serve: the access log goes on in the "
			"old file: %s\n", strerror(-e));
}

void sigpact__server_reload(struct server *s)
{
	pthread_t thread;

	if (reload.running) {
		reload.again = 1;
		return;
	}
	reopen_log(s);
	if (!s->config_file) {
		if (!s->access)
			warn("not reloaded: started without --config");
		sigpact__notify_reloading();
		sigpact__notify_ready(s->service);
		return;
	}
	if (reload.event < 0) {
		reload.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		sigpact__http_watch(s->http, reload.event, made, NULL);
	}
	sigpact__notify_reloading();
	reload.server = s;
	reload.running = 1;
	if (pthread_create(&thread, NULL, make, NULL)) {
		reload.running = 0;
		warn("not reloaded: no thread");
		sigpact__notify_ready(s->service);
		return;
	}
	pthread_detach(thread);
}
