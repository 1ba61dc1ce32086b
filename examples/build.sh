#!/usr/bin/env bash
# Builds the examples:
#
#	examples/build.sh DIRECTORY PART...
#
#	host	DIRECTORY/host		a C program that stops its threads by a signal
#	go	DIRECTORY/libpeer.so	the Go library
#	gomain	DIRECTORY/gomain	the Go program
#	bun	DIRECTORY/bun		Bun 1.3.14, by npm
#	functions	DIRECTORY/functions/NAME.wasm, of each in functions/
#
# What is newer than its sources stays; several may run at a time.
# Exit status: 0; 1 a build failed; 2 usage; 77 a tool, or Bun, cannot be had.
set -euo pipefail

bun_version=1.3.14
here=$(cd "$(dirname "$0")" && pwd)

cannot() {
	echo "examples/build.sh: $1" >&2
	exit 77
}

need() {
	command -v "$1" >/dev/null || cannot "no $1"
}

if [ $# -lt 2 ]; then
	echo "usage: examples/build.sh DIRECTORY host|go|gomain|bun|functions..." >&2
	exit 2
fi
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
exec 9>"$dir/.lock"
flock 9

# fresh TARGET SOURCE...
fresh() {
	local target=$1 source
	shift
	[ -e "$target" ] || return
	for source; do
		[ "$target" -nt "$source" ] || return
	done
}

host_build() {
	fresh "$dir/host" "$here/host.c" && return
	need gcc
	gcc -O2 -Wall -Wextra -pthread -o "$dir/host" "$here/host.c" -ldl
}

# go_build FOLDER TARGET [FLAG...].  Nothing is fetched: the modules require
# none.
go_build() {
	local folder=$here/$1 target=$dir/$2
	shift 2
	fresh "$target" "$folder"/* && return
	need go
	need gcc
	(cd "$folder" &&
		GOCACHE=$dir/go-cache GOFLAGS=-mod=mod GOPROXY=off \
			GOTOOLCHAIN=local CGO_ENABLED=1 \
			go build -o "$target" "$@" .)
}

# The binary is in the package that bun itself depends on for this machine;
# alone it is a quarter of the download.
bun_install() {
	local package
	case $(uname -m) in
	x86_64) package=bun-linux-x64 ;;
	aarch64) package=bun-linux-aarch64 ;;
	*) cannot "no Bun for $(uname -m)" ;;
	esac
	if [ "$package" = bun-linux-x64 ] && ! grep -qw avx2 /proc/cpuinfo; then
		package=bun-linux-x64-baseline
	fi
	local binary=$dir/node_modules/@oven/$package/bin/bun
	if [ ! -x "$binary" ]; then
		need npm
		npm install --prefix "$dir" --ignore-scripts --no-save \
			--no-audit --no-fund --loglevel=error \
			"@oven/$package@$bun_version" >&2 9>&- ||
			cannot "npm could not install Bun"
	fi
	[ "$("$binary" --version)" = "$bun_version" ] ||
		cannot "Bun $bun_version does not run here"
	ln -sfn "$binary" "$dir/bun"
}

# wasm_build SOURCE TARGET.  The module's own stack comes first in its memory: what
# overflows it leaves the memory, and does not write to data.
wasm_build() {
	fresh "$2" "$1" "$here/build.sh" && return
	clang --target=wasm32-wasi -O2 -Wall -Wextra -Wl,--stack-first \
		-Wl,-z,stack-size=16384 -o "$2.new" "$1" && mv "$2.new" "$2"
}

functions_build() {
	local source
	need clang
	need wasm-ld-14
	[ -e /usr/include/wasm32-wasi/stdio.h ] || cannot "no wasi-libc"
	mkdir -p "$dir/functions"
	for source in "$here"/functions/*.c; do
		wasm_build "$source" \
			"$dir/functions/$(basename "$source" .c).wasm"
	done
}

for part; do
	case $part in
	host) host_build ;;
	go) go_build go libpeer.so -buildmode=c-shared ;;
	gomain) go_build gomain gomain ;;
	bun) bun_install ;;
	functions) functions_build ;;
	*)
		echo "examples/build.sh: no part '$part'" >&2
		exit 2
		;;
	esac
done
