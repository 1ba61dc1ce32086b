/* The rules of `sigpact run` and of SIGPACT: words to a struct, or one line
   that says what was wrong.  Normal context; reads foreign text. */
#include "host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct text {
	const char *at;
	size_t size;
};

static const char *const keys[] = { "owner",	"exclude", "onstack",
				    "altstack", "keep",	   "log" };

void sigpact__rules_default(struct sigpact__rules *r)
{
	memset(r, 0, sizeof *r);
	r->owner = 1;
	r->keep_auto = 1;
	r->altstack = ALTSTACK_DEFAULT;
}

static int is(struct text t, const char *word)
{
	return t.size == strlen(word) && !strncasecmp(t.at, word, t.size);
}

static const char *near_key(struct text t)
{
	const char *best = NULL;
	unsigned least = t.size < 6 ? (unsigned)t.size / 2 + 1 : 3, d;
	size_t i;

	for (i = 0; t.size < 24 && i < sizeof keys / sizeof *keys; i++) {
		d = sigpact__near_edits(t.at, t.size, keys[i]);
		if (d < least) {
			least = d;
			best = keys[i];
		}
	}
	return best;
}

/* What else these take, when it is a slip away. */
static const char *near_word(struct text key, struct text t)
{
	if (is(key, "exclude") || t.size > 8)
		return NULL;
	if (sigpact__near_edits(t.at, t.size, "auto") <= 2)
		return "auto";
	return is(key, "keep") && sigpact__near_edits(t.at, t.size, "off") == 1
		       ? "off" : NULL;
}

/* One line, whatever bytes of the rule are quoted in it. */
__attribute__((format(printf, 2, 3))) static int fail(char why[256],
						      const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, 256, format, ap);
	va_end(ap);
	for (; *why; why++)
		if ((unsigned char)*why < ' ' || *why == 0x7f)
			*why = '?';
	return -EINVAL;
}

static int signals(struct text key, struct text value, uint64_t *mask,
		   char why[256])
{
	uint64_t all = 0;

	for (;;) {
		const char *comma = memchr(value.at, ',', value.size);
		struct text one = { value.at, comma ? (size_t)(comma - value.at)
						    : value.size };
		int sig = sigpact__signal_parse(one.at, one.size);
		char name[24];
		const char *near = sig ? NULL : sigpact__near_signal(
							one.at, one.size, name);

		if (!sig && !near)
			near = near_word(key, one);
		if (!sig)
			return fail(why,
				    "%.*s: '%.*s' is no signal; expected names "
				    "or numbers like PWR, SIGUSR1, RTMIN+2, "
				    "30%s%s%s",
				    (int)key.size, key.at, (int)one.size,
				    one.at, near ? "; did you mean " : "",
				    near ? near : "", near ? "?" : "");
		if (sig == SIGKILL || sig == SIGSTOP)
			return fail(why,
				    "%.*s: %s can be neither caught nor "
				    "ignored, so no rule applies to it",
				    (int)key.size, key.at,
				    sig == SIGKILL ? "SIGKILL" : "SIGSTOP");
		all |= 1ull << (sig - 1);
		if (!comma)
			break;
		value.size -= one.size + 1;
		value.at = comma + 1;
	}
	*mask |= all;
	return 0;
}

/* "64K", "1M", "1G", "65536". */
static int size_of(struct text value, size_t *bytes)
{
	size_t n = 0, i = 0;

	for (; i < value.size && value.at[i] >= '0' && value.at[i] <= '9'; i++) {
		n = n * 10 + (size_t)(value.at[i] - '0');
		if (n > 1ul << 30)
			return -EINVAL;
	}
	if (!i)
		return -EINVAL;
	if (i + 1 == value.size && (value.at[i] | 0x20) == 'k')
		n <<= 10, i++;
	else if (i + 1 == value.size && (value.at[i] | 0x20) == 'm')
		n <<= 20, i++;
	else if (i + 1 == value.size && (value.at[i] | 0x20) == 'g')
		n <<= 30, i++;
	if (i != value.size || n < 4096 || n > 1ul << 30)
		return -EINVAL;
	*bytes = n;
	return 0;
}

static int onoff(struct text key, struct text value, int *flag, char why[256])
{
	if (!value.at || is(value, "on"))
		*flag = 1;
	else if (is(value, "off"))
		*flag = 0;
	else
		return fail(why, "%.*s: '%.*s' is not 'on' or 'off'",
			    (int)key.size, key.at, (int)value.size, value.at);
	return 0;
}

