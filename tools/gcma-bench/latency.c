// SPDX-License-Identifier: GPL-2.0
/*
 * How long each of this process's CMA allocations takes, in the kernel.
 *
 * The events are those of this task alone, on whatever CPU it runs: they come
 * in order through one ring, a start is followed by its finish, and nobody
 * else's allocations have to be told apart.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include "format.h"
#include "latency.h"
#include "util.h"

#define RING_PAGES	64

enum { START, FINISH, NR_EVENTS };

struct event {
	const char *name;
	unsigned int id;
	int fd;
};

static struct event events[NR_EVENTS] = {
	[START] = { .name = "cma_alloc_start", .fd = -1 },
	[FINISH] = { .name = "cma_alloc_finish", .fd = -1 },
};

static struct tp_field type_field, errno_field, page_field;
static struct perf_event_mmap_page *ring;
static size_t page_size;
static uint64_t started_at;	/* 0: no start seen that awaits its finish */

/* With PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_RAW. */
struct sample_record {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t time;
	uint32_t raw_size;
	char raw[];
} __attribute__((packed));

struct lost_record {
	struct perf_event_header header;
	uint64_t id;
	uint64_t lost;
};

static char why[192];

static const char *explain(const char *what, int err, const char *fix)
{
	snprintf(why, sizeof(why), "%s: %s; %s", what, strerror(err), fix);
	return why;
}

static int read_format(const char *name, char *text, size_t size)
{
	static const char *const mounts[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing"
	};
	char path[128];
	int i, ret = -ENOENT;

	for (i = 0; i < ARRAY_SIZE(mounts) && ret < 0; i++) {
		snprintf(path, sizeof(path), "%s/events/cma/%s/format",
			 mounts[i], name);
		ret = read_text(path, text, size);
	}
	return ret;
}

static const char *find_events(void)
{
	char text[4096];
	int i, ret;

	for (i = 0; i < NR_EVENTS; i++) {
		ret = read_format(events[i].name, text, sizeof(text));
		if (ret < 0)
			return explain(events[i].name, -ret,
				       "run as root with tracefs mounted on /sys/kernel/tracing");
		if (!format_id(text, &events[i].id) ||
		    !format_field(text, "common_type", &type_field))
			return explain(events[i].name, EINVAL,
				       "its format file is not understood");
	}
	if (!format_field(text, "errorno", &errno_field) ||
	    !format_field(text, "page", &page_field))
		return explain(events[FINISH].name, EINVAL,
			       "it lacks the fields errorno and page");
	return NULL;
}

static int open_event(struct event *event)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = event->id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME |
			       PERF_SAMPLE_RAW,
		/* The CPUs' own clocks need not agree if the task moves. */
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};

	event->fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			    PERF_FLAG_FD_CLOEXEC);
	return event->fd < 0 ? -errno : 0;
}

static int map_ring(void)
{
	page_size = sysconf(_SC_PAGESIZE);
	ring = mmap(NULL, (1 + RING_PAGES) * page_size, PROT_READ | PROT_WRITE,
		    MAP_SHARED, events[START].fd, 0);
	if (ring == MAP_FAILED) {
		ring = NULL;
		return -errno;
	}
	if (ioctl(events[FINISH].fd, PERF_EVENT_IOC_SET_OUTPUT,
		  events[START].fd))
		return -errno;
	return 0;
}

const char *latency_start(void)
{
	const char *wrong = find_events();
	int err;

	if (wrong)
		return wrong;
	err = open_event(&events[START]);
	if (!err)
		err = open_event(&events[FINISH]);
	if (!err)
		err = map_ring();
	if (!err)
		return NULL;
	latency_stop();
	return explain("perf_event_open", -err,
		       "run as root or set kernel.perf_event_paranoid to -1");
}

void latency_stop(void)
{
	int i;

	if (ring)
		munmap(ring, (1 + RING_PAGES) * page_size);
	ring = NULL;
	for (i = 0; i < NR_EVENTS; i++) {
		if (events[i].fd >= 0)
			close(events[i].fd);
		events[i].fd = -1;
	}
}

static void take_finish(const struct sample_record *record,
			struct latency *latency)
{
	int64_t err = 0, page = 0;

	if (!started_at ||
	    !field_read(&errno_field, record->raw, record->raw_size, &err) ||
	    !field_read(&page_field, record->raw, record->raw_size, &page))
		return;
	samples_add(page && !err ? &latency->granted : &latency->refused,
		    record->time - started_at);
	started_at = 0;
}

static void take_sample(const struct sample_record *record,
			struct latency *latency)
{
	int64_t type;

	if (!field_read(&type_field, record->raw, record->raw_size, &type))
		return;
	if (type == events[START].id)
		started_at = record->time;
	else if (type == events[FINISH].id)
		take_finish(record, latency);
}

static void take_record(const void *record, struct latency *latency)
{
	const struct perf_event_header *header = record;

	if (header->type == PERF_RECORD_SAMPLE) {
		take_sample(record, latency);
	} else if (header->type == PERF_RECORD_LOST) {
		latency->lost += ((const struct lost_record *)record)->lost;
		/* Whatever was under way cannot be matched any more. */
		started_at = 0;
	}
}

/* A record may wrap at the ring's end: copy it out in one piece. */
static void copy_out(uint64_t tail, void *record, size_t size)
{
	const char *data = (const char *)ring + page_size;
	size_t length = RING_PAGES * page_size;
	size_t at = tail % length;
	size_t first = size < length - at ? size : length - at;

	memcpy(record, data + at, first);
	memcpy((char *)record + first, data, size - first);
}

void latency_drain(struct latency *latency)
{
	static uint64_t record[65536 / sizeof(uint64_t)];
	struct perf_event_header header;
	uint64_t head, tail;

	if (!ring)
		return;
	head = __atomic_load_n(&ring->data_head, __ATOMIC_ACQUIRE);
	for (tail = ring->data_tail; tail < head; tail += header.size) {
		copy_out(tail, &header, sizeof(header));
		copy_out(tail, record, header.size);
		take_record(record, latency);
	}
	__atomic_store_n(&ring->data_tail, tail, __ATOMIC_RELEASE);
}

void latency_reset(struct latency *latency)
{
	latency_drain(latency);
	samples_free(&latency->granted);
	samples_free(&latency->refused);
	latency->lost = 0;
}
