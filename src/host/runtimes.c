/* The runtimes in a process: a table, one line each.  A runtime is recognised
   by the name of a mapped file; else by what an ELF file says of itself, since
   many are linked into the program.  Normal context. */
#include "runtimes.h"
#include "mapfile.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct kind {
	const char *name;
	unsigned traits;
	const char *files;	/* patterns of a mapped file's name, by '|' */
	const char *symbol;	/* defined by the program */
};

/* Symbols that no other runtime has: Bun exports much of V8's interface, and
   clang puts UBSan's handlers into every sanitizer.  Go is known by its note
   and its sections too, in any module. */
#define GO "Go"
static const char *const go_section[] = { ".go.buildinfo", ".gopclntab" };

static const struct kind kinds[] = {
	{ GO, TRAIT_ADDS_ONSTACK, "libgo.so*", "runtime.rt0_go" },
	{ "JavaScriptCore", TRAIT_OWN_STACK | TRAIT_IGNORES_PIPE | TRAIT_REAPS,
	  "bun|bun-*", NULL },
	{ "JavaScriptCore", TRAIT_OWN_STACK,
	  "libjavascriptcoregtk-*.so*|libJavaScriptCore.so*|libwpewebkit-*.so*",
	  "JSContextGroupCreate" },
	{ "V8", TRAIT_IGNORES_PIPE | TRAIT_REAPS,
	  "node|nodejs|libnode.so*|deno", "_ZN4node5StartEiPPc" },
	{ "V8", 0, "libv8.so*|chrome|chromium|electron",
	  "_ZN2v82V818InitializePlatformEPNS_8PlatformE" },
	{ "SpiderMonkey", 0, "libmozjs-*.so*|libxul.so", "JS_NewContext" },
	{ "HotSpot", TRAIT_GUARD_ZONES | TRAIT_REAPS, "libjvm.so", NULL },
	{ "OpenJ9", TRAIT_REAPS, "libj9vm*.so", NULL },
	{ "GraalVM native image", 0, "libgraal*.so", "graal_create_isolate" },
	{ "CoreCLR", TRAIT_OWN_STACK | TRAIT_IGNORES_PIPE | TRAIT_REAPS,
	  "libcoreclr.so", "coreclr_initialize" },
	{ ".NET NativeAOT", TRAIT_OWN_STACK | TRAIT_IGNORES_PIPE, NULL,
	  "DotNetRuntimeDebugHeader" },
	{ "Mono", TRAIT_OWN_STACK,
	  "libmonosgen-*.so*|libmono-*.so*|libmonobdwgc-*.so*|mono|mono-sgen",
	  "mono_jit_init" },
	{ "libgc", TRAIT_OWN_STACK, "libgc.so*", "GC_init" },
	{ "AddressSanitizer", 0, "libasan.so*|libclang_rt.asan*.so",
	  "__asan_init" },
	{ "ThreadSanitizer", 0, "libtsan.so*|libclang_rt.tsan*.so",
	  "__tsan_init" },
	{ "MemorySanitizer", 0, "libclang_rt.msan*.so", "__msan_init" },
	{ "LeakSanitizer", 0, "liblsan.so*", "__lsan_init" },
	{ "HWAddressSanitizer", 0, "libhwasan.so*|libclang_rt.hwasan*.so",
	  "__hwasan_init" },
	{ "UBSan", 0, "libubsan.so*|libclang_rt.ubsan*.so",
	  "_ZN7__ubsan23InitializeDeadlySignalsEv" },
	{ "libFuzzer", 0, NULL, "LLVMFuzzerRunDriver" },
	{ "Python", TRAIT_REAPS, "libpython*.so*|python|python[23]*",
	  "Py_Initialize" },
	{ "PyPy", TRAIT_REAPS, "libpypy*.so*|pypy*", NULL },
	{ "Ruby", TRAIT_REAPS, "libruby*.so*|ruby|ruby[23]*", "ruby_init" },
	{ "Perl", TRAIT_REAPS, "libperl.so*|perl|perl5*", "perl_parse" },
	{ "PHP", TRAIT_REAPS, "libphp*.so*|php|php[5-9]*|php-fpm*",
	  "php_module_startup" },
	{ "Erlang", TRAIT_IGNORES_PIPE, "beam.smp|beam.*.smp", "erl_start" },
	{ "Julia", TRAIT_OWN_STACK, "libjulia.so*|libjulia-internal.so*|julia",
	  "jl_init" },
	{ "LuaJIT", 0, "libluajit*.so*|luajit*", "luaJIT_setmode" },
	{ "Guile", 0, "libguile-*.so*|guile", "scm_boot_guile" },
	{ "R", 0, "libR.so", "Rf_initEmbeddedR" },
	{ "GHC", 0, "libHSrts*.so", "hs_init_ghc" },
	{ "OCaml", 0, "libasmrun*.so|ocamlrun", "caml_startup_exn" },
	{ "Rust", 0, "libstd-*.so", "rust_eh_personality" },
	{ "Dart", 0, "dart|dartaotruntime", "Dart_Initialize" },
	{ "Swift", 0, "libswiftCore.so", "swift_allocObject" },
	{ "Wasmtime", 0, "libwasmtime.so*", "wasmtime_engine_new" },
	{ "WAMR", 0, "libiwasm.so*", "wasm_runtime_full_init" },
};
enum { KINDS = sizeof kinds / sizeof *kinds };
_Static_assert((int)KINDS <= (int)ELF_MOST, "a bit for each");

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int matches(const char *patterns, const char *path)
{
	const char *name = base(path);
	size_t length = strcspn(name, " "); /* " (deleted)" */
	char one[64], file[256];

	if (!patterns || length >= sizeof file)
		return 0;
	memcpy(file, name, length);
	file[length] = 0;
	for (; *patterns; patterns += *patterns == '|') {
		size_t size = strcspn(patterns, "|");

		memcpy(one, patterns, size);
		one[size] = 0;
		if (!fnmatch(one, file, 0))
			return 1;
		patterns += size;
	}
	return 0;
}

