// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel promises to those who load policies. Guards invariant 7 (a
 * policy decides only what to keep) where the loader's own tests cannot look:
 * at every callback and function, at a thousand swaps, at what is refused, and
 * at links that hang up.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/callbacks.h"
#include "bpf/liar.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/heap.h"

#define SWAPS		1000
#define DETACH_EVERY	50
#define SYSFS		"/sys/kernel/mm/cleancache/"

static char said[1 << 16];

static int remember(enum libbpf_print_level level, const char *fmt,
		    va_list args)
{
	size_t len = strlen(said);

	if (level == LIBBPF_WARN)
		vsnprintf(said + len, sizeof(said) - len, fmt, args);
	return 0;
}

/* The verifier says last what is wrong. */
static const char *verdict(void)
{
	size_t len = strlen(said), most = 700;

	return said + (len > most ? len - most : 0);
}

/* The policies lie beside the program. */
static struct bpf_object *open_object(const char *name)
{
	char path[4096], program[2048] = "";
	struct bpf_object *obj;

	check(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0,
	      "/proc/self/exe: %m");
	snprintf(path, sizeof(path), "%s/%s.bpf.o", dirname(program), name);
	libbpf_set_print(remember);
	*said = '\0';
	obj = bpf_object__open_file(path, NULL);
	check(obj, "%s: %m", path);
	return obj;
}

/* State for each slot is as long as there are slots. */
static void fit(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (!strncmp(bpf_map__name(map), "slot_", 5))
			bpf_map__set_max_entries(map, cleancache_slots());
}

static struct bpf_map *find_ops(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return map;
	fail("no policy in the object");
}

static void must_load(struct bpf_object *obj)
{
	int err;

	fit(obj);
	err = bpf_object__load(obj);
	check(!err, "%s is not accepted: %s\n%s", bpf_object__name(obj),
	      strerror(-err), verdict());
}

static struct bpf_object *load(const char *name)
{
	struct bpf_object *obj = open_object(name);

	must_load(obj);
	return obj;
}

static struct bpf_link *attach(struct bpf_object *obj)
{
	return bpf_map__attach_struct_ops(find_ops(obj));
}

/* A policy that was ejected keeps others out until its exit() is over. */
static struct bpf_link *must_attach(struct bpf_object *obj)
{
	struct bpf_link *link;
	u32 tries = 500;

	while (!(link = attach(obj)) && errno == EBUSY && tries--)
		usleep(10000);
	check(link, "attaching failed: %m");
	return link;
}

static void read_file(const char *name, char *text, size_t size)
{
	int fd = xopen(O_RDONLY, SYSFS "%s", name);
	ssize_t len = read(fd, text, size - 1);

	check(len >= 0, "%s: %m", name);
	text[len] = '\0';
	close(fd);
}

static void expect_in_file(const char *name, const char *want)
{
	char text[4096];

	read_file(name, text, sizeof(text));
	check(!strncmp(text, want, strlen(want)), "%s says '%s', not '%s'",
	      name, text, want);
}

/* Where a variable lies in its section. */
static size_t offset_of(struct bpf_object *obj, const char *section,
			const char *name)
{
	const struct btf *btf = bpf_object__btf(obj);
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *type, *var;
	const struct btf_var_secinfo *info;
	int i;

	check(id >= 0, "there is no %s", section);
	type = btf__type_by_id(btf, id);
	for (i = 0; i < btf_vlen(type); i++) {
		info = &btf_var_secinfos(type)[i];
		var = btf__type_by_id(btf, info->type);
		if (!strcmp(btf__name_by_offset(btf, var->name_off), name))
			return info->offset;
	}
	fail("there is no %s in %s", name, section);
}

static struct bpf_map *find_section(struct bpf_object *obj, const char *section)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (strstr(bpf_map__name(map), section))
			return map;
	fail("there is no %s", section);
}

/* Set a `const volatile` number of an object that is not loaded yet. */
static void tune(struct bpf_object *obj, const char *name, u32 value)
{
	struct bpf_map *map = find_section(obj, ".rodata");
	size_t size;
	char *data = bpf_map__initial_value(map, &size);

	memcpy(data + offset_of(obj, ".rodata", name), &value, sizeof(value));
}

/* Readers that check what they read, while all of it is evicted. */
struct load {
	struct file_set files;
	pid_t readers[2];
};

static void start_load(struct load *work, const char *dir)
{
	static struct file_set files;

	if (!files.files) {
		cgroup_enter(0);
		files_create(&files, dir, area_size() / PAGE_SIZE * 3 / 2);
	}
	work->files = files;
	work->readers[0] = spawn(files_churn, &work->files);
	work->readers[1] = spawn(files_churn, &work->files);
}

