"""One edition of all articles, the region, and the router over both. Immutable; a publish builds a new one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from knowledge.article import Article, ArticleError, parse_article
from knowledge.region import Region
from knowledge.routing.decision import Decision, Option
from knowledge.routing.ear import Ear
from knowledge.routing.familiar import Familiar
from knowledge.routing.lexicon import load_lexicon
from knowledge.routing.material import Material, load_material
from knowledge.routing.model import Model
from knowledge.routing.router import Router
from knowledge.topics import Topic, load_topics

Learn = Callable[[Material], Model]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`topics`: the whole catalogue; `articles`: those that are answered, by id. `edition` counts up with every publish."""

    edition: int
    region: Region
    topics: dict[str, Topic]
    articles: dict[str, Article]
    router: Router
    ear: Ear

    @classmethod
    def build(cls, edition: int, texts: Mapping[str, str], region: Region, content: Path, learn: Learn) -> Knowledge:
        """Parse and check `texts` (article id → raw text), learn from the lines beside them. Raises ArticleError.

        `learn` makes the model, or finds one made before of the same material: making it takes seconds of one processor.
        """
        articles = {identifier: read(identifier, texts[identifier], region) for identifier in sorted(texts)}
        material = load_material(content, articles, region)
        model = learn(material)
        router = Router(model, Familiar(model.space, material.topics), region, load_lexicon())
        return cls(edition, region, load_topics(content), articles, router, Ear(model.space.lexicon))

    def article(self, identifier: str) -> Article | None:
        return self.articles.get(identifier)

    def topics_of(self, domain: str) -> list[Article]:
        """The articles of one domain, by title."""
        return sorted((a for a in self.articles.values() if a.domain == domain), key=lambda a: a.title)

    def decide(self, text: str) -> Decision:
        """What the message asks for. Never raises."""
        return self.router.decide(text)

    def others(self, text: str, shown: Collection[str]) -> list[Option]:
        """The nearest topics and categories that were not shown yet, best first."""
        return [Option(key, sure) for key, sure in self.router.model.scores(text).best if key not in shown]


def read(identifier: str, text: str, region: Region) -> Article:
    """One article, checked against the region. Raises ArticleError."""
    try:
        article = parse_article(text)
    except ArticleError as error:
        raise ArticleError(f"{identifier}: {error}") from error
    if article.id != identifier:
        raise ArticleError(f"{identifier}: id: the text says {article.id!r}")
    if article.agency not in region.agencies:
        raise ArticleError(f"{identifier}: agency: no agency {article.agency!r}")
    if article.domain not in region.domains:
        raise ArticleError(f"{identifier}: domain: no domain {article.domain!r}")
    return article
