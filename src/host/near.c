/* What a word may have been meant for, when it is a slip away.  Any context. */
#include "host.h"

#include <string.h>
#include <strings.h>

unsigned sigpact__near_edits(const char *a, size_t size, const char *b)
{
	unsigned row[32], last, keep;
	size_t n = strlen(b), i, j;

	if (n >= sizeof row / sizeof *row)
		return (unsigned)(size + n);
	for (j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (i = 0; i < size; i++) {
		last = row[0]++;
		for (j = 1; j <= n; j++) {
			keep = row[j];
			row[j] = last + (a[i] != b[j - 1]);
			if (keep + 1 < row[j])
				row[j] = keep + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			last = keep;
		}
	}
	return row[n];
}

const char *sigpact__near_signal(const char *word, size_t size, char name[24])
{
	char upper[16];
	size_t i;
	int sig;

	if (size > 3 && !strncasecmp(word, "SIG", 3)) {
		word += 3;
		size -= 3;
	}
	for (i = 0; i < size && i < sizeof upper; i++)
		upper[i] = (char)(word[i] & ~0x20);
	for (sig = 1; size < sizeof upper && sig < 32; sig++) {
		sigpact__signal_name(sig, name);
		if (sigpact__near_edits(upper, size, name + 3) == 1)
			return name + 3;
	}
	return NULL;
}
