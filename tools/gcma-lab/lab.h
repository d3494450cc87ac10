/* SPDX-License-Identifier: GPL-2.0 */
/* The sub-commands of gcma-lab. */
#ifndef GCMA_LAB_H
#define GCMA_LAB_H

int lab_replay(int argc, char **argv);
int lab_compare(int argc, char **argv);
int lab_record(int argc, char **argv);
int lab_info(int argc, char **argv);
int lab_convert(int argc, char **argv);
int lab_generate(int argc, char **argv);
int lab_compile(int argc, char **argv);

#endif
