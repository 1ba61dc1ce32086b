/* Prints two records that were made by hand, one rich and one of which little
   was seen: print text|brief|verbose|color|json|sarif|openmetrics|FILE. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* This test's own kinds and words: no other code is asked for any. */
const struct sigpact__finding_kind sigpact__finding_kinds[] = {
	{ "SP001", "wrong-stack-delivery", SEVERITY_ERROR,
	  "A handler runs on a stack that it was not written for." },
	{ "SP002", "small-alternate-stack", SEVERITY_WARNING,
	  "A handler will overrun its alternate stack." },
	{ "SP003", "lost-sigpipe", SEVERITY_NOTE,
	  "SIGPIPE kills the process." },
};
const size_t sigpact__finding_kind_count = 3;

const char *sigpact__way_name(enum sigpact__way way)
{
	return way == WAY_BPF ? "bpf" : way == WAY_PTRACE ? "ptrace" : "proc";
}

const struct sigpact__map *sigpact__map_at(const struct sigpact__record *r,
					   uint64_t address)
{
	size_t i;

	for (i = 0; i < r->map_count; i++)
		if (r->map[i].start <= address && address < r->map[i].end)
			return r->map + i;
	return NULL;
}

#define BIT(sig) (1ULL << ((sig) - 1))

static struct sigpact__map maps[] = {
	{ 0x400000, 0x500000, 0, 0x801, 77, "r-xp", "/opt/my app/ser%ver" },
	{ 0x700000, 0x710000, 0, 0, 0, "rwxp", "" },
	{ 0x7f0000000000, 0x7f0000100000, 0x1000, 0x801, 78, "r-xp",
	  "/usr/lib/libpeer.so" },
};

/* 3 workers that are the same to a reader, and others that differ. */
static struct sigpact__task tasks[] = {
	{ .tid = 4711, .name = "ser\033[31m\"\\ver", .state = 'S',
	  .seen = SEEN_MASKS | SEEN_ALTSTACK, .stack = STACK_NATIVE,
	  .stack_low = 0x7ffc00000000, .stack_high = 0x7ffc00800000 },
	{ .tid = 4712, .name = "worker-1", .state = 'S',
	  .seen = SEEN_MASKS | SEEN_ALTSTACK | SEEN_TOUCHED | SEEN_REGISTERS |
		  SEEN_THREAD,
	  .blocked = BIT(10), .sp = 0x7f1000, .pc = 0x400100,
	  .excluded = BIT(30), .tls = 0x7f2000,
	  .stack = STACK_FOREIGN, .alt_base = 0x7f0000200000, .alt_size = 16384,
	  .alt_used = 4096, .alt_mapped = 1, .alt_writable = 1,
	  .alt_guard = 1 },
	{ .tid = 4713, .name = "worker-2", .state = 'S',
	  .seen = SEEN_MASKS | SEEN_ALTSTACK | SEEN_TOUCHED | SEEN_REGISTERS |
		  SEEN_THREAD,
	  .blocked = BIT(10), .sp = 0x7f3000, .pc = 0x400100,
	  .excluded = BIT(30),
	  .stack = STACK_FOREIGN, .alt_base = 0x7f0000300000, .alt_size = 16384,
	  .alt_used = 12288, .alt_mapped = 1, .alt_writable = 1,
	  .alt_guard = 1 },
	{ .tid = 4720, .name = "worker-10", .state = 'S',
	  .seen = SEEN_MASKS | SEEN_ALTSTACK | SEEN_TOUCHED | SEEN_REGISTERS |
		  SEEN_THREAD,
	  .blocked = BIT(10), .sp = 0x7f5000, .pc = 0x400100,
	  .excluded = BIT(30),
	  .stack = STACK_FOREIGN, .alt_base = 0x7f0000400000, .alt_size = 16384,
	  .alt_used = 8192, .alt_mapped = 1, .alt_writable = 1,
	  .alt_guard = 1 },
	{ .tid = 4721, .name = "gone", .state = 'R',
	  .seen = SEEN_MASKS | SEEN_ALTSTACK, .pending = BIT(30) | BIT(37),
	  .blocked = ~(BIT(9) | BIT(19)),
	  .stack = STACK_ALTERNATE, .alt_base = 0x7f0000500000, .alt_size = 8192,
	  .alt_flags = 0x80000001 },
	{ .tid = 4722, .name = "bare", .state = 'S',
	  .seen = SEEN_MASKS | SEEN_ALTSTACK,
	  .stack = STACK_NATIVE, .alt_base = 0x7f0000600000, .alt_size = 8192,
	  .alt_mapped = 1, .alt_writable = 1 },
};

