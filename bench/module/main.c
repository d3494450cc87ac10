// SPDX-License-Identifier: GPL-2.0
/*
 * gcma_bench: measures in instructions what user space cannot see. Commands are
 * files to write to in debugfs. What was measured is read from "samples", a
 * name and a number a line; writing anything there empties it.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "bench.h"

#define MAX_SAMPLES	65536U

/**
 * struct sample - one measurement
 * @name: what was measured
 * @cost: in instructions
 */
struct sample {
	const char *name;
	u64 cost;
};

static struct sample *samples;
static atomic_t nr_samples = ATOMIC_INIT(0);
static u64 clock_cost;
static struct dentry *folder;

void bench_log(const char *name, u64 cost)
{
	unsigned int i = atomic_fetch_inc(&nr_samples);

	if (i >= MAX_SAMPLES) {
		atomic_dec(&nr_samples);
		return;
	}
	samples[i].name = name;
	samples[i].cost = cost - min(cost, clock_cost);
}

static int samples_show(struct seq_file *m, void *unused)
{
	unsigned int i, nr = min_t(unsigned int, atomic_read(&nr_samples),
				   MAX_SAMPLES);

	for (i = 0; i < nr; i++)
		seq_printf(m, "%s %llu\n", samples[i].name, samples[i].cost);
	return 0;
}

static int samples_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, samples_show, NULL, SZ_1M);
}

static ssize_t samples_write(struct file *file, const char __user *text,
			     size_t len, loff_t *pos)
{
	atomic_set(&nr_samples, 0);
	return len;
}

static const struct file_operations samples_fops = {
	.owner		= THIS_MODULE,
	.open		= samples_open,
	.read		= seq_read,
	.write		= samples_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static ssize_t command_write(struct file *file, const char __user *user,
			     size_t len, loff_t *pos)
{
	const struct bench_command *command = file->private_data;
	char text[BENCH_COMMAND];
	int err;

	if (len >= sizeof(text))
		return -E2BIG;
	if (copy_from_user(text, user, len))
		return -EFAULT;
	text[len] = '\0';
	err = command->run(strim(text));
	return err ? err : len;
}

static const struct file_operations command_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= command_write,
};

static const struct bench_command commands[] = {
	{ "empty", bench_empty },
	{ "copy", bench_copy },
	{ "add", bench_add },
	{ "blocks", bench_blocks },
	{ "contig", bench_contig },
	{ "pin", bench_pin },
	{ "slice", bench_slice },
};

static void measure_clock(void)
{
	u64 start, end;
	int i;

	/* The first round brings the code in. */
	for (i = 0; i < 2; i++) {
		start = bench_now();
		end = bench_now();
		clock_cost = end - start;
	}
}

static int __init bench_init(void)
{
	unsigned int i;
	int err;

	samples = vcalloc(MAX_SAMPLES, sizeof(*samples));
	if (!samples)
		return -ENOMEM;
	measure_clock();
	err = bench_spans_start();
	if (err) {
		vfree(samples);
		return err;
	}
	folder = debugfs_create_dir("gcma_bench", NULL);
	debugfs_create_file("samples", 0600, folder, NULL, &samples_fops);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		debugfs_create_file(commands[i].name, 0200, folder,
				    (void *)&commands[i], &command_fops);
	return 0;
}
module_init(bench_init);

static void __exit bench_exit(void)
{
	debugfs_remove(folder);
	bench_spans_stop();
	vfree(samples);
}
module_exit(bench_exit);

MODULE_DESCRIPTION("Instruction counts for the GCMA benchmark");
MODULE_LICENSE("GPL");
