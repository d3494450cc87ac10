// SPDX-License-Identifier: GPL-2.0
/* A series of numbers as a line of bars. */
#include <string.h>

#include "spark.h"

static const char *bar(double value, double top)
{
	static const char *const bars[] = {
		"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"
	};
	int level = top > 0 ? value / top * 8 : 0;

	if (level < 0)
		level = 0;
	return bars[level > 7 ? 7 : level];
}

static double mean(const double *value, size_t from, size_t to)
{
	double sum = 0;
	size_t i;

	for (i = from; i < to; i++)
		sum += value[i];
	return sum / (to - from);
}

size_t spark_draw(const double *value, size_t nr, double top, char *line,
		  size_t columns)
{
	size_t i;

	if (columns > nr)
		columns = nr;
	*line = '\0';
	for (i = 0; i < columns; i++)
		line = stpcpy(line, bar(mean(value, i * nr / columns,
					     (i + 1) * nr / columns), top));
	return columns;
}