static void end_load(struct load *work)
{
	end(work->readers[0]);
	end(work->readers[1]);
	files_verify(&work->files);
}

static void minimal(const char *dir)
{
	u64 before = vmstat("cleancache_fallback");
	struct bpf_link *link;
	struct load work;

	link = must_attach(load("minimal"));
	expect_in_file("policy", "minimal\n");
	start_load(&work, dir);
	sleep(5);
	end_load(&work);
	expect_in_file("policy", "minimal\n");
	check(vmstat("cleancache_fallback") == before,
	      "the built-in order counts as a fallback");
	bpf_link__destroy(link);
	expect_in_file("policy", "builtin\n");
	expect_in_file("last_exit", "minimal detached\n");
}

/* Where maximal.bpf.c counts CLEANCACHE_EV_ALLOCATED. */
#define SEEN_ALLOCATED	4

/* What maximal.bpf.c counts. */
struct maximal_counts {
	u64 calls[5];
	u64 seen[8];
	u64 iterated;
	u32 exit_kind;
};

static void read_counts(struct bpf_object *obj, struct maximal_counts *counts)
{
	struct bpf_map *map = find_section(obj, ".bss");
	char *value = xmalloc(bpf_map__value_size(map));
	u32 key = 0;

	check(!bpf_map_lookup_elem(bpf_map__fd(map), &key, value), ".bss: %m");
	memcpy(counts->calls, value + offset_of(obj, ".bss", "calls"),
	       sizeof(counts->calls));
	memcpy(counts->seen, value + offset_of(obj, ".bss", "seen"),
	       sizeof(counts->seen));
	memcpy(&counts->iterated, value + offset_of(obj, ".bss", "iterated"),
	       sizeof(counts->iterated));
	memcpy(&counts->exit_kind, value + offset_of(obj, ".bss", "exit_kind"),
	       sizeof(counts->exit_kind));
	free(value);
}

