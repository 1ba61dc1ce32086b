#!/usr/bin/env bash
# What `meson install` puts there, as a client finds it: configured anew, so
# that the prefix is a real one, and built against that alone.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 27
prefix=$out/usr

# installed BUILD PREFIX COMPILER: configures, builds what is installed only,
# and installs it.
installed() {
	{
		CC=$3 meson setup "$1" "$top" --prefix="$2" --libdir=lib \
			-Dwerror=true &&
			ninja -C "$1" -t targets all >"$out/targets" &&
			sed -nE 's/^(libsigpact\.(a|so[.0-9]*)|sigpact(-commands)?|src\/serve\/sigpact-serve): .*/\1/p' \
				"$out/targets" | xargs ninja -C "$1" &&
			meson install -C "$1" --no-rebuild
	} >"$out/stdout" 2>"$out/stderr"
}

# files FOLDER: all in it but the man pages.
files() {
	(cd "$1" && find . ! -type d ! -path './share/man/*' | LC_ALL=C sort)
}

# quiet COMMAND...: succeeds; what it said is kept for a failure.
quiet() {
	"$@" >"$out/stdout" 2>"$out/stderr"
}

# runs PROGRAM [ARGUMENT...]: against the installed library it says so.
runs() {
	quiet "$@" && [ "$(cat "$out/stdout")" = "sigpact $version" ]
}

pkg() {
	PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config "$@" sigpact
}

# client LANGUAGE COMPILER...: builds and runs one with the shared library.
client() {
	local language=$1
	shift
	# shellcheck disable=SC2046 # flags are words
	quiet "$@" -x "$language" -Wall -Wextra -Wpedantic -Werror \
		-o "$out/client" "$top/tests/client.c" -x none \
		$(pkg --cflags --libs) -Wl,-rpath,"$prefix/lib" &&
		runs "$out/client" later
}

# static_client LANGUAGE COMPILER...: the same with the archive.
static_client() {
	local language=$1
	shift
	# shellcheck disable=SC2046 # flags are words
	quiet "$@" -x "$language" -Wall -Wextra -Wpedantic -Werror \
		-o "$out/client" "$top/tests/client.c" -x none $(pkg --cflags) \
		-Wl,--push-state,-Bstatic $(pkg --static --libs) \
		-Wl,--pop-state &&
		! readelf -d "$out/client" | grep -q libsigpact &&
		runs "$out/client"
}

# exports LIBRARY LIBC: the API with its version, and names that libc has.
exports() {
	nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' \
		>"$out/exported"
	nm -D --defined-only "$2" | awk '{ sub(/@.*/, "", $3); print $3 }' |
		sort -u >"$out/libc"
	sed -n 's/^[a-z].*[ *]\(sigpact_[a-z_]*\)(.*/\1@@SIGPACT_0.1/p' \
		"$top/include/sigpact.h" | sort >"$out/api"
	grep sigpact "$out/exported" | sort | diff "$out/api" - \
		>"$out/stdout" || return
	grep -v sigpact "$out/exported" | sort >"$out/interposed"
	grep -qx sigaction "$out/interposed" &&
		comm -23 "$out/interposed" "$out/libc" >"$out/stdout" &&
		[ ! -s "$out/stdout" ]
}

installed "$out/build" "$prefix" gcc
ok $? "meson install"

cat >"$out/expected" <<'EOF'
./bin/sigpact
./bin/sigpact-serve
./include/sigpact.h
./lib/libsigpact.a
./lib/libsigpact.so
./lib/libsigpact.so.0
./lib/libsigpact.so.0.1.0
./lib/pkgconfig/sigpact.pc
./libexec/sigpact/sigpact-commands
./share/bash-completion/completions/sigpact
./share/bash-completion/completions/sigpact-serve
./share/sigpact/check.schema.json
./share/sigpact/deploy/README.md
./share/sigpact/deploy/alerts.yml
./share/sigpact/deploy/functions.json
./share/sigpact/deploy/grafana.json
./share/sigpact/deploy/haproxy.cfg
./share/sigpact/deploy/prometheus.yml
./share/sigpact/deploy/sigpact-serve@.service
./share/sigpact/hunt.schema.json
./share/sigpact/inspect.schema.json
./share/sigpact/report.schema.json
EOF
files "$prefix" | diff "$out/expected" - >"$out/stdout"
ok $? "these files and no others"

quiet env DESTDIR="$out/stage" meson install -C "$out/build" --no-rebuild &&
	diff -r "$prefix" "$out/stage$prefix" >"$out/stdout"
ok $? "the same under DESTDIR"

version=$(pkg --modversion)
[ "$("$prefix/bin/sigpact" --version)" = "sigpact $version" ] &&
	[ "$(pkg --cflags | xargs)" = "-I$prefix/include" ] &&
	[ "$(pkg --libs | xargs)" = "-L$prefix/lib -lsigpact" ]
ok $? "pkg-config"

echo '#include <sigpact.h>' >"$out/header.c"
quiet gcc -std=c11 -pedantic -Wall -Wextra -Werror -fsyntax-only \
	-I "$prefix/include" "$out/header.c"
ok $? "the header alone is strict C11"
quiet g++ -x c++ -std=c++17 -Wpedantic -Wall -Wextra -Werror -fsyntax-only \
	-I "$prefix/include" "$out/header.c"
ok $? "the header alone is strict C++17"

exports "$prefix/lib/libsigpact.so.0" "$(gcc -print-file-name=libc.so.6)"
ok $? "exports the API as SIGPACT_0.1, and names that libc has"

