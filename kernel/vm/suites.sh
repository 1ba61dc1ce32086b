# shellcheck shell=bash disable=SC2154 # lib.sh's, and who sources it
# What a boot runs: each suite packs its programs and lists its tests.  Sourced
# after pack.sh.
#
#	BUILD	the meson build directory, default build

# The kernel's own tests.
suite_selftests() {
	local programs program name
	programs=$(selftests "$source" "$arch")
	for program in "$programs"/*_64 "$programs"/*_32; do
		[ -e "$program" ] || continue
		name=$(basename "$program")
		case $variant-$name in # all SKIP there
		plain-sas_exclude*) continue ;;
		esac
		install -D "$program" "$root/selftests/$name"
		pack_test "$name" 120 "/selftests/$name"
	done
}

# The four calls are not there.
suite_control() {
	local compiler=gcc
	[ "$arch" = x86_64 ] || compiler=aarch64-linux-gnu-gcc
	"$compiler" -O2 -static -o "$root/absent" "$vm/absent.c"
	pack_test absent 60 /absent
	suite_selftests
}

# What a script of tests/ needs; what it leaves out it does without.
pack_scripts() {
	pack_command bash env timeout mktemp rm mv cp cat tail head sed grep \
		dirname basename cmp diff wc tr sort sleep
	cp "$(realpath "$(type -P awk)")" "$root/usr/bin/awk"
	pack_file /lib/x86_64-linux-gnu/libm.so.6 "$top/tests/peers/lib.sh"
}

pack_sigpact() {
	BUILD=$(cd "${BUILD:-$top/build}" && pwd -P) || die "no build directory"
	[ -x "$BUILD/sigpact" ] || die "no $BUILD/sigpact; run: ninja -C $BUILD"
	# opened by pthread_cancel
	pack_file "$BUILD/sigpact" "$BUILD"/libsigpact.so* \
		/lib/x86_64-linux-gnu/libgcc_s.so.1
}

# listed TEST...: as meson runs them, from the build directory.
listed() {
	cd "$BUILD" || return
	meson introspect . --tests | python3 -c '
import json, os, sys
tests = {t["name"]: t for t in json.load(sys.stdin)}
for name in sys.argv[1:]:
    t = tests[name]
    words = ["PWD=" + os.getcwd()]
    words += ["%s=%s" % (k, v) for k, v in t["env"].items() if v]
    print("\t".join([name, str(t["timeout"])] + words + t["cmd"]))
' "$@"
}

# libsigpact's tests of exclusion, whichever backend this kernel gives them.  Not
# injection, which steps through the entry routine: TCG takes hours.  Nor backend,
# which stands in for this kernel, and needs sockets.
suite_sigpact() {
	local line word
	need meson python3
	pack_sigpact
	pack_scripts
	pack_file "$BUILD"/tests/{transcript,transcript-linked,smallstack} \
		"$BUILD/tests/exclude-prctl-bare" \
		"$top/tests/contract/transcript.sh" \
		"$top/tests/altstack-rule.sh" "$top/tests/kernel/counted.sh"
	while IFS= read -r line; do
		for word in ${line//$'\t'/ }; do
			case $word in /*) ;; *) word=$BUILD/$word ;; esac
			[ ! -f "$word" ] || pack_file "$word"
		done
		case $line in # fewer rounds, for TCG's sake
		survival$'\t'*) line+=$'\t100000' ;;
		altstack$'\t'*) line+=$'\t2000' ;;
		esac
		echo "$line" >>"$root/tests"
	done < <(listed relocate delivery bad-input altstack \
		exclude-prctl exclude-prctl-preloaded kept survival overflow \
		top interposed interposed-preloaded \
		contract/transcript altstack-rule)
	[ "$variant" = plain ] ||
		pack_test exclude-prctl-bare 120 "$BUILD/tests/exclude-prctl-bare"
	pack_test counted 300 "BUILD=$BUILD" "$top/tests/kernel/counted.sh"
}

# suite_check [OPTION...]: sigpact check, of the kernel that it runs on.
suite_check() {
	pack_sigpact
	pack_file "$BUILD/sigpact-commands"
	pack_test check 900 "$BUILD/sigpact" check "$@"
}

# Bun, Go and WebAssembly.
suite_bun() {
	local peers status=0
	pack_sigpact
	peers=$BUILD/peers
	"$top/examples/build.sh" "$peers" go bun >&2 || status=$?
	[ "$status" -eq 0 ] || exit "$status"
	VM_MEMORY=${VM_MEMORY:-3072}
	pack_scripts
	pack_file "$(realpath "$peers/bun")" "$peers/bun" "$peers/libpeer.so" \
		"$top/examples/bun" "$top"/tests/kernel/{bun.sh,prctl.js} \
		"$BUILD/tests/exclude-prctl-bare"
	pack_test bun 900 "BUILD=$BUILD" "$top/tests/kernel/bun.sh"
}
