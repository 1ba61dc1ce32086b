/* Signal names, both ways, and why deliveries stay on the alternate stack.  Any
   context. */
#include "host.h"

#include <strings.h>

/* From core.h's KEPT_NESTED on. */
static const char *const whys[5] = {
	"already there", "not the thread's own stack", "too little room",
	"stack not known", "shadow stack"
};

const char *sigpact__kept_name(int why)
{
	return why >= 0 && why < 5 ? whys[why] : "?";
}

static const char names[32][8] = {
	"", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL",
	"USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
	"CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
	"VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
};
enum { RTMIN = 34, RTMAX = 64 }; /* libc keeps 32 and 33 */

static int number(const char *s, size_t size)
{
	int n = 0;

	if (!size || size > 2)
		return -1;
	for (; size; s++, size--) {
		if (*s < '0' || *s > '9')
			return -1;
		n = n * 10 + (*s - '0');
	}
	return n;
}

/* "PWR", "SIGPWR", "30", "RTMIN", "RTMIN+3", "RTMAX-1"; 0: no such signal. */
int sigpact__signal_parse(const char *s, size_t size)
{
	int n = number(s, size), i;

	if (n >= 0)
		return n <= RTMAX ? n : 0;
	if (size > 3 && !strncasecmp(s, "SIG", 3))
		s += 3, size -= 3;
	for (i = 1; i < 32; i++)
		if (size < 8 && !strncasecmp(s, names[i], size) &&
		    !names[i][size])
			return i;
	if (size < 5)
		return 0;
	n = size == 5 ? 0 : number(s + 6, size - 6);
	if (!strncasecmp(s, "RTMIN", 5) && n >= 0 && (size == 5 || s[5] == '+'))
		return RTMIN + n <= RTMAX ? RTMIN + n : 0;
	if (!strncasecmp(s, "RTMAX", 5) && n >= 0 && (size == 5 || s[5] == '-'))
		return RTMAX - n >= RTMIN ? RTMAX - n : 0;
	return 0;
}

static char *append(char *to, const char *s)
{
	while (*s)
		*to++ = *s++;
	*to = 0;
	return to;
}

static char *digits(char *to, int n)
{
	if (n >= 10)
		*to++ = (char)('0' + n / 10 % 10);
	*to++ = (char)('0' + n % 10);
	*to = 0;
	return to;
}

/* "SIGPWR", "34 (SIGRTMIN)", "37 (SIGRTMIN+3)", "32"; 24 bytes do. */
const char *sigpact__signal_name(int sig, char buffer[24])
{
	char *p = buffer;

	if (sig > 0 && sig < 32) {
		append(append(p, "SIG"), names[sig]);
		return buffer;
	}
	p = digits(p, sig);
	if (sig < RTMIN || sig > RTMAX)
		return buffer;
	p = append(p, " (SIGRTMIN");
	if (sig > RTMIN)
		p = digits(append(p, "+"), sig - RTMIN);
	append(p, ")");
	return buffer;
}
