#!/usr/bin/env bash
# Builds kernels, or finds them in the cache, and prints where each is:
#
#	kernel/vm/build.sh KERNEL...		see lib.sh
#
# FOLDER/image boots; FOLDER/config is how it was made; the cache's key is all
# that went in: package, patches less their texts, configuration.
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=kernel/vm/lib.sh
. "$here/lib.sh"
# shellcheck source=kernel/vm/source.sh
. "$here/source.sh"

export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
export KBUILD_BUILD_USER=sigpact KBUILD_BUILD_HOST=sigpact
export CCACHE_DIR=$cache/ccache CCACHE_BASEDIR=$cache CCACHE_MAXSIZE=600M
export CCACHE_DEPEND=1 # no second run of the preprocessor
unset MAKEFLAGS MFLAGS # of a make that runs this

# fragment ARCH: the configuration asked for.
fragment() {
	cat "$vm/common.config" "$vm/$1.config"
}

# of_image PATCH...: into files, less what changes tests and texts alone.
of_image() {
	local patch
	files=()
	for patch; do
		names "$patch" | grep -qvE '^(Documentation|tools/testing)/' &&
			files+=("$patch")
	done
	true
}

# key KERNEL [all]: what its folder in the cache is called.
key() {
	local files file
	parse "$1"
	list_patches "$source" "$variant" || return
	[ "${2-}" = all ] || of_image "${files[@]}"
	file=$(tarball "$source") || return
	{
		stat -L -c '%s %Y' "$file"
		fragment "$arch"
		# what decides that these do the same: bump it
		echo 3
		[ ${#files[@]} -eq 0 ] || sed -s -n '/^diff /,$p' "${files[@]}"
	} | sha256sum | cut -c1-20
}

# What runs the compiler through ccache.  Not for assembler: without a second
# run of the preprocessor ccache does not see .incbin, and takes an image of the
# same size for the same.
wrapper() {
	local script=$cache/cc
	if [ ! -x "$script" ]; then
		cat >"$script.$$" <<-'SH'
			#!/bin/sh
			case "$* " in *".S "*) exec "$@" ;; esac
			exec ccache "$@"
		SH
		chmod +x "$script.$$"
		mv "$script.$$" "$script"
	fi
	echo "$script"
}

# kmake ARCH OBJECTS TREE TARGET...
kmake() {
	local arch=$1 objects=$2 tree=$3 prefix='' compiler=gcc
	shift 3
	[ "$arch" = x86_64 ] || prefix=aarch64-linux-gnu-
	need "${prefix}gcc" make flex bison bc lz4
	compiler=${prefix}gcc
	! command -v ccache >/dev/null || compiler="$(wrapper) $compiler"
	nice make -s -C "$tree" "O=$objects" "ARCH=$arch" -j "$jobs" \
		CROSS_COMPILE="$prefix" "CC=$compiler" "$@"
}

# configure ARCH OBJECTS TREE: allnoconfig and the fragment, when that is new.
configure() {
	local want lost
	fragment "$1" >"$2/fragment.new"
	if ! cmp -s "$2/fragment.new" "$2/fragment" || [ ! -e "$2/.config" ]; then
		kmake "$1" "$2" "$3" KCONFIG_ALLCONFIG="$2/fragment.new" \
			allnoconfig >"$2/log" 2>&1 || return
		mv "$2/fragment.new" "$2/fragment"
	fi
	want=$(grep -E '^(CONFIG_|# CONFIG_)' "$2/fragment")
	lost=$(grep -vxFf "$2/.config" <<<"$want" | grep -v 'is not set') || true
	[ -z "$lost" ] || die "not to be had in this kernel:" "$lost"
}

# make_image KERNEL FOLDER
make_image() {
	local dir file files objects target=bzImage
	parse "$1"
	[ ! -e "$2/image" ] || return 0 # by another, meanwhile
	dir=$(tree "$source") || return
	file=$(tarball "$source") || return
	list_patches "$source" "$variant" || return
	patched "$dir" "$file" "${files[@]}"
	objects=$cache/build-$source-$arch
	mkdir -p "$objects" "$2"
	say "building $1"
	[ "$arch" = x86_64 ] || target=Image
	if ! configure "$arch" "$objects" "$dir" ||
	   ! kmake "$arch" "$objects" "$dir" "$target" >"$objects/log" 2>&1; then
		tail -n 30 "$objects/log" >&2
		rmdir "$2"
		die "$1 does not build"
	fi
	cp "$objects/.config" "$2/config"
	cp "$objects/arch/${arch/x86_64/x86}/boot/$target" "$2/image.new"
	mv "$2/image.new" "$2/image"
}

# kernel KERNEL: prints its folder, made when there is none.
kernel() {
	local folder
	folder=$(key "$1") || return
	folder=$cache/kernel-$folder
	if [ ! -e "$folder/image" ]; then
		parse "$1"
		locked "$source" make_image "$1" "$folder" || return
	fi
	touch "$folder" # last used
	echo "$folder"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	for one; do
		kernel "$one"
	done
fi
