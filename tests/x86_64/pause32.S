/* A 32-bit program that sleeps. */
	.section .note.GNU-stack,"",@progbits
	.text
	.globl _start
_start:	mov $29,%eax	/* pause */
	int $0x80
	jmp _start
