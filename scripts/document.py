# SPDX-License-Identifier: GPL-2.0
"""What the generators of documents share: tables between two marks."""

import re

MARKED = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- /table -->)", re.S)


def fill(path, make_table):
    """The text of a document, each of its tables made anew from its name."""
    return MARKED.sub(lambda mark: mark[1] + make_table(mark[2]) + mark[3],
                      path.read_text())


def table(head, align, lines):
    """A table of cells; align has a letter for each column, l or r."""
    rules = "".join({"l": "---|", "r": "---:|"}[letter] for letter in align)
    first = ("| " + " | ".join(head) + " |").replace("  ", " ")
    rows = [first, "|" + rules]
    rows += ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join(rows) + "\n"
