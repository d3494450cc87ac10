// SPDX-License-Identifier: GPL-2.0
/* gcma-policy load: put a policy in force and leave it there. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/capability.h>

#include "end.h"
#include "kernel.h"
#include "libbpf_said.h"
#include "object.h"
#include "pin.h"
#include "policy.h"
#include "share.h"
#include "util.h"

static bool is_file(const char *path)
{
	return !access(path, F_OK);
}

/* A name that is no file may be short for one in the policies' folder. */
static void find_object(const struct policy_options *opts, char *path,
			size_t size)
{
	if (!opts->object)
		die_usage("no OBJECT to load; 'gcma-policy list' shows those at hand");
	snprintf(path, size, "%s", opts->object);
	if (is_file(path))
		return;
	if (!strchr(opts->object, '/')) {
		snprintf(path, size, "%s/%s.bpf.o", opts->dir, opts->object);
		if (is_file(path))
			return;
	}
	die("no such object '%s', as a file or in %s; 'gcma-policy list' shows those at hand",
	    opts->object, opts->dir);
}

static void require_privilege(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { };

	if (syscall(SYS_capget, &header, data) ||
	    !(data[0].effective & 1u << CAP_SYS_ADMIN))
		die("loading a policy needs CAP_SYS_ADMIN; run as root");
}

static void require_policy_support(void)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		die("the kernel has no BTF; build it with CONFIG_DEBUG_INFO_BTF=y");
	if (btf__find_by_name_kind(btf, "bpf_struct_ops_" POLICY_OPS_TYPE,
				   BTF_KIND_STRUCT) < 0)
		die("this kernel takes no BPF policies; build it with CONFIG_CLEANCACHE_BPF=y");
	btf__free(btf);
}

static void require_vacancy(const struct cleancache *cc,
			    const struct policy_options *opts,
			    enum pin_state pin)
{
	if (!strcmp(cc->policy, POLICY_BUILTIN))
		return;
	if (!opts->replace)
		die("policy %s is in force; --replace swaps it, 'gcma-policy unload' ends it",
		    cc->policy);
	if (pin != PIN_ATTACHED)
		die("policy %s is held by another program, not by %s; end that program",
		    cc->policy, PIN_PATH);
}

static void __attribute__((noreturn)) die_rejected(const char *name, int err)
{
	/* The verifier's own words, if there are any, come first. */
	fputs(libbpf_said(), stderr);
	pin_tidy();
	if (err == -EPERM)
		die("the kernel does not permit loading policy %s; run as root with CAP_BPF and CAP_SYS_ADMIN",
		    name);
	if (err == -ENODEV)
		die("there is no guaranteed area for policy %s; boot with cma=SIZE gcma",
		    name);
	die("the kernel rejects policy %s: %s; nothing was loaded", name,
	    strerror(-err));
}

/* If the policy gave up in init(), it has said why. */
static void __attribute__((noreturn)) die_refused(const char *name, int err,
						  uint64_t ejected_before)
{
	struct policy_end end;

	policy_end_read(&end);
	if (!end.known || end.ejected == ejected_before ||
	    strcmp(end.policy, name))
		die_rejected(name, err);
	pin_tidy();
	die("policy %s gave up in init(): %s; nothing was loaded", name,
	    end.message);
}

static int swap(struct bpf_map *ops)
{
	int fd, err;

	fd = pin_open();
	if (fd < 0)
		return fd;
	err = bpf_link_update(fd, bpf_map__fd(ops), NULL);
	close(fd);
	return err;
}

/*
 * libbpf writes the callbacks into a struct_ops map as part of attaching it,
 * and can do so for an update only with the very link object of the process
 * that attached, not with one opened from a pin. So a swap begins with an
 * attach that the policy in force turns away, and then updates the link.
 */
static void put_in_force(struct policy_object *policy, bool replace)
{
	struct policy_end before;
	struct bpf_link *link;
	int err;

	policy_end_read(&before);
	link = bpf_map__attach_struct_ops(policy->ops);
	err = link ? 0 : -errno;
	if (replace && (err == -EBUSY || err == -EEXIST)) {
		err = swap(policy->ops);
		if (err)
			die_refused(policy->name, err, before.ejected);
		return;
	}
	if (err)
		die_refused(policy->name, err, before.ejected);
	/* A link that the kernel has let go of may still be pinned here. */
	unlink(PIN_PATH);
	err = pin_link(bpf_link__fd(link));
	if (err) {
		bpf_link__destroy(link);
		pin_tidy();
		die("cannot pin the policy at %s: %s; nothing is loaded",
		    PIN_PATH, strerror(-err));
	}
	/* Closes this process's hold on the link; the pin is another. */
	bpf_link__destroy(link);
}

static void enter_kernel(struct policy_object *policy,
			 const struct policy_options *opts)
{
	int i, err;

	libbpf_quiet();
	err = bpf_object__load(policy->obj);
	if (err)
		die_rejected(policy->name, err);
	for (i = 0; i < opts->nr_shares; i++)
		share_give(policy, opts->shares[i]);
	pin_prepare();
	put_in_force(policy, opts->replace);
}

int policy_load(struct policy_options *opts)
{
	struct policy_object policy;
	struct cleancache cc;
	char path[PATH_MAX];
	const char *why;
	int i;

	find_object(opts, path, sizeof(path));
	why = policy_open(path, &policy);
	if (why)
		die("%s is no policy: %s; 'make bpf' builds policies from bpf/policies",
		    path, why);
	for (i = 0; i < opts->nr_settings; i++)
		policy_tune(&policy, opts->settings[i]);
	for (i = 0; i < opts->nr_shares; i++)
		share_check(&policy, opts->shares[i]);
	cleancache_require(&cc);
	require_privilege();
	require_policy_support();
	require_vacancy(&cc, opts, pin_state());
	policy_fit(&policy, cc.slots);
	enter_kernel(&policy, opts);
	policy_close(&policy);
	return policy_status(opts);
}
