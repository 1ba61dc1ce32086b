/* The command that the tests of `sigpact run` run:

	subject exit N | kill N | env NAME | args WORD... | loaded | logs | waits
	subject child WORD...	itself again, in a child; passes its status on
	subject status COMMAND...	says how it ended */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char small[8192];

/* 126 and 127 are for sigpact to say. */
static int run(const char *file, char **argv)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		execv(file, argv);
		_exit(99);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

static int say_status(int status)
{
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	return 0;
}

/* One decision of the altstack rule, made in another folder. */
static int logs(void)
{
	stack_t s = { .ss_sp = small, .ss_size = sizeof small };

	return chdir("/") || sigaltstack(&s, NULL);
}

static int waits(void)
{
	puts("ready");
	fflush(stdout);
	alarm(60);
	return pause();
}

static int args(char **argv)
{
	for (; *argv; argv++)
		printf("[%s]", *argv);
	putchar('\n');
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	const char *word = argc > 2 ? argv[2] : "";
	int status;

	if (!strcmp(what, "exit"))
		_exit(atoi(word)); /* set-user-ID, no leak may be looked for */
	if (!strcmp(what, "kill"))
		return raise(atoi(word));
	if (!strcmp(what, "env"))
		return puts(getenv(word) ? getenv(word) : "(none)") < 0;
	if (!strcmp(what, "args"))
		return args(argv + 2);
	if (!strcmp(what, "loaded"))
		return puts(dlsym(RTLD_DEFAULT, "sigpact_version") ? "yes"
								   : "no") < 0;
	if (!strcmp(what, "logs"))
		return logs();
	if (!strcmp(what, "waits"))
		return waits();
	if (!strcmp(what, "status"))
		return say_status(run(word, argv + 2));
	if (!strcmp(what, "child")) {
		argv[1] = argv[0];
		status = run("/proc/self/exe", argv + 1);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
	}
	return 97;
}
