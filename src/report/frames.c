/* What the frames of a thread are called: module, build-id, function, file and
   line, by libdwfl.  Normal context. */
#include "report.h"

#include <elfutils/libdwfl.h>
#include <string.h>

/* A return address may be the next function's, or line's; and a breakpoint
   instruction has been executed. */
static uint64_t inside(const struct sigpact__report *r,
		       const struct sigpact__frame *f)
{
	if (f->how == FRAME_STOPPED)
		return f->pc - (r->sig == SIGTRAP && r->info.si_code > 0);
	return f->how == FRAME_SIGNAL || f->trampoline ? f->pc : f->pc - 1;
}

static void source(struct sigpact__report *r, struct sigpact__frame *f,
		   uint64_t at)
{
	Dwfl_Module *module =
		dwfl_addrmodule(sigpact__functions_dwfl(r->functions), at);
	Dwfl_Line *line = module ? dwfl_module_getsrc(module, at) : NULL;

	if (line)
		f->file = dwfl_lineinfo(line, NULL, &f->line, NULL, NULL, NULL);
}

void sigpact__frames_name(struct sigpact__report *r, struct sigpact__thread *t)
{
	const struct sigpact__map *m;
	struct sigpact__frame *f;
	uint64_t at;

	for (f = t->frame; f < t->frame + t->frame_count; f++) {
		at = inside(r, f);
		m = sigpact__map_at(r->record, at);
		f->module = m ? m->path : "";
		if (!m || m->rights[2] != 'x')
			continue;
		f->function = sigpact__function_at(r->functions, at, &f->offset,
						   f->build_id);
		if (f->function)
			f->offset += f->pc - at;
		else
			f->offset = f->pc - m->start + m->offset;
		/* whose debug information takes 40 ms to unpack */
		if (sigpact__frame_is_libc(f))
			continue;
		source(r, f, at);
		if (f->file)
			sigpact__frame_inlined(r, f, at);
	}
}

struct variable {
	const char *name, *program;
	uint64_t address;
};

static int in_module(Dwfl_Module *module, void **data, const char *name,
		     Dwarf_Addr base, void *arg)
{
	struct variable *v = arg;
	const char *found;
	GElf_Addr address;
	GElf_Sym symbol;
	int i, n;

	if (!strstr(name, "/libc.") && strcmp(name, v->program))
		return DWARF_CB_OK;
	n = dwfl_module_getsymtab(module);
	for (i = 1; i < n; i++) {
		found = dwfl_module_getsym_info(module, i, &symbol, &address,
						NULL, NULL, NULL);
		if (found && *found == *v->name && symbol.st_shndx &&
		    !strcmp(found, v->name)) {
			v->address = address;
			return DWARF_CB_ABORT;
		}
	}
	return DWARF_CB_OK;
}

uint64_t sigpact__report_variable(struct sigpact__report *r, const char *name)
{
	struct variable v = { name, r->record->exe, 0 };

	dwfl_getmodules(sigpact__functions_dwfl(r->functions), in_module, &v,
			0);
	return v.address;
}
