/* Under `sigpact run --rule exclude=USR1,USR2`, gets signals and says "ready":

	counted	 5 SIGUSR1 that are relocated, 3 from within the handler of
		 SIGTERM, which is on the alternate stack, 2 on a stack that is
		 not the thread's own
	counted storm|calm
		 a thread that sends SIGUSR2 to another without end, as fast as
		 it can or ten a second */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

static char stack[65536], foreign[262144];
static ucontext_t back, there;
static pthread_t receiver;
static int calm;

static void on_usr1(int sig)
{
}

static void on_term(int sig)
{
	int i;

	for (i = 0; i < 3; i++)
		raise(SIGUSR1);
}

static void handle(int sig, void (*handler)(int))
{
	struct sigaction a = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

	sigaction(sig, &a, NULL);
}

static void elsewhere(void)
{
	raise(SIGUSR1);
	raise(SIGUSR1);
}

static void arm(void)
{
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof stack };

	sigaltstack(&ss, NULL);
}

static void count(void)
{
	int i;

	arm();
	handle(SIGUSR1, on_usr1);
	handle(SIGTERM, on_term);
	for (i = 0; i < 5; i++)
		raise(SIGUSR1);
	raise(SIGTERM);
	getcontext(&there);
	there.uc_stack.ss_sp = foreign;
	there.uc_stack.ss_size = sizeof foreign;
	there.uc_link = &back;
	makecontext(&there, elsewhere, 0);
	swapcontext(&back, &there);
}

static void *receive(void *unused)
{
	arm();
	pthread_setname_np(pthread_self(), "receiver");
	for (;;)
		pause();
	return unused;
}

static void *send(void *unused)
{
	pthread_setname_np(pthread_self(), "sender");
	for (;;) {
		pthread_kill(receiver, SIGUSR2);
		if (calm)
			usleep(100000);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t sender;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc < 2) {
		count();
	} else {
		calm = !strcmp(argv[1], "calm");
		handle(SIGUSR2, on_usr1);
		pthread_create(&receiver, NULL, receive, NULL);
		pthread_create(&sender, NULL, send, NULL);
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
