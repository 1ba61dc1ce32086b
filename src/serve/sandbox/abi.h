/* Between a module's shared object and sigpact-serve: compiled into both, the
   first time beside wasm2c's output (glue.c).  An object of another ABI is
   refused. */
#ifndef SIGPACT_ABI_H
#define SIGPACT_ABI_H

#include <stddef.h>
#include <stdint.h>

#include <wasm-rt.h>

#define SIGPACT_ABI 1
#define SIGPACT_MODULE "sigpact_module" /* the object's one symbol */

/* What a sandbox is to its module: what it imports from WASI. */
struct Z_wasi_snapshot_preview1_instance_t;
#define SANDBOX struct Z_wasi_snapshot_preview1_instance_t *

/* wasi_snapshot_preview1, as HOST(name, signature, parameters, arguments) for
   what sigpact-serve answers, and FIXED(name, signature, parameters, errno) for
   what has one answer in a sandbox without files.  All return an errno of WASI's;
   a signature has i for i32 and I for i64.  proc_exit returns nothing: it is
   declared where this is used. */
#define SIGPACT_WASI(HOST, FIXED)                                              \
	HOST(args_get, "ii", (SANDBOX s, uint32_t a, uint32_t b), (s, a, b))   \
	HOST(args_sizes_get, "ii", (SANDBOX s, uint32_t a, uint32_t b),        \
	     (s, a, b))                                                        \
	HOST(environ_get, "ii", (SANDBOX s, uint32_t a, uint32_t b),           \
	     (s, a, b))                                                        \
	HOST(environ_sizes_get, "ii", (SANDBOX s, uint32_t a, uint32_t b),     \
	     (s, a, b))                                                        \
	HOST(clock_res_get, "ii", (SANDBOX s, uint32_t a, uint32_t b),         \
	     (s, a, b))                                                        \
	HOST(clock_time_get, "iIi",                                            \
	     (SANDBOX s, uint32_t a, uint64_t b, uint32_t c), (s, a, b, c))    \
	HOST(fd_close, "i", (SANDBOX s, uint32_t a), (s, a))                   \
	HOST(fd_fdstat_get, "ii", (SANDBOX s, uint32_t a, uint32_t b),         \
	     (s, a, b))                                                        \
	HOST(fd_filestat_get, "ii", (SANDBOX s, uint32_t a, uint32_t b),       \
	     (s, a, b))                                                        \
	HOST(fd_read, "iiii",                                                  \
	     (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d),      \
	     (s, a, b, c, d))                                                  \
	HOST(fd_seek, "iIii",                                                  \
	     (SANDBOX s, uint32_t a, uint64_t b, uint32_t c, uint32_t d),      \
	     (s, a, b, c, d))                                                  \
	HOST(fd_write, "iiii",                                                 \
	     (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d),      \
	     (s, a, b, c, d))                                                  \
	HOST(random_get, "ii", (SANDBOX s, uint32_t a, uint32_t b), (s, a, b)) \
	HOST(sched_yield, "", (SANDBOX s), (s))                                \
	FIXED(fd_advise, "iIIi",                                               \
	      (SANDBOX s, uint32_t a, uint64_t b, uint64_t c, uint32_t d),     \
	      WASI_EBADF)                                                      \
	FIXED(fd_allocate, "iII",                                              \
	      (SANDBOX s, uint32_t a, uint64_t b, uint64_t c), WASI_EBADF)     \
	FIXED(fd_datasync, "i", (SANDBOX s, uint32_t a), WASI_EBADF)           \
	FIXED(fd_fdstat_set_flags, "ii",                                       \
	      (SANDBOX s, uint32_t a, uint32_t b), WASI_EBADF)                 \
	FIXED(fd_fdstat_set_rights, "iII",                                     \
	      (SANDBOX s, uint32_t a, uint64_t b, uint64_t c), WASI_EBADF)     \
	FIXED(fd_filestat_set_size, "iI",                                      \
	      (SANDBOX s, uint32_t a, uint64_t b), WASI_EBADF)                 \
	FIXED(fd_filestat_set_times, "iIIi",                                   \
	      (SANDBOX s, uint32_t a, uint64_t b, uint64_t c, uint32_t d),     \
	      WASI_EBADF)                                                      \
	FIXED(fd_pread, "iiiIi",                                               \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint64_t d,      \
	       uint32_t e),                                                    \
	      WASI_EBADF)                                                      \
	FIXED(fd_prestat_get, "ii", (SANDBOX s, uint32_t a, uint32_t b),       \
	      WASI_EBADF)                                                      \
	FIXED(fd_prestat_dir_name, "iii",                                      \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c), WASI_EBADF)     \
	FIXED(fd_pwrite, "iiiIi",                                              \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint64_t d,      \
	       uint32_t e),                                                    \
	      WASI_EBADF)                                                      \
	FIXED(fd_readdir, "iiiIi",                                             \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint64_t d,      \
	       uint32_t e),                                                    \
	      WASI_EBADF)                                                      \
	FIXED(fd_renumber, "ii", (SANDBOX s, uint32_t a, uint32_t b),          \
	      WASI_EBADF)                                                      \
	FIXED(fd_sync, "i", (SANDBOX s, uint32_t a), WASI_EBADF)               \
	FIXED(fd_tell, "ii", (SANDBOX s, uint32_t a, uint32_t b), WASI_ESPIPE) \
	FIXED(path_create_directory, "iii",                                    \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c), WASI_EBADF)     \
	FIXED(path_filestat_get, "iiiii",                                      \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d,      \
	       uint32_t e),                                                    \
	      WASI_EBADF)                                                      \
	FIXED(path_filestat_set_times, "iiiiIIi",                              \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d,      \
	       uint64_t e, uint64_t f, uint32_t g),                            \
	      WASI_EBADF)                                                      \
	FIXED(path_link, "iiiiiii",                                            \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d,      \
	       uint32_t e, uint32_t f, uint32_t g),                            \
	      WASI_EBADF)                                                      \
	FIXED(path_open, "iiiiiIIii",                                          \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d,      \
	       uint32_t e, uint64_t f, uint64_t g, uint32_t h, uint32_t i),    \
	      WASI_EBADF)                                                      \
	FIXED(path_readlink, "iiiiii",                                         \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d,      \
	       uint32_t e, uint32_t f),                                        \
	      WASI_EBADF)                                                      \
	FIXED(path_remove_directory, "iii",                                    \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c), WASI_EBADF)     \
	FIXED(path_rename, "iiiiii",                                           \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d,      \
	       uint32_t e, uint32_t f),                                        \
	      WASI_EBADF)                                                      \
	FIXED(path_symlink, "iiiii",                                           \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d,      \
	       uint32_t e),                                                    \
	      WASI_EBADF)                                                      \
	FIXED(path_unlink_file, "iii",                                         \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c), WASI_EBADF)     \
	FIXED(poll_oneoff, "iiii",                                             \
	      (SANDBOX s, uint32_t a, uint32_t b, uint32_t c, uint32_t d),     \
	      WASI_ENOSYS)

