#!/usr/bin/env bash
# From a .wasm to a shared object: what can be built, the cache, and what each
# module that cannot be built is told.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"
# shellcheck source=tests/serve/modules.sh
. "$(dirname "$0")/modules.sh"

plan 41
modules_build
export XDG_CACHE_HOME=$out/cache
builder=$BUILD/tests/serve-build

# $tools: the PATH of the program under test.
tools=$PATH

# builds FILE...: with these arguments, and says nothing.
builds() {
	run 120 env PATH="$tools" "$builder" "$@" &&
		[ -z "$(sed -n 2p "$out/stdout")" ]
}

# matches TEXT PATTERN
matches() {
	# shellcheck disable=SC2254 # a pattern is what is wanted
	case $1 in
	$2) ;;
	*) return 1 ;;
	esac
}

# refuses ERRNO TEXT FILE...: one line, after the file's name.
refuses() {
	local errno=$1 text=$2
	shift 2
	run 120 env PATH="$tools" "$builder" "$@"
	[ $? -eq 2 ] && [ -z "$(sed -n 1p "$out/stdout")" ] &&
		[ "$(sed -n 3p "$out/stdout")" = "$errno" ] &&
		[ "$(wc -l <"$out/stdout")" -eq 3 ] &&
		matches "$(sed -n 2p "$out/stdout")" "$text"
}

# wat NAME [FLAG...]: stdin, assembled.
wat() {
	local name=$1
	shift
	cat >"$out/$name.wat"
	wat2wasm "$@" -o "$out/$name.wasm" "$out/$name.wat" \
		2>"$out/stderr" || echo "# wat2wasm failed for $name"
}

