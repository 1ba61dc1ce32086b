#!/usr/bin/env bash
# sigpact heal from outside: what it refuses, in one line and with nothing
# changed; and that a journal takes back what was done, once.
# shellcheck source=tests/heal/lib.sh
. "$(dirname "$0")/lib.sh"

plan 49
needs_python json

# Two things to mend: an alternate stack that is too small (SP003), and, for a
# program of this name, SIGPIPE at its default (SP010).
cp "$BUILD/tests/findings-victim" "$out/node"
start "$out/node" SP003 bad || echo "Bail out! no victim"
state "$victim" >"$out/before"
grep -q '^13 0x0 ' "$out/before" || echo "Bail out! SIGPIPE is not its default"

# unchanged WHAT: it ended so, and the process is as it was.
unchanged() {
	[ $? -eq 0 ] && state "$victim" >"$out/now" &&
		cmp "$out/before" "$out/now" >>"$out/stderr" 2>&1
	ok $? "$1"
}

# says TEXT [ARGUMENT]...: status 2, nothing but one line, which has TEXT.
says() {
	local text=$1
	shift
	heal 2 "$@" && [ ! -s "$out/stdout" ] &&
		[ "$(wc -l <"$out/stderr")" -eq 1 ] &&
		grep -q -- "^sigpact heal: .*$text" "$out/stderr"
	ok $? "bad input:${*:+ ${*//[![:print:]]/?}}"
}

sleep 0.01 &
dead=$!
wait "$dead"
says 'expected a process: sigpact heal PID'
says 'expected a process: sigpact heal PID' --yes
says '0 is no process number' 0 --yes
says '\-1 is no process number' -1 --yes
says "'bash' is no process number" bash --yes
says "'' is no process number" '' --yes
says 'there is no process' "$dead" --yes
says 'there is no process' 2147483647 --yes
says "'.x1b\[31m' is no process number" $'\x1b[31m'
says "'SP00' is no finding; expected .*--findings" "$victim" --yes SP00
says "'SP3' is no finding; did you mean SP003?" "$victim" --yes SP3
says "'sp0010' is no finding; did you mean SP010?" "$victim" --yes sp0010
says "'sigpipe-los' is no finding; did you mean sigpipe-lost?" "$victim" \
	--yes SP003 sigpipe-los
says "'sigpipe' is no finding; did you mean sigpipe-lost?" "$victim" --yes \
	sigpipe
says "'altstack-to-smal' is no finding; did you mean altstack-too-small?" \
	"$victim" --yes altstack-to-smal
says "'.x1b\[31m' is no finding" "$victim" --yes $'\x1b[31m'
says "'$dead' is no finding; one process at a time" "$victim" "$dead" --yes
says "--frob is no option" "$victim" --frob --yes
says '--load and --no-load' --load --no-load "$victim" --yes
says '--undo takes back all' --undo=/dev/null --yes "$victim"
says '--undo needs a file' "$victim" --undo

# What can be told of a process, and nothing is done without --yes.
heal 1 "$victim" && grep -q '^SP003 altstack-too-small: ' "$out/stdout" &&
	grep -q '^SP010 sigpipe-lost: ' "$out/stdout" &&
	grep -q "sigpact heal $victim --yes" "$out/stdout" &&
	[ ! -s "$out/stderr" ]
unchanged "the plan is shown; nothing was done by that, nor by bad input"
heal 1 "$victim" --no-load sp003 altstack-no-guard &&
	[ "$(grep -c '^SP' "$out/stdout")" -eq 1 ] &&
	grep -qx "Do it:       sigpact heal $victim --no-load sp003 $(
		)altstack-no-guard --yes >journal" "$out/stdout" &&
	heal 1 "$victim" --load SP003 &&
	grep -q "sigpact heal $victim --load SP003 --yes >journal$" "$out/stdout"
ok $? "what does it does the same plan"
heal 0 "$victim" --yes SP011 && [ ! -s "$out/stdout" ] &&
	grep -q "nothing to mend" "$out/stderr"
ok $? "a finding that it does not show"

# What heal never mends is told, with what cures it; it is left to mend only for
# who asked for it.
start "$BUILD/tests/findings-victim" SP007 bad
heal 0 "$victim" && grep -q '^SP007 altstack-some-threads' "$out/stdout" &&
	grep -q 'not mended by heal: .*sigpact_altstack_arm' "$out/stdout" &&
	! grep -qE 'Do it|sigpact heal' "$out/stdout"
ok $? "a finding that heal does not mend: what to do, no command that does not"
heal 0 "$victim" --yes && [ ! -s "$out/stdout" ] &&
	grep -q 'SP007.* not mended by heal: .*sigpact_altstack_arm' "$out/stderr"
