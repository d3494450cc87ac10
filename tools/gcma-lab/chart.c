// SPDX-License-Identifier: GPL-2.0
/*
 * Miss ratio curves as SVG: a panel for each trace, a line for each policy and
 * a dashed one for the bound, each with its name at its end.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "program.h"
#include "replay.h"
#include "util.h"

#define WIDTH		760
#define PANEL_HEIGHT	360
#define LEFT		64
#define RIGHT		150	/* names of the lines */
#define TOP		44
#define BOTTOM		56
#define PLOT_WIDTH	(WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT	(PANEL_HEIGHT - TOP - BOTTOM)
#define NAME_HEIGHT	14
#define BOUND_COLOUR	"#555555"

/* Told apart by people who do not see all colours (Okabe and Ito). */
static const char *const colours[] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7",
	"#e69f00", "#56b4e9", "#000000", "#b2a400",
};

static const char *const dashes[] = { "", "6 3", "2 3" };

/* A line: its name, and its height at each size, NAN where it has none. */
struct line {
	const char *name;
	const char *colour;
	const char *dash;
	double *ratios;
	double name_y;
};

struct panel {
	const struct replay *replay;
	const struct tried *tried;
	FILE *file;
	unsigned int *order;	/* sizes from the smallest to the largest */
	struct line *lines;
	unsigned int nr_lines;
	double low;		/* ratio at the bottom, in percent */
	double high;
	double step;		/* from grid line to grid line */
	int y;			/* of the panel's top */
};

static void print_text(FILE *file, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("&lt;", file);
		else if (*text == '&')
			fputs("&amp;", file);
		else
			fputc(*text, file);
	}
}

/* Sizes mostly double, so equal steps are equal factors. */
static double x_of(const struct panel *panel, uint32_t slots)
{
	double first = log(panel->tried->slots[panel->order[0]]);
	unsigned int last = panel->order[panel->replay->nr_sizes - 1];
	double range = log(panel->tried->slots[last]) - first;

	if (range <= 0)
		return LEFT + PLOT_WIDTH / 2.0;
	return LEFT + PLOT_WIDTH * (log(slots) - first) / range;
}

static double y_of(const struct panel *panel, double ratio)
{
	return panel->y + TOP +
	       PLOT_HEIGHT * (panel->high - ratio) /
		       (panel->high - panel->low);
}

static void sort_sizes(struct panel *panel)
{
	unsigned int i, j, was;

	for (i = 0; i < panel->replay->nr_sizes; i++) {
		panel->order[i] = i;
		for (j = i; j && panel->tried->slots[panel->order[j - 1]] >
				 panel->tried->slots[panel->order[j]]; j--) {
			was = panel->order[j];
			panel->order[j] = panel->order[j - 1];
			panel->order[j - 1] = was;
		}
	}
}

/* The last line is the bound. */
static double ratio_of(const struct panel *panel, unsigned int line,
		       unsigned int size)
{
	const struct outcome *outcome;

	if (line == panel->replay->nr_policies)
		return 100 - hit_rate(panel->tried,
				      panel->tried->bounds[size]);
	outcome = outcome_of(panel->replay, panel->tried, size, line);
	if (!outcome->done)
		return NAN;
	return 100 - hit_rate(panel->tried, outcome->result.hits);
}

static void init_line(struct panel *panel, unsigned int i)
{
	struct line *line = &panel->lines[i];
	bool bound = i == panel->replay->nr_policies;
	size_t nr = ARRAY_SIZE(colours);
	unsigned int size;

	line->name = bound ? "clairvoyant" : panel->replay->policies[i].name;
	line->colour = bound ? BOUND_COLOUR : colours[i % nr];
	line->dash = bound ? dashes[1] :
			     dashes[i / nr % ARRAY_SIZE(dashes)];
	line->ratios = need_zeroed(panel->replay->nr_sizes,
				   sizeof(*line->ratios));
	for (size = 0; size < panel->replay->nr_sizes; size++)
		line->ratios[size] = ratio_of(panel, i, size);
}

