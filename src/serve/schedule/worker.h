/* A worker, for scheduler.c. */
#ifndef SIGPACT_WORKER_H
#define SIGPACT_WORKER_H

#include "schedule.h"

/* Runs jobs until the scheduler stops; worker: a struct worker. */
void *sigpact__worker_main(void *worker);

/* 1: it slept. */
int sigpact__worker_wake(struct worker *);

/* A job's rank now. */
uint64_t sigpact__job_rank(const struct job *, void *policy);

#endif
