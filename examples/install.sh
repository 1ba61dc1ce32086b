#!/bin/sh
# Installs what is missing of some Debian packages, as root or by sudo, and
# says so:
#
#	examples/install.sh PACKAGE=FILE...
#
# FILE, a path or a command, tells that the package is there, by whatever way.
# Exit status: 0, or 1 when it cannot be done.
set -u

fail() {
	echo "cannot install $missing: $1" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

missing=
for pair; do
	[ -e "${pair#*=}" ] || command -v "${pair#*=}" >/dev/null ||
		missing="$missing ${pair%%=*}"
done
missing=${missing# }
[ -n "$missing" ] || exit 0
echo "installing: $missing"
command -v apt-get >/dev/null || fail "there is no apt-get here"
[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
	fail "neither root nor sudo"
as_root apt-get update -qq || fail "apt-get update failed"
# shellcheck disable=SC2086 # one word a package
as_root apt-get install -y -qq --no-install-recommends $missing ||
	fail "apt-get failed"
