#!/bin/sh
# The section FINDINGS of sigpact(1), made from the table in findings.c as
# `sigpact inspect --findings` prints it:
#
#	man/findings.sh SIGPACT		prints it
#	man/findings.sh SIGPACT PAGE	writes it into PAGE
set -eu

section() {
	"$1" inspect --findings | awk '
	BEGIN { print ".Bl -tag -width Ds" }
	$1 ~ /^SP[0-9]+$/ {
		id = $1; name = $2; severity = $3
		sub(/^ *[^ ]+ +[^ ]+ +[^ ]+ +/, "")
		gsub(/\\/, "\\e"); gsub(/-/, "\\-"); sub(/^[.'\'']/, "\\\\\\&&")
		print ".It " id " " name ", " severity
		print
		n++
	}
	END { print ".El"; exit !n }'
}

if [ $# -eq 1 ]; then
	section "$1"
	exit
fi
text=$(section "$1")
export text
awk '
	/^\.Sh/ && inside { print ENVIRON["text"]; inside = 0 }
	!inside
	/written by man\/findings\.sh/ { inside = 1 }' "$2" >"$2.new"
cat "$2.new" >"$2"
rm "$2.new"
