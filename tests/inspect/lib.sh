# shellcheck shell=bash
# What the tests of inspect share: the helpers of tests/peers, and validators.
# shellcheck source=tests/peers/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../peers/lib.sh"
inspect_dir=$top/tests/inspect
# Debian's, which has Debian's modules.
python=/usr/bin/python3

# needs_python MODULE...: or the whole test is skipped.
needs_python() {
	local module
	for module; do
		"$python" -c "import $module" 2>/dev/null ||
			skip_rest "no $module for $python"
	done
}

# Standard input is what inspect.schema.json says that --json prints.
valid_json() {
	"$python" "$inspect_dir/valid.py" json "$top/src/cli/inspect.schema.json"
}

# ... is SARIF 2.1.0 by the rules that its text has and by $sarif_schema.
valid_sarif() {
	"$python" "$inspect_dir/valid.py" sarif "${sarif_schema-}"
}

# ... is OpenMetrics, and in the older Prometheus format too.
valid_openmetrics() {
	"$python" "$inspect_dir/valid.py" openmetrics
}

# OASIS's schema of SARIF, as an npm package carries it: $sarif_schema, or 1
# where it cannot be had.
find_sarif_schema() {
	local dir=$peers/sarif package=@microsoft/jest-sarif
	sarif_schema=$dir/node_modules/$package/lib/schemas/sarif-2.1.0-rtm.5.json
	mkdir -p "$dir"
	(
		flock 9
		[ -s "$sarif_schema" ] || npm install --prefix "$dir" \
			--ignore-scripts --no-save --no-audit --no-fund \
			"$package@1.0.0-beta.0" >/dev/null 2>&1
	) 9>"$dir/.lock"
	[ -s "$sarif_schema" ]
}

# json EXPRESSION: Python's word on standard input, as `it`.
json() {
	"$python" -c 'import json, sys
it = json.load(sys.stdin)
value = eval("(" + sys.argv[1] + ")")
sys.exit(0 if value is True else print("got:", value) or 1)' "$1"
}
