// SPDX-License-Identifier: GPL-2.0
/* gcma-policy unload: back to the built-in policy. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "end.h"
#include "kernel.h"
#include "pin.h"
#include "policy.h"
#include "util.h"

static void __attribute__((noreturn)) die_not_ours(const struct cleancache *cc)
{
	if (!strcmp(cc->policy, POLICY_BUILTIN))
		die("no policy is loaded; the built-in one is in force");
	die("policy %s is held by another program, not by %s; end that program",
	    cc->policy, PIN_PATH);
}

/* There is nothing to take out of force any more, and that is no success. */
static int clear_dead_pin(struct policy_options *opts)
{
	struct policy_end end;

	pin_remove();
	policy_status(opts);
	policy_end_read(&end);
	warn("%s; its link is cleared", end_reason(&end));
	return 1;
}

int policy_unload(struct policy_options *opts)
{
	struct cleancache cc;
	int fd, err;

	cleancache_require(&cc);
	if (pin_state() == PIN_DETACHED)
		return clear_dead_pin(opts);
	fd = pin_open();
	if (fd == -EPERM || fd == -EACCES)
		die("no permission to open %s; run as root", PIN_PATH);
	if (fd < 0)
		die_not_ours(&cc);
	/* At once, so that what is printed next is already true. */
	err = bpf_link_detach(fd);
	close(fd);
	if (err)
		die("cannot detach policy %s: %s", cc.policy, strerror(-err));
	pin_remove();
	return policy_status(opts);
}
