/* Where this thread's struct sigpact__thread is, glibc: initial-exec, so that
   neither a call nor an allocation stands between a handler and its state. */
#define SIGPACT_TLS __attribute__((tls_model("initial-exec")))
#define sigpact__self() (&sigpact__thread)
#define sigpact__tls_init() ((void)0)
/* for another process: from a thread's pointer */
#define sigpact__tls_place(slot, offset) \
	(*(slot) = 0, *(offset) = (unsigned long)&sigpact__thread - \
				  (unsigned long)__builtin_thread_pointer())
