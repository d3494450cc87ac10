/* SPDX-License-Identifier: GPL-2.0 */
/* In which ways liar.bpf.c can be wrong. */
#ifndef LIAR_H
#define LIAR_H

enum lie {
	LIE_RANGE,		/* slots that are not there */
	LIE_FREE,		/* a slot that was emptied, most likely */
	LIE_ALLOCATED,		/* slots of memory that is handed out */
	LIE_OTHER_AREA,		/* slots of another area */
	LIE_TWICE,		/* one slot over and over */
	NR_LIES,
};

#endif
