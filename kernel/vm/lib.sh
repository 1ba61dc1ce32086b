# shellcheck shell=bash
# What the scripts of kernel/vm share: where things are, names of kernels, and
# the cache.  Sourced.
#
# A kernel is named SOURCE/ARCH/VARIANT: SOURCE 6.12 or 6.1, ARCH x86_64 or
# arm64, VARIANT plain, patched, fault:NAME or mutant:NAME (both over patched).
#
#	SIGPACT_CACHE	default ${XDG_CACHE_HOME:-~/.cache}/sigpact
#	SIGPACT_SERIES	the folder of the patch series, and of mutants and faults;
#			default kernel/
#	VM_JOBS		compilers, and guests, at a time; default: CPUs, at most 4
set -euo pipefail
shopt -s inherit_errexit

vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # who sources it uses it
top=$(cd "$vm/../.." && pwd -P)
series=${SIGPACT_SERIES:-$top/kernel}
cache=${SIGPACT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sigpact}
jobs=${VM_JOBS:-$(nproc)}
[ "$jobs" -le 4 ] || jobs=4
mkdir -p "$cache"

say() {
	echo "# $*" >&2
}

# Exit status 77: it cannot be had here, and why.
cannot() {
	echo "$(basename "$0"): $*" >&2
	exit 77
}

die() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || cannot "no $tool"
	done
}

# parse KERNEL: into source, arch and variant.
parse() {
	IFS=/ read -r source arch variant <<<"$1"
	case $source in 6.12 | 6.1) ;; *) die "no source '$source'" ;; esac
	case $arch in x86_64 | arm64) ;; *) die "no architecture '$arch'" ;; esac
	case $variant in
	plain | patched | fault:?* | mutant:?*) ;;
	*) die "no variant '$variant'" ;;
	esac
}

# patches SOURCE VARIANT: the files, in order.  A patch of the same name under
# kernel/SOURCE stands for the one in kernel/; so for faults and mutants.
patches() {
	local patch kind=${2%%:*}
	[ "$2" != plain ] || return 0
	for patch in "$series"/[0-9][0-9][0-9][0-9]-*.patch; do
		case $patch in */0000-*) continue ;; esac
		[ -e "$patch" ] || die "no series in $series"
		replaced "$1" "$patch" || return
	done
	[ "$kind" != patched ] || return 0
	patch=$series/${kind}s/${2#*:}.patch
	[ -e "$patch" ] || patch=$top/kernel/${kind}s/${2#*:}.patch
	[ -e "$patch" ] || die "no $patch"
	replaced "$1" "$patch"
}

# list_patches SOURCE VARIANT: into files.
# shellcheck disable=SC2034 # who calls it uses files
list_patches() {
	local list
	list=$(patches "$@") || return
	files=()
	[ -z "$list" ] || mapfile -t files <<<"$list"
}

# The numbers must agree, not the subjects.
replaced() {
	local name other
	name=$(basename "$2")
	case $name in
	[0-9][0-9][0-9][0-9]-*) name=${name%%-*}- ;;
	esac
	for other in "$(dirname "$2")/$1/$name"*; do
		if [ -e "$other" ]; then
			echo "$other"
			return
		fi
	done
	echo "$2"
}

# locked NAME COMMAND...: one at a time.
locked() {
	local name=$1
	shift
	(
		flock 8
		"$@" 8>&-
	) 8>"$cache/.lock-$name"
}