/* The axis covers what there is, in round steps. */
static void find_range(struct panel *panel)
{
	double low = 100, high = 0;
	unsigned int i, size;

	for (i = 0; i < panel->nr_lines; i++) {
		for (size = 0; size < panel->replay->nr_sizes; size++) {
			low = fmin(low, panel->lines[i].ratios[size]);
			high = fmax(high, panel->lines[i].ratios[size]);
		}
	}
	panel->step = high - low > 50 ? 20 : high - low > 10 ? 10 : 2;
	panel->low = floor(low / panel->step) * panel->step;
	panel->high = ceil(high / panel->step) * panel->step;
	if (panel->high <= panel->low) {
		panel->low = panel->high < panel->step ? 0 :
			     panel->high - panel->step;
		panel->high = panel->low + panel->step;
	}
}

static void draw_title(const struct panel *panel)
{
	const struct tried *tried = panel->tried;

	fprintf(panel->file,
		"<text x='%d' y='%d' font-size='15' font-weight='bold'>", LEFT,
		panel->y + 18);
	print_text(panel->file, tried->name);
	fprintf(panel->file, "</text>\n<text x='%d' y='%d' fill='#444'>", LEFT,
		panel->y + 34);
	if (!tried->below)
		fprintf(panel->file, "memory of %u pages; ", tried->memory);
	fprintf(panel->file, "%u different pages, %llu lookups</text>\n",
		tried->pages, (unsigned long long)tried->lookups);
}

static void draw_y_axis(const struct panel *panel)
{
	double ratio, y;

	for (ratio = panel->low; ratio <= panel->high; ratio += panel->step) {
		y = y_of(panel, ratio);
		fprintf(panel->file,
			"<line x1='%d' y1='%.1f' x2='%d' y2='%.1f' stroke='#ddd'/>\n"
			"<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n",
			LEFT, y, LEFT + PLOT_WIDTH, y, LEFT - 8, y + 4, ratio);
	}
	y = panel->y + TOP + PLOT_HEIGHT / 2.0;
	fprintf(panel->file,
		"<text x='18' y='%.1f' text-anchor='middle' transform='rotate(-90 18 %.1f)'>lookups that miss, %%</text>\n",
		y, y);
}

/* Labels that would touch the one before are left out. */
static void draw_x_axis(const struct panel *panel)
{
	double x, last = -WIDTH;
	unsigned int i, size;
	int y = panel->y + TOP + PLOT_HEIGHT;

	for (i = 0; i < panel->replay->nr_sizes; i++) {
		size = panel->order[i];
		x = x_of(panel, panel->tried->slots[size]);
		fprintf(panel->file,
			"<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' stroke='#555'/>\n",
			x, y, x, y + 5);
		if (x - last < 52)
			continue;
		fprintf(panel->file,
			"<text x='%.1f' y='%d' text-anchor='middle'>%u</text>\n",
			x, y + 18, panel->tried->slots[size]);
		last = x;
	}
	fprintf(panel->file,
		"<line x1='%d' y1='%d' x2='%d' y2='%d' stroke='#555'/>\n"
		"<text x='%.1f' y='%d' text-anchor='middle'>slots of the cleancache (a page each)</text>\n",
		LEFT, y, LEFT + PLOT_WIDTH, y, LEFT + PLOT_WIDTH / 2.0, y + 38);
}

static void draw_line(const struct panel *panel, const struct line *line)
{
	unsigned int i, size;
	char pen = 'M';

	fprintf(panel->file,
		"<path fill='none' stroke='%s' stroke-width='2' stroke-dasharray='%s' d='",
		line->colour, line->dash[0] ? line->dash : "none");
	for (i = 0; i < panel->replay->nr_sizes; i++) {
		size = panel->order[i];
		if (!isfinite(line->ratios[size])) {
			pen = 'M';
			continue;
		}
		fprintf(panel->file, "%c%.1f %.1f", pen,
			x_of(panel, panel->tried->slots[size]),
			y_of(panel, line->ratios[size]));
		pen = 'L';
	}
	fputs("'/>\n", panel->file);
	for (i = 0; i < panel->replay->nr_sizes; i++)
		if (isfinite(line->ratios[i]))
			fprintf(panel->file,
				"<circle cx='%.1f' cy='%.1f' r='3' fill='%s'/>\n",
				x_of(panel, panel->tried->slots[i]),
				y_of(panel, line->ratios[i]), line->colour);
}

