// SPDX-License-Identifier: GPL-2.0
/* Shares of cgroups, for policies that have a map of them. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <bpf/bpf.h>
#include <linux/types.h>

#include "gcma/share.h"
#include "share.h"
#include "util.h"

#define CGROUPS	"/sys/fs/cgroup"

struct request {
	__u32 cgroup;
	struct gcma_share share;
};

/* The kernel's name of a cgroup is the inode number of its directory. */
static __u32 find_cgroup(const char *name)
{
	bool absolute = !strncmp(name, CGROUPS "/", strlen(CGROUPS "/"));
	char path[sizeof(CGROUPS) + PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", absolute ? "" : CGROUPS "/", name);
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		die("there is no cgroup %s; they are directories in " CGROUPS,
		    path);
	return st.st_ino;
}

/* Up to the character in @end; returns what follows it, or NULL. */
static const char *parse_number(const char *text, const char *end,
				__u32 *number)
{
	unsigned long value;
	char *rest;

	errno = 0;
	value = strtoul(text, &rest, 10);
	if (errno || rest == text || *text == '-' || value > UINT_MAX ||
	    !strchr(end, *rest))
		return NULL;
	*number = value;
	return *rest ? rest + 1 : rest;
}

static void parse(const char *text, struct request *request)
{
	const char *equals = strrchr(text, '='), *rest = NULL;
	char name[PATH_MAX];

	*request = (struct request) { };
	if (equals && equals != text)
		rest = parse_number(equals + 1, ",", &request->share.weight);
	if (rest && rest[-1] == ',')
		rest = parse_number(rest, "", &request->share.floor);
	if (!rest || !request->share.weight)
		die_usage("'--share %s' is not CGROUP=WEIGHT or CGROUP=WEIGHT,FLOOR, where WEIGHT is at least 1 and FLOOR a number of slots",
			  text);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	request->cgroup = find_cgroup(name);
}

static struct bpf_map *find_map(const struct policy_object *policy)
{
	struct bpf_map *map = bpf_object__find_map_by_name(policy->obj,
							   "shares");

	return map && bpf_map__key_size(map) == sizeof(__u32) &&
	       bpf_map__value_size(map) == sizeof(struct gcma_share) ?
	       map : NULL;
}

void share_check(const struct policy_object *policy, const char *text)
{
	struct request request;

	if (!find_map(policy))
		die_usage("policy %s has no shares for cgroups; memcg_share has",
			  policy->name);
	parse(text, &request);
}

void share_give(const struct policy_object *policy, const char *text)
{
	struct request request;
	int err;

	parse(text, &request);
	err = bpf_map_update_elem(bpf_map__fd(find_map(policy)),
				  &request.cgroup, &request.share, BPF_ANY);
	if (err)
		die("share '%s' is refused: %s; nothing was loaded", text,
		    strerror(-err));
}
