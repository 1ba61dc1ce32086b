/* The guest's first process: runs what /tests lists, one after another, and
   says on the console what each printed and how it ended (tap.awk reads it).
   A line of /tests has fields, parted by tabs: name, seconds, words.  Words
   are NAME=VALUE for the environment, PWD the folder too, then a program and its
   arguments. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 64, LINE = 4096 };
static char *base_environment[] = { "PATH=/bin:/usr/bin", "HOME=/tmp",
				    "LANG=C", NULL };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One write for each line: the kernel's own go between them. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[LINE + 256];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof line - 1, format, ap);
	va_end(ap);
	if (n > (int)sizeof line - 2)
		n = sizeof line - 2;
	line[n++] = '\n';
	if (write(1, line, (size_t)n) < 0)
		_exit(1);
}

/* Not on /tmp, which the host's programs may lie in. */
static void mount_all(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/tmp", 01777);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mkdir("/dev/shm", 01777);
	mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL);
	symlink("/proc/self/fd", "/dev/fd");
}

static void put_line(char *line)
{
	char *c;

	for (c = line; *c; c++)
		if (*c == '\r' || (*c < ' ' && *c != '\t' && *c > 0))
			*c = '?';
	say("@| %s", line);
}

/* What the test prints, until it closes its end or the time is up. */
static int relay(int fd, double until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char line[LINE];
	size_t used = 0;
	ssize_t n;
	char *end;

	for (;;) {
		double left = until - now();

		if (left <= 0)
			return -1;
		if (poll(&p, 1, (int)(left * 1000) + 1) <= 0)
			continue;
		n = read(fd, line + used, sizeof line - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
		line[used] = 0;
		while ((end = memchr(line, '\n', used)) ||
		       used == sizeof line - 1) {
			size_t length = end ? (size_t)(end - line) + 1 : used;

			line[end ? length - 1 : length] = 0;
			put_line(line);
			used -= length;
			memmove(line, line + length, used);
		}
	}
	line[used] = 0;
	if (used)
		put_line(line);
	return 0;
}

static void execute(char **word, int output)
{
	char *environment[WORDS];
	int n = 0, i;

	for (; base_environment[n]; n++)
		environment[n] = base_environment[n];
	for (; *word && strchr(*word, '=') && n < WORDS - 1; word++) {
		if (!strncmp(*word, "PWD=", 4) && chdir(*word + 4))
			dprintf(2, "%s: %s\n", *word, strerror(errno));
		environment[n++] = *word;
	}
	environment[n] = NULL;
	setsid();
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(output, 1);
	dup2(output, 2);
	for (i = 3; i < 16; i++)
		close(i);
	if (*word)
		execve(*word, word, environment);
	dprintf(2, "%s: %s\n", *word ? *word : "nothing", strerror(errno));
	_exit(127);
}

/* Nothing of a test outlives it. */
static int reap(pid_t pid, int kill_it)
{
	int status = 0;

	if (kill_it)
		kill(-1, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return status;
}

static void run(const char *name, double seconds, char **word)
{
	double start = now();
	int ends[2], status, late;
	pid_t pid;

	say("@start %s", name);
	if (pipe(ends) || (pid = fork()) < 0) {
		say("@end exit 125 0.0 %s", name);
		return;
	}
	if (!pid)
		execute(word, ends[1]);
	close(ends[1]);
	late = relay(ends[0], start + seconds);
	status = reap(pid, late);
	close(ends[0]);
	say("@end %s %d %.2f %s",
	    late	       ? "late"
	    : WIFEXITED(status) ? "exit"
				: "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
	    now() - start, name);
}

/* Fields of a line into words; how many. */
static int split(char *line, char **word)
{
	char *save, *field = strtok_r(line, "\t\n", &save);
	int n = 0;

	for (; field && n < WORDS - 1; field = strtok_r(NULL, "\t\n", &save))
		word[n++] = field;
	word[n] = NULL;
	return n;
}

int main(void)
{
	struct rlimit no_core = { 0, 0 };
	char line[LINE], *word[WORDS];
	FILE *tests = fopen("/tests", "re");
	int n;

	mount_all();
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGPIPE, SIG_DFL);
	say("@boot %.2f %ld CPUs", now(), sysconf(_SC_NPROCESSORS_ONLN));
	while (tests && fgets(line, sizeof line, tests)) {
		n = split(line, word);
		if (n > 2)
			run(word[0], atof(word[1]), word + 2);
	}
	say("@done %.2f", now());
	tcdrain(1);
	usleep(20000);
	sync();
	reboot(RB_AUTOBOOT);
	return 0;
}
