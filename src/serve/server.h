/* The server as a whole: sockets, workers and what is served.  Normal context, I/O
   thread, unless a function says otherwise. */
#ifndef SIGPACT_SERVER_H
#define SIGPACT_SERVER_H

#include "service.h"

#include <stdio.h>

struct server {
	struct sigpact__http *http;
	struct scheduler_state scheduler;
	struct service *service, *older; /* those that still have calls */
	struct access_log *access;	/* NULL: none */
	struct access_log *errors;	/* stderr, for functions', where that is */
	struct server_config started;	/* what counts until the end; numbers */
	const char *config_file;	/* NULL: of modules; no reload */
	const char *listen_address;	/* of the only tenant; NULL: as config
					   has it */
	unsigned listen_port;
	enum { DRAIN_NONE, DRAIN_DELAY, DRAIN_ENDING } draining;
	uint64_t started_ns;
	atomic_ulong reloads, reload_failures;
};

/* call.c: the callbacks of HTTP for functions; context: the server. */
int sigpact__call_headed(void *server, struct sigpact__request *);
void sigpact__call_arrived(void *server, struct sigpact__request *);
void sigpact__call_refused(void *server, const struct sigpact__request *,
			   int status);
void sigpact__call_settled(void *server);

/* builtin.c: paths below /-/, and the page at /; 1: it is one. */
int sigpact__builtin_is(const struct sigpact__request *);
int sigpact__builtin_headed(struct sigpact__request *);
void sigpact__builtin_arrived(struct server *, struct sigpact__request *);

/* metrics.c, functions.c: text for free(3), or NULL: no memory. */
char *sigpact__metrics_text(struct server *, size_t *size);
char *sigpact__functions_json(struct server *, size_t *size);

/* access.c: one JSON object a line.  Any thread. */
void sigpact__access_write(struct access_log *, const struct sigpact__request *,
			   int status, size_t size, const struct job *,
			   const char *trap);
/* What a function wrote to stderr. */
void sigpact__access_stderr(struct access_log *, const struct job *,
			    const char *line, size_t size);

/* access_file.c.  file: "-": stdout, NULL: stderr.  -errno. */
int sigpact__access_open(const char *file, struct access_log **);
void sigpact__access_put(struct access_log *,
			 const char *line);	 /* any thread */
void sigpact__access_flush(struct access_log *); /* soon; NULL is no error */
void sigpact__access_end(struct access_log *);	 /* now, or it takes too long */
unsigned long sigpact__access_dropped(const struct access_log *); /* lines */
/* Goes on in a file of that name, where the old one was moved away.  -errno:
   goes on in the old one. */
int sigpact__access_reopen(struct access_log *);

/* server.c */
void sigpact__server_signals_block(
    void); /* in all threads: before there are others */
int sigpact__server_run(struct server *); /* until it is told to stop; -errno */

/* reload.c: reads the configuration again; what fails is told, and all stays as it
   was. */
void sigpact__server_reload(struct server *);
/* Serves this from now on, in the place of s->service.  -errno and why. */
int sigpact__server_adopt(struct server *, struct service *,
			  char why[CONFIG_WHY]);
/* Frees older services that nobody uses. */
void sigpact__server_retire(struct server *);

/* ports.c: listens for new, and where only the old one did no more. */
int sigpact__ports_take(struct server *, struct service *new,
			char why[CONFIG_WHY]);

/* notify.c: to the service manager, if there is one. */
void sigpact__notify(const char *state); /* "STOPPING=1" */
void sigpact__notify_reloading(void);
void sigpact__notify_ready(const struct service *);

/* builder.c: as sigpact__module_build, in a process that stays able to start
   programs, as user, if that is not NULL.  -errno, and why. */
int sigpact__builder_start(const char *user, char why[CONFIG_WHY]);
int sigpact__builder_build(const char *wasm, char *path, size_t size,
			   char why[SANDBOX_WHY]);

/* confine.c: what the process may do from now on; -errno and why. */
int sigpact__confine(const char *user, char why[CONFIG_WHY]);
int sigpact__user_become(const char *user, char why[CONFIG_WHY]);

#endif
