"""The knowledge of the repository's own files, learned once for all tests (and kept between runs)."""

from __future__ import annotations

from bot.build import kept, knowledge_of_files
from bot.config import ROOT, Settings

CACHE = ROOT / "data" / "cache"
CONTENT = ROOT / "knowledge" / "content"
SETTINGS = Settings(cache_dir=CACHE)

learned = kept(CACHE)
KNOWLEDGE = knowledge_of_files(SETTINGS)