static struct sigpact__record rich = {
	.pid = 4711, .way = WAY_PTRACE, .why_not = "bpf: not permitted",
	.name = "ser\033[31m\"\\ver", .exe = "/opt/my app/ser%ver",
	.cmdline = "/opt/my app/ser%ver --name \xff\n\xc3\xa4",
	.uid = 0, .start_time = 123456, .at_ns = 7890123456, .stopped_ns = 81500,
	.pending = BIT(1), .caught = BIT(10) | BIT(30) | BIT(34) | BIT(11),
	.ignored = BIT(13), .have_actions = 1,
	.action = {
		[10] = { 0x400123, 0x14000004, 0x400f00, BIT(10) },
		[11] = { 0x600000, 0x4c000004, 0x400f00, ~0ULL },
		[13] = { 1, 0x4000000, 0x400f00, 0 },
		[30] = { 0x7f000006f9e8, 0xc000004, 0x400f00, 0 },
		[34] = { 0x700010, 0x100000004, 0, 0 },
	},
	.task = tasks, .task_count = sizeof tasks / sizeof *tasks,
	.tasks_missed = 2,
	.map = maps, .map_count = sizeof maps / sizeof *maps,
	.runtime = { { "Go", "/usr/lib/libpeer.so" }, { "Python", NULL } },
	.runtime_count = 2, .frame_size = 3376,
	.sigpact_path = "/usr/lib/libsigpact.so.0", .sigpact_rules = "log",
	.have_counts = 1,
	.by_rule = BIT(30),
	.counts = { [30] = { 400, 396, 4, { 1, 0, 3 } }, [34] = { .delivered = 7 } },
};

static struct sigpact__task unseen = {
	.tid = 99, .name = "dark", .state = 'S'
};
static struct sigpact__record poor = {
	.pid = 99, .way = WAY_PROC, .why_not = "ptrace: not permitted",
	.name = "dark", .exe = "", .cmdline = "", .uid = 0,
	.caught = BIT(2), .ignored = BIT(13),
	.task = &unseen, .task_count = 1,
};

static struct sigpact__finding found[] = {
	{ sigpact__finding_kinds, 30, 4712, 0x7f000006f9e8,
	  "SIGPWR has SA_ONSTACK \033]0;x\a", "sigpact heal 4711 --yes" },
	{ sigpact__finding_kinds + 1, 0, 4712, 0, "16384 bytes", "grow it" },
	{ sigpact__finding_kinds + 2, 37, 0, 0, "ignored", "restore it" },
};
static struct sigpact__sight sights[] = {
	{ .record = &rich, .finding = found, .finding_count = 3, .handler = {
		[10] = { "/opt/my app/ser%ver", "on_usr1", 0x23, "00ff" },
		[30] = { "/usr/lib/libpeer.so", NULL, 0x6f9e8, "" } } },
	{ .record = &poor },
};
static struct sigpact__missed missed[] = {
	{ 5, 0, "other", "belongs to user 7" },
};

int main(int argc, char **argv)
{
	struct sigpact__inspection all = { sights, 2, missed, 1, 0,
					   "inspect" };
	const char *form = argc > 1 ? argv[1] : "";
	struct sigpact__style style = { !strcmp(form, "color"),
					!strcmp(form, "verbose"),
					!strcmp(form, "brief") };
	int e;

	if (!strcmp(form, "json"))
		e = sigpact__inspect_json(stdout, &all);
	else if (!strcmp(form, "sarif"))
		e = sigpact__inspect_sarif(stdout, &all);
	else if (!strcmp(form, "openmetrics"))
		e = sigpact__inspect_openmetrics(stdout, &all);
	else if (strchr(form, '/'))
		e = sigpact__inspect_openmetrics_file(form, &all);
	else
		e = sigpact__inspect_text(stdout, &all, style);
	if (e)
		fprintf(stderr, "%s: %s\n", form, strerror(-e));
	return e != 0;
}
