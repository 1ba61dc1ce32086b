/* Whose memory this is: what is kept in it belongs to one process, and a vfork
   child that changed it would change its parent.  Any context. */
#include "core.h"
#include "sys.h"

/* The pid, on a page that fork wipes; NULL: there is no such page. */
long *sigpact__memory_owner;

/* A fork child finds zero when it was made without libc's fork. */
int sigpact__owns_memory(void)
{
	long pid = sigpact__sys0(SYS_getpid);

	if (!sigpact__memory_owner || *sigpact__memory_owner == pid)
		return 1;
	if (*sigpact__memory_owner)
		return 0;
	*sigpact__memory_owner = pid;
	return 1;
}