/* Names stand where their lines end, as far as they leave each other room. */
static void place_names(struct panel *panel, struct line **sorted)
{
	unsigned int last = panel->order[panel->replay->nr_sizes - 1], i, j;
	double lowest = panel->y + TOP + PLOT_HEIGHT, y;

	for (i = 0; i < panel->nr_lines; i++) {
		struct line *line = &panel->lines[i];

		y = y_of(panel, line->ratios[last]);
		line->name_y = isfinite(y) ? y : lowest;
		for (j = i; j && sorted[j - 1]->name_y > line->name_y; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = line;
	}
	for (i = 1; i < panel->nr_lines; i++)
		sorted[i]->name_y = fmax(sorted[i]->name_y,
					 sorted[i - 1]->name_y + NAME_HEIGHT);
	for (i = panel->nr_lines; i--; lowest -= NAME_HEIGHT)
		sorted[i]->name_y = fmin(sorted[i]->name_y, lowest);
}

static void draw_names(struct panel *panel)
{
	struct line **sorted = need_zeroed(panel->nr_lines, sizeof(*sorted));
	unsigned int i;

	place_names(panel, sorted);
	for (i = 0; i < panel->nr_lines; i++) {
		fprintf(panel->file, "<text x='%d' y='%.1f' fill='%s'>",
			LEFT + PLOT_WIDTH + 10, sorted[i]->name_y + 4,
			sorted[i]->colour);
		print_text(panel->file, sorted[i]->name);
		fputs("</text>\n", panel->file);
	}
	free(sorted);
}

static void draw_panel(struct panel *panel)
{
	unsigned int i;

	panel->nr_lines = panel->replay->nr_policies + 1;
	panel->lines = need_zeroed(panel->nr_lines, sizeof(*panel->lines));
	panel->order = need_zeroed(panel->replay->nr_sizes,
				   sizeof(*panel->order));
	sort_sizes(panel);
	for (i = 0; i < panel->nr_lines; i++)
		init_line(panel, i);
	find_range(panel);
	draw_title(panel);
	draw_y_axis(panel);
	draw_x_axis(panel);
	for (i = 0; i < panel->nr_lines; i++)
		draw_line(panel, &panel->lines[i]);
	draw_names(panel);
	for (i = 0; i < panel->nr_lines; i++)
		free(panel->lines[i].ratios);
	free(panel->lines);
	free(panel->order);
}

static void draw(const struct replay *replay, FILE *file)
{
	int height = PANEL_HEIGHT * replay->nr_traces;
	unsigned int i;

	fprintf(file,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>\n"
		"<rect width='%d' height='%d' fill='white'/>\n",
		WIDTH, height, WIDTH, height, WIDTH, height);
	for (i = 0; i < replay->nr_traces; i++) {
		struct panel panel = {
			.replay = replay,
			.tried = &replay->tried[i],
			.file = file,
			.y = i * PANEL_HEIGHT,
		};

		draw_panel(&panel);
	}
	fputs("</svg>\n", file);
}

static void save_svg(const struct replay *replay, const char *path)
{
	FILE *file = fopen(path, "we");
	bool bad;

	if (!file)
		die("%s: %s; name a place that can be written", path,
		    strerror(errno));
	draw(replay, file);
	bad = ferror(file);
	if (fclose(file) || bad)
		die("%s: cannot be written; is the disk full?", path);
}

static int convert(const char *svg, const char *png)
{
	const char *const argv[] = { "rsvg-convert", "--zoom=2", "-o", png, svg,
				     NULL };

	return run_program(argv);
}

/* An SVG that nobody asked for does not stay. */
static void save_png(const struct replay *replay, const char *svg,
		     const char *png)
{
	char temporary[PATH_MAX];
	int err;

	if (svg) {
		err = convert(svg, png);
	} else {
		make_temporary(".svg", temporary, sizeof(temporary));
		save_svg(replay, temporary);
		err = convert(temporary, png);
		unlink(temporary);
	}
	if (err < 0)
		die("rsvg-convert: %s; install librsvg2-bin, or use --svg",
		    strerror(-err));
	if (err)
		die("%s: rsvg-convert could not make it", png);
}

void chart_save(const struct replay *replay, const char *svg, const char *png)
{
	if (svg)
		save_svg(replay, svg);
	if (png)
		save_png(replay, svg, png);
}
