/* SPDX-License-Identifier: GPL-2.0 */
/* What the tools need of JSON beyond json-c's own calls. */
#ifndef GCMA_JSON_H
#define GCMA_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

/* Rounded to three decimals; null if not finite. */
struct json_object *json_number(double value);
/* null for a NULL pointer. */
struct json_object *json_text(const char *text);

void json_put_u64(struct json_object *obj, const char *key, uint64_t value);
void json_put_number(struct json_object *obj, const char *key, double value);
void json_put_text(struct json_object *obj, const char *key, const char *text);

/* The value at "a.b.c" below @obj, or NULL. */
struct json_object *json_at(struct json_object *obj, const char *path);
double json_number_at(struct json_object *obj, const char *path);
/* NULL if there is no such text. */
const char *json_text_at(struct json_object *obj, const char *path);

/* Print on one line, or laid out, and give the object up. */
void json_print_line(FILE *file, struct json_object *obj);
void json_print(FILE *file, struct json_object *obj);
/* Write a document whole or not at all; ends the program if it cannot. */
void json_save(const char *path, struct json_object *obj);
/* Ends the program if the file is not a JSON object. */
struct json_object *json_load(const char *path);

#endif
