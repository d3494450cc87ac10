/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs, and files made for them that do not last. */
#ifndef GCMA_PROGRAM_H
#define GCMA_PROGRAM_H

#include <stddef.h>

/*
 * Run a program found on the PATH to its end. Returns 0, 1 if it failed, or a
 * negative errno if it could not be started.
 */
int run_program(const char *const *argv);

/*
 * Make an empty file with a name that ends in @suffix. Ends the program if that
 * cannot be; the caller removes the file.
 */
void make_temporary(const char *suffix, char *path, size_t size);

#endif