static void check_counts(const struct maximal_counts *counts)
{
	static const char *const calls[] = {
		"init", "exit", "admit", "events", "select_victims",
	};
	static const char *const seen[] = {
		"stored", "restored", "evicted", "invalidated", "allocated",
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		check(counts->calls[i], "%s was not called", calls[i]);
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		check(counts->seen[i], "no page was %s", seen[i]);
	check(counts->calls[0] == 1 && counts->calls[1] == 1,
	      "%llu starts and %llu ends", (unsigned long long)counts->calls[0],
	      (unsigned long long)counts->calls[1]);
	check(counts->iterated, "nothing was iterated over");
	check(counts->exit_kind == 1, "it was told of end %u",
	      counts->exit_kind);
	note("%llu stored, %llu restored, %llu evicted",
	     (unsigned long long)counts->seen[0],
	     (unsigned long long)counts->seen[1],
	     (unsigned long long)counts->seen[2]);
}

/* On a busy host, what is allocated may not have been filled yet. */
static void allocate_until_told(struct bpf_object *obj)
{
	struct maximal_counts counts;
	int tries = 100;

	do {
		close(heap_alloc(MIB));
		usleep(100000);
		read_counts(obj, &counts);
	} while (!counts.seen[SEEN_ALLOCATED] && --tries);
}

static void maximal(const char *dir)
{
	struct maximal_counts counts;
	struct bpf_object *obj;
	struct bpf_link *link;
	struct load work;

	obj = load("maximal");
	link = must_attach(obj);
	start_load(&work, dir);
	sleep(6);
	allocate_until_told(obj);
	end_load(&work);
	files_store(&work.files);
	cleancache_drop();
	/* What happened is told when more does. */
	files_store(&work.files);
	expect_in_file("policy", "maximal\n");
	bpf_link__destroy(link);
	read_counts(obj, &counts);
	check_counts(&counts);
	expect_in_file("last_exit", "maximal detached\n");
	bpf_object__close(obj);
}

static u64 enabled_since(u64 seq)
{
	return read_number(SYSFS "enable_seq") - seq;
}

/*
 * The link of a policy, now with the next one. One that names nonsense may have
 * been ejected by then, and the next one needs a link of its own.
 */
static struct bpf_link *swap(struct bpf_link *link, struct bpf_object *next,
			     bool may_be_dead)
{
	int err = bpf_link__update_map(link, find_ops(next));

	if (may_be_dead && err == -ENOLINK) {
		bpf_link__destroy(link);
		return must_attach(next);
	}
	check(!err, "swap: %s", strerror(-err));
	return link;
}

/* A thousand swaps, and now and then no policy at all. */
static void reload(const char *dir)
{
	/* Each is swapped for the next one, and the liar for the first. */
	static const char *const names[] = {
		"maximal", "minimal", "greedy", "liar",
	};
	struct bpf_object *objs[ARRAY_SIZE(names)];
	u64 seq = read_number(SYSFS "enable_seq");
	struct bpf_link *link;
	struct load work;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		objs[i] = load(names[i]);
	start_load(&work, dir);
	link = must_attach(objs[0]);
	for (i = 1; i < SWAPS; i++) {
		struct bpf_object *next = objs[i % ARRAY_SIZE(names)];

		if (i % DETACH_EVERY) {
			link = swap(link, next, next == objs[0]);
			continue;
		}
		bpf_link__destroy(link);
		expect_in_file("policy", "builtin\n");
		link = must_attach(next);
	}
	end_load(&work);
	bpf_link__destroy(link);
	check(enabled_since(seq) == SWAPS, "%llu policies came into force",
	      (unsigned long long)enabled_since(seq));
}

static bool hung_up(struct bpf_link *link, int seconds)
{
	struct pollfd fd = { .fd = bpf_link__fd(link) };

	check(poll(&fd, 1, seconds * 1000) >= 0, "poll: %m");
	return fd.revents & POLLHUP;
}

/* Returns the link, on which nothing is left. */
static struct bpf_link *must_be_ejected(struct bpf_object *obj, const char *dir,
					const char *last_exit)
{
	u64 ejected = read_number(SYSFS "ejected");
	struct bpf_link *link;
	struct load work;

	link = must_attach(obj);
	check(!hung_up(link, 0), "the link hangs up at once");
	start_load(&work, dir);
	check(hung_up(link, 60), "the policy is not ejected");
	expect_in_file("policy", "builtin\n");
	expect_in_file("last_exit", last_exit);
	check(read_number(SYSFS "ejected") == ejected + 1,
	      "the ejection is not counted");
	end_load(&work);
	return link;
}

/* A policy that gives up in one of its callbacks. */
static void quit(const char *dir, enum callback where)
{
	struct bpf_object *obj = open_object("quitter"), *other;
	struct bpf_link *link;
	char last_exit[64];
	int err;

	tune(obj, "where", where);
	tune(obj, "patience", 5);
	must_load(obj);
	snprintf(last_exit, sizeof(last_exit),
		 "quitter error enough of callback %u after 5 calls\n", where);
	link = must_be_ejected(obj, dir, last_exit);
	other = load("minimal");
	err = bpf_link__update_map(link, find_ops(other));
	check(err == -ENOLINK, "a dead link takes a policy: %d", err);
	bpf_link__destroy(must_attach(other));
	bpf_link__destroy(link);
	bpf_object__close(obj);
}

static void quits(const char *dir)
{
	struct bpf_object *obj;

	obj = load("quitter");
	check(!attach(obj) && errno == ECANCELED, "init gave up, but: %m");
	expect_in_file("policy", "builtin\n");
	expect_in_file("last_exit",
		       "quitter error enough of callback 0 after 0 calls\n");
	bpf_object__close(obj);
	quit(dir, IN_ADMIT);
	quit(dir, IN_EVENTS);
	quit(dir, IN_SELECT_VICTIMS);
}

/* What a call may take. */
static u32 budget_ms(void)
{
	return read_number(SYSFS "budget_us") / 1000;
}

/* A policy that takes so long in one of its callbacks. */
static struct bpf_object *load_hang(enum callback where, u32 pause_ms)
{
	struct bpf_object *obj = open_object("hang");

	tune(obj, "where", where);
	tune(obj, "pause_ms", pause_ms);
	must_load(obj);
	return obj;
}

static void hangs(const char *dir)
{
	struct bpf_object *obj;
	enum callback where;

	for (where = IN_ADMIT; where <= IN_SELECT_VICTIMS; where++) {
		obj = load_hang(where, 2 * budget_ms() + 1);
		bpf_link__destroy(must_be_ejected(obj, dir, "hang budget "));
		bpf_object__close(obj);
	}
}

static void silent(const char *dir)
{
	struct bpf_object *obj = load("silent");

	bpf_link__destroy(must_be_ejected(obj, dir, "silent shortfall "));
}

/* One lie after the other; some are true now and then. */
static void lies(const char *dir)
{
	struct bpf_object *obj;
	struct bpf_link *link;
	struct load work;
	enum lie lie;

	start_load(&work, dir);
	for (lie = LIE_RANGE; lie < NR_LIES; lie++) {
		obj = open_object("liar");
		tune(obj, "lie", lie);
		must_load(obj);
		link = must_attach(obj);
		heap_free_whole(heap_alloc_whole());
		note("lie %u: %s", lie,
		     hung_up(link, 10) ? "ejected" : "not found out");
		bpf_link__destroy(link);
		bpf_object__close(obj);
	}
	end_load(&work);
}

/* What each policy of refused.bpf.c is to be told, or the error it gets. */
static const struct refusal {
	const char *name;
	const char *says;
	int err;
} refusals[] = {
	{ "write_page", "only read is supported", 0 },
	{ "write_victims", "only read is supported", 0 },
	{ "write_event", "only read is supported", 0 },
	{ "no_check", "or_null", 0 },
	{ "victim_early", "cleancache_victim_add is not allowed", 0 },
	{ "event_late", "cleancache_event_at is not allowed", 0 },
	{ "queue_in_exit", "cleancache_queue_del is not allowed", 0 },
	{ "queue_in_init", "cleancache_queue_pop is not allowed", 0 },
	{ "sleepy", "unsupported member admit", 0 },
	{ "leaky", "Unreleased reference", 0 },
	{ "any_words", "const string", 0 },
	{ "dotted", NULL, EINVAL },
	{ "nameless", NULL, EINVAL },
	{ "pretender", NULL, EINVAL },
	{ "unwilling", NULL, EOPNOTSUPP },
};

static struct bpf_map *choose(struct bpf_object *obj, const char *name)
{
	struct bpf_map *map, *chosen = NULL;

	bpf_object__for_each_map(map, obj) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		if (strcmp(bpf_map__name(map), name))
			bpf_map__set_autocreate(map, false);
		else
			chosen = map;
	}
	check(chosen, "there is no %s", name);
	return chosen;
}

