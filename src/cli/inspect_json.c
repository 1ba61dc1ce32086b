/* `sigpact inspect --json`: all of the records, as inspect.schema.json tells.
   What was not seen is not there.  Normal context. */
#include "cli.h"
#include "json_value.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

enum { JSON_VERSION = 1 };

/* jansson takes a NULL value as the failure of whoever made it; one that was
   lost must not end as a record with a part missing. */
struct writer {
	int failed;
};

static void put(struct writer *w, json_t *object, const char *key,
		json_t *value)
{
	if (json_object_set_new(object, key, value))
		w->failed = 1;
}

static void add(struct writer *w, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		w->failed = 1;
}

static json_t *set(struct writer *w, uint64_t signals)
{
	json_t *array = json_array();
	int sig;

	for (sig = 1; sig <= 64; sig++)
		if (signals >> (sig - 1) & 1)
			add(w, array, signal_name(sig));
	return array;
}

static json_t *flag_names(struct writer *w, uint64_t flags,
			  const char *name(unsigned bit))
{
	json_t *array = json_array();
	unsigned bit;

	for (bit = 0; bit < 64; bit++)
		if (flags >> bit & 1)
			add(w, array, name(bit) ? json_string(name(bit))
						: hex(1ULL << bit));
	return array;
}

static json_t *json_action(struct writer *w, const struct sigpact__sight *v,
			   int sig)
{
	const struct sigpact__act *act = v->record->action + sig;
	const struct sigpact__handler *at = v->handler + sig;
	json_t *o = json_object();

	put(w, o, "signal", number((uint64_t)sig));
	put(w, o, "name", signal_name(sig));
	put(w, o, "disposition",
	    json_string(act->handler > 1 ? "handler"
			: act->handler	 ? "ignored"
					 : "default"));
	put(w, o, "handler", hex(act->handler));
	put(w, o, "flags", hex(act->flags));
	put(w, o, "flag_names",
	    flag_names(w, act->flags, sigpact__spell_act_flag));
	put(w, o, "mask", set(w, act->mask));
	put(w, o, "restorer", hex(act->restorer));
	if (act->handler <= 1 || !at->module)
		return o;
	put(w, o, "owner", text(at->module));
	if (at->name)
		put(w, o, "symbol", text(at->name));
	put(w, o, "offset", hex(at->offset));
	if (*at->build_id)
		put(w, o, "build_id", json_string(at->build_id));
	return o;
}

static json_t *json_altstack(struct writer *w,
			     const struct sigpact__task *task)
{
	json_t *o;

	if (!task->alt_size)
		return json_null();
	o = json_object();
	put(w, o, "base", hex(task->alt_base));
	put(w, o, "size", number(task->alt_size));
	put(w, o, "flags", hex(task->alt_flags));
	put(w, o, "flag_names",
	    flag_names(w, task->alt_flags, sigpact__spell_stack_flag));
	if (task->seen & SEEN_TOUCHED)
		put(w, o, "used", number(task->alt_used));
	put(w, o, "mapped", json_boolean(task->alt_mapped));
	put(w, o, "writable", json_boolean(task->alt_writable));
	put(w, o, "guard", json_boolean(task->alt_guard));
	return o;
}

static json_t *json_thread(struct writer *w, const struct sigpact__task *task)
{
	static const char *const stacks[] = {
		[STACK_UNKNOWN] = "unknown",
		[STACK_NATIVE] = "native",
		[STACK_ALTERNATE] = "alternate",
		[STACK_FOREIGN] = "foreign",
	};
	char state[2] = { task->state };
	json_t *o = json_object();

	put(w, o, "tid", number((uint64_t)task->tid));
	put(w, o, "name", text(task->name));
	put(w, o, "state", json_string(state));
	put(w, o, "stack", json_string(stacks[task->stack]));
	if (task->stack_high) {
		put(w, o, "stack_low", hex(task->stack_low));
		put(w, o, "stack_high", hex(task->stack_high));
	}
	if (task->seen & SEEN_REGISTERS) {
		put(w, o, "sp", hex(task->sp));
		put(w, o, "pc", hex(task->pc));
	}
	if (task->tls)
		put(w, o, "thread_pointer", hex(task->tls));
	if (task->seen & SEEN_MASKS) {
		put(w, o, "blocked", set(w, task->blocked));
		put(w, o, "pending", set(w, task->pending));
	}
	if (task->seen & SEEN_THREAD)
		put(w, o, "excluded", set(w, task->excluded));
	if (task->seen & SEEN_ALTSTACK)
		put(w, o, "alternate_stack", json_altstack(w, task));
	return o;
}

static json_t *json_map(struct writer *w, const struct sigpact__map *map)
{
	json_t *o = json_object();

	put(w, o, "start", hex(map->start));
	put(w, o, "end", hex(map->end));
	put(w, o, "rights", text(map->rights));
	put(w, o, "offset", hex(map->offset));
	put(w, o, "device", hex(map->device));
	put(w, o, "inode", number(map->inode));
	put(w, o, "path", text(map->path));
	return o;
}

static json_t *json_runtime(struct writer *w, const struct sigpact__runtime *r)
{
	json_t *o = json_object();

	put(w, o, "name", text(r->name));
	if (r->module)
		put(w, o, "module", text(r->module));
	return o;
}

static json_t *json_why(struct writer *w, const uint64_t why[KEPT_WHYS])
{
	static const char *const names[KEPT_WHYS] = {
		"nested", "foreign", "room", "unknown", "shadow_stack"
	};
	json_t *o = json_object();
	int i;

	for (i = 0; i < KEPT_WHYS; i++)
		put(w, o, names[i], number(why[i]));
	return o;
}

