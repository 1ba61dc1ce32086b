/* Events and facts go through JSON Lines unchanged, bit by bit; and a file that
   is none of ours, cut or changed, is refused with one line, or read as far as
   it makes sense. */
#include "built.h"
#include "print.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>

enum { EVENTS = 2000, LINES = 4000 };

static union built sent[EVENTS], got[EVENTS];
static size_t sent_count, got_count, facts;

static void take_event(void *context, const struct sigpact__event *e)
{
	if (got_count < EVENTS)
		memcpy(&got[got_count++], e, e->size);
}

static void take_fact(void *context, const struct sigpact__fact *f)
{
	facts++;
}

static struct sigpact__story_ends ends_got;
static char source_got[16];

static int begin(void *context, const char *source,
		 const struct sigpact__story_ends *ends)
{
	ends_got = *ends;
	snprintf(source_got, sizeof source_got, "%s", source);
	return 0;
}

static const struct sigpact__jsonl_sink sink = { begin, take_event,
						 take_fact };

static int read_text(const char *text, size_t size, char why[256])
{
	FILE *f = fmemopen((void *)(uintptr_t)text, size, "r");
	int e;

	*why = 0;
	got_count = facts = 0;
	e = sigpact__jsonl_read(f, &sink, NULL, why);
	fclose(f);
	return e;
}

/* Any bits in all that an event of this kind has. */
static void fill(union built *b, unsigned kind, unsigned row)
{
	struct sigpact__event *e = &b->event;
	size_t i, size = sigpact__event_size(kind, row);

	memset(b, 0, sizeof *b);
	for (i = 0; i < size; i++)
		b->bytes[i] = (char)rand();
	e->size = (uint32_t)size;
	e->kind = (uint16_t)kind;
	e->time_ns &= INT64_MAX;
	if (kind <= EVENT_EXIT)
		e->entry.row = (uint16_t)row;
	if (kind == EVENT_EXIT)
		e->exit.unused = 0;
	if (kind == EVENT_EXEC)
		snprintf(e->exec.name, sizeof e->exec.name, "%s", "a \"b\"<\\");
	if (kind == EVENT_EXEC)
		memset(e->exec.name + 7, 0, 9);
}

/* What is not looked at. */
static void clear_unused(struct sigpact__event *e)
{
	if (e->kind == EVENT_DELIVERED)
		e->delivered.unused = 0;
	if (e->kind == EVENT_STOP)
		e->stop.unused = 0;
	if (e->kind == EVENT_START || e->kind == EVENT_ATTACHED)
		e->start.unused = 0;
	if (e->kind == EVENT_ATTACHED)
		e->start.by_pid = e->start.by_tid = 0,
		e->start.same_memory = 0;
	if (e->kind == EVENT_EXEC)
		e->exec.unused = 0;
}

static struct sigpact__fact fact_maps(void)
{
	static struct sigpact__map map = { 1, 2, 3, 0, 0, "r-xp", NULL };
	struct sigpact__fact f = { .kind = FACT_MAPS, .pid = 5, .tid = 5 };

	map.path = (char *)(uintptr_t)"/a\n\xff<b";
	f.maps.map = &map;
	f.maps.count = 1;
	return f;
}

static char *written;
static size_t written_size;

static void write_all(void)
{
	struct sigpact__print p = { .source = "test", .ends = {
		.sees_generated = 1, .frame_size = 3376 } };
	struct sigpact__printer printer;
	struct sigpact__fact f = fact_maps();
	size_t i;

	p.file = open_memstream(&written, &written_size);
	sigpact__print_jsonl(&p, &printer);
	printer.fact(printer.state, &f);
	for (i = 0; i < sent_count; i++)
		printer.event(printer.state, &sent[i].event);
	printer.close(printer.state);
	fclose(p.file);
}

