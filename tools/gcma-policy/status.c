// SPDX-License-Identifier: GPL-2.0
/* gcma-policy status: what the kernel says, not what was asked for. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "end.h"
#include "json.h"
#include "kernel.h"
#include "pin.h"
#include "policy.h"
#include "util.h"

static struct json_object *gather(const struct cleancache *cc,
				  const struct vmstat *stat,
				  const struct policy_end *end,
				  enum pin_state pin)
{
	uint64_t restored = cleancache_event(stat, "restored");
	uint64_t missed = cleancache_event(stat, "missed");
	struct json_object *doc = json_object_new_object();
	struct json_object *events = json_object_new_object();
	const char *const *name;

	for (name = cleancache_events; *name; name++)
		json_put_u64(events, *name, cleancache_event(stat, *name));
	json_put_text(doc, "policy", cc->policy);
	json_put_u64(doc, "enable_seq", cc->enable_seq);
	json_put_text(doc, "link", pin_state_names[pin]);
	json_put_text(doc, "pin", pin == PIN_NONE ? NULL : PIN_PATH);
	json_put_u64(doc, "slots", cc->slots);
	json_put_u64(doc, "cached", cc->cached);
	json_put_number(doc, "hit_rate", ratio(restored, restored + missed));
	json_object_object_add(doc, "events", events);
	if (end->known)
		json_put_u64(doc, "ejected", end->ejected);
	else
		json_put_text(doc, "ejected", NULL);
	json_object_object_add(doc, "last_exit", end_json(end));
	return doc;
}

static void print_text(struct json_object *doc, const struct cleancache *cc,
		       enum pin_state pin)
{
	double hit_rate = json_number_at(doc, "hit_rate");

	printf("%-12s %s (%" PRIu64 " enabled since boot)\n", "policy",
	       cc->policy, cc->enable_seq);
	printf("%-12s %s%s%s\n", "link", pin_state_names[pin],
	       pin == PIN_NONE ? "" : ", pinned at ",
	       pin == PIN_NONE ? "" : PIN_PATH);
	printf("%-12s %" PRIu64 " (%.1f MiB)\n", "slots", cc->slots,
	       cc->slots / PAGES_PER_MIB);
	printf("%-12s %" PRIu64 " (%.1f MiB)\n", "cached", cc->cached,
	       cc->cached / PAGES_PER_MIB);
	if (isfinite(hit_rate))
		printf("%-12s %.1f %%\n", "hit rate", 100 * hit_rate);
	else
		printf("%-12s unavailable, nothing was looked up yet\n",
		       "hit rate");
	json_object_object_foreach(json_at(doc, "events"), name, count)
		printf("%-12s %s\n", name, json_object_get_string(count));
}

int policy_status(struct policy_options *opts)
{
	struct json_object *doc;
	struct policy_end end;
	struct cleancache cc;
	struct vmstat stat;
	enum pin_state pin;

	cleancache_require(&cc);
	vmstat_read(&stat);
	pin = pin_state();
	policy_end_read(&end);
	doc = gather(&cc, &stat, &end, pin);
	if (opts->json) {
		json_print(stdout, doc);
	} else {
		print_text(doc, &cc, pin);
		end_print(&end);
		json_object_put(doc);
	}
	if (pin != PIN_DETACHED)
		return 0;
	warn("%s; 'gcma-policy unload' clears its link", end_reason(&end));
	return 1;
}