ok $? "it is not counted by --yes"
heal 1 "$victim" --yes SP007 && [ ! -s "$out/stdout" ] &&
	grep -q 'not mended by heal: .*sigpact_altstack_arm' "$out/stderr" &&
	heal 1 "$victim" --yes --load SP007 &&
	grep -q 'not mended by heal: .*sigpact_altstack_arm' "$out/stderr"
ok $? "it is, when it was asked for"
victim=${started[0]}

# Journals.
says 'none: No such file' "$victim" --undo="$out/none"
says 'Is a directory' "$victim" --undo="$out"
: >"$out/empty"
says 'no line of a journal' "$victim" --undo="$out/empty"
says 'no line of a journal' "$victim" --undo="$sigpact"
says 'no line of a journal' "$victim" --undo=/dev/zero
start "$out/node" SP003 bad
other=$victim
victim=${started[0]}
heal 0 "$other" --yes && cp "$out/stdout" "$out/others" &&
	[ "$(wc -l <"$out/others")" -eq 2 ]
ok $? "a journal, of another process"
says "nothing there was done to this process $victim" "$victim" \
	--undo="$out/others"

heal 0 "$victim" --yes && cp "$out/stdout" "$out/journal" &&
	[ "$(wc -l <"$out/journal")" -eq 2 ] &&
	[ "$(grep -c ': done$' "$out/stderr")" -eq 2 ] &&
	state "$victim" >"$out/healed" && ! cmp -s "$out/before" "$out/healed" &&
	grep -q '^13 0x1 ' "$out/healed"
ok $? "--yes: two changes, two lines"
cp "$out/before" "$out/pristine"
cp "$out/healed" "$out/before"

# From here nothing may be changed of what heal did, until it is all undone.
# broken NAME COMMAND...: says so of a journal that COMMAND changed.
broken() {
	local name=$1
	shift
	"$@" <"$out/journal" >"$out/broken"
	says "line .* is not as heal printed it" "$victim" --undo="$out/broken"
}
broken "cut in a number" head -c -3
broken "its last newline lost" head -c -1
broken "a digit changed" sed '1s/ 4096 / 4097 /; 1s/ 1000 / 2000 /'
broken "a word changed" sed '2s/action/altion/'
broken "words after it" sed '1s/$/ x/'
# every place at which it can be cut
bad=0 size=$(wc -c <"$out/journal") first=$(head -n 1 "$out/journal" | wc -c)
for ((i = 1; i < size; i += 23)); do
	[ "$i" -eq "$first" ] && continue
	head -c "$i" "$out/journal" >"$out/broken"
	heal 2 "$victim" --undo="$out/broken" || bad=1
done
[ "$bad" -eq 0 ]
unchanged "cut anywhere: status 2; what heal did stands after all of them"

cp "$out/pristine" "$out/before"
# what heal said to people may stand between, and the journals of others
{
	echo 'sigpact heal: ignore SIGPIPE: done'
	cat "$out/others" "$out/journal"
} >"$out/all"
heal 0 "$victim" --undo="$out/all" && [ ! -s "$out/stdout" ]
unchanged "--undo: as it was"
says "was taken back already" "$victim" --undo="$out/all"
heal 0 "$other" --undo=- <"$out/all" && ! state "$other" | grep -q '^13 0x1 '
ok $? "--undo=- reads standard input"

# Another user's process: what may not be done, and what to type.
other() {
	(cd / && setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$out/sigpact" "$@") >"$out/stdout" 2>"$out/stderr"
}
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$out"
	cp "$sigpact" "$sigpact-commands" "$BUILD/libsigpact.so.0" "$out/"
	for words in "$victim --yes" "$victim" \
		"$victim --undo=$out/journal"; do
		# shellcheck disable=SC2086 # words
		other heal $words
		[ $? -eq 2 ] && [ ! -s "$out/stdout" ] && grep -q "^sigpact heal: $victim\
 (node) belongs to user 0, you are 65534; type: sudo sigpact heal $victim$" \
			"$out/stderr" && [ "$(wc -l <"$out/stderr")" -eq 1 ]
		ok $? "another user: heal $words"
	done
	other inspect "$victim" && [ ! -s "$out/stderr" ] &&
		grep -q '^No findings in what could be seen of' "$out/stdout" &&
		grep -q "to see all  sudo sigpact inspect $victim" "$out/stdout"
	unchanged "another user: what inspect could not see, and that it could not"
else
	for i in 1 2 3 4; do skip "another user" "not root"; done
fi

# A journal that cannot be written is no reason to leave a change behind.
heal() {
	local expected=$1 status=0
	shift
	"$sigpact" heal "$@" >/dev/full 2>"$out/stderr" || status=$?
	[ "$status" -eq "$expected" ]
}
heal 2 "$victim" --yes &&
	grep -q 'cannot write the journal: No space left on device' "$out/stderr"
unchanged "a full disk: it is taken back"
finish
