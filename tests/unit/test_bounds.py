"""What one expression may compute is bounded by what its text shows; what people write passes."""

from __future__ import annotations

import pytest

from graph_schema.errors import QueryRefused
from kgplatform.store.console.guard import check_reads_only

TOO_MUCH = {
    "a range": "RETURN size(range(0, 1000000000)) AS n",
    "a range downwards": "RETURN size(range(1000000000, 0, -1)) AS n",
    "a range of hexadecimals": "RETURN size(range(0x0, 0xFFFFFFF)) AS n",
    "a range in a subquery": "CALL { RETURN range(0, 1000000000) AS l } RETURN l",
    "loops in one another": "RETURN size([x IN range(1, 2000) | [y IN range(1, 2000) | x * y]]) AS n",
    "loops over a name": "WITH range(1, 2000) AS l RETURN size([x IN l | [y IN l | x * y]]) AS n",
    "loops in loops": "WITH range(1, 200) AS l RETURN all(x IN l WHERE any(y IN l WHERE 1 IN [z IN l | x]))",
    "a doubled string": "RETURN size(reduce(s = 'x', i IN range(1, 40) | s + s)) AS n",
    "a doubled string in brackets": "RETURN size(reduce(s = 'x', i IN range(1, 40) | (s + 'y') + s)) AS n",
    "a doubled list of lists": "RETURN reduce(s = [1], i IN range(1, 40) | [s, s]) AS n",
    "numbers that begin with 0": "RETURN size(range(0, 0100000000)) AS n",
    "lists of lists": "WITH [1] AS a " + "WITH [a, a, a, a, a, a, a, a] AS a " * 8 + "RETURN a",
    "maps of maps": "WITH {a: 1} AS a " + "WITH {a: a, b: a, c: a, d: a} AS a " * 12 + "RETURN a",
    "repeats of repeats": "MATCH (n) WHERE n.name =~ '(a|a?)+b' RETURN n",
    "a reference": r"MATCH (n) WHERE n.name =~ '(a*)\\1b' RETURN n",
    "many repeats": "MATCH (n) WHERE n.name =~ '.*a.*b.*c.*d' RETURN n",
}

ORDINARY = {
    "rows of a range": "UNWIND range(0, 1000000000) AS x RETURN x LIMIT 3",
    "a sum": "RETURN reduce(s = 0, x IN range(1, 100000) | s + x) AS s",
    "the greatest": "RETURN reduce(m = 0, x IN range(1, 100) | CASE WHEN x > m THEN x ELSE m END) AS m",
    "small loops in one another": "RETURN [x IN range(1, 9) | [y IN range(1, 9) | x * y]] AS t",
    "ranges beside one another": "RETURN range(1, 100000) AS a, range(1, 100000) AS b",
    "a range of properties": "MATCH (n) RETURN range(0, size(n.name)) AS places LIMIT 1",
    "a pattern": "MATCH (n) WHERE n.name =~ '(?i).*cet.*ol' RETURN n",
    "groups that repeat": "MATCH (n) WHERE n.id =~ '(DB|HM)(DB)?\\\\d+' RETURN n",
    "membership": "MATCH (n) WHERE (n.a IN range(1, 2000) AND n.b IN range(1, 2000)) RETURN n",
    "one number after another": "RETURN reduce(f = [0, 1], i IN range(1, 40) | [f[1], f[0] + f[1]]) AS f",
    "loops beside one another": "RETURN [x IN range(1, 2000) | x] + [x IN range(1, 2000) | x] AS l",
    "many maps": "RETURN " + ", ".join(["{a: null, b: null, c: true, d: true}"] * 20) + " AS m",
    "names twice": "MATCH (a)-[r]->(b) RETURN [a.name, b.name, a.id, b.id] AS l, {a: a, again: a} AS m",
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_could_not_be_ended_is_refused_with_its_place(name: str) -> None:
    with pytest.raises(QueryRefused, match=r"at line 1, column \d+; wanted .* at most|without repeats"):
        check_reads_only(TOO_MUCH[name])


@pytest.mark.parametrize("name", ORDINARY)
def test_what_people_write_passes(name: str) -> None:
    assert check_reads_only(ORDINARY[name])
