/* SPDX-License-Identifier: GPL-2.0 */
/* What libbpf has to say is kept until somebody asks. */
#ifndef GCMA_LIBBPF_SAID_H
#define GCMA_LIBBPF_SAID_H

/* From now on; what was said before is forgotten. */
void libbpf_quiet(void);
/* All of it. */
const char *libbpf_said(void);

#endif
