/* Rules from arbitrary text: a line that says why not and nothing changed, or
   a set of rules that the same text does not change again. */
#include "fuzz.h"
#include "host.h"

#include <errno.h>
#include <string.h>

static void check_why(const char why[256])
{
	const char *end = memchr(why, 0, 256);

	CLAIM(end && end > why);
	for (; why < end; why++)
		CLAIM((unsigned char)*why >= ' ' && *why != 0x7f);
}

/* text: one rule of size bytes, or with size 0 all rules to its NUL. */
static int parse(struct sigpact__rules *rules, const char *text, size_t size,
		 char why[256])
{
	return size ? sigpact__rule_parse(rules, text, size, why)
		    : sigpact__rules_parse(rules, text, why);
}

static void check(const char *text, size_t size)
{
	struct sigpact__rules rules, before;
	char why[256];
	int e;

	memset(why, '\n', sizeof why);
	sigpact__rules_default(&rules);
	memcpy(&before, &rules, sizeof before);
	e = parse(&rules, text, size, why);
	if (e) {
		CLAIM(e == -EINVAL);
		CLAIM(!memcmp(&rules, &before, sizeof before));
		check_why(why);
		return;
	}
	fuzz_accepted++;
	CLAIM(memchr(rules.log_file, 0, sizeof rules.log_file));
	CLAIM(memchr(rules.stats_file, 0, sizeof rules.stats_file));
	memcpy(&before, &rules, sizeof before);
	CLAIM(parse(&rules, text, size, why) == 0);
	CLAIM(!memcmp(&rules, &before, sizeof before));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* each in a block of its very size: a byte past it is found */
	char *text = malloc(size + 1), *rule = malloc(size ? size : 1);

	fuzz_seen++;
	memcpy(text, data, size);
	text[size] = 0;
	check(text, 0);
	if (size) {
		memcpy(rule, data, size);
		check(rule, size);
	}
	free(text);
	free(rule);
	return 0;
}
