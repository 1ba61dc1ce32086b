/* Preloaded: a call that exercise does not expect. */
#include <signal.h>
#include <unistd.h>

__attribute__((constructor)) static void extra(void)
{
	kill(getpid(), 0);
}
