/* Requests from arbitrary bytes.  However they are cut into pieces, the same is
   understood: the same requests, and then none, more wanted, or a refusal.  What
   is understood keeps what http.h promises.

   Input: the size of a piece, the bytes of the connection. */
#include "connection.h"
#include "fuzz.h"

#include <string.h>

static const struct sigpact__http_limits limits = {
	.header_size = 512, .headers = 8, .url_size = 64, .body_size = 64,
};

/* What was understood, one request after the other. */
struct story {
	char text[1 << 16];
	size_t size;
	unsigned requests;
	int end; /* MESSAGE_MORE or 400 for any refusal */
};

static void tell(struct story *s, const void *bytes, size_t size)
{
	if (size + sizeof size > sizeof s->text - s->size)
		return; /* enough */
	memcpy(s->text + s->size, &size, sizeof size);
	if (size)
		memcpy(s->text + s->size + sizeof size, bytes, size);
	s->size += sizeof size + size;
}

static void tell_string(struct story *s, const char *string)
{
	tell(s, string, strlen(string));
}

static void check_path(const char *path)
{
	size_t n = strlen(path);

	CLAIM(*path == '/' || !strcmp(path, "*"));
	CLAIM(n <= limits.url_size);
	CLAIM(!strstr(path, "/../") && !strstr(path, "/./"));
	CLAIM(n < 2 || strcmp(path + n - 2, "/."));
	CLAIM(n < 3 || strcmp(path + n - 3, "/.."));
}

static void take(struct story *s, const struct sigpact__message *m)
{
	const struct sigpact__request *r = &m->request;
	unsigned i;

	check_path(r->path);
	CLAIM(r->minor <= 1 && r->method && r->header_count <= limits.headers);
	CLAIM(r->body_size <= r->body_limit);
	CLAIM(r->content_length < 0 ||
	      (uint64_t)r->content_length == r->body_size);
	tell_string(s, r->method_name);
	tell_string(s, r->path);
	tell_string(s, r->query);
	for (i = 0; i < r->header_count; i++) {
		CLAIM(*r->header[i].name);
		CLAIM(!strpbrk(r->header[i].name, " \r\n"));
		CLAIM(!strpbrk(r->header[i].value, "\r\n"));
		tell_string(s, r->header[i].name);
		tell_string(s, r->header[i].value);
	}
	tell(s, m->body, r->body_size);
	s->requests++;
}

/* As connection.c does, from memory of exactly the size of a piece. */
static void read_all(struct story *s, const uint8_t *data, size_t size,
		     size_t step)
{
	struct sigpact__message *m = calloc(1, sigpact__message_size(&limits));
	size_t taken, n = 0;
	char *piece = NULL;
	int had = MESSAGE_WHOLE;

	CLAIM(m);
	for (s->end = MESSAGE_MORE; size || n;) {
		if (!n) {
			n = step < size ? step : size;
			free(piece);
			piece = memcpy(malloc(n), data, n);
			data += n;
			size -= n;
		}
		if (had == MESSAGE_WHOLE)
			sigpact__message_begin(m, &limits);
		do {
			had = sigpact__message_read(m, piece, n, &taken);
			CLAIM(taken <= n);
			n -= taken;
			memmove(piece, piece + taken, n);
			if (had == MESSAGE_HEAD &&
			    m->request.content_length > (int64_t)limits.body_size)
				had = 413;
		} while (had == MESSAGE_HEAD);
		if (had == MESSAGE_WHOLE)
			take(s, m);
		if (had >= 400) {
			s->end = 400;
			break;
		}
		CLAIM(had == MESSAGE_WHOLE || !n);
	}
	free(piece);
	free(m->body);
	free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct story whole, bytes, pieces;

	if (!size || size > 4096)
		return 0;
	whole.size = bytes.size = pieces.size = 0;
	whole.requests = bytes.requests = pieces.requests = 0;
	read_all(&whole, data + 1, size - 1, size);
	read_all(&bytes, data + 1, size - 1, 1);
	read_all(&pieces, data + 1, size - 1, *data + 1u);
	CLAIM(whole.end == bytes.end && whole.end == pieces.end);
	CLAIM(whole.size == bytes.size && whole.size == pieces.size);
	CLAIM(!memcmp(whole.text, bytes.text, whole.size));
	CLAIM(!memcmp(whole.text, pieces.text, whole.size));
	fuzz_seen++;
	fuzz_accepted += whole.requests > 0;
	return 0;
}
