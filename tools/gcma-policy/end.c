// SPDX-License-Identifier: GPL-2.0
/* How the last policy that ended did so, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "end.h"
#include "json.h"

/* Call @visit for each line of the backtrace. */
static void visit_calls(const struct policy_end *end,
			void (*visit)(const char *call, int len, void *data),
			void *data)
{
	const char *line, *next;

	for (line = end->backtrace; *line; line = next + !!*next) {
		next = strchrnul(line, '\n');
		visit(line, next - line, data);
	}
}

static bool has_ended(const struct policy_end *end)
{
	return strcmp(end->kind, "none");
}

static void add_call(const char *call, int len, void *data)
{
	json_object_array_add(data, json_object_new_string_len(call, len));
}

struct json_object *end_json(const struct policy_end *end)
{
	struct json_object *doc, *calls;

	if (!end->known)
		return NULL;
	doc = json_object_new_object();
	calls = json_object_new_array();
	visit_calls(end, add_call, calls);
	json_put_text(doc, "policy", has_ended(end) ? end->policy : NULL);
	json_put_text(doc, "kind", end->kind);
	json_put_text(doc, "message", *end->message ? end->message : NULL);
	json_object_object_add(doc, "backtrace", calls);
	return doc;
}

static void print_call(const char *call, int len, void *data)
{
	(void)data;
	printf("%-12s %.*s\n", "", len, call);
}

void end_print(const struct policy_end *end)
{
	if (!end->known) {
		printf("%-12s unavailable\n%-12s unavailable\n", "ejected",
		       "last exit");
		return;
	}
	printf("%-12s %" PRIu64 "\n", "ejected", end->ejected);
	if (!has_ended(end))
		printf("%-12s none\n", "last exit");
	else
		printf("%-12s %s, %s%s%s\n", "last exit", end->policy,
		       end->kind, *end->message ? ": " : "", end->message);
	visit_calls(end, print_call, NULL);
}

const char *end_reason(const struct policy_end *end)
{
	static char text[256];

	if (policy_was_ejected(end))
		snprintf(text, sizeof(text), "policy %s was ejected (%s): %s",
			 end->policy, end->kind, end->message);
	else
		snprintf(text, sizeof(text),
			 "the policy that was loaded was detached by another program");
	return text;
}
