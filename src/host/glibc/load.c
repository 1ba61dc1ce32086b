/* Loads libsigpact into a live process: dlopen, called by one of its threads.
   The call is safe where that thread holds no lock that dlopen takes, its
   loader's and its allocator's; so it must sleep in a system call, and its
   whole back trace, which libdw walks, must lie outside both.  Locks that
   other threads hold are given back, since these run on.  Normal context. */
#include "mapfile.h"
#include "mend.h"
#include "remote.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* In a frame of these a lock may be held. */
static const char *const locked_modules[] = { "ld-linux", "ld-musl",
					      "libjemalloc", "libtcmalloc",
					      "libmimalloc" };
static const char *const locked_functions[] = {
	"malloc", "free", "calloc", "realloc", "memalign", "aligned_alloc",
	"posix_memalign", "valloc", "mallopt", "malloc_trim", "_int_malloc",
	"_int_free", "dlopen", "dlsym", "dlclose", "dlerror", "dl_iterate_phdr",
	"dladdr", "fork", "__libc_fork", "exit", "_dl_open", "_dl_sym",
	"__tls_get_addr", "pthread_create", "pthread_getattr_np"
};

/* A symbol may be followed by its version: "dlopen@@GLIBC_2.34". */
static int is_symbol(const char *symbol, const char *name)
{
	size_t size = strlen(name);

	return !strncmp(symbol, name, size) &&
	       (!symbol[size] || symbol[size] == '@');
}

struct walk {
	Dwfl *dwfl;
	int frames, complete;
	const char *in; /* a locked place, or NULL */
};

static const char *locked(const char *module, const char *function)
{
	const char *base = module ? strrchr(module, '/') : NULL;
	size_t i;

	base = base ? base + 1 : module;
	for (i = 0; base && i < sizeof locked_modules / sizeof *locked_modules;
	     i++)
		if (!strncmp(base, locked_modules[i],
			     strlen(locked_modules[i])))
			return locked_modules[i];
	for (i = 0; function &&
		    i < sizeof locked_functions / sizeof *locked_functions;
	     i++)
		if (is_symbol(function, locked_functions[i]))
			return locked_functions[i];
	return NULL;
}

static int visit(Dwfl_Frame *frame, void *argument)
{
	struct walk *w = argument;
	const char *path, *name;
	Dwfl_Module *m;
	Dwarf_Addr pc;
	bool call;

	if (!dwfl_frame_pc(frame, &pc, &call))
		return DWARF_CB_ABORT;
	m = dwfl_addrmodule(w->dwfl, pc - call);
	if (!m)
		return DWARF_CB_ABORT; /* code that no file describes */
	path = dwfl_module_info(m, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	name = dwfl_module_addrname(m, pc - call);
	w->in = locked(path, name);
	w->frames++;
	return w->in ? DWARF_CB_ABORT : DWARF_CB_OK;
}

/* The thread is held.  NULL when no lock is on its way, else what is. */
static const char *in_the_way(Dwfl *dwfl, pid_t tid)
{
	struct walk w = { .dwfl = dwfl };
	int e = dwfl_getthread_frames(dwfl, tid, visit, &w);

	if (w.in)
		return w.in;
	/* the walk ends without error where the thread began */
	return !e && w.frames ? NULL : "a stack that cannot be walked to its "
				       "end";
}

/* libdwfl's callbacks get no argument of their own. */
static const struct sigpact__record *asking;

/* The target's own files: by their names here there may be others, or none. */
static int find_elf(Dwfl_Module *m, void **user, const char *name,
		    Dwarf_Addr base, char **path, Elf **elf)
{
	const struct sigpact__record *r = asking;
	size_t i;
	int fd;

	for (i = 0; *name == '/' && i < r->map_count; i++) {
		if (r->map[i].start < base || strcmp(r->map[i].path, name))
			continue;
		fd = sigpact__mapfile_open(r->pid, &r->map[i]);
		if (fd < 0)
			break;
		*path = strdup(name);
		return fd;
	}
	return dwfl_linux_proc_find_elf(m, user, name, base, path, elf);
}

static Dwfl *attach(const struct sigpact__record *r)
{
	const pid_t pid = r->pid;
	static char *none;
	static const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.debuginfo_path = &none,
	};
	Dwfl *dwfl = dwfl_begin(&callbacks);

	asking = r;
	if (dwfl && (dwfl_linux_proc_report(dwfl, pid) ||
		     dwfl_report_end(dwfl, NULL, NULL) ||
		     dwfl_linux_proc_attach(dwfl, pid, true))) {
		dwfl_end(dwfl);
		dwfl = NULL;
	}
	return dwfl;
}

struct search {
	uint64_t address;
};

/* dlopen in the target's libc, or in its libdl. */
static int find_dlopen(Dwfl_Module *m, void **user, const char *name,
		       Dwarf_Addr start, void *argument)
{
	struct search *s = argument;
	const char *base = strrchr(name, '/');
	int count, i;

	(void)user;
	(void)start;
	if (!base || (strncmp(base, "/libc.so", 8) && strncmp(base, "/libc-", 6)
		      && strncmp(base, "/libdl", 6) &&
		      strncmp(base, "/ld-musl", 8)))
		return DWARF_CB_OK;
	count = dwfl_module_getsymtab(m);
	for (i = 1; i < count; i++) {
		GElf_Sym symbol;
		GElf_Addr at;
		const char *symbol_name =
		    dwfl_module_getsym_info(m, i, &symbol, &at, NULL, NULL, NULL);

		if (symbol_name && is_symbol(symbol_name, "dlopen") && at &&
		    GELF_ST_TYPE(symbol.st_info) == STT_FUNC) {
			s->address = at;
			return DWARF_CB_ABORT;
		}
	}
	return DWARF_CB_OK;
}

static int call_dlopen(struct sigpact__remote *h, uint64_t address,
		       const char *path)
{
	size_t size = strlen(path) + 1;
	long arguments[3] = { 0, 2 /* RTLD_NOW */, 0 };
	long result = 0;
	uintptr_t at;
	int e = sigpact__mend_scratch(h, size, &at);

	if (e)
		return e;
	arguments[0] = (long)at;
	if (sigpact__remote_write(h->pid, at, path, size) < 0)
		return -EFAULT;
	e = sigpact__remote_function(h, address, arguments, MEND_CALL_MS,
				     &result);
	return e ? e : result ? 0 : -ELIBACC;
}

static int may_borrow(const struct sigpact__task *t)
{
	return t->state == 'S' && t->stack != STACK_FOREIGN &&
	       t->stack != STACK_ALTERNATE;
}

int sigpact__mend_load(const struct sigpact__record *r, const char *path,
		       const char **why)
{
	struct search s = { 0 };
	struct sigpact__remote h;
	int e = -EAGAIN;
	Dwfl *dwfl = attach(r);
	size_t i;

	*why = "no thread sleeps in a system call";
	if (!dwfl)
		return -EPERM;
	dwfl_getmodules(dwfl, find_dlopen, &s, 0);
	if (!s.address)
		e = -ENOTSUP;
	for (i = 0; e == -EAGAIN && i < r->task_count; i++) {
		const char *lock;

		if (!may_borrow(&r->task[i]) ||
		    sigpact__remote_hold(&h, r->pid, r->task[i].tid, 200))
			continue;
		lock = in_the_way(dwfl, h.tid);
		if (lock)
			*why = lock;
		else
			e = call_dlopen(&h, s.address, path);
		sigpact__remote_release(&h);
	}
	dwfl_end(dwfl);
	return e;
}
