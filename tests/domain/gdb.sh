#!/usr/bin/env bash
# A debugger's frames: in code that a tick parks, and at each instruction of a
# park's way to its caller.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "$0")/../peers/lib.sh"

plan 2
command -v gdb >/dev/null || skip_rest "no gdb"

# debug PROGRAM: by the commands in stdin.
debug() {
	{
		printf 'set %s\n' 'pagination off' 'width 0' \
			'debuginfod enabled off' 'breakpoint pending on'
		echo 'handle SIGALRM nostop noprint pass'
		cat
	} >"$out/commands"
	run 120 gdb -nx -batch -x "$out/commands" "$BUILD/tests/$1" </dev/null
}

# functions: of the frames, from the innermost out, on one line.
functions() {
	sed -nE 's/^#[0-9]+ +(0x[0-9a-f]+ in )?([a-z_]+) \(.*/\2/p' \
		"$out/stdout" | paste -sd ' '
}

debug domain-tick <<'GDB'
break sigpact_domain_park
run
bt
GDB
functions | grep -q '^sigpact_domain_park ticked compute .*sigpact_domain_call .*main$'
ok $? "a tick: from the park through the code it interrupted to main"

debug domain-park <<'GDB'
break counts
run
break sigpact_context_switch
continue
set $i = 0
while $i < 24
  bt -1
  stepi
  set $i = $i + 1
end
GDB
[ "$(functions | tr ' ' '\n' | grep -cx main)" -eq 24 ]
ok $? "a switch: at each instruction main is the outermost frame"
finish