static void test_same(void)
{
	unsigned kind, row;
	size_t i;
	int same = 1, round, e;
	char why[256];

	for (round = 0; round < 20; round++)
		for (kind = 1; kind < EVENT_KINDS; kind++)
			for (row = 0; row < (kind <= EVENT_EXIT ? CALLS_COUNT :
					     1u); row++) {
				fill(&sent[sent_count], kind, row);
				clear_unused(&sent[sent_count++].event);
			}
	write_all();
	e = read_text(written, written_size, why);
	ok(!e && got_count == sent_count && facts == 1,
	   "%zu events of all kinds are read (%s)", got_count, why);
	ok(!strcmp(source_got, "test") && ends_got.sees_generated &&
	   ends_got.frame_size == 3376, "and what the source sees");
	for (i = 0; i < sent_count && same; i++) {
		struct sigpact__event *s = &sent[i].event;
		size_t size = s->size;

		/* undefined when nothing of it was seen */
		if (!(s->seen & (SAW_FETCH_0 | SAW_FETCH_1 | SAW_CALLER)) &&
		    s->kind <= EVENT_EXIT)
			size = s->kind == EVENT_ENTRY ? EVENT_HEAD(entry)
						      : EVENT_HEAD(exit);
		same = !memcmp(s, &got[i], size);
		if (!same)
			printf("# event %zu, kind %u\n", i, s->kind);
	}
	ok(same, "each with the same bits");
}

static void test_refused(void)
{
	static const char head[] = "{\"sigpact-trace\":1,\"source\":\"x\"}\n";
	static const struct {
		const char *text, *expected;
	} wrong[] = {
		{ "\n", "expected what sigpact trace --format=jsonl writes" },
		{ "hello\n", "expected what sigpact trace" },
		{ "[]\n", "expected what sigpact trace" },
		{ "{\"sigpact-trace\":2}\n", "version 1" },
		{ "{}\n", "line 2: no event that this version knows" },
		{ "{\"event\":\"x\"}\n", "line 2: no event" },
		{ "{\"event\":\"entry\",\"call\":\"read\"}\n", "line 2: no ev" },
		{ "{\"fact\":\"x\"}\n", "line 2: no event" },
		{ "{\"event\":\"ent", "line 2: " },
		{ "3\n", "line 2: " },
	};
	char text[256], why[256];
	size_t i;
	int e;

	for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(text, sizeof text, "%s%s", i < 4 ? "" : head,
			 wrong[i].text);
		e = read_text(text, strlen(text), why);
		ok(e == -EINVAL && strstr(why, wrong[i].expected) &&
		   !strchr(why, '\n'), "refused: %.*s (%s)",
		   (int)strcspn(wrong[i].text, "\n"), wrong[i].text, why);
	}
}

static void tell(void *context, const struct sigpact__telling *t)
{
	struct sigpact__line line;

	sigpact__telling_text(t, &line);
}

static struct sigpact__story *story;

static void story_event(void *context, const struct sigpact__event *e)
{
	sigpact__story_event(story, e);
}

static void story_fact(void *context, const struct sigpact__fact *f)
{
	sigpact__story_fact(story, f);
}

/* A byte here and there, and cut: whatever comes of it, it ends. */
static void test_changed(void)
{
	static const struct sigpact__jsonl_sink through = {
		begin, story_event, story_fact };
	struct sigpact__story_ends ends = { .tell = tell };
	char *copy = malloc(written_size), why[256];
	size_t size, i;
	int round;
	FILE *f;

	for (round = 0; round < 60; round++) {
		memcpy(copy, written, written_size);
		size = (size_t)rand() % written_size + 1;
		for (i = 100; i < size; i += 1 + (size_t)rand() % 3000)
			copy[i] = "0123456789abcdef\"{,:-"[rand() % 21];
		f = fmemopen(copy, size, "r");
		story = sigpact__story_open(&ends);
		*why = 0;
		sigpact__jsonl_read(f, &through, NULL, why);
		sigpact__story_close(story);
		fclose(f);
	}
	ok(1, "changed files");
	/* those whose JSON is sound: all events with any numbers */
	story = sigpact__story_open(&ends);
	*why = 0;
	f = fmemopen(written, written_size, "r");
	ok(!sigpact__jsonl_read(f, &through, NULL, why),
	   "events with any bits in them %s", why);
	ok(!sigpact__story_close(story), "and the story of them ends");
	fclose(f);
	free(copy);
}

int main(void)
{
	srand(1);
	test_same();
	test_refused();
	test_changed();
	free(written);
	return done();
}
