/* `sigpact check --json`, as check.schema.json tells.  Normal context. */
#include "check.h"
#include "json_value.h"

#include <errno.h>

enum { JSON_VERSION = 1 };

/* One that was lost must not end as a part that is missing. */
static void put(int *failed, json_t *object, const char *key, json_t *value)
{
	*failed |= json_object_set_new(object, key, value);
}

static json_t *verdict(enum sigpact__said said)
{
	const char *word = sigpact__check_verdict(said);

	return json_string(said == SAID_FOUND ? "finding" :
			   said == SAID_UNKNOWN ? "unknown" : word);
}

static json_t *json_row(int *failed, const struct sigpact__checked *row)
{
	json_t *o = json_object();

	put(failed, o, "name", json_string(row->probe->name));
	put(failed, o, "what", json_string(row->probe->what));
	put(failed, o, "verdict", verdict(row->saw.said));
	put(failed, o, "seen", text(row->saw.seen));
	put(failed, o, "by_version", text(row->note));
	return o;
}

static json_t *json_finding(int *failed, const struct sigpact__checked *row)
{
	const struct sigpact__finding *finding = &row->saw.finding;
	json_t *o = json_object();

	put(failed, o, "id", json_string(finding->kind->id));
	put(failed, o, "name", json_string(finding->kind->name));
	put(failed, o, "severity",
	    json_string(sigpact__spell_severity(finding->kind->severity)));
	put(failed, o, "what", text(finding->kind->what));
	put(failed, o, "probe", json_string(row->probe->name));
	put(failed, o, "evidence", text(finding->evidence));
	put(failed, o, "cure", text(finding->cure));
	return o;
}

static json_t *json_machine(int *failed, const struct sigpact__machine *m)
{
	json_t *o = json_object();

	put(failed, o, "kernel", text(m->kernel.sysname));
	put(failed, o, "release", text(m->kernel.release));
	put(failed, o, "version", text(m->kernel.version));
	put(failed, o, "architecture", text(m->kernel.machine));
	put(failed, o, "libc", text(m->libc));
	return o;
}

int sigpact__check_json(FILE *f, const struct sigpact__check *c)
{
	json_t *top = json_object(), *rows = json_array();
	json_t *findings = json_array();
	int failed = 0;
	size_t i;

	for (i = 0; i < c->count; i++) {
		failed |= json_array_append_new(rows,
						json_row(&failed, c->row + i));
		if (c->row[i].saw.said == SAID_FOUND)
			failed |= json_array_append_new(
				findings, json_finding(&failed, c->row + i));
	}
	put(&failed, top, "version", json_integer(JSON_VERSION));
	put(&failed, top, "sigpact", json_string(SIGPACT_VERSION));
	put(&failed, top, "machine", json_machine(&failed, &c->machine));
	put(&failed, top, "seconds", json_real(c->seconds));
	put(&failed, top, "probes", rows);
	put(&failed, top, "findings", findings);
	if (!failed && json_dumpf(top, f, JSON_INDENT(2) |
				  JSON_REAL_PRECISION(6)))
		failed = 1;
	json_decref(top);
	fputc('\n', f);
	return failed ? -ENOMEM : ferror(f) ? -EIO : 0;
}
