// SPDX-License-Identifier: GPL-2.0
/* Policies, compiled for the machine this runs on: found and loaded. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libelf.h>
#include <libgen.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy.h"
#include "program.h"
#include "stream.h"
#include "tunable.h"
#include "util.h"

#define OPS_SECTION	".struct_ops.link"

static bool has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len > suffix_len && !strcmp(text + len - suffix_len, suffix);
}

/* The file's name, up to its first dot. */
static void take_name(struct policy *policy, const char *path)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(policy->name, sizeof(policy->name), "%.63s", basename(copy));
	policy->name[strcspn(policy->name, ".")] = '\0';
}

/* The file goes at once and its content with the program, however that ends. */
static void keep_open(struct policy *policy, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	unlink(path);
	snprintf(policy->path, sizeof(policy->path), "/proc/self/fd/%d", fd);
}

static void compile_for_now(struct policy *policy, const char *source)
{
	char path[PATH_MAX];

	make_temporary(".so", path, sizeof(path));
	if (!policy_compile(source, path)) {
		unlink(path);
		die("%s does not compile; see docs/lab.md for what a policy can use here",
		    source);
	}
	keep_open(policy, path);
}

static void find_built(struct policy *policy, const char *name)
{
	char file[128];

	if (!strcmp(name, POLICY_NONE))
		return;
	snprintf(file, sizeof(file), "../lab/%.64s.so", name);
	beside_program(file, policy->path, sizeof(policy->path));
	if (access(policy->path, R_OK))
		die("no policy '%s' (%s: %s); build it with 'make tools' or name a .bpf.c file",
		    name, policy->path, strerror(errno));
}

void policy_find(struct policy *policy, const char *what)
{
	bool object = has_suffix(what, ".so");

	*policy = (struct policy) { };
	take_name(policy, what);
	if (!object && !has_suffix(what, ".c"))
		return find_built(policy, what);
	if (access(what, R_OK))
		die("%s: %s; name a policy that can be read", what,
		    strerror(errno));
	if (!object)
		return compile_for_now(policy, what);
	if (!realpath(what, policy->path))
		die("%s: %s", what, strerror(errno));
}

unsigned int policy_find_all(struct policy **policies)
{
	char pattern[PATH_MAX];
	unsigned int i, nr;
	glob_t found = { };

	beside_program("../lab", pattern, sizeof(pattern) - sizeof("/*.so"));
	strcat(pattern, "/*.so");
	if (glob(pattern, 0, NULL, &found))
		die("no policy in %s; build some with 'make tools' or name one with --policy",
		    pattern);
	nr = found.gl_pathc + 1;
	*policies = need_zeroed(nr, sizeof(**policies));
	policy_find(*policies, POLICY_NONE);
	for (i = 1; i < nr; i++)
		policy_find(*policies + i, found.gl_pathv[i - 1]);
	globfree(&found);
	return nr;
}

/* Where the section with the ops is, from the beginning of the object. */
static size_t find_ops(Elf *elf, size_t *size)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return 0;
	while ((section = elf_nextscn(elf, section))) {
		Elf64_Shdr *header = elf64_getshdr(section);
		const char *name;

		name = header ? elf_strptr(elf, names, header->sh_name) : NULL;
		if (!name || strcmp(name, OPS_SECTION))
			continue;
		*size = header->sh_size;
		return header->sh_addr;
	}
	return 0;
}

static size_t ops_offset(const char *path)
{
	size_t offset, size = 0;
	Elf *elf;
	int fd;

	elf_version(EV_CURRENT);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
	offset = elf ? find_ops(elf, &size) : 0;
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return size == sizeof(struct cleancache_policy_ops) ? offset : 0;
}

const struct cleancache_policy_ops *
policy_load(const struct policy *policy, const char *const *settings,
	    unsigned int nr_settings)
{
	struct link_map *map;
	size_t offset;
	void *object;

	if (!policy->path[0])
		return NULL;
	object = dlopen(policy->path, RTLD_NOW | RTLD_LOCAL);
	if (!object)
		die("policy %s: %s; build it anew with 'make tools'",
		    policy->name, dlerror());
	offset = ops_offset(policy->path);
	if (!offset || dlinfo(object, RTLD_DI_LINKMAP, &map))
		die("policy %s: %s has no GCMA_POLICY of this version; build it anew with 'make tools'",
		    policy->name, policy->path);
	tunables_set(policy, object, settings, nr_settings);
	return (const void *)(map->l_addr + offset);
}
