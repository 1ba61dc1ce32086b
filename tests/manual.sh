#!/usr/bin/env bash
# The manual against the code: what is declared, exported, parsed, logged and
# printed is in the pages, and nothing else; the example compiles and runs.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 28
man=$top/man
header=$top/include/sigpact.h
library=$BUILD/libsigpact.so.0

# same FILE...: the same lines in all, and some.
same() {
	local file
	: >"$out/stdout"
	for file; do
		sort -o "$file" "$file"
		[ -s "$file" ] || echo "$file is empty" >>"$out/stdout"
		diff "$1" "$file" >>"$out/stdout"
	done
	[ ! -s "$out/stdout" ]
}

# section PAGE NAME: the lines of one section.
section() {
	awk -v name="$2" '/^\.Sh/ { in_it = $0 == ".Sh " name; next } in_it' \
		"$man/$1"
}

# text FILE: words that a page or C source has, on one line.
text() {
	tr -s '\t\n ' ' ' <"$1"
}

# contract: of each function in the header "name<TAB>comment before it", on
# one line, less the marks of the comment.
contract() {
	awk '
	/^\/\*/ { comment = "" }
	{ line = $0; gsub(/^\/\*|\*\/.*$/, "", line); comment = comment " " line }
	/^[a-z].*[ *]sigpact_[a-z_]*\(/ {
		sub(/\(.*/, ""); sub(/.*[ *]/, "")
		gsub(/[ \t]+/, " ", comment)
		sub(/\. [a-z][a-z_ *]*sigpact_[a-z_]*\(.*/, ".", comment)
		print $0 "\t" comment
		comment = ""
	}' "$header"
}
contract >"$out/contract"

need() {
	command -v "$1" >/dev/null || skip_rest "no $1"
}
need mandoc

mandoc -T lint -W warning "$man"/*.[1-9] >"$out/stdout" 2>"$out/stderr" &&
	[ ! -s "$out/stdout" ]
ok $? "mandoc has no warning"

cut -f 1 "$out/contract" >"$out/declared"
nm -D --defined-only "$library" |
	sed -n 's/.* T \(sigpact_[a-z_]*\)@@SIGPACT_0\.1$/\1/p' >"$out/exported"
section sigpact.3 NAME | sed -n 's/^\.Nm \([a-z_]*\).*/\1/p' >"$out/named"
section sigpact.3 SYNOPSIS | sed -n 's/^\.Fn \([a-z_]*\).*/\1/p' >"$out/shown"
(cd "$BUILD/man" && ls sigpact_*.3) | sed 's/\.3$//' >"$out/linked"
same "$out/declared" "$out/exported" "$out/named" "$out/shown" "$out/linked"
ok $? "functions: header, library, sigpact(3) and its links"

# A prototype that differs is an error.
{
	echo '#include <sigpact.h>'
	section sigpact.3 SYNOPSIS | sed -n '
		s/^\.Ft "*\([^"]*\)"*$/\1/p
		/^\.Fn/ {
			s/^\.Fn \([a-z_]*\) /\1(/
			s/" "/, /g
			s/"//g
			s/$/);/p
		}'
} >"$out/synopsis.c"
[ "$(grep -c ');$' "$out/synopsis.c")" -eq "$(wc -l <"$out/declared")" ] &&
	gcc -Wall -Wextra -Werror -I "$top/include" -fsyntax-only \
		"$out/synopsis.c" >"$out/stdout" 2>"$out/stderr"
ok $? "prototypes in sigpact(3) are the header's"

awk -F '\t' '{
	while (match($2, /-E[A-Z]+/)) {
		print $1, substr($2, RSTART + 1, RLENGTH - 1)
		$2 = substr($2, RSTART + RLENGTH)
	}
}' "$out/contract" | sort -u >"$out/promised"
section sigpact.3 ERRORS | awk '
	/^\.It Bq Er/ { error = $4 }
	/^\.Fn/ { print $2, error }' | sort -u >"$out/listed"
same "$out/promised" "$out/listed"
ok $? "each errno that the header names, under each function, and no other"

# attributes(7) and glibc's manual, "POSIX Safety Concepts"
word='(init|race|const|sig|term|timer|locale|env|hostid|cwd|heap|lock|corrupt|dlopen|plugin|i18n|fd|mem)(:[a-z]+)?'
remark='( \([^)]+\))?'
safe() {
	echo "$1-(Safe|Unsafe( $word$remark)+)"
}
! grep -vE "^sigpact_[a-z_]*	.* Safety: $(safe MT), $(safe AS), $(safe AC)\. *\$" \
	"$out/contract" >"$out/stdout"
