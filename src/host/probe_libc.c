/* What a program that does not ask for GNU extensions gets from <signal.h>:
   constants, where those may be a call.  Any context. */
#undef _GNU_SOURCE
#define _DEFAULT_SOURCE
#include <signal.h>

extern const long sigpact__libc_stack_least, sigpact__libc_stack;

const long sigpact__libc_stack_least = MINSIGSTKSZ;
const long sigpact__libc_stack = SIGSTKSZ;
