"""The front matter of an article as a JSON schema, for editors and spreadsheets; made from the code that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from knowledge.article import ID, LISTS, SOURCE_DATE, Article

FILE = Path(__file__).parent / "article.schema.json"
OPTIONAL = {"expires_on", "review_after", *LISTS}  # what a file may leave out
FILLED = {"type": "string", "pattern": r"\S"}


def front_matter() -> dict[str, Any]:
    """JSON Schema 2020-12 of the front matter; what stands below it, the parts, is Markdown and not described."""
    made = TypeAdapter(Article).json_schema()
    fields = {name: field for name, field in made["properties"].items() if name != "parts"}
    source = made["$defs"]["Source"]
    _tighten(fields)
    _tighten(source["properties"])
    fields["id"]["pattern"] = f"^{ID.pattern}$"
    fields["sources"]["minItems"] = 1
    source["properties"]["date"] = {"type": "string", "pattern": f"^{SOURCE_DATE.pattern}$", "default": ""}
    required = {"required": [name for name in source["required"] if name != "date"], "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Front matter of an article",
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in OPTIONAL],
        "additionalProperties": False,
        "$defs": {"Source": source | required},
    }


def _tighten(fields: dict[str, Any]) -> None:
    """No text may be empty, as the reader of the file demands."""
    for field in fields.values():
        field.pop("title", None)
        if field.get("type") == "string" and "format" not in field and "enum" not in field:
            field.update(FILLED)
        if field.get("items", {}).get("type") == "string":
            field["items"] = dict(FILLED)