ok $? "each comment in the header ends with its Safety: line"

nm --defined-only "$BUILD/libcore.a" 2>"$out/stderr" |
	sed -n 's/.* T //p' | sort -u >"$out/core"
grep 'Safety: .*AS-Safe' "$out/contract" | cut -f 1 | sort >"$out/as-safe"
[ -s "$out/as-safe" ] &&
	comm -23 "$out/as-safe" "$out/core" >"$out/stdout" &&
	[ ! -s "$out/stdout" ]
ok $? "what is AS-Safe lives in core"

sed 's/	.* Safety: /	/; s/ ([^)]*)//g; s/\. *$//; s/, /	/g' \
	"$out/contract" >"$out/safety"
section sigpact.3 ATTRIBUTES |
	sed -n 's/^\.It Fn //p' | sed 's/ Ta /	/g' >"$out/table"
same "$out/safety" "$out/table"
ok $? "the table in sigpact(3) is the header's"

# fields FILE
fields() {
	sed -n '/^struct sigpact_counts/,/^};/s/.*uint64_t \([a-z_]*\);.*/\1/p' "$1"
}
fields "$header" >"$out/fields"
fields "$man/sigpact.3" >"$out/fields-shown"
same "$out/fields" "$out/fields-shown"
ok $? "the fields of struct sigpact_counts"

sed -n 's/^#define \(SIGPACT_PR_[A-Z_]*\) \(0x[0-9a-f]*\).*/\1 \2/p' \
	"$header" >"$out/options"
section sigpact.7 "PRCTL OPTIONS" |
	sed -n 's/^\.It Dv \([A-Z_]*\) Ta \(0x[0-9a-f]*\).*/\1 \2/p' \
		>"$out/options-shown"
same "$out/options" "$out/options-shown"
ok $? "numbers of the prctl options"

# Rules: those that rules.c knows, wherever a person may look.
sed -n '/keys\[\] = {/,/};/p' "$top/src/host/rules.c" |
	grep -o '"[a-z]*"' | tr -d '"' >"$out/parsed"
section sigpact.7 RULES | sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' |
	sort -u >"$out/explained"
"$sigpact" run --help >"$out/help"
sed -n '/^Rules:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p' "$out/help" |
	sort -u >"$out/helped"
bash --norc -c '. "$1"; COMP_WORDS=(sigpact run --rule ""); COMP_CWORD=3
	_sigpact; printf "%s\n" "${COMPREPLY[@]%=}"' \
	bash "$top/src/cli/completion.bash" >"$out/completed" 2>"$out/stderr"
same "$out/parsed" "$out/explained" "$out/helped" "$out/completed"
ok $? "rules: parser, sigpact(7), --help and completion"

# forms: what is before '|', what is behind, without and with what is in [].
sed -n '/^Rules:/,/^$/s/^  \([a-z][^ ]*\).*/\1/p' "$out/help" |
	sed 's/^\([a-z]*=\)\(.*\)|\(.*\)/\1\2\n\1\3/' |
	sed -n 'h; s/\[[^]]*\]//gp; g; s/[][]//g; p' |
	sed "s/SIG/PWR/; s/SIG/USR1/; s/SIZE/64K/; s|FILE|$out/log|" >"$out/forms"
takes_all() {
	local form
	[ "$(wc -l <"$out/forms")" -gt "$(wc -l <"$out/parsed")" ] || return
	while read -r form; do
		"$sigpact" run --rule "$form" -- true \
			>"$out/stdout" 2>"$out/stderr" || return
	done <"$out/forms"
}
takes_all
ok $? "sigpact takes each form of a rule that --help shows"

sed -n '/struct option options/,/};/s/.*{ "\([a-z]*\)".*/\1/p' \
	"$top/src/cli/run.c" >"$out/taken"
sed -n '/^Options:/,/^$/s/^  --\([a-z]*\).*/\1/p' "$out/help" >"$out/offered"
# described COMMAND: the options that sigpact(1) lists, less the values in them.
described() {
	awk -v "name=.Cm $1" '
	/^The options of/ { asked = 1; next }
	asked { on = $0 == name; asked = 0; depth = 0 }
	/^\.Bl/ { depth++ }
	/^\.El/ && !--depth { on = 0 }
	on && depth == 1 && /^\.It Fl -/ { print substr($3, 2) }' \
		"$man/sigpact.1"
}
described run >"$out/described"
same "$out/taken" "$out/offered" "$out/described"
ok $? "options of run: parser, --help and sigpact(1)"