static int path(struct text key, struct text value, char *to, size_t size,
		char why[256])
{
	if (!value.size || value.size >= size)
		return fail(why, "%.*s: expected a file name of 1 to %zu bytes",
			    (int)key.size, key.at, size - 1);
	memcpy(to, value.at, value.size);
	to[value.size] = 0;
	return 0;
}

static int apply(struct sigpact__rules *r, struct text key, struct text value,
		 char why[256])
{
	if (is(key, "owner"))
		return onoff(key, value, &r->owner, why);
	if (is(key, "log")) {
		r->log = value.at ? LOG_FILE : LOG_STDERR;
		return value.at ? path(key, value, r->log_file,
				       sizeof r->log_file, why)
				: 0;
	}
	if (!value.at || !value.size)
		return fail(why, "%.*s needs a value: %.*s=%s", (int)key.size,
			    key.at, (int)key.size, key.at,
			    is(key, "altstack") ? "SIZE or =off"
			    : is(key, "exclude") ? "SIG[,SIG]"
						 : "auto or =SIG[,SIG]");
	if (is(key, "exclude"))
		return signals(key, value, &r->exclude, why);
	if (is(key, "onstack")) {
		if (is(value, "auto"))
			return r->onstack_auto = 1, 0;
		return signals(key, value, &r->onstack, why);
	}
	if (is(key, "keep")) {
		if (is(value, "auto") || is(value, "off"))
			return r->keep_auto = is(value, "auto"), 0;
		return signals(key, value, &r->keep, why);
	}
	/* altstack */
	if (is(value, "off"))
		return r->altstack = ALTSTACK_OFF, 0;
	if (size_of(value, &r->altstack))
		return fail(why,
			    "altstack: '%.*s' is no size; expected bytes from "
			    "4096 to 1G like 65536, 64K, 1M, or off",
			    (int)value.size, value.at);
	return 0;
}

int sigpact__rule_parse(struct sigpact__rules *r, const char *rule, size_t size,
			char why[256])
{
	const char *eq = memchr(rule, '=', size);
	struct text key = { rule, eq ? (size_t)(eq - rule) : size };
	struct text value = { eq ? eq + 1 : NULL,
			      eq ? size - key.size - 1 : 0 };
	struct sigpact__rules next = *r;
	const char *near;
	size_t i;
	int e;

	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		if (is(key, keys[i]))
			break;
	if (i == sizeof keys / sizeof *keys) {
		near = near_key(key);
		return fail(why,
			    "'%.*s' is no rule; expected owner, exclude, "
			    "onstack, altstack, keep or log%s%s%s",
			    (int)key.size, key.at,
			    near ? "; did you mean " : "", near ? near : "",
			    near ? "?" : "");
	}
	e = apply(&next, key, value, why);
	if (!e)
		*r = next;
	return e;
}

/* One of SIGPACT, where `sigpact run` says what no one else may. */
static int environment_rule(struct sigpact__rules *r, const char *rule,
			    size_t size, char why[256])
{
	const struct { struct text key; char *to; size_t size; } own[] = {
		{ { "stats", 5 }, r->stats_file, sizeof r->stats_file },
		{ { "reporter", 8 }, r->reporter, sizeof r->reporter },
		{ { "report", 6 }, r->report_folder, sizeof r->report_folder },
	};
	size_t i, n;

	for (i = 0; i < sizeof own / sizeof *own; i++) {
		n = own[i].key.size;
		if (size > n + 1 && !memcmp(rule, own[i].key.at, n) &&
		    rule[n] == '=')
			return path(own[i].key, (struct text){ rule + n + 1,
							       size - n - 1 },
				    own[i].to, own[i].size, why);
	}
	return sigpact__rule_parse(r, rule, size, why);
}

int sigpact__rules_parse(struct sigpact__rules *r, const char *rules,
			 char why[256])
{
	struct sigpact__rules next = *r;
	int e;

	while (*rules) {
		size_t size = strcspn(rules, ":");

		e = size ? environment_rule(&next, rules, size, why) : 0;
		if (e)
			return e;
		rules += size + (rules[size] == ':');
	}
	*r = next;
	return 0;
}
