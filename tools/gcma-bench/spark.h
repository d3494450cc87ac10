/* SPDX-License-Identifier: GPL-2.0 */
/* A series of numbers as a line of bars. */
#ifndef GCMA_SPARK_H
#define GCMA_SPARK_H

#include <stddef.h>

/* Bytes a line of @columns needs, with its end. */
#define SPARK_BYTES(columns)	(3 * (columns) + 1)

/*
 * Draw @nr values between 0 and @top in at most @columns columns; a column
 * that stands for several values shows their mean. Returns the columns drawn.
 */
size_t spark_draw(const double *value, size_t nr, double top, char *line,
		  size_t columns);

#endif
