# shellcheck shell=bash disable=SC2154 # lib.sh's
# The guest's file system: an initramfs with init, the list of tests and all
# that they need, each file where it is on the host.  Sourced after lib.sh.
#
#	pack_start FOLDER ARCH
#	pack_file PATH...		a program brings its libraries along
#	pack_test NAME SECONDS WORD...	one line of /tests
#	pack_end			makes FOLDER.cpio

# init_program ARCH: static, made once.
init_program() {
	local compiler=gcc key program
	[ "$1" = x86_64 ] || compiler=aarch64-linux-gnu-gcc
	need "$compiler"
	key=$(sha256sum "$vm/init.c" | cut -c1-20)
	program=$cache/init-$1-$key
	if [ ! -x "$program" ]; then
		"$compiler" -O2 -Wall -Wextra -Werror -static \
			-o "$program.$$" "$vm/init.c" &&
			mv "$program.$$" "$program" || return
	fi
	echo "$program"
}

pack_start() {
	local link
	root=$1
	mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/tmp"
	for link in bin sbin lib lib32 lib64; do
		[ ! -L "/$link" ] || ln -s "usr/$link" "$root/$link"
	done
	mkdir -p "$root/usr/sbin" "$root/usr/lib32"
	install -m 755 "$(init_program "$2")" "$root/init"
	: >"$root/tests"
}

# What the loader would open; a static program has none.
libraries() {
	ldd "$1" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p'
}

# A link, and what it leads to, each in its own place.
pack_one() {
	local path to
	path=$(realpath "$(dirname "$1")")/$(basename "$1")
	[ ! -e "$root$path" ] && [ ! -L "$root$path" ] || return 0
	mkdir -p "$root$(dirname "$path")"
	if [ -L "$path" ]; then
		to=$(readlink "$path")
		ln -sfn "$to" "$root$path"
		case $to in /*) ;; *) to=$(dirname "$path")/$to ;; esac
		pack_one "$to"
	elif [ -d "$path" ]; then
		cp -a "$path" "$root$(dirname "$path")"
	else
		cp "$path" "$root$path"
	fi
}

pack_file() {
	local file library
	for file; do
		[ -e "$file" ] || die "no $file"
		pack_one "$file"
		if [ -d "$file" ] || [ ! -x "$file" ]; then
			continue
		fi
		for library in $(libraries "$file"); do
			pack_one "$library"
		done
	done
}

# Programs by their names, as the host's PATH finds them.
pack_command() {
	local name path
	for name; do
		path=$(type -P "$name") || cannot "no $name"
		pack_file "$path"
	done
}

pack_test() {
	local line
	printf -v line '%s\t' "$@"
	echo "${line%$'\t'}" >>"$root/tests"
}

pack_end() {
	need cpio
	(cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$root.cpio"
	rm -rf "$root"
}
