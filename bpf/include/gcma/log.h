/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Logarithms, for scales on which doublings count.
 */
#ifndef GCMA_LOG_H
#define GCMA_LOG_H

#include "policy.h"

/*
 * The number of the highest bit that is set, 0 if none is. Not static, so that
 * the verifier looks at it once, and not along each of its paths wherever it is
 * called.
 */
__noinline __u32 gcma_log2(__u32 number)
{
	__u32 log, part;

	log = (number > 0xffff) << 4;
	number >>= log;
	part = (number > 0xff) << 3;
	number >>= part;
	log |= part;
	part = (number > 0xf) << 2;
	number >>= part;
	log |= part;
	part = (number > 0x3) << 1;
	number >>= part;
	return log | part | number >> 1;
}

#endif /* GCMA_LOG_H */
