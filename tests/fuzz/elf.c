/* What arbitrary bytes say of themselves as an ELF file: nothing beyond what
   was asked for, the same when asked again. */
#include "fuzz.h"
#include "mapfile.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const symbol[] = { "GC_init", "__asan_init", "main" };
static const char *const section[] = { ".gopclntab", ".text" };
static const struct sigpact__elf_query query = { symbol, 3, section, 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sigpact__elf_answer a, again;
	int fd = memfd_create("elf", 0), e;

	CLAIM(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	memset(&a, 0, sizeof a);
	memset(&again, 0, sizeof again);
	e = sigpact__elf_ask(fd, &query, &a);
	fuzz_seen++;
	CLAIM(!e || e == -ENOEXEC);
	CLAIM(a.symbols < 8 && a.sections < 4 && a.go_note >> 1 == 0);
	CLAIM(sigpact__elf_ask(fd, &query, &again) == e &&
	      !memcmp(&a, &again, sizeof a));
	fuzz_accepted += a.symbols == 1 && a.sections & 1 && a.go_note;
	close(fd);
	return 0;
}