static json_t *json_sigpact(struct writer *w, const struct sigpact__record *r)
{
	json_t *o = json_object(), *counts = json_array(), *count;
	int sig;

	put(w, o, "path", text(r->sigpact_path));
	if (r->sigpact_rules)
		put(w, o, "rules", text(r->sigpact_rules));
	put(w, o, "excluded", set(w, r->by_rule));
	for (sig = 1; r->have_counts && sig < RECORD_SIGNALS; sig++) {
		if (!r->counts[sig].delivered)
			continue;
		count = json_object();
		put(w, count, "signal", number((uint64_t)sig));
		put(w, count, "name", signal_name(sig));
		put(w, count, "delivered", number(r->counts[sig].delivered));
		put(w, count, "relocated", number(r->counts[sig].relocated));
		put(w, count, "kept", number(r->counts[sig].kept));
		put(w, count, "kept_why", json_why(w, r->counts[sig].why));
		add(w, counts, count);
	}
	if (r->have_counts)
		put(w, o, "counts_shared", json_boolean(r->counts_shared));
	if (r->have_counts)
		put(w, o, "counts", counts);
	else
		json_decref(counts);
	return o;
}

static json_t *json_finding(struct writer *w,
			    const struct sigpact__finding *finding)
{
	const struct sigpact__finding_kind *kind = finding->kind;
	json_t *o = json_object();

	put(w, o, "id", json_string(kind->id));
	put(w, o, "name", json_string(kind->name));
	put(w, o, "severity",
	    json_string(sigpact__spell_severity(kind->severity)));
	put(w, o, "what", text(kind->what));
	if (finding->sig)
		put(w, o, "signal", signal_name(finding->sig));
	if (finding->tid)
		put(w, o, "thread", number((uint64_t)finding->tid));
	if (finding->address)
		put(w, o, "address", hex(finding->address));
	put(w, o, "evidence", text(finding->evidence));
	put(w, o, "cure", text(finding->cure));
	return o;
}

static void put_lists(struct writer *w, json_t *o,
		      const struct sigpact__sight *v)
{
	const struct sigpact__record *r = v->record;
	json_t *findings = json_array(), *actions = json_array();
	json_t *threads = json_array(), *maps = json_array();
	json_t *runtimes = json_array();
	size_t i;

	for (i = 0; i < v->finding_count; i++)
		add(w, findings, json_finding(w, v->finding + i));
	for (i = 0; i < r->runtime_count; i++)
		add(w, runtimes, json_runtime(w, r->runtime + i));
	for (i = 1; r->have_actions && i < RECORD_SIGNALS; i++)
		add(w, actions, json_action(w, v, (int)i));
	for (i = 0; i < r->task_count; i++)
		add(w, threads, json_thread(w, r->task + i));
	for (i = 0; i < r->map_count; i++)
		add(w, maps, json_map(w, r->map + i));
	put(w, o, "findings", findings);
	put(w, o, "runtimes", runtimes);
	if (r->have_actions)
		put(w, o, "actions", actions);
	else
		json_decref(actions);
	put(w, o, "threads", threads);
	put(w, o, "maps", maps);
}

static json_t *json_process(struct writer *w, const struct sigpact__sight *v)
{
	const struct sigpact__record *r = v->record;
	json_t *o = json_object();

	put(w, o, "pid", number((uint64_t)r->pid));
	put(w, o, "name", text(r->name));
	put(w, o, "program", text(r->exe));
	put(w, o, "command", text(r->cmdline));
	put(w, o, "uid", number(r->uid));
	put(w, o, "start_time", number(r->start_time));
	put(w, o, "at_ns", number(r->at_ns));
	put(w, o, "way", json_string(sigpact__way_name(r->way)));
	if (r->why_not)
		put(w, o, "why_not", text(r->why_not));
	put(w, o, "stopped_ns", number(r->stopped_ns));
	if (r->frame_size)
		put(w, o, "frame_size", number(r->frame_size));
	put(w, o, "pending", set(w, r->pending));
	put(w, o, "caught", set(w, r->caught));
	put(w, o, "ignored", set(w, r->ignored));
	put(w, o, "threads_missed", number(r->tasks_missed));
	put(w, o, "sigpact", r->sigpact_path ? json_sigpact(w, r)
					     : json_null());
	put_lists(w, o, v);
	return o;
}

int sigpact__inspect_json(FILE *f, const struct sigpact__inspection *all)
{
	json_t *top = json_object(), *processes = json_array();
	json_t *missed = json_array(), *o;
	struct writer w = { 0 };
	size_t i;

	for (i = 0; i < all->count; i++)
		add(&w, processes, json_process(&w, all->sight + i));
	for (i = 0; i < all->missed_count; i++) {
		o = json_object();
		put(&w, o, "pid", number((uint64_t)all->missed[i].pid));
		put(&w, o, "name", text(all->missed[i].name));
		put(&w, o, "why", text(all->missed[i].why));
		add(&w, missed, o);
	}
	put(&w, top, "version", number(JSON_VERSION));
	put(&w, top, "sigpact", json_string(SIGPACT_VERSION));
	put(&w, top, "processes", processes);
	put(&w, top, "missed", missed);
	if (!w.failed && json_dumpf(top, f, JSON_INDENT(2)))
		w.failed = 1;
	json_decref(top);
	fputc('\n', f);
	return w.failed ? -ENOMEM : ferror(f) ? -EIO : 0;
}
