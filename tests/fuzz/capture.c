/* Writes two real signal frames as inputs for the frame fuzzer: one as the
   kernel delivers it, one as the entry routine relocates it.

	capture KERNEL RELOCATED */
#include "frame.h"

#include <fcntl.h>
#include <sigpact.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int file;

static void handler(int sig, siginfo_t *info, void *context)
{
	uintptr_t uc = (uintptr_t)context, sp, state;
	uint64_t head[2];
	uint32_t size;

	memcpy(&sp, (char *)uc + UC_RSP, sizeof sp);
	memcpy(&state, (char *)uc + UC_FPREGS, sizeof state);
	memcpy(&size, (char *)state + XS_EXTENDED_SIZE, sizeof size);
	head[0] = uc - FRAME_UC;
	head[1] = sp;
	size += (uint32_t)(state - head[0]);
	if (write(file, head, sizeof head) != sizeof head ||
	    write(file, (void *)head[0], size) != (ssize_t)size)
		_exit(1);
}

static void capture(const char *name)
{
	file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (file < 0 || raise(SIGUSR1) || close(file))
		_exit(1);
}

int main(int argc, char **argv)
{
	struct sigaction a = { .sa_sigaction = handler,
			       .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t ss = { .ss_size = 65536, .ss_sp = malloc(65536) };

	if (argc != 3 || !ss.ss_sp || sigaltstack(&ss, NULL) ||
	    sigaction(SIGUSR1, &a, NULL))
		return 1;
	capture(argv[1]);
	if (sigpact_exclude_set(SIGUSR1))
		return 1;
	capture(argv[2]);
	return 0;
}
