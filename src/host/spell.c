/* How sets of signals, flags and text of other processes are written: as
   strace(1) does, and never so that a terminal obeys them.  Normal context. */
#include "spell.h"
#include "host.h"

#include <stdlib.h>
#include <string.h>

static const char *const act_flags[64] = {
	[0] = "SA_NOCLDSTOP",	 [1] = "SA_NOCLDWAIT",
	[2] = "SA_SIGINFO",	 [10] = "SA_UNSUPPORTED",
	[11] = "SA_EXPOSE_TAGBITS", [26] = "SA_RESTORER",
	[27] = "SA_ONSTACK",	 [28] = "SA_RESTART",
	[29] = "SA_INTERRUPT",	 [30] = "SA_NODEFER",
	[31] = "SA_RESETHAND",
};
static const char *const stack_flags[32] = {
	[0] = "SS_ONSTACK",
	[1] = "SS_DISABLE",
	[31] = "SS_AUTODISARM",
};

const char *sigpact__spell_act_flag(unsigned bit)
{
	return bit < 64 ? act_flags[bit] : NULL;
}

const char *sigpact__spell_stack_flag(unsigned bit)
{
	return bit < 32 ? stack_flags[bit] : NULL;
}

static const char *flags(char out[SPELL], uint64_t set,
			 const char *name(unsigned bit))
{
	char *p = out, *end = out + SPELL;
	uint64_t rest = set;
	unsigned bit;

	*p = 0;
	for (bit = 0; bit < 64; bit++)
		if (set >> bit & 1 && name(bit)) {
			p += snprintf(p, (size_t)(end - p), "%s%s",
				      p == out ? "" : "|", name(bit));
			rest &= ~(1ULL << bit);
		}
	if (rest || !set)
		snprintf(p, (size_t)(end - p), rest ? "%s0x%jx" : "%s%ju",
			 p == out ? "" : "|", (uintmax_t)rest);
	return out;
}

const char *sigpact__spell_act_flags(char out[SPELL], uint64_t set)
{
	return flags(out, set, sigpact__spell_act_flag);
}

const char *sigpact__spell_stack_flags(char out[SPELL], uint32_t set)
{
	return flags(out, set, sigpact__spell_stack_flag);
}

const char *sigpact__spell_signal(char out[24], int sig)
{
	char name[24], *p;

	sigpact__signal_name(sig, name);
	p = strchr(name, '(');
	strcpy(out, p ? p + 1 : name);
	p = strchr(out, ')');
	if (p)
		*p = 0;
	return out;
}

/* strace: the shorter of [IN IT] and ~[NOT IN IT]. */
const char *sigpact__spell_set(char out[SPELL], uint64_t set)
{
	int not = __builtin_popcountll(set) > 32, sig;
	char *p = out, name[24];

	if (not) {
		set = ~set;
		*p++ = '~';
	}
	*p++ = '[';
	for (sig = 1; sig <= 64; sig++) {
		if (!(set >> (sig - 1) & 1))
			continue;
		sigpact__spell_signal(name, sig);
		p += sprintf(p, "%s ",
			     name + (strncmp(name, "SIG", 3) ? 0 : 3));
	}
	if (p[-1] == ' ')
		p--;
	strcpy(p, "]");
	return out;
}

/* Bytes of the character at s: 0 when it is no UTF-8 or a control. */
static size_t character(const unsigned char *s)
{
	size_t size = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4, i;
	uint32_t c = size == 1 ? *s : *s & (0x7fu >> size);
	static const uint32_t least[] = { 0, 0x20, 0xa0, 0x800, 0x10000 };

	if (*s == 0x7f || (*s >= 0x80 && *s < 0xc2) || *s > 0xf4)
		return 0;
	for (i = 1; i < size; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* surrogates; marks that turn the direction of what follows */
	if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return 0;
	return size;
}

char *sigpact__spell_text(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	char *out = malloc(4 * strlen(text) + 1), *p = out;
	size_t size;

	if (!out)
		return NULL;
	while (*s) {
		size = character(s);
		if (size)
			p = mempcpy(p, s, size);
		else
			p += sprintf(p, "\\x%02x", *s);
		s += size ? size : 1;
	}
	*p = 0;
	return out;
}

const char *sigpact__spell_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

const char *sigpact__spell_severity(enum sigpact__severity severity)
{
	static const char *const names[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	return names[severity];
}

void sigpact__spell_put(FILE *f, const char *text)
{
	char *clean = sigpact__spell_text(text);

	fputs(clean ? clean : "(no memory)", f);
	free(clean);
}

void sigpact__spell_line(FILE *f, const char *key, const char *text)
{
	fprintf(f, "  %-12s", key);
	sigpact__spell_put(f, text);
	fputc('\n', f);
}
