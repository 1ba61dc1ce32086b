/* Makes an image another size: resize?width=320&height=200, or one of both, and
   the other follows.  It is sent a PPM (P6, 255) or an uncompressed 24-bit BMP and
   answers in the same format, or as format=ppm or format=bmp says.  Each pixel of
   the answer is the mean of the area that it covers; where the image becomes
   larger, it lies between its four neighbours. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MOST = 8192, BMP_HEADER = 54 };

struct image {
	unsigned width, height;
	uint8_t *rgb; /* rows from the top, no padding */
};

static int fail(const char *why)
{
	fprintf(stderr, "resize: %s\n", why);
	printf("%s\n", why);
	return 1;
}

static uint8_t *body_read(size_t *size)
{
	size_t room = 1 << 16, n;
	uint8_t *body = malloc(room), *more;

	for (*size = 0; body; *size += n) {
		if (*size == room) {
			more = realloc(body, room *= 2);
			if (!more)
				free(body);
			body = more;
			if (!body)
				break;
		}
		n = fread(body + *size, 1, room - *size, stdin);
		if (!n)
			break;
	}
	return body;
}

static int image_new(struct image *m, unsigned width, unsigned height)
{
	if (!width || !height || width > SIDE_MOST || height > SIDE_MOST)
		return 0;
	m->width = width;
	m->height = height;
	m->rgb = malloc((size_t)width * height * 3);
	return m->rgb != NULL;
}

/* A number of a PPM's header, behind spaces and comments. */
static unsigned ppm_number(const uint8_t **at, const uint8_t *end)
{
	unsigned n = 0;

	while (*at < end && (**at <= ' ' || **at == '#'))
		if (*(*at)++ == '#')
			while (*at < end && **at != '\n')
				(*at)++;
	while (*at < end && **at >= '0' && **at <= '9' && n < 100000)
		n = n * 10 + (unsigned)(*(*at)++ - '0');
	return n;
}

static int ppm_read(struct image *m, const uint8_t *body, size_t size)
{
	const uint8_t *at = body + 2, *end = body + size;
	unsigned width = ppm_number(&at, end), height = ppm_number(&at, end);

	if (ppm_number(&at, end) != 255 || at == end ||
	    !image_new(m, width, height))
		return 0;
	at++;
	if ((size_t)(end - at) < (size_t)width * height * 3)
		return 0;
	memcpy(m->rgb, at, (size_t)width * height * 3);
	return 1;
}

