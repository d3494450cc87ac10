/* SPDX-License-Identifier: GPL-2.0 */
/* The pinned link that keeps a policy in force after its loader has ended. */
#ifndef GCMA_PIN_H
#define GCMA_PIN_H

#include <stdbool.h>

#define PIN_DIR		"/sys/fs/bpf/gcma"
#define PIN_PATH	PIN_DIR "/policy"

enum pin_state {
	PIN_NONE,		/* no link is pinned */
	PIN_ATTACHED,		/* pinned, and the kernel calls its policy */
	PIN_DETACHED,		/* pinned, but the kernel has let go of it */
	PIN_UNKNOWN,		/* no permission to look */
};

extern const char *const pin_state_names[];

enum pin_state pin_state(void);
/* The pinned link, or a negative errno. */
int pin_open(void);
/* Mount bpffs if need be and make the folder; ends the program on failure. */
void pin_prepare(void);
int pin_link(int link_fd);
/* Let go of the pin; the folder goes with it. */
void pin_remove(void);
/* Let go of the folder if nothing is pinned in it. */
void pin_tidy(void);

#endif