/* errno of WASI's */
enum {
	WASI_OK = 0,
	WASI_EBADF = 8,
	WASI_EFAULT = 21,
	WASI_EINVAL = 28,
	WASI_EIO = 29,
	WASI_ENOSYS = 52,
	WASI_ESPIPE = 70
};

/* What the program gives to an object, before its init. */
#define SIGPACT_DECLARE(name, signature, parameters, arguments)               \
	uint32_t(*name) parameters;
#define SIGPACT_NOTHING(name, signature, parameters, answer)
struct sigpact_host {
	void (*trap)(wasm_rt_trap_t) __attribute__((noreturn));
	void (*memory_allocate)(wasm_rt_memory_t *, uint32_t pages,
				uint32_t most);
	uint32_t (*memory_grow)(wasm_rt_memory_t *, uint32_t pages);
	void (*table_allocate)(wasm_rt_funcref_table_t *, uint32_t count,
			       uint32_t most);
	void (*proc_exit)(SANDBOX s, uint32_t status)
	    __attribute__((noreturn));
	SIGPACT_WASI(SIGPACT_DECLARE, SIGPACT_NOTHING)
};

/* What an object is. */
struct sigpact_module {
	uint32_t abi;
	uint32_t instance_size;
	uint64_t reach;		/* bytes that a load or store may touch */
	uint32_t flags;		/* MODULE_… */
	const struct sigpact_host **host; /* the program stores its own there */
	void (*init)(void);
	void (*instantiate)(void *instance, SANDBOX s);
	void (*start)(void *instance);
	wasm_rt_memory_t *(*memory)(void *instance);
};
enum {
	MODULE_WRITES_TABLE = 1,
	MODULE_STACK_NOT_FIRST = 2 /* its own stack grows into its data */
};

#endif
