// SPDX-License-Identifier: GPL-2.0
/*
 * The files that a trace is played on: one for each of its inodes, with every
 * page that it reads. They have no names, and so are gone when the program is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "compare.h"
#include "kernel.h"
#include "util.h"

#define SPARE_FDS	64

static const struct page_name *name_of(const struct player *player,
				       uint32_t page)
{
	return &player->stream.pages->names[page];
}

static void allow_files(uint32_t nr)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) &&
	    limit.rlim_cur >= nr + SPARE_FDS)
		return;
	limit.rlim_cur = nr + SPARE_FDS;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("a trace of %u files: %s; raise fs.nr_open, or use a part of it",
		    nr, strerror(errno));
}

static void create_file(struct player *player, uint32_t file)
{
	struct stat info;
	int fd;

	fd = open(player->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &info))
		die("%s: %s; name a folder on a file system that the cleancache serves, such as ext4",
		    player->dir, strerror(errno));
	player->fds[file] = fd;
	player->inos[file] = info.st_ino;
	player->dev = info.st_dev;
}

/* A page says which it is. */
static void write_page(const struct player *player, uint32_t page, char *buf)
{
	size_t size = player->stream.page_size;
	off_t pos = name_of(player, page)->index * size;
	ssize_t done;

	memcpy(buf, &page, sizeof(page));
	done = pwrite(player->fds[player->file_of[page]], buf, size, pos);
	if (done != size)
		die("%s: %s; name a folder with room for %u pages", player->dir,
		    done < 0 ? strerror(errno) : "full",
		    player->stream.pages->nr);
}

static void create_files(struct player *player)
{
	uint32_t i;
	char *buf;

	allow_files(player->nr_files);
	player->fds = need_zeroed(player->nr_files, sizeof(*player->fds));
	player->inos = need_zeroed(player->nr_files, sizeof(*player->inos));
	for (i = 0; i < player->nr_files; i++)
		create_file(player, i);
	buf = need_zeroed(player->stream.page_size, 1);
	for (i = 0; i < player->stream.pages->nr; i++)
		write_page(player, i, buf);
	free(buf);
	for (i = 0; i < player->nr_files; i++)
		if (fsync(player->fds[i]) ||
		    posix_fadvise(player->fds[i], 0, 0, POSIX_FADV_RANDOM))
			die("%s: %s", player->dir, strerror(errno));
}

static void check_stream(const struct stream *stream, const char *path)
{
	size_t i;

	for (i = 0; i < stream->nr; i++)
		if (stream->steps[i].type != STEP_ACCESS)
			die("%s is more than what programs read; make one with 'gcma-lab generate' or 'gcma-lab convert'",
			    path);
	if (stream->page_size != sysconf(_SC_PAGESIZE))
		die("%s has pages of %u bytes, this machine of %ld; make one here with 'gcma-lab generate'",
		    path, stream->page_size, sysconf(_SC_PAGESIZE));
}

void player_open(struct player *player, const char *path)
{
	stream_load(&player->stream, path);
	check_stream(&player->stream, path);
	player->file_of = pages_files(player->stream.pages,
				      &player->nr_files);
	create_files(player);
}

void player_save(const struct player *player, const char *path)
{
	uint32_t dev = kernel_dev(major(player->dev), minor(player->dev));
	const struct stream *stream = &player->stream;
	const struct step *step;
	struct trace trace;

	trace_create(&trace, path, GCMA_TRACE_ACCESSES, GCMA_TRACE_MADE_UP);
	for (step = stream->steps; step < stream->steps + stream->nr; step++) {
		struct gcma_trace_record record = {
			.time = step->time,
			.ino = player->inos[player->file_of[step->page]],
			.index = name_of(player, step->page)->index,
			.dev = dev,
			.nr = 1,
			.type = GCMA_TRACE_ACCESS,
		};

		trace_add(&trace, &record);
	}
	trace_finish(&trace);
}

void player_forget(const struct player *player)
{
	uint32_t i;

	for (i = 0; i < player->nr_files; i++)
		posix_fadvise(player->fds[i], 0, 0, POSIX_FADV_DONTNEED);
	kernel_write("/sys/kernel/mm/cleancache/drop", "1");
}

void player_close(struct player *player)
{
	struct pages *pages = player->stream.pages;
	uint32_t i;

	for (i = 0; i < player->nr_files; i++)
		close(player->fds[i]);
	free(player->fds);
	free(player->inos);
	free(player->file_of);
	stream_free(&player->stream);
	pages_free(pages);
}
