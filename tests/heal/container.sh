#!/usr/bin/env bash
# A hung program in namespaces of its own, where other files have its files'
# names or none: inspect tells its functions, and heal brings it back to life.
# shellcheck source=tests/heal/lib.sh
. "$(dirname "$0")/lib.sh"

plan 9
needs_python json
peer host go
# The root folder: the program under a name that is another program's outside,
# and what its loader needs.
root=$out/root
mkdir -p "$root/proc" "$root/usr/bin" "$root/tmp"
cp "$peers/host" "$root/usr/bin/env"
cp "$peers/libpeer.so" "$root/usr/bin/"
for lib in $(ldd "$peers/host" "$peers/libpeer.so" |
	grep -o '/[^ ]*' | grep -v ':$' | sort -u); do
	mkdir -p "$root$(dirname "$lib")"
	cp "$lib" "$root$lib"
done

# hang: the program, by its number out here in $victim, hangs.
hang() {
	local outer i
	rm -f "$out/said" "$out/number"
	"$BUILD/tests/contain" "$root" /usr/bin/env /usr/bin/libpeer.so \
		>"$out/said" 2>"$out/number" &
	outer=$!
	started+=("$outer")
	for ((i = 0; i < 200; i++)); do
		victim=$(head -n 1 "$out/number") && [ -n "$victim" ] &&
			grep -qa libpeer "/proc/$victim/maps" && break
		kill -0 "$outer" 2>/dev/null || break
		sleep 0.05
	done 2>/dev/null
	if ! kill -0 "$outer" 2>/dev/null; then
		wait "$outer"
		[ $? -ne 77 ] || skip_rest "$(tail -n 1 "$out/number")"
	fi
	disown "$outer"
	sleep 0.5
	[ ! -s "$out/said" ] &&
		[ "$(awk '/^NSpid/ { print $3 }' "/proc/$victim/status")" = 1 ]
}

lives() {
	timeout 20 tail --pid="$victim" -f /dev/null
	grep -q '^alive ' "$out/said"
}

hang
ok $? "a program in namespaces of its own hangs"
"$sigpact" inspect --json "$victim" >"$out/stdout" 2>"$out/stderr"
json "[(a['owner'], a.get('symbol')) for p in it['processes']
	for a in p['actions'] if a['name'] == 'SIGPWR'] ==
	[('/usr/bin/env', 'on_suspend')]" <"$out/stdout" >>"$out/stderr" 2>&1
ok $? "inspect: the handler by its own file's symbols"
json "any(f['id'] == 'SP001' and 'libpeer.so' in f['evidence']
	for p in it['processes'] for f in p['findings']) and
	[r['name'] for r in it['processes'][0]['runtimes']] == ['Go']" \
	<"$out/stdout" >>"$out/stderr" 2>&1
ok $? "the Go library, by its own file's content"

# The library is not where the program could open it.
heal 1 "$victim" --load SP001 &&
	grep -q "does not see .*/libsigpact.so.0: .*install -D .*/proc/$victim/root" \
		"$out/stdout"
ok $? "--load: says that the process does not see the file, and what to type"
state "$victim" >"$out/before"
heal 1 "$victim" --load --yes SP001 && [ ! -s "$out/stdout" ] &&
	state "$victim" >"$out/now" &&
	cmp "$out/before" "$out/now" >>"$out/stderr"
ok $? "and nothing is done"
mkdir -p "$root$BUILD"
cp "$BUILD/libsigpact.so.0" "$root$BUILD/"
heal 0 "$victim" --load --yes SP001 && grep -q ' exclude ' "$out/stdout" &&
	lives
ok $? "it is copied there: --load, and the program lives"
rm -r "${root:?}/${BUILD#/}"

hang && heal 0 "$victim" --yes SP001 && grep -q ' action 30 ' "$out/stdout" &&
	cp "$out/stdout" "$out/journal" && lives
ok $? "without: SA_ONSTACK is cleared, and it lives"
hang && state "$victim" >"$out/before"
kill -STOP "$victim"
heal 0 "$victim" --yes --no-load SP001 && cp "$out/stdout" "$out/journal" &&
	heal 0 "$victim" --undo="$out/journal" &&
	state "$victim" | cmp - "$out/before" >"$out/stderr" 2>&1
ok $? "--undo: as it was"
kill -CONT "$victim"
mkdir -p "$root$BUILD"
ln -s /nowhere "$root$BUILD/libsigpact.so.0"
heal 1 "$victim" --load SP001 && grep -q 'does not see' "$out/stdout"
ok $? "a link that leads nowhere in there"
finish
