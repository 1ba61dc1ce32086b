# A guest's console (init.c) as TAP: each case of each test, under the test's
# name; a test that speaks no TAP is one case.  Each test's end is a case too.
#
#	-v prefix=TEXT		before each name
#	-v known=FILE		tests that are known to fail, and why: NAME<tab>WHY
#	-v tests=N		how many should have run
#	-v log_wanted=1		all that tests say goes out as comments; else the
#				last of it, when one fails
function result(good, name, note) {
	sub(/ *# *(SKIP|TODO|XFAIL).*/, "", name)
	printf "%sok %d - %s%s%s\n", good ? "" : "not ", ++number, prefix,
		name, note == "" ? "" : " # " note
	fflush()
	if (!good && note !~ /^TODO/)
		failed++
}

# The kernel's own words about something that went wrong in it.
function complaint(line) {
	return line ~ /(BUG:|WARNING:|Oops|Kernel panic|general protection fault|Call Trace|rcu.*stall|refcount_t)/
}

function begin(name) {
	test = name
	cases = bad = planned = bailed = lines = 0
	plan = -1
}

function case_line(line,   good, name, note) {
	good = line !~ /^not /
	name = line
	sub(/^(not )?ok *[0-9]* *-? */, "", name)
	note = ""
	if (match(name, /# *(SKIP|XFAIL|TODO).*/)) {
		note = substr(name, RSTART)
		sub(/^# */, "", note)
		if (note ~ /^XFAIL/) {
			note = ""
			good = 1
		}
	}
	cases++
	if (!good && note !~ /^TODO/)
		bad++
	if (!good && test in why)
		note = "TODO " why[test]
	result(good, test ": " name, note)
}

function said(line) {
	if (line ~ /^(not )?ok( |$)/)
		case_line(line)
	else if (line ~ /^1\.\.[0-9]+/)
		plan = substr(line, 4) + 0
	else if (line ~ /^Bail out!/)
		bailed = 1
	if (log_all && line !~ /^(not )?ok/)
		print "#   " line
	else if (lines < 200)
		kept[++lines] = line
}

# name: how it ended, in words
function end(how, code, seconds, name,   good, i) {
	good = how == "exit" && code == 0 && !bailed && (plan < 0 || plan == cases)
	if (how == "exit" && code == 4 && cases == 0) {
		result(1, test, "SKIP by the test")	# kselftest's
		return
	}
	if (!log_all && (!good || bad))
		for (i = (lines > 20 ? lines - 19 : 1); i <= lines; i++)
			print "#   " kept[i]
	if (cases && bad && code != 0 && how == "exit")
		good = 1	# its cases have said it
	result(good, test ": " (cases ? cases " cases, " : "") how " " code, \
		(!good && test in why) ? "TODO " why[test] : "")
	printf "# %s: %s s\n", test, seconds
}

BEGIN {
	log_all = log_wanted
	while (known != "" && (getline line < known) > 0)
		if (split(line, field, "\t") == 2)
			why[field[1]] = field[2]
}
/^@boot / { booted = 1; print "# booted in " $2 " s, " $3 " CPUs" }
/^@start / { begin(substr($0, 8)); started++ }
/^@\| / { said(substr($0, 4)) }
/^@end / {
	name = $0
	end($2, $3, $4, name)
	ended++
}
/^@done/ { finished = 1 }
!/^@/ {
	if (complaint($0))
		complaints++
	if (complaint($0) || !booted)
		print "# console: " $0
}
END {
	if (!booted)
		result(0, "boot")
	else
		result(finished && ended == tests, \
			"all " tests " tests ran to their end")
	result(!complaints, "the kernel complains of nothing")
	print "1.." number
	exit failed > 0
}
