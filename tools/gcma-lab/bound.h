/* SPDX-License-Identifier: GPL-2.0 */
/* The most hits that any policy could have. */
#ifndef GCMA_BOUND_H
#define GCMA_BOUND_H

#include "stream.h"

/* For a cache of so many slots; docs/lab.md says what it is a bound of. */
uint64_t bound_hits(const struct stream *stream, uint32_t slots);

#endif
