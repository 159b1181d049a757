"""Checks Sigma rules with pySigma, converts them, and runs them over events in SQLite.

Usage: check_sigma.py RULES_FOLDER EVENTS_FILE. EVENTS_FILE has one event a line. Prints one JSON object:
rules     of each rule: title and id, whatever is wrong with it, its query by back end, and the numbers of the events
          (lines, from 0) that it matches
"""

import json
import sqlite3
import sys
from pathlib import Path

from sigma.backends.elasticsearch import ESQLBackend, LuceneBackend
from sigma.backends.splunk import SplunkBackend
from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.plugins import InstalledSigmaPlugins
from sigma.validation import SigmaValidator

# What these check names that MITRE publishes; they fetch the list.
ONLINE = {"attacktag", "d3fendtag"}

BACKENDS = {
    "splunk": SplunkBackend,
    "lucene": LuceneBackend,
    "esql": ESQLBackend,
    "sqlite": sqliteBackend,
}


def flat(value, prefix=""):
    """The fields of an event by their dotted names, as SIEMs have them."""
    if not isinstance(value, dict):
        yield prefix, value if isinstance(value, (str, int, float, type(None))) else json.dumps(value)
        return
    for name, inner in value.items():
        yield from flat(inner, f"{prefix}.{name}" if prefix else name)


def table_of(events):
    rows = [dict(flat(event)) for event in events]
    # What a rule asks for and no event has is null, as in a SIEM.
    names = sorted({name for row in rows for name in row} | {"unmapped.alert", "unmapped.kind"})
    quoted = ", ".join(f'"{name}"' for name in names)
    database = sqlite3.connect(":memory:")
    database.execute(f'CREATE TABLE logs (number INTEGER, {quoted})')
    marks = ", ".join("?" * (len(names) + 1))
    for number, row in enumerate(rows):
        database.execute(f"INSERT INTO logs VALUES ({marks})", [number, *(row.get(name) for name in names)])
    return database


def check(path, database):
    rules = SigmaCollection.from_yaml(path.read_text())
    known = InstalledSigmaPlugins.autodiscover().validators
    validator = SigmaValidator(known[name] for name in sorted(known) if name not in ONLINE)
    issues = [f"{type(issue).__name__}: {issue}" for rule in rules for issue in validator.validate_rule(rule)]
    issues += [f"{type(issue).__name__}: {issue}" for issue in validator.finalize()]
    queries = {name: backend().convert(rules) for name, backend in BACKENDS.items()}
    matches = set()
    for query in queries["sqlite"]:
        # The back end writes the name of the table as it wants it to be.
        assert query.startswith("SELECT * FROM logs WHERE "), query
        found = database.execute(query.replace("SELECT *", "SELECT number", 1))
        matches.update(number for (number,) in found)
    return {
        "title": [rule.title for rule in rules],
        "id": [str(rule.id) for rule in rules],
        "logsource": [[rule.logsource.product, rule.logsource.service] for rule in rules],
        "issues": issues,
        "queries": queries,
        "matches": sorted(matches),
    }


def main():
    folder, events_file = sys.argv[1:]
    events = [json.loads(line) for line in Path(events_file).read_text().splitlines()]
    database = table_of(events)
    print(json.dumps({path.stem: check(path, database) for path in sorted(Path(folder).glob("*.yml"))}))


main()