static uint32_t little(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static size_t bmp_row(unsigned width)
{
	return ((size_t)width * 3 + 3) & ~(size_t)3;
}

/* Rows from the bottom, when the height is positive; blue first. */
static int bmp_read(struct image *m, const uint8_t *body, size_t size)
{
	int32_t tall = size < BMP_HEADER ? 0 : (int32_t)little(body + 22);
	unsigned height = tall < 0 ? 0u - (unsigned)tall : (unsigned)tall;
	const uint8_t *row;
	unsigned x, y;
	size_t pixels;

	if (size < BMP_HEADER || body[28] != 24 || little(body + 30) ||
	    !image_new(m, little(body + 18), height))
		return 0;
	pixels = little(body + 10);
	if (pixels > size || size - pixels < bmp_row(m->width) * height)
		return 0;
	for (y = 0; y < height; y++) {
		row = body + pixels +
		      bmp_row(m->width) * (tall < 0 ? y : height - 1 - y);
		for (x = 0; x < m->width * 3; x++)
			m->rgb[(size_t)y * m->width * 3 + x] =
			    row[x - x % 3 + 2 - x % 3];
	}
	return 1;
}

static void ppm_write(const struct image *m)
{
	printf("P6\n%u %u\n255\n", m->width, m->height);
	fwrite(m->rgb, 3, (size_t)m->width * m->height, stdout);
}

static void put_little(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
	at[2] = (uint8_t)(value >> 16);
	at[3] = (uint8_t)(value >> 24);
}

static void bmp_write(const struct image *m)
{
	size_t size = bmp_row(m->width);
	uint8_t header[BMP_HEADER] = "BM", *row = calloc(1, size);
	unsigned x, y;

	put_little(header + 2, (uint32_t)(BMP_HEADER + size * m->height));
	put_little(header + 10, BMP_HEADER);
	put_little(header + 14, 40);
	put_little(header + 18, m->width);
	put_little(header + 22, m->height);
	header[26] = 1;
	header[28] = 24;
	put_little(header + 34, (uint32_t)(size * m->height));
	fwrite(header, 1, sizeof header, stdout);
	for (y = m->height; row && y--;) {
		for (x = 0; x < m->width * 3; x++)
			row[x - x % 3 + 2 - x % 3] =
			    m->rgb[(size_t)y * m->width * 3 + x];
		fwrite(row, 1, size, stdout);
	}
	free(row);
}

/* Along one side: which of the old pixels a new one is made of, and how much of
   each, the sum of which is 1. */
struct share {
	unsigned first, count;
	float *weight;
};

static struct share *shares(unsigned before, unsigned after)
{
	double scale = (double)before / after, from, to, middle, part, sum;
	unsigned most = (unsigned)scale + 3, i, j;
	struct share *s = calloc(after, sizeof *s);
	float *weights = calloc((size_t)after * most, sizeof *weights);

	if (!s || !weights)
		return NULL;
	for (i = 0; i < after; i++) {
		middle = (i + 0.5) * scale;
		/* never less than a pixel wide */
		from = middle - (scale > 1 ? scale / 2 : 0.5);
		to = middle + (scale > 1 ? scale / 2 : 0.5);
		from = from < 0 ? 0 : from;
		to = to > before ? before : to;
		s[i].first = (unsigned)from;
		s[i].weight = weights + (size_t)i * most;
		sum = to - from;
		for (j = s[i].first; j < to && s[i].count < most; j++) {
			part = (j + 1 < to ? j + 1 : to) -
			       (j > from ? j : from);
			s[i].weight[s[i].count++] = (float)(part / sum);
		}
	}
	return s;
}

static uint8_t mean(const struct image *m, const struct share *x,
		    const struct share *y, unsigned colour)
{
	float sum = 0, row;
	const uint8_t *at;
	unsigned i, j;

	for (j = 0; j < y->count; j++) {
		at = m->rgb +
		     ((size_t)(y->first + j) * m->width + x->first) * 3 + colour;
		for (row = 0, i = 0; i < x->count; i++, at += 3)
			row += *at * x->weight[i];
		sum += row * y->weight[j];
	}
	return (uint8_t)(sum + 0.5f);
}

static int resize(const struct image *from, struct image *to)
{
	struct share *across = shares(from->width, to->width);
	struct share *down = shares(from->height, to->height);
	uint8_t *at = to->rgb;
	unsigned x, y, colour;

	if (!across || !down)
		return 0;
	for (y = 0; y < to->height; y++)
		for (x = 0; x < to->width; x++)
			for (colour = 0; colour < 3; colour++)
				*at++ = mean(from, &across[x], &down[y],
					     colour);
	return 1;
}

static const char *argument(int argc, char **argv, const char *name)
{
	size_t size = strlen(name);
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], name, size) && argv[i][size] == '=')
			return argv[i] + size + 1;
	return "";
}

int main(int argc, char **argv)
{
	unsigned width = (unsigned)atoi(argument(argc, argv, "width"));
	unsigned height = (unsigned)atoi(argument(argc, argv, "height"));
	const char *format = argument(argc, argv, "format");
	struct image from, to;
	uint8_t *body;
	size_t size;
	int bmp;

	body = body_read(&size);
	if (!body || size < 8)
		return fail("expected an image in the body");
	bmp = body[0] == 'B' && body[1] == 'M';
	if (bmp ? !bmp_read(&from, body, size)
		: body[0] != 'P' || body[1] != '6' ||
			  !ppm_read(&from, body, size))
		return fail("expected a PPM (P6, 255) or a 24-bit BMP of at "
			    "most 8192 by 8192");
	if (!width && !height)
		return fail("expected width=… or height=…");
	width = width ? width : (from.width * height + from.height / 2) / from.height;
	height = height ? height : (from.height * width + from.width / 2) / from.width;
	if (!image_new(&to, width ? width : 1, height ? height : 1))
		return fail("width and height are at most 8192, and memory is "
			    "limited");
	if (!resize(&from, &to))
		return fail("no memory");
	if (*format ? !strcmp(format, "bmp") : bmp)
		bmp_write(&to);
	else
		ppm_write(&to);
	return 0;
}
