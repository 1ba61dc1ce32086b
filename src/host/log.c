/* The log: one write for each line, to stderr or appended to a file that is
   opened anew each time, since the program may close or reuse any descriptor.
   Any context: no stdio, no allocation, errno untouched. */
#include "core.h"
#include "host.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#define ERROR_FD 2

struct line {
	char text[512];
	size_t size;
};

static void put(struct line *l, char c)
{
	if (l->size < sizeof l->text - 1)
		l->text[l->size++] = c;
}

static void puts_line(struct line *l, const char *s)
{
	while (*s)
		put(l, *s++);
}

static void put_number(struct line *l, unsigned long n, unsigned base)
{
	char digits[24];
	int i = 0;

	do
		digits[i++] = "0123456789abcdef"[n % base];
	while (n /= base);
	while (i)
		put(l, digits[--i]);
}

/* libgo.so+0x1234, bun+0x5678, or the bare address. */
static void put_place(struct line *l, uintptr_t address)
{
	struct sigpact__module m;
	const char *p, *base;

	if (sigpact__module_at(address, &m) == 0) {
		for (p = base = m.path; *p; p++)
			if (*p == '/')
				base = p + 1;
		puts_line(l, m.program ? program_invocation_short_name : base);
		put(l, '+');
		address -= m.start;
	}
	puts_line(l, "0x");
	put_number(l, address, 16);
}

static void write_line(const struct line *l)
{
	long fd = ERROR_FD;

	if (sigpact__rules.log == LOG_FILE)
		fd = sigpact__sys4(SYS_openat, AT_FDCWD,
				   (long)sigpact__rules.log_file,
				   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
				       O_NOCTTY,
				   0600);
	if (fd < 0)
		return;
	sigpact__sys3(SYS_write, fd, (long)l->text, l->size);
	if (fd != ERROR_FD)
		sigpact__sys1(SYS_close, fd);
}

/* %s a string, %d an int, %S a signal, %a an address as module+offset. */
void sigpact__log(const char *format, ...)
{
	struct line l;
	char name[24];
	va_list ap;

	if (!sigpact__rules.log)
		return;
	l.size = 0;
	puts_line(&l, "sigpact[");
	put_number(&l, (unsigned long)sigpact__sys0(SYS_getpid), 10);
	puts_line(&l, "]: ");
	va_start(ap, format);
	for (; *format; format++) {
		if (*format != '%') {
			put(&l, *format);
			continue;
		}
		switch (*++format) {
		case 's':
			puts_line(&l, va_arg(ap, const char *));
			break;
		case 'd':
			put_number(&l, va_arg(ap, unsigned long), 10);
			break;
		case 'S':
			puts_line(&l, sigpact__signal_name(va_arg(ap, int),
							   name));
			break;
		case 'a':
			put_place(&l, va_arg(ap, uintptr_t));
			break;
		}
	}
	va_end(ap);
	l.text[l.size++] = '\n';
	write_line(&l);
}

static const char *const kept[] = {
	[KEPT_NESTED] = "it interrupted code on the alternate stack",
	[KEPT_FOREIGN] = "it interrupted a stack that is not the thread's own "
			 "(a goroutine's, a coroutine's)",
	[KEPT_ROOM] = "too little room is left on the native stack",
	[KEPT_UNKNOWN] = "this thread's native stack is not known (it was "
			 "started before sigpact, or not by pthread_create)",
	[KEPT_SHADOW_STACK] = "a shadow stack is on",
};

/* A signal that stayed on the alternate stack: the first for each reason. */
void sigpact__log_kept(int sig, int outcome)
{
	static unsigned char said[65];
	unsigned char bit = (unsigned char)(1u << (outcome - KEPT_NESTED));

	if (__atomic_fetch_or(&said[sig], bit, __ATOMIC_RELAXED) & bit)
		return;
	sigpact__log("%S: stays on the alternate stack: %s (said once)", sig,
		     kept[outcome]);
}
