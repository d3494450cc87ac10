// SPDX-License-Identifier: GPL-2.0
/* The pinned link that keeps a policy in force after its loader has ended. */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/magic.h>

#include "pin.h"
#include "util.h"

#define BPFFS		"/sys/fs/bpf"

const char *const pin_state_names[] = {
	[PIN_NONE] = "none",
	[PIN_ATTACHED] = "attached",
	[PIN_DETACHED] = "detached",
	[PIN_UNKNOWN] = "unknown",
};

int pin_open(void)
{
	return bpf_obj_get(PIN_PATH);
}

/* A link the kernel has detached stays, but names no map any more. */
static bool is_attached(int link_fd)
{
	struct bpf_link_info info = { };
	__u32 len = sizeof(info);

	return !bpf_link_get_info_by_fd(link_fd, &info, &len) &&
	       info.type == BPF_LINK_TYPE_STRUCT_OPS && info.struct_ops.map_id;
}

enum pin_state pin_state(void)
{
	bool attached;
	int fd;

	fd = pin_open();
	if (fd == -EACCES || fd == -EPERM)
		return PIN_UNKNOWN;
	if (fd < 0)
		return PIN_NONE;
	attached = is_attached(fd);
	close(fd);
	return attached ? PIN_ATTACHED : PIN_DETACHED;
}

void pin_prepare(void)
{
	struct statfs fs;

	if (statfs(BPFFS, &fs))
		die("%s: %s; mount sysfs and build the kernel with CONFIG_BPF_SYSCALL",
		    BPFFS, strerror(errno));
	if (fs.f_type != BPF_FS_MAGIC &&
	    mount("bpf", BPFFS, "bpf", 0, "mode=0700"))
		die("cannot mount bpffs on %s: %s; run as root", BPFFS,
		    strerror(errno));
	if (mkdir(PIN_DIR, 0700) && errno != EEXIST)
		die("%s: %s; run as root", PIN_DIR, strerror(errno));
}

int pin_link(int link_fd)
{
	return bpf_obj_pin(link_fd, PIN_PATH);
}

void pin_remove(void)
{
	unlink(PIN_PATH);
	pin_tidy();
}

void pin_tidy(void)
{
	rmdir(PIN_DIR);
}
