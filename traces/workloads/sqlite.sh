# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A database of 120 MiB: queries for popular rows, by number and by owner,
# ranges of rows, updates, and now and then a report that reads all.

# shellcheck disable=SC2034 # used by the scripts that source this file
what="SQLite: queries by Zipf's law, ranges, updates, full scans"
memory=32M
programs=(sqlite3)
packages=()

rows=300000
batches=8
per_batch=3000

make_database()
{
	sqlite3 data.db <<-SQL
		PRAGMA journal_mode = OFF;
		CREATE TABLE item(id INTEGER PRIMARY KEY, owner INTEGER,
			price INTEGER, body TEXT);
		WITH RECURSIVE n(id) AS (
			SELECT 1 UNION ALL SELECT id + 1 FROM n
			WHERE id < $rows)
		INSERT INTO item SELECT id, id * 7919 % 20011, id % 1000,
			printf('%0350d', id) FROM n;
		CREATE INDEX by_owner ON item(owner);
		PRAGMA journal_mode = WAL;
	SQL
	zipf $((batches * per_batch)) $rows | scatter $rows | statements |
		split -a2 -d -l "$per_batch" - batch.
}

# A tenth each are by owner, of ranges and updates, the rest by number.
statements()
{
	awk '{ id = $1 }
	NR % 10 == 1 {
		print "SELECT sum(price), max(body) FROM item WHERE owner =",
			id % 20011 ";"
		next
	}
	NR % 10 == 4 {
		print "SELECT sum(price), max(body) FROM item WHERE id BETWEEN",
			id, "AND", id + 100 ";"
		next
	}
	NR % 10 == 7 {
		print "UPDATE item SET price = price + 1 WHERE id = " id ";"
		next
	}
	{ print "SELECT body FROM item WHERE id = " id ";" }'
}

query_database()
{
	local n batch

	for ((n = 0; n < batches; n++)); do
		printf -v batch 'batch.%02d' "$n"
		sqlite3 data.db <"$batch" >/dev/null
		[ $((n % 3)) -ne 2 ] ||
			sqlite3 data.db 'SELECT avg(length(body)) FROM item' \
				>/dev/null
	done
}

prepare()
{
	make_database
}

work()
{
	query_database
}
