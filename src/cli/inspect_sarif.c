/* `sigpact inspect --sarif`: the findings as SARIF 2.1.0 (OASIS), rules made
   from the table of kinds.  A place in a process is a logical location.
   Normal context. */
#include "cli.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA                                                               \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	"sarif-schema-2.1.0.json"

/* A level of SARIF is a severity of ours, by the same name. */
static const char *level(const struct sigpact__finding_kind *kind)
{
	return sigpact__spell_severity(kind->severity);
}

/* "WrongStackDelivery", as SARIF wants a rule's name; for free(3). */
static char *pascal(const char *name)
{
	char *out = strdup(name), *p = out;
	int up = 1;

	for (; out && *name; name++) {
		if (*name == '-') {
			up = 1;
			continue;
		}
		*p++ = up && *name >= 'a' && *name <= 'z'
			       ? (char)(*name - 'a' + 'A')
			       : *name;
		up = 0;
	}
	if (out)
		*p = 0;
	return out;
}

static json_t *rule(const struct sigpact__finding_kind *kind)
{
	char *name = pascal(kind->name);
	json_t *o = json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "id", kind->id,
			      "name", name ? name : kind->name,
			      "shortDescription", "text", kind->what,
			      "defaultConfiguration", "level", level(kind));

	free(name);
	return o;
}

static json_t *rules(void)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < sigpact__finding_kind_count; i++)
		if (json_array_append_new(array,
					  rule(sigpact__finding_kinds + i))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

/* A path as a URI; for free(3). */
static char *uri(const char *path)
{
	char *out = malloc(3 * strlen(path) + sizeof "file://"), *p = out;

	if (!out)
		return NULL;
	p = stpcpy(p, "file://");
	for (; *path; path++)
		if (strchr("/-._~", *path) ||
		    (*path >= '0' && *path <= '9') ||
		    (*path >= 'a' && *path <= 'z') ||
		    (*path >= 'A' && *path <= 'Z'))
			*p++ = *path;
		else
			p += sprintf(p, "%%%02X", (unsigned char)*path);
	*p = 0;
	return out;
}

/* "process 4711", "process 4711/thread 4713/SIGPWR" */
static json_t *logical(const struct sigpact__record *r,
		       const struct sigpact__finding *finding)
{
	char full[96], name[24];
	int n = snprintf(full, sizeof full, "process %d", r->pid);
	int last = 0;

	if (finding->tid) {
		last = n + 1;
		n += snprintf(full + n, sizeof full - (size_t)n, "/thread %d",
			      finding->tid);
	}
	if (finding->sig) {
		last = n + 1;
		snprintf(full + n, sizeof full - (size_t)n, "/%s",
			 sigpact__spell_signal(name, finding->sig));
	}
	return json_pack("{s:s, s:s, s:s}", "name", full + last,
			 "fullyQualifiedName", full, "kind",
			 finding->sig	? "signal"
			 : finding->tid ? "thread"
					: "process");
}

static json_t *location(const struct sigpact__record *r,
			const struct sigpact__finding *finding)
{
	char *program = *r->exe ? uri(r->exe) : NULL;
	json_t *o = json_pack("{s:[o]}", "logicalLocations",
			      logical(r, finding)), *place = NULL;

	if (program || finding->address)
		place = json_object();
	if (place && program)
		json_object_set_new(place, "artifactLocation",
				    json_pack("{s:s}", "uri", program));
	if (place && finding->address)
		json_object_set_new(
		    place, "address",
		    json_pack("{s:I}", "absoluteAddress",
			      (json_int_t)finding->address));
	if (o && place)
		json_object_set_new(o, "physicalLocation", place);
	free(program);
	return o;
}

/* The same trouble in the same program, run after run. */
static json_t *fingerprint(const struct sigpact__record *r,
			   const struct sigpact__finding *finding)
{
	char *name = sigpact__spell_text(r->name), signal[24] = "";
	json_t *o;

	if (finding->sig)
		sigpact__spell_signal(signal, finding->sig);
	o = name ? json_pack("{s:o}", "processKindSignal/v1",
			     json_sprintf("%s %s %s", name, finding->kind->id,
					  signal))
		 : NULL;
	free(name);
	return o;
}

static json_t *result(const struct sigpact__record *r,
		      const struct sigpact__finding *finding)
{
	char *evidence = sigpact__spell_text(finding->evidence);
	char *cure = sigpact__spell_text(finding->cure), *name, *message;
	json_t *o = NULL;
	int n = -1;

	name = sigpact__spell_text(r->name);
	if (evidence && cure && name)
		n = asprintf(&message, "%s (%d): %s. Cure: %s", name, r->pid,
			     evidence, cure);
	if (n >= 0) {
		o = json_pack(
		    "{s:s, s:i, s:s, s:{s:s}, s:[o], s:o, s:{s:s, s:i}}",
		    "ruleId", finding->kind->id, "ruleIndex",
		    (int)(finding->kind - sigpact__finding_kinds), "level",
		    level(finding->kind), "message", "text", message,
		    "locations", location(r, finding), "partialFingerprints",
		    fingerprint(r, finding), "properties", "cure", cure, "pid",
		    (int)r->pid);
		free(message);
	}
	free(name);
	free(cure);
	free(evidence);
	return o;
}

static json_t *results(const struct sigpact__inspection *all)
{
	json_t *array = json_array();
	size_t i, k;
	int e = 0;

	for (i = 0; i < all->count; i++)
		for (k = 0; k < all->sight[i].finding_count; k++)
			e |= json_array_append_new(
			    array, result(all->sight[i].record,
					  all->sight[i].finding + k));
	if (!e)
		return array;
	json_decref(array);
	return NULL;
}

/* Processes that were not seen are said, so that no result is no proof. */
static json_t *invocation(const struct sigpact__inspection *all)
{
	json_t *array = json_array();
	size_t i;
	int e = 0;

	for (i = 0; i < all->missed_count; i++) {
		const struct sigpact__missed *missed = all->missed + i;
		char *name = sigpact__spell_text(missed->name);
		char *why = sigpact__spell_text(missed->why);

		e |= !name || !why ||
		     json_array_append_new(
			 array, json_pack("{s:s, s:{s:o}}", "level", "warning",
					  "message", "text",
					  json_sprintf("%d (%s): %s",
						       missed->pid, name,
						       why)));
		free(name);
		free(why);
	}
	if (!e)
		return json_pack("{s:b, s:o}", "executionSuccessful", 1,
				 "toolExecutionNotifications", array);
	json_decref(array);
	return NULL;
}

int sigpact__inspect_sarif(FILE *f, const struct sigpact__inspection *all)
{
	json_t *top = json_pack(
	    "{s:s, s:s, s:[{s:{s:{s:s, s:s, s:s, s:o}}, s:[o], s:o, s:s}]}",
	    "$schema", SCHEMA, "version", "2.1.0", "runs", "tool", "driver",
	    "name", "sigpact", "version", SIGPACT_VERSION, "semanticVersion",
	    SIGPACT_VERSION, "rules", rules(), "invocations", invocation(all),
	    "results", results(all), "columnKind", "unicodeCodePoints");
	int e = !top || json_dumpf(top, f, JSON_INDENT(2)) ? -ENOMEM : 0;

	json_decref(top);
	fputc('\n', f);
	return e ? e : ferror(f) ? -EIO : 0;
}
