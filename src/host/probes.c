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
	{ "frame-size", "a signal frame, as it is delivered",
	  sigpact__probe_frame, 0, { 0 }, 0 },
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
