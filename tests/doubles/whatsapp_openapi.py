"""Meta's own OpenAPI description as a judge of what we send. It is not part of this repository: without it, nothing is judged.

Its known mistakes are mended here, each with what Meta's pages say instead.
"""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

Json = dict[str, Any]

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "whatsapp"
OPENAPI = FOLDER / "business-messaging-api_v23.0.yaml"
EXAMPLES = FOLDER / "meta_webhook_examples.json"
WHY_SKIPPED = "Meta's OpenAPI and examples are not here (../shared/whatsapp)"
DOCUMENTED_ELSEWHERE = ("biz_opaque_callback_data", "recipient")  # parameters of the pages on messages and on BSUIDs
KINDS = (
    "TextMessage",
    "ImageMessage",
    "VideoMessage",
    "AudioMessage",
    "DocumentMessage",
    "InteractiveMessage",
    "TemplateMessage",
)


def here() -> bool:
    return OPENAPI.is_file() and EXAMPLES.is_file()


def examples() -> dict[str, Json]:
    found: dict[str, Json] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


@cache
def _schemas() -> Json:
    """The schemas, mended."""
    schemas: Json = copy.deepcopy(
        yaml.load(OPENAPI.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["components"]["schemas"]
    )
    for name in KINDS:
        schemas[name] = _flat(schemas, schemas[name])
    # A list may have 4096 characters (page on lists); the limit of reply buttons is checked by the fake.
    schemas["BodyObject"]["properties"]["text"]["maxLength"] = 4096
    # The page on requests for a location.
    schemas["InteractiveObject"]["properties"]["type"]["enum"].append("location_request_message")
    place = {"required": ["name"], "properties": {"name": {"enum": ["send_location"]}}, "additionalProperties": False}
    schemas["ActionObject"]["oneOf"].append(place)
    # The pattern of a button's index lets "0" not pass, though it is the schema's own example.
    for holder in (schemas["TemplateComponent"], schemas["ButtonComponent"]["allOf"][1]):
        holder["properties"]["index"].pop("pattern")
    return schemas


def _flat(schemas: Json, schema: Json) -> Json:
    """`allOf` as one object: else "no other fields" of one half refuses those of the other."""
    whole: Json = {"type": "object", "required": [], "properties": {}, "additionalProperties": False}
    for half in schema["allOf"]:
        part = schemas[half["$ref"].rsplit("/", 1)[1]] if "$ref" in half else half
        whole["required"] += part.get("required", [])
        whole["properties"] |= part["properties"]
    return whole


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": _schemas()}})


def complaints(body: Json) -> list[str]:
    """What Meta's description says against a message of ours; nothing where the description is not here."""
    if not here():
        return []
    if body.get("status") == "read":
        return _against("MarkMessageRequestPayload", body)
    kind = f"{str(body.get('type', '')).title()}Message"
    if kind not in KINDS:
        return [f"no kind of message: {body.get('type')!r}"]
    known = {name: value for name, value in body.items() if name not in DOCUMENTED_ELSEWHERE}
    return _against(kind, {"to": body["recipient"], **known} if "recipient" in body else known)


def _against(name: str, body: Json) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in _validator(name).iter_errors(body)]
