/* Whether an x86-64 instruction writes its memory operand, from its first bytes:
   the common ones; of others nothing is said.  Any context. */
#include "report.h"

#include <string.h>

static int is_one_of(unsigned char op, const char *list, size_t size)
{
	return memchr(list, op, size) != NULL;
}

#define ONE_OF(op, list) is_one_of(op, list, sizeof list - 1)

const char *sigpact__access(const unsigned char *c, size_t size)
{
	size_t i = 0;
	int wide;

	while (i < size && ONE_OF(c[i], "\x66\xf2\xf3\xf0\x64\x65"))
		i++;
	if (i < size && (c[i] & 0xf0) == 0x40)
		i++;
	wide = i + 1 < size && c[i] == 0x0f;
	if (i + wide >= size)
		return "touched";
	c += i + wide;
	if (wide)
		return ONE_OF(*c, "\x11\x13\x17\x29\x2b\x7f\xd6\xe7\xc3") ?
			       "wrote" :
		       ONE_OF(*c, "\x10\x12\x16\x28\x6f\xb6\xb7\xbe\xbf") ?
			       "read" :
			       "touched";
	/* to memory: mov, stos, movs, add … xor; inc and dec, call and jmp and
	   push read first */
	if (ONE_OF(*c, "\x88\x89\xc6\xc7\xaa\xab") ||
	    (*c < 0x38 && (*c & 7) < 2))
		return "wrote";
	if (ONE_OF(*c, "\x8a\x8b\x63\x38\x39\x3a\x3b\x84\x85\xac\xad\xa6\xa7") ||
	    (*c < 0x38 && ((*c & 7) == 2 || (*c & 7) == 3)))
		return "read";
	if (*c == 0xe8 || (*c & 0xf8) == 0x50)
		return "pushed to";
	return "touched";
}
