/* Where this thread's struct sigpact__thread is, musl: it keeps no surplus for
   initial-exec in a dlopened library, so the thread's vector is read directly.
   It lies at %fs:8 and is complete for every thread once dlopen has returned
   (musl ldso/dynlink.c, install_new_tls). */
#ifdef __ASSEMBLER__
	.hidden sigpact__tls_slot, sigpact__tls_offset
	.macro THREAD reg
	mov %fs:8,\reg
	add sigpact__tls_slot(%rip),\reg
	mov (\reg),\reg
	add sigpact__tls_offset(%rip),\reg
	.endm
#else
#define SIGPACT_TLS
extern unsigned long sigpact__tls_slot, sigpact__tls_offset;
static inline struct sigpact__thread *sigpact__self(void)
{
	char *p;

	__asm__("mov %%fs:8,%0" : "=r"(p));
	return (struct sigpact__thread *)(*(char **)(p + sigpact__tls_slot) +
					  sigpact__tls_offset);
}
void sigpact__tls_learn(const struct sigpact__thread *mine);
/* the host's own access may call __tls_get_addr */
#define sigpact__tls_init() sigpact__tls_learn(&sigpact__thread)
#define sigpact__tls_place(slot, offset) \
	(*(slot) = sigpact__tls_slot, *(offset) = sigpact__tls_offset)
#endif
