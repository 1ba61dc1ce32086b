# shellcheck shell=bash disable=SC2154 # lib.sh's, and who sources it
# The kernel's own tests from the patched tree, static, for each width that the
# architecture runs.  Sourced after build.sh.

# selftests SOURCE ARCH: prints the folder of programs, NAME_64 and NAME_32.
selftests() {
	local folder
	folder=$(key "$1/$2/patched" all) || return
	folder=$cache/selftests-$folder
	if [ ! -e "$folder/.built" ]; then
		locked "$1" selftests_make "$1" "$2" "$folder" >&2 || return
	fi
	touch "$folder"
	echo "$folder"
}

selftests_make() {
	local folder=$3 dir files file objects
	dir=$(tree "$1") && file=$(tarball "$1") || return
	list_patches "$1" patched || return
	patched "$dir" "$file" "${files[@]}"
	objects=$cache/build-$1-$2
	mkdir -p "$objects" "$folder"
	say "building selftests of $1 for $2"
	kmake "$2" "$objects" "$dir" headers >"$objects/log" 2>&1 || {
		tail -n 30 "$objects/log" >&2
		die "no kernel headers"
	}
	if [ "$2" = arm64 ]; then
		selftests_width "$dir" "$objects" "$folder" 64 \
			aarch64-linux-gnu-gcc
	else
		selftests_width "$dir" "$objects" "$folder" 64 gcc
		selftests_width "$dir" "$objects" "$folder" 32 "gcc -m32"
		selftests_x86 "$dir" "$objects" "$folder" 64
		selftests_x86 "$dir" "$objects" "$folder" 32
	fi
	touch "$folder/.built"
}

# By their own Makefile.
selftests_width() {
	local out=$3/make-$4 program
	rm -rf "$out"
	mkdir -p "$out"
	make -s -C "$1/tools/testing/selftests/sigaltstack" \
		"OUTPUT=$out" "CC=$5 -static" "KHDR_INCLUDES=-isystem $2/usr/include" \
		all || die "the selftests do not build ($5)"
	for program in "$out"/*; do
		mv "$program" "$3/$(basename "$program")_$4"
	done
	rmdir "$out"
}

# What else in the tree tests delivery and return.
selftests_x86() {
	local name
	for name in sigreturn sigaltstack single_step_syscall; do
		gcc "-m$4" -O2 -static -pthread -w -std=gnu99 \
			"-DCAN_BUILD_$4" -isystem "$2/usr/include" \
			-I"$1/tools/testing/selftests" \
			-I"$1/tools/testing/selftests/x86" \
			-o "$3/${name}_$4" \
			"$1/tools/testing/selftests/x86/$name.c" ||
			die "$name does not build"
	done
}
