#!/usr/bin/env bash
# sigpact(1) from outside: what it refuses and how it says so, which status it
# ends with, and what it hands on to the program.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/peers/lib.sh"

plan 95
subject=$BUILD/tests/subject
library=$BUILD/libsigpact.so.0

# gives STATUS COMMAND...
gives() {
	local wanted=$1 status
	shift
	run 60 "$@"
	status=$?
	[ "$status" -eq "$wanted" ] && return
	echo "# status $status instead of $wanted"
	return 1
}

silent() {
	[ ! -s "$out/stderr" ]
}

# says TEXT...: one line on stderr, with each text in it.
says() {
	local text
	[ "$(wc -l <"$out/stderr")" -eq 1 ] || return
	for text; do
		grep -qF -- "$text" "$out/stderr" || return
	done
}

prints() {
	[ "$(cat "$out/stdout")" = "$1" ]
}

# refused RULE TEXT...: by the command and, where it may be there, in SIGPACT.
refused() {
	local rule=$1 shown=${1//$'\n'/?}
	shift
	gives 2 "$sigpact" run --rule "$rule" -- "$subject" args ran &&
		prints "" && says "sigpact run: --rule $shown: " "$@"
	ok $? "rule '$shown'"
	[[ $rule = *:* || $rule = "" || $rule = stats=* || $rule = report*=* ]] && return
	gives 0 env SIGPACT="$rule" LD_PRELOAD="$library" "$subject" args ran &&
		prints "[ran]" && says "$1" "(in SIGPACT; sigpact is off)"
	ok $? "SIGPACT=$shown"
}

refused frobnicate "'frobnicate' is no rule; expected owner, exclude, onstack"
refused onwer "'onwer' is no rule" "did you mean owner?"
refused exlude=PWR "'exlude' is no rule" "did you mean exclude?"
refused "" "'' is no rule"
refused owner=maybe "'maybe' is not 'on' or 'off'"
refused exclude "exclude needs a value: exclude=SIG[,SIG]"
refused exclude= "exclude needs a value: exclude=SIG[,SIG]"
refused exclude=PWT "'PWT' is no signal; expected names" "did you mean PWR?"
refused exclude=SIGUSR "'SIGUSR' is no signal" "did you mean USR1?"
refused exclude=PWR,,HUP "'' is no signal"
refused exclude=0 "'0' is no signal"
refused exclude=65 "'65' is no signal"
refused exclude=-1 "'-1' is no signal"
refused exclude=RTMIN+31 "'RTMIN+31' is no signal"
refused exclude=USR1,KILL "SIGKILL can be neither caught nor ignored"
refused exclude=19 "SIGSTOP can be neither caught nor ignored"
refused onstack "onstack needs a value: onstack=auto or =SIG[,SIG]"
refused onstack=atuo "'atuo' is no signal" "did you mean auto?"
refused keep=of "'of' is no signal" "did you mean off?"
refused altstack= "altstack needs a value: altstack=SIZE or =off"
refused altstack=4095 "'4095' is no size; expected bytes from 4096 to 1G"
refused altstack=2G "'2G' is no size"
refused altstack=64Q "'64Q' is no size"
refused altstack=99999999999999999999 "is no size"
refused log= "log: expected a file name of 1 to 255 bytes"
refused log="$(printf '%0300d' 0)" "log: expected a file name of 1 to 255"
refused "owner:exclude=PWR" "expected one rule without ':'"
refused stats=/tmp/x "'stats' is no rule"
refused $'own\ner' "'own?er' is no rule" "did you mean owner?"

gives 2 "$sigpact" run --rule && says "--rule needs a rule"
ok $? "--rule without a rule"
gives 2 "$sigpact" run --frobnicate -- "$subject" && says "--frobnicate is no option"
ok $? "an option that there is not"
gives 2 "$sigpact" run && says "expected a command to run"
ok $? "no command"
gives 2 "$sigpact" run --stats -- && says "expected a command to run"
ok $? "no command after --"
gives 2 "$sigpact" && prints "" && grep -q '^usage: sigpact' "$out/stderr"
ok $? "nothing at all: usage"
gives 2 "$sigpact" frobnicate && says "'frobnicate' is no command; expected"
ok $? "an unknown command"

helps() {
	gives 0 "$sigpact" "$@" && silent || return
	grep -q '^usage: sigpact' "$out/stdout"
}
helps --help && helps -h && helps help && helps run --help
ok $? "--help"
lists() {
	local word
	for word; do
		grep -qw -e "$word" "$out/stdout" || return
	done
}
lists owner exclude onstack altstack keep --log --stats --report
ok $? "run --help lists every rule"
gives 0 "$sigpact" --version && silent &&
	grep -qxE 'sigpact [0-9]+\.[0-9]+\.[0-9]+' "$out/stdout"
ok $? "--version"

gives 0 "$sigpact" run "$subject" args --stats -- --rule x '' 'a b' && silent &&
	prints "[--stats][--][--rule][x][][a b]"
ok $? "what follows the command is its own"
gives 127 "$sigpact" run -- --version && says "--version: "
ok $? "-- ends the options"

for status in 0 1 42 255; do
	gives "$status" "$sigpact" run -- "$subject" exit "$status" && silent &&
		gives "$status" "$sigpact" run --stats -- \
			"$subject" exit "$status"
	ok $? "the command's status $status"
done
gives 0 "$subject" status "$sigpact" run -- "$subject" kill 15 &&
	prints "signal 15"
ok $? "killed by a signal: so is sigpact, which it was"
gives 0 "$subject" status "$sigpact" run --stats -- "$subject" kill 15 &&
	prints "exit 143" && grep -q '^sigpact: signal ' "$out/stderr"
ok $? "under --stats: 128 + the signal"

gives 127 "$sigpact" run -- "$out/nothing" && says "$out/nothing: No such file"
ok $? "127: no such file"
gives 127 "$sigpact" run --stats -- frobnicate-37 &&
	grep -q '^sigpact run: frobnicate-37: No such file' "$out/stderr"
ok $? "127: not in PATH, under --stats too"
gives 126 "$sigpact" run -- "$out" && says "$out: "
ok $? "126: a folder"
echo text >"$out/text"
gives 126 "$sigpact" run -- "$out/text" && says "$out/text: Permission denied"
ok $? "126: not executable"
mkdir "$out/alone" "$out/a b"
cp "$sigpact" "$out/alone/sigpact"
gives 125 "$out/alone/sigpact" run -- "$subject" exit 0 &&
	says "libsigpact.so.0 is not beside sigpact"
ok $? "125: no library"
head -c 70000 /dev/zero >"$out/zeros"
gives 7 env SIGPACT="stats=$out/zeros" LD_PRELOAD="$library" "$subject" exit 7 &&
	head -c 70000 /dev/zero | cmp - "$out/zeros"
ok $? "what --stats hands down is not taken for another file"
refused lg "'lg' is no rule" "did you mean log?"
gives 2 "$sigpact" run --rule foo -- "$subject" && ! says "did you mean"
ok $? "a rule that is far from all has no suggestion"
cp "$sigpact" "$library" "$out/a b/"
gives 125 "$out/a b/sigpact" run -- "$subject" exit 0 &&
	says "no name with a space or a colon"
ok $? "125: one that LD_PRELOAD cannot name"

# Rules go to descendants, and what was preloaded stays.
gives 0 "$sigpact" run --rule exclude=PWR --rule keep=off -- \
	"$subject" child child child env SIGPACT &&
	prints "exclude=PWR:keep=off"
ok $? "rules reach a grandchild"
gives 0 "$sigpact" run -- "$subject" child child loaded && prints yes
ok $? "and so does the library"
cp "$library" "$out/other.so"
gives 0 env LD_PRELOAD="$out/other.so" "$sigpact" run -- \
	"$subject" env LD_PRELOAD && prints "$library:$out/other.so"
ok $? "LD_PRELOAD is added to"

(cd "$out/alone" && gives 0 "$sigpact" run --log=decisions -- "$subject" logs &&
	silent) && grep -q '^sigpact\[[0-9]*\]: .*(altstack)$' \
	"$out/alone/decisions"
ok $? "--log=FILE: beside the caller, wherever the program is"
gives 125 "$sigpact" run --log="$out/none/x" -- "$subject" exit 0 &&
	says "sigpact run: --log=$out/none/x: No such file or directory"
ok $? "--log=FILE: one that cannot be written is not run without"
gives 0 "$sigpact" run --log -- "$subject" logs && says "(altstack)"
ok $? "--log: on stderr"

# Programs that no loader takes the library into.
warned() {
	gives 7 "$sigpact" run -- "$1" exit 7 &&
		says "sigpact run: warning: $1 $2"
}
if gcc -static -o "$out/static" "$here/../contract/subject.c" \
	>"$out/gcc" 2>&1; then
	warned "$out/static" "is statically linked"
	ok $? "static: a warning, and it runs"
	PATH=$out:$PATH gives 7 "$sigpact" run -- static exit 7 &&
		says "warning: static is statically linked"
	ok $? "found by PATH too"
else
	ok 0 "static # SKIP gcc -static does not link here"
	ok 0 "static by PATH # SKIP gcc -static does not link here"
fi
cp "$subject" "$out/set"
chmod 6755 "$out/set"
gives 0 "$sigpact" run -- "$out/set" loaded && silent && prints yes
ok $? "set-user-ID of the caller's own: no warning, it works"
if [ "$(id -u)" -eq 0 ] && [ "$("$out/set" exit 7; echo $?)" -eq 7 ]; then
	chown 65534 "$out/set"
	chmod 4711 "$out/set"
	warned "$out/set" "is set-user-ID: the loader ignores LD_PRELOAD"
	ok $? "set-user-ID: a warning, and it runs"
	chown 0:65534 "$out/set"
	chmod 2711 "$out/set"
	warned "$out/set" "is set-group-ID: the loader ignores LD_PRELOAD"
	ok $? "set-group-ID: a warning, and it runs"
	gives 0 setpriv --no-new-privs "$sigpact" run -- "$out/set" loaded &&
		silent && prints yes
	ok $? "under no_new_privs it is an ordinary program: no warning"
else
	for what in set-user-ID set-group-ID no_new_privs; do
		ok 0 "$what # SKIP needs root"
	done
fi

# A signal that ends a program is for the program.
"$sigpact" run --stats -- "$subject" waits >"$out/stdout" 2>"$out/stderr" &
pid=$!
until grep -q ready "$out/stdout" || ! kill -0 "$pid"; do sleep 0.02; done
kill -INT "$pid"
kill -TERM "$pid"
wait "$pid"
status=$?
[ "$status" -eq 143 ] && grep -q '^sigpact: signal ' "$out/stderr"
ok $? "under --stats SIGTERM is passed on, SIGINT is not heeded"
finish
