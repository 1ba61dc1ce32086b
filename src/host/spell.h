/* How sets of signals, flags and text of other processes are written: as
   strace(1) does, and never so that a terminal obeys them.  Each returns out.
   Normal context; for the commands. */
#ifndef SIGPACT_SPELL_H
#define SIGPACT_SPELL_H

#include "findings.h"

#include <stdint.h>
#include <stdio.h>

enum { SPELL = 720 };
const char *sigpact__spell_signal(char out[24], int sig); /* "SIGRTMIN+3" */
const char *sigpact__spell_set(char out[SPELL], uint64_t set);
const char *sigpact__spell_act_flags(char out[SPELL], uint64_t flags);
const char *sigpact__spell_stack_flags(char out[SPELL], uint32_t flags);
/* The same flags one by one, bit 0 upwards; NULL: it has no name. */
const char *sigpact__spell_act_flag(unsigned bit);
const char *sigpact__spell_stack_flag(unsigned bit);
/* What is not UTF-8, or would command a terminal, as \xHH.  For free(3), or
   NULL. */
char *sigpact__spell_text(const char *);
void sigpact__spell_put(FILE *, const char *); /* so spelt */
/* "  key         text", so spelt */
void sigpact__spell_line(FILE *, const char *key, const char *text);
const char *sigpact__spell_base(const char *path); /* behind the last '/' */
const char *sigpact__spell_severity(enum sigpact__severity);

#endif