static void must_be_refused(const struct refusal *refusal)
{
	struct bpf_object *obj = open_object("refused");
	struct bpf_map *map = choose(obj, refusal->name);
	int err = bpf_object__load(obj);

	if (refusal->says) {
		check(err, "%s is accepted", refusal->name);
		check(strstr(said, refusal->says), "%s is refused: %s",
		      refusal->name, verdict());
	} else {
		check(!err, "%s: %s", refusal->name, verdict());
		check(!bpf_map__attach_struct_ops(map), "%s is attached",
		      refusal->name);
		check(errno == refusal->err, "%s: %m", refusal->name);
	}
	expect_in_file("policy", "builtin\n");
	bpf_object__close(obj);
}

static void refused(const char *dir)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		must_be_refused(&refusals[i]);
}

/* The second comes to nothing, and costs the first nothing. */
static void two(const char *dir)
{
	struct bpf_object *first = load("maximal"), *second = load("minimal");
	struct bpf_link *link = must_attach(first), *other;

	check(!attach(second) && errno == EBUSY, "a second policy: %m");
	expect_in_file("policy", "maximal\n");
	bpf_link__destroy(link);
	other = must_attach(second);
	expect_in_file("policy", "minimal\n");
	bpf_link__destroy(other);
}

/*
 * One that is quick, and one that is likely to be called when it is to go, and
 * is looked at when the call returns: that is timed.
 */
static void attach_for_ever(void *arg)
{
	u32 pause_ms = budget_ms() / 3;
	struct bpf_object *quick = load("maximal");
	struct bpf_object *slow = load_hang(IN_SELECT_VICTIMS, pause_ms);
	struct bpf_link *link;

	for (;;) {
		bpf_link__destroy(must_attach(quick));
		link = must_attach(slow);
		usleep(pause_ms * 10000);
		bpf_link__destroy(link);
	}
}

/* Policies that come and go while allocations take all there is. */
static void removed(const char *dir)
{
	u64 until = seconds() + 10, rounds = 0, seq;
	struct load work;
	pid_t loader;

	seq = read_number(SYSFS "enable_seq");
	start_load(&work, dir);
	loader = spawn(attach_for_ever, NULL);
	/* A slow machine takes longer for enough of both to mean something. */
	for (; seconds() < until || rounds < 10 || enabled_since(seq) < 20;
	     rounds++) {
		heap_free_whole(heap_alloc_whole());
		usleep(20000);
	}
	end(loader);
	end_load(&work);
	note("%llu allocations, %llu policies", (unsigned long long)rounds,
	     (unsigned long long)enabled_since(seq));
	expect_in_file("policy", "builtin\n");
}

static const struct test_case cases[] = {
	{ "minimal", minimal },
	{ "maximal", maximal },
	{ "reload", reload },
	{ "quits", quits },
	{ "hangs", hangs },
	{ "silent", silent },
	{ "lies", lies },
	{ "refused", refused },
	{ "two", two },
	{ "removed", removed },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
