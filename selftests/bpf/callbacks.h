/* SPDX-License-Identifier: GPL-2.0 */
/* In which callback a policy of each_callback.h misbehaves. */
#ifndef CALLBACKS_H
#define CALLBACKS_H

enum callback {
	IN_INIT,
	IN_ADMIT,
	IN_EVENTS,
	IN_SELECT_VICTIMS,
};

#endif
