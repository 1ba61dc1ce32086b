/* What fuzz/elf.c looks for: a symbol, a section and Go's note. */
int GC_init = 1;
__asm__(".section .gopclntab,\"a\"\n.long 1\n"
	".section .note.go.buildid,\"a\",@note\n"
	".long 4, 4, 4\n.asciz \"Go\"\n.byte 0\n.long 0");