for command in inspect heal trace report hunt check exercise; do
	sed -n '/struct option options/,/};/s/.*{ "\([a-z-]*\)".*/\1/p' \
		"$top/src/cli/$command.c" >"$out/taken"
	"$sigpact" $command --help >"$out/help"
	sed -n '/^Options:/,/^$/s/^  --\([a-z-]*\).*/\1/p' "$out/help" \
		>"$out/offered"
	described $command >"$out/described"
	same "$out/taken" "$out/offered" "$out/described"
	ok $? "options of $command: parser, --help and sigpact(1)"
done

"$sigpact" exercise --list | grep -oE '^[a-z]+' >"$out/families"
sed -n '/^\.Ss exercise/,/^\.S[hs] [^e]/p' "$man/sigpact.1" |
	sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' >"$out/described"
same "$out/families" "$out/described"
ok $? "families of exercise: the table and sigpact(1)"

"$man/findings.sh" "$sigpact" >"$out/generated" 2>"$out/stderr"
section sigpact.1 FINDINGS | grep -v '^\.\\"' |
	diff "$out/generated" - >"$out/stdout"
ok $? "findings: the table and sigpact(1); man/findings.sh writes it"

# What --log writes: each format, a value being any word of the page.
for source in "$top"/src/{host,preload}/*.c; do
	text "$source" | sed 's/" "//g' | grep -o 'sigpact__log("[^"]*"'
done | sed 's/^[^"]*"\(.*\)"$/\1/' >"$out/formats"
mandoc -T ascii -O width=900 "$man/sigpact.7" 2>"$out/stderr" |
	sed 's/.\x08//g' >"$out/page"
text "$out/page" >"$out/words"
missing() {
	while IFS= read -r line; do
		grep -qE -- "$line" "$out/words" || echo "missing: $line"
	done
}
escape() {
	sed 's/[][().*+?{}|^$\\]/\\&/g' "$1"
}
escape "$out/formats" | sed 's/%[a-zA-Z]/[^ ]+/g' | missing >"$out/stdout"
[ "$(wc -l <"$out/formats")" -ge 5 ] && [ ! -s "$out/stdout" ]
ok $? "each line of the log is in sigpact(7)"

{
	text "$top/src/host/log.c" | sed 's/" "//g' |
		grep -o '\[KEPT_[A-Z_]*\] = "[^"]*"'
	sed -n '/ whys\[.*{$/,/};/p' "$top/src/host/signame.c" | grep -o '"[^"]*"'
} | sed 's/^[^"]*"\(.*\)"$/\1/' >"$out/reasons"
escape "$out/reasons" | sed 's/.*/"&"/' | missing >"$out/stdout"
[ "$(wc -l <"$out/reasons")" -ge 10 ] && [ ! -s "$out/stdout" ]
ok $? "each reason to stay on the alternate stack is in sigpact(7)"

grep -oE '"(is|has) [a-zA-Z -]*"' "$top/src/cli/target.c" | tr -d '"' \
	>"$out/warnings"
text "$man/sigpact.1" >"$out/words"
missing <"$out/warnings" >"$out/stdout"
[ "$(wc -l <"$out/warnings")" -ge 4 ] && [ ! -s "$out/stdout" ]
ok $? "each warning of run is in sigpact(1)"

# literal N: what a reader sees of the Nth display among the examples.
literal() {
	section sigpact.3 EXAMPLES | awk -v n="$1" '
		/^\.Bd/ { block++; open = 1; next }
		/^\.Ed/ { open = 0 }
		open && block == n' |
		sed 's/\\e/\\/g; s/\\-/-/g; s/\\&//g'
}
# example N: the Nth display, and what the one behind it says that it prints.
example() {
	literal "$1" >"$out/example.c"
	literal $(($1 + 1)) >"$out/says"
	gcc -Wall -Wextra -Wpedantic -Werror -I "$top/include" \
		-o "$out/example" "$out/example.c" "$library" \
		-Wl,-rpath,"$BUILD" >"$out/stdout" 2>"$out/stderr"
	ok $? "example $1 in sigpact(3) compiles without a warning"

	"$out/example" >"$out/stdout" 2>"$out/stderr" &&
		[ -s "$out/says" ] && diff "$out/says" "$out/stdout" \
		>"$out/stderr"
	ok $? "and prints what the page says"
}
example 1
example 3
finish
