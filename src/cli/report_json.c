/* `sigpact report --json`: one line for each report, as report.schema.json
   tells.  What is not known is not there.  Normal context. */
#include "cli.h"
#include "json_value.h"
#include "report_print.h"

#include <errno.h>
#include <jansson.h>

enum { JSON_VERSION = 1 };

static json_t *inlined(const struct sigpact__inlined *in)
{
	json_t *o = json_pack("{s:o}", "function", text(in->function));

	if (in->file) {
		json_object_set_new(o, "called_file", text(in->file));
		json_object_set_new(o, "called_line", json_integer(in->line));
	}
	return o;
}

static json_t *frame(const struct sigpact__frame *f)
{
	json_t *all = json_array();
	int i;
	json_t *o = json_pack("{s:o s:o s:s s:o s:b}", "pc", hex(f->pc), "sp",
			      hex(f->sp), "how",
			      sigpact__frame_how_name(f->how), "offset",
			      hex(f->offset), "signal_frame", f->trampoline);

	if (*f->module)
		json_object_set_new(o, "module", text(f->module));
	if (*f->build_id)
		json_object_set_new(o, "build_id", json_string(f->build_id));
	if (f->function)
		json_object_set_new(o, "function", text(f->function));
	if (f->file) {
		json_object_set_new(o, "file", text(f->file));
		json_object_set_new(o, "line", json_integer(f->line));
	}
	for (i = 0; i < f->inlined_count; i++)
		json_array_append_new(all, inlined(&f->inlined[i]));
	if (f->inlined_count)
		json_object_set(o, "inlined", all);
	json_decref(all);
	return o;
}

static json_t *thread(const struct sigpact__thread *t)
{
	json_t *frames = json_array();
	size_t i;

	for (i = 0; i < t->frame_count; i++)
		json_array_append_new(frames, frame(&t->frame[i]));
	return json_pack("{s:i s:o s:b s:o s:o s:b}", "tid", t->task->tid,
			 "name", text(t->task->name), "held", t->held, "frames",
			 frames, "left_out", number(t->left_out), "cut",
			 t->cut);
}

static json_t *registers(const struct user_regs_struct *r)
{
	return json_pack("{s:o s:o s:o s:o s:o s:o s:o s:o s:o"
			 " s:o s:o s:o s:o s:o s:o s:o s:o s:o}",
			 "rip", hex(r->rip), "rsp", hex(r->rsp), "rbp",
			 hex(r->rbp), "rax", hex(r->rax), "rbx", hex(r->rbx),
			 "rcx", hex(r->rcx), "rdx", hex(r->rdx), "rsi",
			 hex(r->rsi), "rdi", hex(r->rdi), "r8", hex(r->r8),
			 "r9", hex(r->r9), "r10", hex(r->r10), "r11",
			 hex(r->r11), "r12", hex(r->r12), "r13", hex(r->r13),
			 "r14", hex(r->r14), "r15", hex(r->r15), "flags",
			 hex(r->eflags));
}

static json_t *stack(const struct sigpact__report *r)
{
	static const char *const kinds[] = {
		[STACK_UNKNOWN] = "unknown", [STACK_NATIVE] = "native",
		[STACK_ALTERNATE] = "alternate", [STACK_FOREIGN] = "foreign"
	};
	uint64_t sp = r->thread[r->crashed].regs.rsp;
	json_t *o = json_pack("{s:s s:s}", "kind", kinds[r->stack], "text",
			      r->where);

	if (!r->stack_low)
		return o;
	json_object_set_new(o, "low", hex(r->stack_low));
	json_object_set_new(o, "high", hex(r->stack_high));
	json_object_set_new(o, "left", number(sp > r->stack_low ?
						      sp - r->stack_low : 0));
	json_object_set_new(o, "overflowed",
			    json_boolean(sigpact__report_overflowed(r)));
	return o;
}

static json_t *crash(const struct sigpact__report *r)
{
	const struct sigpact__frame *first = sigpact__report_first(r);
	json_t *o = json_pack("{s:o s:i s:i s:s s:o s:o s:o s:o s:o}", "signal",
			      signal_name(r->sig), "code", r->info.si_code,
			      "tid", r->thread[r->crashed].task->tid, "cause",
			      sigpact__cause_name(r->cause), "text",
			      text(r->why), "signature", text(r->signature),
			      "stack", stack(r), "registers",
			      registers(&r->thread[r->crashed].regs), "took_us",
			      number(r->took_ns / 1000));

	if (r->have_address) {
		json_object_set_new(o, "address", hex(r->address));
		json_object_set_new(o, "address_text", text(r->lies));
	}
	if (*r->message)
		json_object_set_new(o, "message", text(r->message));
	if (first)
		json_object_set_new(o, "at", frame(first));
	return o;
}

static json_t *maps(const struct sigpact__record *k)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < k->map_count; i++)
		json_array_append_new(all, json_pack(
			"{s:o s:o s:s s:o s:o}", "start", hex(k->map[i].start),
			"end", hex(k->map[i].end), "rights", k->map[i].rights,
			"offset", hex(k->map[i].offset), "path",
			text(k->map[i].path)));
	return all;
}

static json_t *actions(const struct sigpact__record *k)
{
	json_t *all = json_array();
	int sig;

	for (sig = 1; sig < RECORD_SIGNALS; sig++)
		if (k->action[sig].handler)
			json_array_append_new(all, json_pack(
				"{s:o s:o s:o}", "signal", signal_name(sig),
				"handler", hex(k->action[sig].handler),
				"flags", hex(k->action[sig].flags)));
	return all;
}

static json_t *runtimes(const struct sigpact__record *k)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < k->runtime_count; i++)
		json_array_append_new(all, json_pack(
			"{s:s s:o}", "name", k->runtime[i].name, "module",
			text(k->runtime[i].module)));
	return all;
}

static json_t *findings(const struct sigpact__report *r)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < r->finding_count; i++)
		json_array_append_new(all, json_pack(
			"{s:s s:s s:o s:o}", "id", r->finding[i].kind->id,
			"name", r->finding[i].kind->name, "evidence",
			text(r->finding[i].evidence), "cure",
			text(r->finding[i].cure)));
	return all;
}

json_t *sigpact__report_object(const struct sigpact__report *r)
{
	json_t *threads = json_array(), *o;
	size_t i;

	for (i = 0; i < r->thread_count; i++)
		json_array_append_new(threads, thread(&r->thread[i]));
	o = json_pack("{s:i s:i s:o s:o s:o s:o s:o s:o s:o}", "version",
		      JSON_VERSION, "pid", r->record->pid, "name",
		      text(r->record->name), "command",
		      text(r->record->cmdline), "threads", threads, "maps",
		      maps(r->record), "actions", actions(r->record),
		      "runtimes", runtimes(r->record), "findings", findings(r));
	if (o && r->sig && json_object_set_new(o, "crash", crash(r))) {
		json_decref(o);
		o = NULL;
	}
	return o;
}

int sigpact__report_json(FILE *f, const struct sigpact__report *r)
{
	json_t *o = sigpact__report_object(r);
	int e = 0;

	if (!o)
		return -ENOMEM;
	if (json_dumpf(o, f, JSON_COMPACT) || fputc('\n', f) < 0 || fflush(f))
		e = -errno;
	json_decref(o);
	return e;
}
