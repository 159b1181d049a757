"""Reads what each line's schema and bytes say with fastavro, and writes them again."""
import io
import json
import sys

import fastavro

for line in sys.stdin:
    case = json.loads(line)
    schema = fastavro.parse_schema(case["schema"])
    answers = []
    for seed in case["seeds"]:
        given = io.BytesIO(bytes.fromhex(seed))
        try:
            value = fastavro.schemaless_reader(given, schema, return_record_name=True, return_named_type=True)
            if given.read(1):
                raise ValueError("bytes are left")
            again = io.BytesIO()
            fastavro.schemaless_writer(again, schema, value)
            answers.append(again.getvalue().hex())
        except Exception as error:
            answers.append("error: " + repr(error))
    print(json.dumps(answers))