/* Of rows with the same name, the one by which it was recognised. */
unsigned sigpact__runtime_traits(const struct sigpact__runtime *r)
{
	unsigned traits = 0;
	size_t i;

	for (i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, r->name))
			continue;
		traits = kinds[i].traits;
		if (matches(kinds[i].files, r->module))
			break;
	}
	return traits;
}

static int known(const struct sigpact__record *r, const char *name,
		 const char *module)
{
	size_t i;

	for (i = 0; i < r->runtime_count; i++)
		if (!strcmp(r->runtime[i].name, name) &&
		    (!module || !strcmp(r->runtime[i].module, module)))
			return 1;
	return 0;
}

static void add(struct sigpact__record *r, const char *name, const char *module)
{
	if (r->runtime_count == RECORD_RUNTIMES || known(r, name, module))
		return;
	r->runtime[r->runtime_count].name = name;
	r->runtime[r->runtime_count++].module = module;
}

/* Code of a file that was not met in the map before. */
static int is_module(const struct sigpact__record *r, size_t at)
{
	const struct sigpact__map *m = &r->map[at];
	size_t i;

	if (*m->path != '/' || m->rights[2] != 'x')
		return 0;
	for (i = at; i--;)
		if (r->map[i].rights[2] == 'x' &&
		    !strcmp(r->map[i].path, m->path))
			return 0;
	return 1;
}

static void by_name(struct sigpact__record *r, const struct sigpact__map *m)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (!known(r, kinds[i].name, NULL) &&
		    matches(kinds[i].files, m->path))
			add(r, kinds[i].name, m->path);
}

static int by_symbol_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_symbols(struct sigpact__record *r, const char *const *symbol,
			size_t count, uint64_t found, const char *module)
{
	size_t i, k;

	for (i = 0; i < count; i++)
		for (k = 0; found >> i & 1 && k < KINDS; k++)
			if (kinds[k].symbol && symbol[i] == kinds[k].symbol &&
			    !known(r, kinds[k].name, NULL))
				add(r, kinds[k].name, module);
}

/* Each Go module has a runtime of its own; of the others, the program alone is
   asked for symbols: they may be many. */
static void by_content(struct sigpact__record *r, const struct sigpact__map *m)
{
	const char *symbol[KINDS];
	struct sigpact__elf_query q = { symbol, 0, go_section, 2 };
	struct sigpact__elf_answer a;
	int fd = sigpact__mapfile_open(r->pid, m), e;
	size_t i;

	if (fd < 0)
		return;
	for (i = 0; i < KINDS && r->exe && !strcmp(r->exe, m->path); i++)
		if (kinds[i].symbol)
			symbol[q.symbol_count++] = kinds[i].symbol;
	qsort(symbol, q.symbol_count, sizeof *symbol, by_symbol_name);
	e = sigpact__elf_ask(fd, &q, &a);
	close(fd);
	if (e)
		return;
	if (a.go_note || a.sections)
		add(r, GO, m->path);
	add_symbols(r, symbol, q.symbol_count, a.symbols, m->path);
}

int sigpact__look_runtimes(struct sigpact__record *r)
{
	size_t i;

	for (i = 0; i < r->map_count; i++)
		if (is_module(r, i))
			by_name(r, &r->map[i]);
	for (i = 0; i < r->map_count; i++)
		if (is_module(r, i))
			by_content(r, &r->map[i]);
	return 0;
}