client c gcc -std=c11 -pthread
ok $? "a C client, gcc"
client c++ g++ -std=c++17 -pthread
ok $? "a C++ client, g++"
static_client c gcc -std=c11 -pthread
ok $? "a C client of the static library"
static_client c++ g++ -std=c++17 -pthread
ok $? "a C++ client of the static library"
static_client c gcc -std=c11 -pthread -static
ok $? "a C client with all static"

if command -v clang >/dev/null; then
	client c clang -std=c11 -pthread
	ok $? "a C client, clang"
	client c++ clang++ -std=c++17 -pthread
	ok $? "a C++ client, clang++"
else
	ok 0 "a C client, clang # SKIP no clang"
	ok 0 "a C++ client, clang++ # SKIP no clang"
fi

# The archive's constructor reads AT_MINSIGSTKSZ, whatever else is called.
cat >"$out/size.c" <<'EOF'
#include <sigpact.h>
#include <stdio.h>
#include <sys/auxv.h>
int main(void)
{
	long frame = (long)getauxval(51 /* AT_MINSIGSTKSZ */);
	long asks = (64 * frame + 16384 + 4095) & ~4095l;
	return frame && sigpact_altstack_size(64) != asks;
}
EOF
quiet gcc -I "$prefix/include" -o "$out/size" "$out/size.c" \
	"$prefix/lib/libsigpact.a" && quiet "$out/size"
ok $? "a client of one function has the archive's constructor"

quiet "$prefix/bin/sigpact" run -- true &&
	quiet "$prefix/bin/sigpact" run -- grep "$prefix/lib/libsigpact" \
		/proc/self/maps
ok $? "the installed sigpact finds its library"

# Beside sigpact lies nothing here, so this library is the only one.
mv "$prefix/lib/libsigpact.so.0" "$out/away"
"$prefix/bin/sigpact" run -- true >"$out/stdout" 2>"$out/stderr"
[ $? -eq 125 ] && grep -q "$prefix/lib" "$out/stderr"
ok $? "and says where it looked when it is not there"
mv "$out/away" "$prefix/lib/libsigpact.so.0"

quiet "$prefix/bin/sigpact" inspect --json $$
[ $? -le 1 ] && grep -q '"pid"' "$out/stdout" &&
	readelf -d "$prefix/bin/sigpact" | grep -F '(NEEDED)' \
		>"$out/stdout" && ! grep -v 'libc\.so' "$out/stdout"
ok $? "inspect runs from its own program; sigpact needs libc alone"

mv "$prefix/libexec/sigpact/sigpact-commands" "$out/away"
"$prefix/bin/sigpact" inspect $$ >"$out/stdout" 2>"$out/stderr"
[ $? -eq 2 ] && grep -q "$prefix/libexec/sigpact" "$out/stderr"
ok $? "and sigpact says where it looked when that is not there"
mv "$out/away" "$prefix/libexec/sigpact/sigpact-commands"

# page NUMBER NAME: what man shows.
page() {
	(cd "$prefix/share/man" && mandoc -T ascii "man$1/$2.$1") \
		2>"$out/stderr" | sed 's/.\x08//g' >"$out/stdout"
}
if command -v mandoc >/dev/null; then
	page 1 sigpact && grep -q '^EXIT STATUS' "$out/stdout" &&
		page 1 sigpact-serve && grep -q '^ANSWERS' "$out/stdout" &&
		page 3 sigpact && grep -q '^RETURN VALUES' "$out/stdout" &&
		page 7 sigpact && grep -q '^LIMITATIONS' "$out/stdout"
	ok $? "the man pages"
	linked=0
	while read -r name; do
		page 3 "${name%@@*}" && grep -q '^RETURN VALUES' "$out/stdout" &&
			linked=$((linked + 1))
	done <"$out/api"
	[ "$linked" -gt 0 ] && [ "$linked" -eq "$(wc -l <"$out/api")" ]
	ok $? "each function's page shows sigpact(3)"
else
	ok 0 "the man pages # SKIP no mandoc"
	ok 0 "each function's page # SKIP no mandoc"
fi

# shellcheck disable=SC2016 # that bash expands it
quiet bash --norc -c '. "$1" && complete -p sigpact' bash \
	"$prefix/share/bash-completion/completions/sigpact"
ok $? "the completion"

# musl's beside it, under a prefix of its own: each preloads its own library.
if ! command -v musl-gcc >/dev/null; then
	skip_rest "no musl-gcc"
fi
installed "$out/build-musl" "$out/musl" musl-gcc &&
	grep -vE "schema|commands|serve|deploy" "$out/expected" >"$out/expected-musl" &&
	files "$out/musl" | diff "$out/expected-musl" - >"$out/stdout" &&
	files "$prefix" | diff "$out/expected" - >"$out/stdout"
ok $? "musl: meson install"

prefix=$out/musl
# its loader is its libc
musl=$(readelf -l "$prefix/bin/sigpact" |
	sed -n 's/.*interpreter: \(.*\)]$/\1/p')
exports "$prefix/lib/libsigpact.so.0" "$musl"
ok $? "musl: exports"
static_client c musl-gcc -std=c11 -static
ok $? "musl: a C client with all static"
client c musl-gcc -std=c11
ok $? "musl: a C client"

quiet "$out/musl/bin/sigpact" run -- "$out/client" later &&
	quiet "$out/musl/bin/sigpact" run -- "$out/musl/bin/sigpact" --version &&
	quiet "$out/usr/bin/sigpact" run -- "$out/usr/bin/sigpact" --version
ok $? "glibc's and musl's sigpact, each for its own programs"
finish
