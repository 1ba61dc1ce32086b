/* Where this thread's struct sigpact__thread is, glibc: initial-exec, so that
   neither a call nor an allocation stands between a handler and its state. */
#define SIGPACT_TLS __attribute__((tls_model("initial-exec")))
#define sigpact__self() (&sigpact__thread)
#define sigpact__tls_init() ((void)0)
