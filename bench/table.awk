# The lines of all processes, as two tables: of each figure the median over the
# processes, and the interval that the true one lies in 95 of 100 times (sign
# test: it assumes nothing of how they are distributed).

BEGIN { FS = "\t" }

function sort(values, count,    i, j, v) {
	for (i = 2; i <= count; i++) {
		v = values[i]
		for (j = i - 1; j && values[j] > v; j--)
			values[j + 1] = values[j]
		values[j + 1] = v
	}
}

# Column `from` of everything that was said of name, sorted, into `sorted`.
function collect(name, from,    i, n) {
	n = count[name]
	for (i = 1; i <= n; i++)
		sorted[i] = value[name, i, from] + 0
	sort(sorted, n)
	return n
}

function median(name, from,    n) {
	n = collect(name, from)
	return (sorted[int((n + 1) / 2)] + sorted[int(n / 2) + 1]) / 2
}

# The highest rank below which the median of n lies one time in 40 at most;
# under 6 values it is more often.
function rank(n,    k, p, sum) {
	p = sum = 0.5 ^ n
	for (k = 1; sum <= 0.025; k++) {
		p *= (n - k + 1) / k
		sum += p
	}
	return k > 1 ? k - 1 : 1
}

function met(how, aim, ratio, low, high,    word) {
	if (how == "")
		return ""
	word = how == "<=" ? ratio <= aim : ratio >= aim
	word = word ? "yes" : "no"
	if (low <= aim && aim <= high)
		word = word ", within noise"
	return word
}

function row(name,    n, k, ratio, low, high, aim) {
	ratio = median(name, 5)
	n = count[name]
	k = rank(n)
	low = sorted[k]
	high = sorted[n - k + 1]
	aim = how[name] == "" ? "" : sprintf("%s %.2f", how[name], goal[name])
	printf "%-48s %6.3f  %5.3f - %5.3f  %6.3f %8.0f %8.0f  %-7s %s\n", \
		name, ratio, low, high, median(name, 8), median(name, 6), \
		median(name, 7), aim, \
		met(how[name], goal[name], ratio, low, high)
}

$1 == "figure" || $1 == "phase" {
	if (!($2 in count))
		order[++names] = $2
	kind[$2] = $1
	how[$2] = $3
	goal[$2] = $4
	count[$2]++
	for (i = 3; i <= NF; i++)
		value[$2, count[$2], i] = $i
	next
}
{ print }

END {
	printf "%-48s %6s  %-13s  %6s %8s %8s  %-7s %s\n", "figure", "ratio", \
		"95% interval", "minima", "ns", "with", "aim", "met"
	for (i = 1; i <= names; i++)
		if (kind[order[i]] == "figure")
			row(order[i])
	printf "\n%-48s %6s\n", "phase", "ns"
	for (i = 1; i <= names; i++)
		if (kind[order[i]] == "phase")
			printf "%-48s %6.1f\n", order[i], median(order[i], 3)
}
