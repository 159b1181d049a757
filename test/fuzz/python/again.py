"""Reads what each line's schema and bytes say with fastavro, and writes them again."""
import io
import json
import sys

import fastavro


def again(schema, data):
    given = io.BytesIO(data)
    try:
        value = fastavro.schemaless_reader(given, schema, return_record_name=True, return_named_type=True)
    except Exception as error:
        return "error: " + repr(error)
    if given.read(1):
        return "error: bytes are left"
    written = io.BytesIO()
    try:
        fastavro.schemaless_writer(written, schema, value)
    except Exception:
        # It read the value, and cannot tell which branch of a union it was.
        return "unwritten"
    return written.getvalue().hex()


for line in sys.stdin:
    case = json.loads(line)
    parsed = fastavro.parse_schema(case["schema"])
    print(json.dumps([again(parsed, bytes.fromhex(seed)) for seed in case["seeds"]]))