builds "$modules/empty.wasm" && object=$(head -n 1 "$out/stdout") &&
	[[ $object == "$XDG_CACHE_HOME"/sigpact/*.so ]] && [ -s "$object" ]
ok $? "a module is built into the cache"
stamp=$(stat -c %y "$object")
tools=/nowhere builds "$modules/empty.wasm" &&
	[ "$(head -n 1 "$out/stdout")" = "$object" ] &&
	[ "$(stat -c %y "$object")" = "$stamp" ]
ok $? "the second time it is found there, without any tool"
builds "$modules/endless.wasm" &&
	[ "$(head -n 1 "$out/stdout")" != "$object" ]
ok $? "another module is another object"
builds "$modules/empty.wasm" "$out/here.so" && [ -s "$out/here.so" ]
ok $? "or where it is told to be"
(cd "$out" && builds "$modules/empty.wasm" beside.so && [ -s beside.so ])
ok $? "… in this folder, too"
[ -z "$(find "$out" -name '.build-*')" ]
ok $? "nothing else is left"
readelf -dW "$object" | grep -q 'BIND_NOW' &&
	! readelf -dW "$object" | grep -q TEXTREL &&
	[ "$(nm -D --defined-only "$object" | wc -l)" -eq 1 ]
ok $? "bound at once, and it has one symbol"
builds "$modules/wide.wasm" "$out/wide.so" &&
	objdump -d "$out/wide.so" >"$out/stdout" &&
	grep -q 'orq.*[$]0x0,(%rsp)' "$out/stdout"
ok $? "large frames touch each of their pages"
clang --target=wasm32-wasi -O2 -o "$out/plain.wasm" -x c - <<'C'
int data = 5;
int main(void) { volatile char b[100]; b[data] = 1; return b[data] - 1; }
C
run 120 "$builder" "$out/plain.wasm"
[ $? -eq 1 ] && sed -n 2p "$out/stdout" | grep -q 'plain.wasm: .*--stack-first'
ok $? "a module whose stack would grow into its data is warned of"
run 120 "$builder" "$out/plain.wasm"
ok $(($? != 1)) "… the next time, too"

# unloadable TEXT FILE: nor is a file of that kind loaded.
unloadable() {
	run 60 "$BUILD/tests/serve-call" "$2" </dev/null
	[ $? -eq 98 ] && matches "$(cat "$out/stderr")" "$1"
}
unloadable "cannot read */nothing.so: No such file*" "$out/nothing.so"
ok $? "an object that is not there"
echo 'int sigpact;' | gcc -shared -fPIC -o "$out/other.so" -x c -
unloadable "*/other.so: not a module; expected what sigpact-serve --build *" \
	"$out/other.so"
ok $? "an object that is no module"
echo 'const unsigned sigpact_module[32] = { 77 };' |
	gcc -shared -fPIC -o "$out/old.so" -x c -
unloadable "*/old.so: built by another version of sigpact-serve; build it again" \
	"$out/old.so"
ok $? "an object of another version"
echo hello >"$out/text.so"
unloadable "*/text.so: *" "$out/text.so"
ok $? "an object that is a text"

refuses ENOENT "cannot read */nothing.wasm: No such file*" "$out/nothing.wasm"
ok $? "no such file"
refuses EISDIR "cannot read *: Is a directory" "$out"
ok $? "a folder"
echo hello >"$out/text.wasm"
refuses ENOEXEC "*/text.wasm: not a WebAssembly module" "$out/text.wasm"
ok $? "a text"
head -c 300 "$modules/hello.wasm" >"$out/cut.wasm"
refuses ENOEXEC "*/cut.wasm: * damaged or cut short" "$out/cut.wasm"
ok $? "half a module"
: >"$out/none.wasm"
refuses ENOEXEC "*/none.wasm: not a WebAssembly module" "$out/none.wasm"
ok $? "an empty file"
tools=$out refuses ENOENT "*: cannot run wasm2c: *; expected Debian's package wabt" \
	"$modules/work.wasm"
ok $? "no wasm2c"
mkdir "$out/bin" && ln -s "$(command -v wasm2c)" "$out/bin"
tools=$out/bin refuses ENOENT "*: cannot run cc: *; expected a C compiler*" \
	"$modules/work.wasm"
ok $? "no compiler"
printf '#!/bin/sh\necho some words; echo "mod.c:3: error: bad thing" >&2; exit 1\n' \
	>"$out/bin/cc"
chmod +x "$out/bin/cc"
tools=$out/bin:/bin refuses EIO "*: cc failed: mod.c:3: error: bad thing" \
	"$modules/work.wasm"
ok $? "a compiler that fails, and what it said"
refuses ENOENT "cannot write /nowhere/x.so: *" "$modules/empty.wasm" \
	/nowhere/x.so 2>"$out/stderr" ||
	refuses ENOENT "*: cannot write /nowhere/x.so: *" \
		"$modules/empty.wasm" /nowhere/x.so
ok $? "no such folder"
(unset XDG_CACHE_HOME HOME
	refuses ENOENT "*: no place for what is built: *" "$modules/empty.wasm")
ok $? "no place for the cache"
ln -s /proc "$out/proc"
XDG_CACHE_HOME=$out/proc refuses ENOENT "*: cannot make the folder of *" \
	"$modules/empty.wasm"
ok $? "a cache that cannot be made"

wat imports <<'WAT'
(module (import "env" "puts" (func (param i32) (result i32)))
 (import "wasi_snapshot_preview1" "sock_send"
  (func (param i32 i32 i32 i32 i32) (result i32)))
 (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))
 (import "env" "table" (table 1 funcref))
 (memory (export "memory") 1) (func (export "_start")))
WAT
refuses EOPNOTSUPP \
	"*: imports what * does not have: env.puts, wasi_snapshot_preview1.sock_send, env.table" \
	"$out/imports.wasm"
ok $? "imports that there are not, each by its name"
{
	echo '(module'
	for i in $(seq 100); do
		echo "(import \"env\" \"function_$i\" (func))"
	done
	echo '(memory (export "memory") 1) (func (export "_start")))'
} | wat many
refuses EOPNOTSUPP "*env.function_1, env.function_2, *, and * more" \
	"$out/many.wasm"
ok $? "… and how many more"
wat other <<'WAT'
(module (import "wasi_snapshot_preview1" "fd_close" (func (param i64)))
 (memory (export "memory") 1) (func (export "_start")))
WAT
refuses EOPNOTSUPP "*does not have: wasi_snapshot_preview1.fd_close" \
	"$out/other.wasm"
ok $? "a function of WASI's with another type"
printf '(module (import "e\\n\\1b[31mv" "\\"x" (func)) %s)' \
	'(memory (export "memory") 1) (func (export "_start"))' | wat control
refuses EOPNOTSUPP "*does not have: e??*[[]31mv.\"x" "$out/control.wasm"
ok $? "a name with control characters is printed without them"

wat library <<'WAT'
(module (memory (export "memory") 1) (func (export "run")))
WAT
refuses EOPNOTSUPP "*: exports no function _start; expected a program*" \
	"$out/library.wasm"
ok $? "a library"
wat no-memory <<'WAT'
(module (memory 1) (func (export "_start")))
WAT
refuses EOPNOTSUPP "*: exports no memory*" "$out/no-memory.wasm"
ok $? "no memory"
wat takes <<'WAT'
(module (memory (export "memory") 1) (func (export "_start") (param i32)))
WAT
refuses EOPNOTSUPP "*: its _start takes or returns something" "$out/takes.wasm"
ok $? "a _start with parameters"
wat starts <<'WAT'
(module (memory (export "memory") 1) (func $f) (start $f)
 (func (export "_start")))
WAT
refuses EOPNOTSUPP "*: uses a start section" "$out/starts.wasm"
ok $? "a start section"

# shellcheck disable=SC2016 # $t is WebAssembly's
# uses NAME TEXT [FLAG...]: stdin, a body of _start.
uses() {
	local name=$1 text=$2
	shift 2
	{
		echo '(module (memory (export "memory") 1) (table $t 1 funcref)'
		echo '(func (export "_start")'
		cat
		echo '))'
	} | wat "$name" "$@"
	refuses EOPNOTSUPP "*: uses $text" "$out/$name.wasm"
	ok $? "uses ${text%%[ *]*}"
}
uses simd "SIMD*wabt 1.0.32 cannot translate*" <<'WAT'
 (drop (v128.load (i32.const 0)))
WAT
uses atomics "atomics*" --enable-threads <<'WAT'
 (drop (i32.atomic.load (i32.const 0)))
WAT
uses tail "tail calls*" --enable-tail-call <<'WAT'
 (return_call 0)
WAT
uses grown "table.grow" <<'WAT'
 (drop (table.grow $t (ref.null func) (i32.const 1)))
WAT
wat refs <<'WAT'
(module (memory (export "memory") 1) (table 1 externref)
 (func (export "_start")))
WAT
refuses EOPNOTSUPP "*: uses a table of references*" "$out/refs.wasm"
ok $? "uses a table of references"
wat shared --enable-threads <<'WAT'
(module (memory (export "memory") 1 2 shared) (func (export "_start")))
WAT
refuses EOPNOTSUPP "*: uses shared memory*" "$out/shared.wasm"
ok $? "uses shared memory"
wat wide --enable-memory64 <<'WAT'
(module (memory (export "memory") i64 1) (func (export "_start")))
WAT
refuses EOPNOTSUPP "*: uses a 64-bit memory" "$out/wide.wasm"
ok $? "uses a 64-bit memory"
wat throws --enable-exceptions <<'WAT'
(module (memory (export "memory") 1) (tag $e) (func (export "_start")
 (throw $e)))
WAT
refuses EOPNOTSUPP "*: uses exceptions*" "$out/throws.wasm"
ok $? "uses exceptions"
finish
