# shellcheck shell=bash
# What the tests with real peers share.  Sourced; TAP on stdout, the peers'
# own words on stderr as comments.
#
#	BUILD	the meson build directory, default build
#
# Peers are built once into $BUILD/peers by examples/build.sh.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
if [ ! -x "$BUILD/sigpact" ]; then
	echo "Bail out! no $BUILD/sigpact; run: ninja -C $BUILD"
	exit 1
fi
BUILD=$(cd "$BUILD" && pwd)
peers=$BUILD/peers
# shellcheck disable=SC2034 # the tests use it
sigpact=$BUILD/sigpact
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# A sigpact that is outside would make every bare run false.
unset LD_PRELOAD SIGPACT

planned=0
case_number=0
failures=0

plan() {
	planned=$1
	echo "1..$planned"
}

comment() {
	sed 's/^/# /'
}

# ok STATUS NAME: prints one case.  On failure, what the last run said.
ok() {
	case_number=$((case_number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $case_number - $2"
	else
		failures=$((failures + 1))
		echo "not ok $case_number - $2"
		tail -n 20 "$out/stdout" "$out/stderr" 2>/dev/null | comment
	fi
}

# skip_rest WHY: all cases that are left, and the end.
skip_rest() {
	while [ "$case_number" -lt "$planned" ]; do
		case_number=$((case_number + 1))
		echo "ok $case_number - $(basename "$0" .sh) # SKIP $1"
	done
	finish
}

finish() {
	if [ "$case_number" -ne "$planned" ]; then
		echo "# $case_number of $planned cases ran"
		exit 1
	fi
	exit $((failures > 0))
}

# reports: whether run --report can be had.  A sigpact for musl has no part that
# reports: a glibc one lends its own.
reports() {
	! grep -q musl <(ldd "$sigpact" 2>&1) ||
		export SIGPACT_TOOLS=$top/build/sigpact
	"$sigpact" run --report -- true 2>/dev/null
	[ $? -ne 125 ] # a guest of kernel/vm has no program that reports
}

# peer PART...: built, or the whole test is skipped where it cannot be had.
peer() {
	local status=0
	"$top/examples/build.sh" "$peers" "$@" >"$out/stdout" 2>"$out/stderr" ||
		status=$?
	if [ "$status" -eq 77 ]; then
		skip_rest "$(tail -n 1 "$out/stderr")"
	elif [ "$status" -ne 0 ]; then
		tail -n 20 "$out/stderr" | comment
		echo "Bail out! examples/build.sh $* failed"
		exit 1
	fi
}

# compile NAME [FLAG...]: tests/peers/NAME.c to $peers/NAME.
compile() {
	local name=$1
	shift
	gcc -O2 -Wall -Wextra -pthread -o "$peers/$name" "$here/$name.c" "$@" \
		>"$out/stdout" 2>"$out/stderr" && return
	comment <"$out/stderr"
	echo "Bail out! $name.c does not compile"
	exit 1
}

# commands OBJECT: how the build compiles the objects that this pattern names,
# to be evaluated in $BUILD: COMMAND -c SOURCE.
commands() {
	sed -n "s|^ *\"command\": \"\(.*\) -MD .* -o $1 \(-c .*\)\",\$|\1 \2|p" \
		"$BUILD/compile_commands.json" | sed 's/\\"/"/g; s/\\\\/\\/g'
}

# run SECONDS COMMAND...: its status, 137 when it had to be killed; the shell's
# own word about that is not wanted.
run() {
	local seconds=$1
	shift
	{ timeout -s KILL "$seconds" "$@" >"$out/stdout" 2>"$out/stderr"; } \
		2>/dev/null
}

# alive SECONDS COMMAND...: ends well and says so.
alive() {
	run "$@" && grep -q '^alive ' "$out/stdout"
}

# hung SECONDS COMMAND...: had to be killed and never said that it was alive.
hung() {
	run "$@"
	[ $? -eq 137 ] && ! grep -q '^alive ' "$out/stdout"
}

# all TIMES COMMAND...: stops at the first that fails, and says which.
all() {
	local times=$1 i
	shift
	for ((i = 1; i <= times; i++)); do
		if ! "$@"; then
			echo "# run $i of $times failed"
			return 1
		fi
	done
}
