/* What is compiled beside wasm2c's output into each module's shared object: the
   functions that it wants from its run-time, handed on to the program that loads
   it.  Runs inside sandboxes; nothing here is bound late. */
#include "mod.h"

#include <stdarg.h>

#include "abi.h"

static const struct sigpact_host *host;

void wasm_rt_trap(wasm_rt_trap_t why)
{
	host->trap(why);
}

/* Function types are this module's own: the first that is equal. */
static struct type {
	uint32_t count, params;
	unsigned char *types;
} *types;
static uint32_t type_count;

uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...)
{
	struct type t = { params + results, params, malloc(params + results + 1) };
	struct type *more = realloc(types, (type_count + 1) * sizeof *types);
	va_list ap;
	uint32_t i;

	if (!t.types || !more)
		abort();
	types = more;
	va_start(ap, results);
	for (i = 0; i < t.count; i++)
		t.types[i] = (unsigned char)va_arg(ap, int);
	va_end(ap);
	types[type_count] = t;
	for (i = 0; types[i].count != t.count || types[i].params != params ||
		    memcmp(types[i].types, t.types, t.count); i++)
		;
	if (i < type_count)
		free(t.types);
	else
		type_count++;
	return i + 1;
}

__attribute__((destructor)) static void types_free(void)
{
	while (type_count)
		free(types[--type_count].types);
	free(types);
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *m, uint32_t pages, uint32_t most)
{
	host->memory_allocate(m, pages, most);
}

uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *m, uint32_t pages)
{
	return host->memory_grow(m, pages);
}

void wasm_rt_free_memory(wasm_rt_memory_t *m)
{
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *t, uint32_t count,
				    uint32_t most)
{
	host->table_allocate(t, count, most);
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *t)
{
}

#define HANDED(name, signature, parameters, arguments)                        \
	uint32_t Z_wasi_snapshot_preview1Z_##name parameters                   \
	{                                                                      \
		return host->name arguments;                                   \
	}
#define ANSWERED(name, signature, parameters, answer)                         \
	uint32_t Z_wasi_snapshot_preview1Z_##name parameters                   \
	{                                                                      \
		return answer;                                                 \
	}
SIGPACT_WASI(HANDED, ANSWERED)

void Z_wasi_snapshot_preview1Z_proc_exit(SANDBOX s, uint32_t status)
{
	host->proc_exit(s, status);
}

static void instantiate(void *instance, SANDBOX s)
{
	Z_mod_instantiate(instance INSTANTIATE_ARGUMENT);
}

static void start(void *instance)
{
	Z_modZ__start(instance);
}

static wasm_rt_memory_t *memory(void *instance)
{
	return Z_modZ_memory(instance);
}

__attribute__((visibility("default"))) const struct sigpact_module
    sigpact_module = {
	    .abi = SIGPACT_ABI,
	    .instance_size = sizeof(Z_mod_instance_t),
	    .reach = MODULE_REACH,
	    .flags = MODULE_FLAGS,
	    .host = &host,
	    .init = Z_mod_init_module,
	    .instantiate = instantiate,
	    .start = start,
	    .memory = memory,
};
