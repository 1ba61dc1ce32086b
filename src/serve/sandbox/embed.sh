#!/bin/sh
# Makes a C source of files: sigpact__build_sources, in the order given.
#
#	src/serve/sandbox/embed.sh OUTPUT FILE...
set -eu
output=$1
shift
{
	echo '#include "build.h"'
	for file; do
		name=$(basename "$file")
		printf 'static const unsigned char source_%s[] = {' \
			"$(echo "$name" | tr . _)"
		od -An -v -tx1 "$file" | sed 's/ /,0x/g; s/^,//; s/$/,/'
		echo '};'
	done
	echo 'const struct build_source sigpact__build_sources[] = {'
	for file; do
		name=$(basename "$file")
		variable=source_$(echo "$name" | tr . _)
		printf '{ "%s", %s, sizeof %s },\n' "$name" "$variable" \
			"$variable"
	done
	echo '};'
} >"$output"
