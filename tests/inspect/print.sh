#!/usr/bin/env bash
# What inspect prints of records that were made by hand: each form is valid, and
# says what the record says.
# shellcheck source=tests/inspect/lib.sh
. "$(dirname "$0")/lib.sh"

plan 16
needs_python jsonschema prometheus_client.openmetrics.parser
print=$BUILD/tests/print

# printed FORM: its output, in $out/stdout.
printed() {
	"$print" "$1" >"$out/stdout" 2>"$out/stderr" && [ ! -s "$out/stderr" ]
}

printed text && diff "$inspect_dir/print.txt" "$out/stdout" >"$out/stderr"
ok $? "text"

! LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')" "$inspect_dir/print.txt"
ok $? "no name of a process commands the terminal"

printed color && sed 's/\x1b\[[0-9;]*m//g' "$out/stdout" |
	diff "$inspect_dir/print.txt" - >"$out/stderr"
ok $? "in colour, the same text"

# each line ends plain, so that one that is cut off colours no other
awk '{ on = 0
	while (match($0, /\033\[[0-9;]*m/)) {
		on = substr($0, RSTART, RLENGTH) != "\033[0m"
		$0 = substr($0, RSTART + RLENGTH)
	}
	bad += on } END { exit bad }' "$out/stdout" && grep -q $'\x1b' "$out/stdout"
ok $? "each line ends without colour"

printed verbose
[ "$(grep -c '  default' "$out/stdout")" -eq 59 ] &&
	[ "$(grep -cE '^  47[0-9]{2} ' "$out/stdout")" -eq 6 ] &&
	grep -q 'SA_RESTORER' "$out/stdout"
ok $? "--verbose: 64 actions, each thread"

printed brief
grep -qx '3 findings in 4711 .*' "$out/stdout" &&
	grep -qx 'No findings in 1 process' "$out/stdout" &&
	grep -qxE ' *PID +NAME +WAY +THREADS +HANDLERS' "$out/stdout" &&
	grep -qxE ' *99 +dark +proc +1 +1' "$out/stdout" &&
	! grep -q '^Process' "$out/stdout"
ok $? "for many, a process without findings is a line"

printed json && valid_json <"$out/stdout" >"$out/stderr" 2>&1
ok $? "JSON, by the schema"

said='[a for a in it["processes"][0]["actions"] if a["disposition"] != "default"]
	== [
	{"signal": 10, "name": "SIGUSR1", "disposition": "handler",
	 "handler": "0x400123", "flags": "0x14000004",
	 "flag_names": ["SA_SIGINFO", "SA_RESTORER", "SA_RESTART"],
	 "mask": ["SIGUSR1"], "restorer": "0x400f00",
	 "owner": "/opt/my app/ser%ver", "symbol": "on_usr1", "offset": "0x23",
	 "build_id": "00ff"},
	{"signal": 11, "name": "SIGSEGV", "disposition": "handler",
	 "handler": "0x600000", "flags": "0x4c000004",
	 "flag_names": ["SA_SIGINFO", "SA_RESTORER", "SA_ONSTACK", "SA_NODEFER"],
	 "mask": [a["name"] for a in it["processes"][0]["actions"]],
	 "restorer": "0x400f00"},
	{"signal": 13, "name": "SIGPIPE", "disposition": "ignored",
	 "handler": "0x1", "flags": "0x4000000", "flag_names": ["SA_RESTORER"],
	 "mask": [], "restorer": "0x400f00"},
	{"signal": 30, "name": "SIGPWR", "disposition": "handler",
	 "handler": "0x7f000006f9e8", "flags": "0xc000004",
	 "flag_names": ["SA_SIGINFO", "SA_RESTORER", "SA_ONSTACK"], "mask": [],
	 "restorer": "0x400f00", "owner": "/usr/lib/libpeer.so",
	 "offset": "0x6f9e8"},
	{"signal": 34, "name": "SIGRTMIN", "disposition": "handler",
	 "handler": "0x700010", "flags": "0x100000004",
	 "flag_names": ["SA_SIGINFO", "0x100000000"], "mask": [],
	 "restorer": "0x0"}]'
json "(${said//$'\n'/ })" <"$out/stdout" >"$out/stderr" 2>&1
ok $? "JSON has the actions"

