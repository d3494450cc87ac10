/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs, and files made for them that do not last. */
#ifndef GCMA_PROGRAM_H
#define GCMA_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Run a program found on the PATH to its end. Returns 0, 1 if it failed, or a
 * negative errno if it could not be started.
 */
int run_program(const char *const *argv);

/* A program that runs beside this one. */
struct program {
	pid_t pid;	/* 0 if there is none */
	int pidfd;	/* can be read once it has ended; -1 if there is none */
	int status;	/* as of waitpid(), once end_program() has returned */
};

/*
 * Start a program found on the PATH, in a process group of its own; what it
 * prints goes to @out. Returns 0, or a negative errno if it cannot be started.
 */
int start_program(struct program *program, char *const *argv, int out);

/*
 * If it is still running, it ends with all it has started. Returns whether it
 * had to be told.
 */
bool end_program(struct program *program);

/*
 * Make an empty file with a name that ends in @suffix. Ends the program if that
 * cannot be. The file goes with the program, if the caller did not remove it.
 */
void make_temporary(const char *suffix, char *path, size_t size);

#endif
