"""Write every schema file anew."""

from stream.contract.schemas import FORMATS, schema_file, schema_text

for stem in FORMATS:
    schema_file(stem).write_text(schema_text(stem), encoding="utf-8")
