/* The functions that the compiler put into the one that a frame is of, from the
   debug information.  Normal context. */
#include "report.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>

static int is_inlined(Dwarf_Die *die)
{
	return dwarf_tag(die) == DW_TAG_inlined_subroutine;
}

static const char *name(Dwarf_Die *die)
{
	Dwarf_Attribute a;
	const char *s = dwarf_formstring(
		dwarf_attr_integrate(die, DW_AT_name, &a));

	return s ? s : "?";
}

static int number(Dwarf_Die *die, unsigned attribute)
{
	Dwarf_Attribute a;
	Dwarf_Word n;

	return dwarf_formudata(dwarf_attr(die, attribute, &a), &n) ? 0 : (int)n;
}

static const char *called_file(Dwarf_Die *unit, Dwarf_Die *die)
{
	Dwarf_Files *files;
	size_t n;

	if (dwarf_getsrcfiles(unit, &files, &n))
		return NULL;
	return dwarf_filesrc(files, (size_t)number(die, DW_AT_call_file), NULL,
			     NULL);
}

static void add(struct sigpact__frame *f, Dwarf_Die *unit, Dwarf_Die *die)
{
	struct sigpact__inlined *in = &f->inlined[f->inlined_count];

	if (f->inlined_count == INLINED)
		return;
	in->function = name(die);
	in->file = called_file(unit, die);
	in->line = number(die, DW_AT_call_line);
	f->inlined_count++;
}

/* What encloses the innermost one, block by block, up to the function itself; as
   it lies in the code, not as it was written. */
static void outwards(struct sigpact__frame *f, Dwarf_Die *unit,
		     Dwarf_Die *inner)
{
	Dwarf_Die *scopes = NULL;
	int i, n = dwarf_getscopes_die(inner, &scopes);

	for (i = 0; i < n && dwarf_tag(&scopes[i]) != DW_TAG_subprogram; i++)
		if (is_inlined(&scopes[i]))
			add(f, unit, &scopes[i]);
	free(scopes);
}

void sigpact__frame_inlined(struct sigpact__report *r,
			    struct sigpact__frame *f, uint64_t at)
{
	Dwfl_Module *module =
		dwfl_addrmodule(sigpact__functions_dwfl(r->functions), at);
	Dwarf_Die *scopes = NULL, *unit;
	Dwarf_Addr bias;
	int i, n;

	unit = module ? dwfl_module_addrdie(module, at, &bias) : NULL;
	n = unit ? dwarf_getscopes(unit, at - bias, &scopes) : 0;
	for (i = 0; i < n && dwarf_tag(&scopes[i]) != DW_TAG_subprogram; i++)
		if (is_inlined(&scopes[i])) {
			outwards(f, unit, &scopes[i]);
			break;
		}
	free(scopes);
}
