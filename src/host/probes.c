/* The table of probes, and how they say what they saw.  Normal context. */
#include "checks.h"
#include "probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sigpact__probe sigpact__probes[] = {
	{ "vector-state", "registers survive signals on a dropped stack",
	  sigpact__probe_vector, 0,
	  { KERNEL(5, 2, 0), KERNEL(5, 3, 15),
	    KERNEL(5, 4, 0), KERNEL(5, 4, 2) }, 1 },
	{ "registers",
	  "registers come back from a handler",
	  sigpact__probe_registers, 0, { 0 }, 0 },
	{ "trimmed-frame",
	  "sigreturn takes a frame less what is not live",
	  sigpact__probe_trimmed, 0, { 0 }, 0 },
	{ "red-zone",
	  "bytes below the stack pointer survive a signal",
	  sigpact__probe_red_zone, 0, { 0 }, 0 },
	{ "frame-size",
	  "the frame that is delivered, and what the kernel says of it",
	  sigpact__probe_frame, 0, { 0 }, 0 },
	{ "minsigstksz",
	  "the kernel says how large a frame is",
	  sigpact__probe_frame_told, KERNEL(5, 14, 0), { 0 }, 0 },
	{ "libc-sizes",
	  "libc's SIGSTKSZ has room for a frame",
	  sigpact__probe_frame_libc, 0, { 0 }, 0 },
	{ "nesting",
	  "nested signals that fit on stacks of usual sizes",
	  sigpact__probe_nesting, 0, { 0 }, 0 },
	{ "overflow-nested",
	  "nested signals do not run off an alternate stack",
	  sigpact__probe_overflow_nested, 0, { 0 }, 0 },
	{ "overflow-entry",
	  "a frame is not delivered to a stack that is too small",
	  sigpact__probe_overflow_entry, KERNEL(5, 14, 0), { 0 }, 0 },
	{ "strict-size",
	  "sigaltstack refuses a stack on which no frame fits",
	  sigpact__probe_strict_size, KERNEL(5, 16, 0), { 0 }, 0 },
	{ "no-room",
	  "a signal without room for its frame is SIGSEGV, SI_KERNEL",
	  sigpact__probe_si_kernel, 0, { 0 }, 0 },
	{ "autodisarm",
	  "SS_AUTODISARM disarms, and sigreturn arms again",
	  sigpact__probe_autodisarm, KERNEL(4, 7, 0), { 0 }, 0 },
	{ "inheritance",
	  "who has whose alternate stack: threads, fork, vfork",
	  sigpact__probe_inheritance, 0, { 0 }, 0 },
	{ "exec",
	  "execve disarms the alternate stack",
	  sigpact__probe_exec, 0, { 0 }, 0 },
	{ "shadow-stack",
	  "a shadow stack is on",
	  sigpact__probe_shadow_stack, KERNEL(6, 6, 0), { 0 }, 0 },
	{ "exclusion",
	  "a signal can be kept off the alternate stack",
	  sigpact__probe_exclusion, 0, { 0 }, 0 },
	{ "kernel-exclusion",
	  "the kernel does so itself: prctl",
	  sigpact__probe_kernel_exclusion, 0, { 0 }, 0 },
	{ "ptrace",
	  "processes of the same user may be looked into",
	  sigpact__probe_ptrace, 0, { 0 }, 0 },
	{ "bpf",
	  "BPF programs may be loaded",
	  sigpact__probe_bpf, 0, { 0 }, 0 },
	{ "btf",
	  "the kernel describes its types",
	  sigpact__probe_btf, 0, { 0 }, 0 },
	{ "tracefs",
	  "the kernel's signal events can be read",
	  sigpact__probe_tracefs, 0, { 0 }, 0 },
	{ "pending-limit",
	  "RLIMIT_SIGPENDING",
	  sigpact__probe_pending, 0, { 0 }, 0 },
	{ "memlock-limit",
	  "RLIMIT_MEMLOCK, for stacks that stay in memory",
	  sigpact__probe_memlock, 0, { 0 }, 0 },
};
const size_t sigpact__probe_count =
	sizeof sigpact__probes / sizeof *sigpact__probes;

void sigpact__probe_says(struct sigpact__probed *p, enum sigpact__said said,
			 const char *seen, ...)
{
	va_list ap;

	p->said = said;
	va_start(ap, seen);
	vsnprintf(p->seen, sizeof p->seen, seen, ap);
	va_end(ap);
}

void sigpact__probe_cure(struct sigpact__probed *p, int id, const char *cure,
			 ...)
{
	va_list ap;

	p->said = SAID_FOUND;
	p->finding.kind = sigpact__finding_kinds + id - 1;
	p->finding.evidence = strdup(p->seen);
	va_start(ap, cure);
	if (vasprintf(&p->finding.cure, cure, ap) < 0)
		p->finding.cure = NULL;
	va_end(ap);
}

void sigpact__probe(const struct sigpact__probe *probe,
		    struct sigpact__probed *p, const struct sigpact__probing *g)
{
	memset(p, 0, sizeof *p);
	sigpact__probe_says(p, SAID_UNKNOWN, "the probe could not be run");
	probe->look(p, g);
}

void sigpact__probed_free(struct sigpact__probed *p)
{
	free(p->finding.evidence);
	free(p->finding.cure);
	p->finding.evidence = p->finding.cure = NULL;
}

static unsigned version(const char *release)
{
	unsigned a = 0, b = 0, c = 0;

	if (sscanf(release, "%u.%u.%u", &a, &b, &c) < 2)
		return 0;
	return KERNEL(a, b, c > 255 ? 255 : c);
}

void sigpact__probe_note(const struct sigpact__probe *p, const char *release,
			 char note[64])
{
	unsigned v = version(release);
	const unsigned *b = p->broken + (v >= p->broken[2] ? 2 : 0);

	if (!v)
		snprintf(note, 64, "no version in '%.16s'", release);
	else if (v >= b[0] && v < b[1])
		snprintf(note, 64, "broken before %u.%u.%u", b[1] >> 16,
			 b[1] >> 8 & 255, b[1] & 255);
	else if (v < p->since)
		snprintf(note, 64, "not before %u.%u", p->since >> 16,
			 p->since >> 8 & 255);
	else if (p->since)
		snprintf(note, 64, "since %u.%u", p->since >> 16,
			 p->since >> 8 & 255);
	else
		snprintf(note, 64, "%s", *p->broken ? "sound" : "");
}
