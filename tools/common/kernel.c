// SPDX-License-Identifier: GPL-2.0
/* The kernel's own figures, as docs/abi.md names them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "kernel.h"
#include "util.h"

#define SYSFS_CLEANCACHE	"/sys/kernel/mm/cleancache"

const char *const cleancache_events[] = {
	"stored", "restored", "missed", "stale", "rejected", "evicted",
	"invalidated", "allocated", "fallback", NULL
};

const char *const gcma_events[] = { "alloc", "alloc_fail", NULL };

static int cleancache_try(struct cleancache *cc)
{
	int err;

	err = read_u64(SYSFS_CLEANCACHE "/slots", &cc->slots);
	if (!err)
		err = read_u64(SYSFS_CLEANCACHE "/cached", &cc->cached);
	if (!err)
		err = read_u64(SYSFS_CLEANCACHE "/enable_seq", &cc->enable_seq);
	if (!err)
		err = read_text(SYSFS_CLEANCACHE "/policy", cc->policy,
				sizeof(cc->policy));
	return err < 0 ? err : 0;
}

bool cleancache_read(struct cleancache *cc)
{
	return !cleancache_try(cc);
}

void cleancache_require(struct cleancache *cc)
{
	int err = cleancache_try(cc);

	if (err == -ENOENT)
		die("this kernel has no cleancache (no %s); boot one with the patch, see \"Your own kernel\" in README.md",
		    SYSFS_CLEANCACHE);
	if (err)
		die("%s: %s", SYSFS_CLEANCACHE, strerror(-err));
}

/* Cut off and return what comes before @delimiter; @rest becomes the rest. */
static char *cut(char **rest, char delimiter)
{
	char *first = *rest, *end = strchrnul(first, delimiter);

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return first;
}

/* NAME KIND MESSAGE, and a line for each call that led there. */
static void policy_end_parse(struct policy_end *end)
{
	char *rest = end->text, *line;

	line = cut(&rest, '\n');
	end->backtrace = rest;
	end->policy = cut(&line, ' ');
	end->kind = cut(&line, ' ');
	end->message = line;
}

void policy_end_read(struct policy_end *end)
{
	int len;

	len = read_text(SYSFS_CLEANCACHE "/last_exit", end->text,
			sizeof(end->text));
	end->known = len >= 0 &&
		     !read_u64(SYSFS_CLEANCACHE "/ejected", &end->ejected);
	if (!end->known)
		end->text[0] = '\0';
	policy_end_parse(end);
}

bool policy_was_ejected(const struct policy_end *end)
{
	static const char *const others[] = { "", "none", "detached",
					      "replaced" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(end->kind, others[i]))
			return false;
	return end->known;
}

static uint64_t prefixed(const struct vmstat *stat, const char *prefix,
			 const char *name)
{
	char full[64];

	snprintf(full, sizeof(full), "%s_%s", prefix, name);
	return vmstat_get(stat, full);
}

uint64_t cleancache_event(const struct vmstat *stat, const char *name)
{
	return prefixed(stat, "cleancache", name);
}

uint64_t gcma_event(const struct vmstat *stat, const char *name)
{
	return prefixed(stat, "gcma", name);
}

bool meminfo_kib(const char *field, uint64_t *kib)
{
	char text[8192], *found;

	if (read_text("/proc/meminfo", text, sizeof(text)) < 0)
		return false;
	found = strstr(text, field);
	if (!found || found[strlen(field)] != ':')
		return false;
	return sscanf(found + strlen(field) + 1, "%" SCNu64, kib) == 1;
}

const char *kernel_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

const char *date_now(void)
{
	static char text[32];
	time_t now = time(NULL);

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	return text;
}
