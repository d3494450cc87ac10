# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# RocksDB's model of what a social network's database is asked for (mixgraph,
# with the parameters of its authors), then uniform reads and writes; with the
# compactions that come of both.

# shellcheck disable=SC2034 # used by the scripts that source this file
what="RocksDB db_bench: mixgraph, then uniform reads and writes, with compaction"
memory=40M
programs=(db_bench)
packages=(rocksdb-tools)

entries=300000

bench()
{
	db_bench --db="$PWD/db" --num=$entries --key_size=48 --value_size=400 \
		--seed=1 --compression_type=none --cache_size=4194304 \
		--write_buffer_size=4194304 --target_file_size_base=4194304 \
		--max_bytes_for_level_base=16777216 "$@" >/dev/null 2>&1
}

prepare()
{
	bench --benchmarks=filluniquerandom,compact
}

work()
{
	bench --use_existing_db --benchmarks=mixgraph --reads=100000 \
		--keyrange_num=30 --keyrange_dist_a=14.18 \
		--keyrange_dist_b=-2.917 --keyrange_dist_c=0.0164 \
		--keyrange_dist_d=-0.08082 --key_dist_a=0.002312 \
		--key_dist_b=0.3467 --value_k=0.2615 --value_sigma=25.45 \
		--iter_k=2.517 --iter_sigma=14.236 --mix_get_ratio=0.83 \
		--mix_put_ratio=0.14 --mix_seek_ratio=0.03 \
		--sine_mix_rate_interval_milliseconds=5000 --sine_a=1000 \
		--sine_b=0.000073 --sine_d=4500
	bench --use_existing_db --benchmarks=readrandomwriterandom \
		--readwritepercent=80 --reads=30000
}
