# shellcheck shell=bash disable=SC2154 # lib.sh's, and who sources it
# Debian's source package unpacked in the cache, without what no kernel here
# needs, and with exactly the patches of a variant.  Sourced after lib.sh.
#
# A file changes only when its content does, so that the next build is short.

# tarball SOURCE
tarball() {
	local file=/usr/src/linux-source-$1.tar.xz
	[ -e "$file" ] || cannot "no $file: install linux-source-$1"
	echo "$file"
}

# Not needed for any build here, and most of all files: drivers' code (Kconfig
# stays), other architectures, device trees.
left_out() {
	local part
	for part in accel comedi crypto gpu hid hwmon iio infiniband media mfd \
		misc mmc mtd net nfc nvme scsi staging thunderbolt ufs usb; do
		echo "--exclude=*/drivers/$part/*.[ch]"
	done
	for part in alpha arc csky hexagon loongarch m68k microblaze mips nios2 \
		openrisc parisc powerpc riscv s390 sh sparc um xtensa; do
		echo "--exclude=*/arch/$part/*.[chS]"
	done
	for part in Documentation/devicetree Documentation/ABI \
		Documentation/translations tools/perf selftests/bpf \
		selftests/net selftests/drivers selftests/powerpc; do
		echo "--exclude=*/$part/*"
	done
	printf -- '--exclude=%s\n' '*/arch/arm/boot/*' '*/boot/dts/*.dts*' \
		'*/sound/*.[ch]' '*/samples/*.[ch]'
}

# tree SOURCE: its folder, unpacked when it is not there.  Objects go, too: the
# packaged files are older than what was made of patched ones.
tree() {
	local dir=$cache/linux-$1 file exclude
	file=$(tarball "$1")
	mapfile -t exclude < <(left_out)
	if [ "$file" -nt "$dir/.unpacked" ] ||
	   ! cmp -s "$dir/.unpacked" <(left_out); then
		need xz
		say "unpacking $file"
		rm -rf "$dir" "$dir".orig "$cache/build-$1"-*
		mkdir -p "$dir"
		tar -C "$dir" -xf "$file" --strip-components=1 "${exclude[@]}"
		left_out >"$dir/.unpacked"
	fi
	echo "$dir"
}

# names PATCH...: the files that they touch.
names() {
	sed -n 's|^+++ b/\([^\t]*\).*|\1|p; s|^--- a/\([^\t]*\).*|\1|p' "$@" |
		sort -u
}

# keep TREE FILE...: the packaged content, aside, before a patch changes it.
keep() {
	local dir=$1 file
	shift
	for file; do
		[ ! -e "$dir.orig/$file" ] || continue
		[ ! -e "$dir.orig/$file.absent" ] || continue
		mkdir -p "$(dirname "$dir.orig/$file")"
		if [ -e "$dir/$file" ]; then
			cp "$dir/$file" "$dir.orig/$file"
		else
			touch "$dir.orig/$file.absent"
		fi
	done
}

# left_out_files TARBALL TREE FILE...: touched, but not unpacked.
left_out_files() {
	local file=$1 dir=$2 one missing=()
	shift 2
	for one; do
		[ -e "$dir/$one" ] || [ -e "$dir.orig/$one.absent" ] ||
			missing+=("*/$one")
	done
	[ ${#missing[@]} -eq 0 ] ||
		tar -C "$dir" -xf "$file" --strip-components=1 --wildcards \
			"${missing[@]}" 2>/dev/null || true
}

# patched TREE TARBALL PATCH...: makes the tree so.
patched() {
	local dir=$1 file=$2 stage now was one patch
	shift 2
	stage=$(mktemp -d)
	was=$(cat "$dir/.touched" 2>/dev/null || true)
	now=$([ $# -eq 0 ] || names "$@")
	# shellcheck disable=SC2086 # the kernel has no names with blanks
	left_out_files "$file" "$dir" $now
	# shellcheck disable=SC2086
	keep "$dir" $now
	for one in $was $now; do
		[ -e "$dir.orig/$one" ] || continue
		mkdir -p "$(dirname "$stage/$one")"
		cp "$dir.orig/$one" "$stage/$one"
	done
	for patch; do
		patch -d "$stage" -p1 -s -F0 --no-backup-if-mismatch <"$patch" ||
			die "$patch does not apply"
	done
	for one in $was $now; do
		if [ ! -e "$stage/$one" ]; then
			rm -f "$dir/$one"
		elif ! cmp -s "$stage/$one" "$dir/$one"; then
			mkdir -p "$(dirname "$dir/$one")"
			cp "$stage/$one" "$dir/$one"
		fi
	done
	echo "$now" >"$dir/.touched"
	rm -rf "$stage"
}
