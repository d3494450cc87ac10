# SPDX-License-Identifier: GPL-2.0
"""What all writers of result files share: rows, and the document around them."""

import datetime
import json
import os
import sys


class Rows:
    """The rows of a result file."""

    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, target=None, anchor=None, why=None,
            at_least=False):
        row = {"id": name, "value": rounded(value), "unit": unit,
               "target": target, "met": met(value, target, at_least),
               "anchor": rounded(anchor)}
        if value is None:
            row["why"] = why or "the guest did not report it"
        self.rows.append(row)


def rounded(value):
    return None if value is None else round(value, 3)


def met(value, target, at_least):
    if value is None or target is None:
        return None
    return value >= target if at_least else value <= target



def read_facts():
    """What the shell script knows: NAME=VALUE lines on standard input."""
    return dict(line.rstrip("\n").split("=", 1) for line in sys.stdin)


def write(path, facts, policy, guest, rows, more):
    """Write a result file, whole or not at all; guest is None without one."""
    document = {
        "schema": 1,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime(
            "%Y-%m-%dT%H:%M:%SZ"),
        "kernel": facts["kernel"], "config": facts["config"],
        "series": facts["series"], "policy": policy,
        "guest": guest and {"accel": facts.get("accel", "tcg"), **guest,
                            "memory": facts["memory"]},
        "rows": rows.rows, **more,
    }
    with open(path + ".new", "w") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    os.replace(path + ".new", path)
