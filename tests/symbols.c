/* Addresses of processes as module, symbol and offset: this process's own, one
   whose library is gone or replaced, one in another mount namespace, and as a
   user without capabilities.  $BUILD/libsigpact.so is the library. */
#include "symbols.h"
#include "tap.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef NAMED
#define NAMED 1
#endif

static char folder[] = "/tmp/sigpact-symbols-XXXXXX";

__attribute__((noinline)) static int here(int n)
{
	__asm__ volatile("");
	return n + 1;
}

static int count_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int is(struct sigpact__symbol *s, const char *module, const char *name,
	      uint64_t offset)
{
	const char *tail = strstr(s->module, module);

	if (!NAMED)
		return tail && !s->name && !*s->build_id;
	return tail && s->name && !strcmp(s->name, name) && s->offset == offset;
}

static void own(void)
{
	struct sigpact__symbols *s;
	struct sigpact__symbol y;
	char exe[4096] = "", *jit;
	int files = count_files(), good;

	if (readlink("/proc/self/exe", exe, sizeof exe - 1) < 0)
		bail("no /proc/self/exe");
	if (!ok(!sigpact__symbols_open(getpid(), &s), "opened"))
		exit(done());
	ok(count_files() == files, "no module is opened before it is needed");
	good = !sigpact__symbols_find(s, (uint64_t)here + 2, &y) &&
	       is(&y, exe, "here", 2) && !strcmp(y.module, exe);
	ok(good, "a static function of the program: %s %s+%lu", y.module,
	   y.name ? y.name : "-",
	   (unsigned long)y.offset);
	ok(!NAMED || strlen(y.build_id) == 40, "its build id: %s", y.build_id);
	good = !sigpact__symbols_find(s, (uint64_t)dlsym(NULL, "lsearch") + 1,
				      &y) &&
	       is(&y, NAMED ? "libc" : "/", "lsearch", 1);
	ok(good, "a function of libc: %s", y.name ? y.name : "-");
	jit = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigpact__symbols_close(s);
	sigpact__symbols_open(getpid(), &s);
	y.module = NULL;
	ok(sigpact__symbols_find(s, (uint64_t)jit, &y) == -ENOENT &&
	   y.module && !*y.module && !y.name, "generated code has no module");
	ok(sigpact__symbols_find(s, 1, &y) == -ENOENT &&
	   sigpact__symbols_find(s, ~0ull, &y) == -ENOENT &&
	   sigpact__symbols_find(s, (uint64_t)&y, &y) == -ENOENT,
	   "nor has what is not mapped, nor a stack");
	sigpact__symbols_close(s);
	munmap(jit, 4096);
}

static void vdso(void)
{
	uint64_t at = getauxval(AT_SYSINFO_EHDR), i;
	struct sigpact__symbols *s;
	struct sigpact__symbol y;
	int named = 0, e = -1;

	sigpact__symbols_open(getpid(), &s);
	for (i = 0; i < 4096; i += 16) {
		e = sigpact__symbols_find(s, at + i, &y);
		named |= y.name && strstr(y.name, "_gettime");
	}
	ok(!e && !strcmp(y.module, "[vdso]") && (!NAMED || named),
	   "the vDSO and its functions");
	ok(!NAMED || *y.build_id, "its build id: %s", y.build_id);
	sigpact__symbols_close(s);
}

static int become_nobody(void)
{
	return !getuid() && (setgid(65534) || setuid(65534));
}

/* A process with the library loaded, which was prepared by how; it stops. */
static pid_t victim(const char *library, int how, uint64_t *address)
{
	int pipes[2];
	pid_t pid;

	fflush(stdout);
	if (pipe(pipes) || (pid = fork()) < 0)
		bail("no child");
	if (!pid) {
		uint64_t at = 0;
		void *l;

		if (how == 'u' && (become_nobody() ||
				   prctl(PR_SET_DUMPABLE, 1)))
			_exit(1);
		if (how == 'n' && (unshare(CLONE_NEWNS) ||
				   mount(NULL, "/", NULL, MS_REC | MS_PRIVATE,
					 NULL) ||
				   mount("none", "/mnt", "tmpfs", 0, NULL)))
			_exit(!!write(pipes[1], &at, sizeof at));
		if (how == 'n') {
			char copy[8192];

			snprintf(copy, sizeof copy, "cp %s /mnt/inner.so",
				 library);
			if (system(copy))
				_exit(1);
			library = "/mnt/inner.so";
		}
		l = dlopen(library, RTLD_NOW);
		at = l ? (uint64_t)dlsym(l, "sigpact_version") : 1;
		if (write(pipes[1], &at, sizeof at) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	if (read(pipes[0], address, sizeof *address) != sizeof *address)
		bail("the victim did not start");
	close(pipes[0]);
	return pid;
}

static int named(pid_t pid, uint64_t address, const char *module)
{
	struct sigpact__symbols *s;
	struct sigpact__symbol y = { 0 };
	int good;

	if (sigpact__symbols_open(pid, &s))
		return 0;
	good = !sigpact__symbols_find(s, address + 1, &y) &&
	       is(&y, module, "sigpact_version", 1);
	if (!good)
		printf("# %s %s+%#lx\n", y.module, y.name ? y.name : "-",
		       (unsigned long)y.offset);
	sigpact__symbols_close(s);
	return good;
}

/* The same by a user without any capability. */
static int named_by_nobody(pid_t pid, uint64_t address, const char *module)
{
	pid_t looker;
	int status;

	fflush(stdout);
	looker = fork();
	if (!looker) {
		if (become_nobody())
			_exit(2);
		_exit(!named(pid, address, module));
	}
	waitpid(looker, &status, 0);
	return !status;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* $B: the build directory; $L: a. */
static void shell(const char *what, const char *a)
{
	char line[8192];

	snprintf(line, sizeof line, "B='%s'; L='%s'; %s", getenv("BUILD"), a,
		 what);
	if (system(line))
		bail(line);
}

static void library(void)
{
	uint64_t address;
	char path[64];
	pid_t pid;

	snprintf(path, sizeof path, "%s/lib.so", folder);
	shell("strip -o $L $B/libsigpact.so && chmod 755 $L", path);
	pid = victim(path, 'u', &address);
	ok(named(pid, address, path), "a stripped library");
	ok(named_by_nobody(pid, address, path), "and without capabilities");
	shell("cp /bin/true $L.new && mv $L.new $L", path);
	ok(named(pid, address, "lib.so (deleted)"), "a library replaced");
	ok(named_by_nobody(pid, address, "lib.so (deleted)"),
	   "and without capabilities");
	unlink(path);
	ok(named(pid, address, "lib.so (deleted)"), "a library removed");
	end(pid);
	snprintf(path, sizeof path, "%s/libsigpact.so", getenv("BUILD"));
	pid = victim(path, 'n', &address);
	if (address)
		ok(named(pid, address, "/mnt/inner.so"),
		   "a library of another mount namespace");
	else
		skip("another mount namespace", "not allowed to make one");
	end(pid);
	ok(sigpact__symbols_open(pid, &(struct sigpact__symbols *){ 0 }) ==
	   -ESRCH, "no such process");
}

int main(void)
{
	if (!getenv("BUILD") || !mkdtemp(folder) || chmod(folder, 0755))
		bail("no $BUILD, or no folder in /tmp");
	own();
	vdso();
	library();
	rmdir(folder);
	return done();
}
