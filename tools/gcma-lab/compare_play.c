// SPDX-License-Identifier: GPL-2.0
/*
 * Plays a trace in the kernel: a process in a memory cgroup of its own reads
 * what the trace says, on one CPU, as there is one in the lab.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"
#include "util.h"
#include "vmstat.h"

#define CGROUP_ROOT	"/sys/fs/cgroup"

/*
 * Reclaim goes by figures that the kernel sums up every two seconds. A trace is
 * played in much less time than it took, so they are summed up, by reading
 * memory.stat, every so many accesses.
 */
#define REFRESH_EVERY	64

struct limiter {
	char max[128];		/* paths of the cgroup's files */
	int stat;
	uint32_t page_size;
	uint64_t limit;		/* in pages */
};

static char group[64];

static void group_path(const char *file, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", group, file);
}

/* No harm if it is gone, or if the reader calls this, who is in it. */
static void remove_group(void)
{
	if (group[0])
		rmdir(group);
}

static void create_group(void)
{
	if (!group[0])
		atexit(remove_group);
	kernel_write(CGROUP_ROOT "/cgroup.subtree_control", "+memory");
	snprintf(group, sizeof(group), CGROUP_ROOT "/gcma-compare.%d",
		 getpid());
	if (mkdir(group, 0755))
		die("%s: %s; run as root, with cgroup v2", group,
		    strerror(errno));
}

static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void enter_group(struct limiter *limiter)
{
	char path[128];

	group_path("cgroup.procs", path, sizeof(path));
	kernel_write(path, "0");
	group_path("memory.max", limiter->max, sizeof(limiter->max));
	group_path("memory.stat", path, sizeof(path));
	limiter->stat = open(path, O_RDONLY | O_CLOEXEC);
	if (limiter->stat < 0)
		die("%s: %s", path, strerror(errno));
}

/* What the cgroup holds besides pages of files: the index of these, mostly. */
static uint64_t other_pages(const struct limiter *limiter)
{
	static char text[8192];
	static struct vmstat stat;
	ssize_t len = pread(limiter->stat, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	if (!vmstat_parse(text, &stat))
		die("%s/memory.stat is not a list of names and numbers", group);
	return (vmstat_get(&stat, "anon") + vmstat_get(&stat, "kernel")) /
	       limiter->page_size;
}

/* The limit is on all of it, and the page cache is to get as much as said. */
static void refresh(struct limiter *limiter, uint32_t memory)
{
	uint64_t wanted = memory + other_pages(limiter);
	char text[32];

	if (wanted == limiter->limit)
		return;
	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)wanted * limiter->page_size);
	kernel_write(limiter->max, text);
	limiter->limit = wanted;
}

static void read_page(const struct player *player, uint32_t page)
{
	uint64_t index = player->stream.pages->names[page].index;
	int fd = player->fds[player->file_of[page]];
	uint32_t found;

	if (pread(fd, &found, sizeof(found),
		  index * player->stream.page_size) != sizeof(found))
		die("%s: %s", player->dir, strerror(errno));
	if (found != page)
		die("%s: page %llu of a file is wrong: this is a bug of the kernel",
		    player->dir, (unsigned long long)index);
}

static void play(const struct player *player)
{
	struct limiter limiter = { .page_size = player->stream.page_size };
	size_t i;

	stay_on_this_cpu();
	enter_group(&limiter);
	for (i = 0; i < player->stream.nr; i++) {
		if (i % REFRESH_EVERY == 0)
			refresh(&limiter, player->memory);
		read_page(player, player->stream.steps[i].page);
	}
}

static pid_t start(const struct player *player)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child < 0)
		die("fork: %s", strerror(errno));
	if (!child) {
		let_interrupts_end();
		play(player);
		_exit(0);
	}
	return child;
}

/* Who is interrupted ends the reader, and then in order. */
static void play_in_child(const struct player *player)
{
	pid_t child = start(player);
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
		if (interrupted)
			kill(child, SIGTERM);
	}
	heed_interrupts();
	if (WIFSIGNALED(status))
		die("the reader was killed (%s); more memory (-m) may help",
		    strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status))
		exit(WEXITSTATUS(status));
}

void player_play(const struct player *player, const char *record_to,
		 struct played *played)
{
	static struct vmstat before, after;
	struct recorder recorder;

	*played = (struct played) { };
	player_forget(player);
	create_group();
	if (record_to)
		recorder_start(&recorder, player->dir, record_to);
	vmstat_read(&before);
	kernel_watch();
	play_in_child(player);
	kernel_watched(played);
	vmstat_read(&after);
	if (record_to)
		recorder_stop(&recorder);
	player_forget(player);
	remove_group();
	played->hits = vmstat_delta(&before, &after, "cleancache_restored");
	played->lookups = played->hits +
			  vmstat_delta(&before, &after, "cleancache_missed");
}
