/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a cgroup is entitled to: the values of a map "shares", which a policy
 * has if `gcma-policy load --share` is to fill it. The keys are what pages call
 * their cgroup (struct cleancache_page).
 */
#ifndef GCMA_SHARE_H
#define GCMA_SHARE_H

struct gcma_share {
	__u32 weight;	/* in proportion to those of other cgroups */
	__u32 floor;	/* slots that are not taken for others */
};

#endif