said='[it["processes"][0]["threads"][i] for i in (0, 1, 4)] == [
	{"tid": 4711, "name": "ser\\x1b[31m\"\\ver", "state": "S",
	 "stack": "native", "stack_low": "0x7ffc00000000",
	 "stack_high": "0x7ffc00800000", "blocked": [], "pending": [],
	 "alternate_stack": None},
	{"tid": 4712, "name": "worker-1", "state": "S", "stack": "foreign",
	 "sp": "0x7f1000", "pc": "0x400100", "thread_pointer": "0x7f2000",
	 "blocked": ["SIGUSR1"], "pending": [], "excluded": ["SIGPWR"],
	 "alternate_stack": {"base": "0x7f0000200000", "size": 16384,
	  "flags": "0x0", "flag_names": [], "used": 4096, "mapped": True,
	  "writable": True, "guard": True}},
	{"tid": 4721, "name": "gone", "state": "R", "stack": "alternate",
	 "blocked": [a["name"] for a in it["processes"][0]["actions"]
		if a["signal"] not in (9, 19)],
	 "pending": ["SIGPWR", "SIGRTMIN+3"],
	 "alternate_stack": {"base": "0x7f0000500000", "size": 8192,
	  "flags": "0x80000001", "flag_names": ["SS_ONSTACK", "SS_AUTODISARM"],
	  "mapped": False, "writable": False, "guard": False}}]'
json "(${said//$'\n'/ })" <"$out/stdout" >"$out/stderr" 2>&1
ok $? "JSON has the threads"

json '(set(it["processes"][1]) & {"actions", "frame_size"} == set()
	and it["processes"][1]["threads"] == [{"tid": 99, "name": "dark",
	"state": "S", "stack": "unknown"}]
	and it["processes"][1]["why_not"] == "ptrace: not permitted")' \
	<"$out/stdout" >"$out/stderr" 2>&1
ok $? "JSON is silent on what was not seen"

printed sarif && valid_sarif <"$out/stdout" >"$out/stderr" 2>&1
ok $? "SARIF, by what the specification says"

if find_sarif_schema; then
	valid_sarif <"$out/stdout" >"$out/stderr" 2>&1
	ok $? "SARIF, by its schema"
else
	case_number=$((case_number + 1))
	echo "ok $case_number - SARIF, by its schema # SKIP npm has no schema"
fi

json '([(r["ruleId"], r["level"],
	r["locations"][0]["logicalLocations"][0]["fullyQualifiedName"])
	for r in it["runs"][0]["results"]] == [
	("SP001", "error", "process 4711/thread 4712/SIGPWR"),
	("SP002", "warning", "process 4711/thread 4712"),
	("SP003", "note", "process 4711/SIGRTMIN+3")]
	and it["runs"][0]["results"][0]["locations"][0]["physicalLocation"] ==
	{"artifactLocation": {"uri": "file:///opt/my%20app/ser%25ver"},
	 "address": {"absoluteAddress": 0x7f000006f9e8}}
	and it["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]
	["message"]["text"] == "5 (other): belongs to user 7")' \
	<"$out/stdout" >"$out/stderr" 2>&1
ok $? "SARIF has the findings, and who was missed"

printed openmetrics && valid_openmetrics <"$out/stdout" >"$out/stderr" 2>&1 &&
	grep -qxF 'sigpact_relocated_total{pid="4711",name="ser\\x1b[31m\"\\ver",signal="SIGPWR"} 396' \
		"$out/stdout" &&
	grep -qxF 'sigpact_processes_missed 1' "$out/stdout"
ok $? "OpenMetrics"

# A collector that reads all the time never sees half a file, and a file that
# cannot be replaced stays.
whole() {
	local i bad=0 file=$out/dir/sigpact.prom stop=$out/stop
	mkdir "$out/dir"
	"$print" "$file" || return
	while [ ! -e "$stop" ]; do
		tail -n 1 "$file" | grep -qx '# EOF' || return 1
		ls "$out/dir"/*.prom
	done >"$out/read" &
	for ((i = 0; i < 100; i++)); do
		"$print" "$file" || bad=1
	done
	touch "$stop"
	wait $! && [ $bad -eq 0 ] && [ "$(sort -u "$out/read")" = "$file" ] &&
		[ "$(ls -A "$out/dir")" = sigpact.prom ] &&
		[ "$(stat -c %a "$file")" = "$(printf %o $((0666 & ~$(umask))))" ] &&
		mkdir "$out/dir/taken" && touch "$out/dir/taken/x" &&
		! "$print" "$out/dir/taken" 2>"$out/stderr" &&
		[ "$(ls -A "$out/dir")" = $'sigpact.prom\ntaken' ]
}
# What is opened for writing is no *.prom, and becomes one by its name alone.
by_name() {
	local file=$out/dir/sigpact.prom
	ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -o "$out/stdout" \
		-e trace=openat,rename "$print" "$file" 2>"$out/stderr" &&
		! grep -qE 'openat\(.*\.prom", [^)]*O_(RDWR|WRONLY)' "$out/stdout" &&
		grep -qE "^rename\\(\"$file\\.[^\"]*\", \"$file\"\\) = 0" \
			"$out/stdout"
}
whole
ok $? "--openmetrics=FILE: whole at any moment, nothing left behind"

if command -v strace >/dev/null; then
	by_name
	ok $? "--openmetrics=FILE: renamed"
else
	skip_rest "no strace"
fi
finish
