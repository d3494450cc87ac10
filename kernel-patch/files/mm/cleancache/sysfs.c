// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/mm/cleancache: what is cached and which policy decides.
 */

#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/sysfs.h>
#include <linux/vmstat.h>

#include "internal.h"

static ssize_t slots_show(struct kobject *kobj, struct kobj_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%lu\n", cleancache_nr_slots());
}

static ssize_t cached_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%lu\n", cleancache_nr_cached());
}

static ssize_t policy_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	char name[CLEANCACHE_POLICY_NAME_LEN];

	cleancache_policy_name(name);
	return sysfs_emit(buf, "%s\n", name);
}

static ssize_t enable_seq_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", cleancache_policy_enable_seq());
}

#ifdef CONFIG_CLEANCACHE_BPF
static ssize_t ejected_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%lu\n", cleancache_policy_ejected());
}

static ssize_t last_exit_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return cleancache_policy_last_exit(buf);
}

static ssize_t budget_us_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(cleancache_budget_us));
}

static ssize_t budget_us_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t count)
{
	unsigned int budget;
	int err;

	err = kstrtouint(buf, 0, &budget);
	if (err)
		return err;
	WRITE_ONCE(cleancache_budget_us, budget);
	return count;
}
#endif

static ssize_t drop_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	bool drop;

	if (kstrtobool(buf, &drop) || !drop)
		return -EINVAL;
	cleancache_flush();
	return count;
}

static struct kobj_attribute slots_attr = __ATTR_RO(slots);
static struct kobj_attribute cached_attr = __ATTR_RO(cached);
static struct kobj_attribute policy_attr = __ATTR_RO(policy);
static struct kobj_attribute enable_seq_attr = __ATTR_RO(enable_seq);
static struct kobj_attribute drop_attr = __ATTR_WO(drop);
#ifdef CONFIG_CLEANCACHE_BPF
static struct kobj_attribute ejected_attr = __ATTR_RO(ejected);
static struct kobj_attribute last_exit_attr = __ATTR_RO(last_exit);
static struct kobj_attribute budget_us_attr = __ATTR_RW(budget_us);
#endif

static struct attribute *cleancache_attrs[] = {
	&slots_attr.attr,
	&cached_attr.attr,
	&policy_attr.attr,
	&enable_seq_attr.attr,
	&drop_attr.attr,
#ifdef CONFIG_CLEANCACHE_BPF
	&ejected_attr.attr,
	&last_exit_attr.attr,
	&budget_us_attr.attr,
#endif
	NULL,
};

static const struct attribute_group cleancache_group = {
	.attrs = cleancache_attrs,
};

static int __init cleancache_sysfs_init(void)
{
	struct kobject *kobj;
	int err;

	kobj = kobject_create_and_add("cleancache", mm_kobj);
	if (!kobj)
		return -ENOMEM;
	err = sysfs_create_group(kobj, &cleancache_group);
	if (err)
		kobject_put(kobj);
	return err;
}
subsys_initcall(cleancache_sysfs_init);
