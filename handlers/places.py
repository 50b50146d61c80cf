"""Where to go: places of a kind near a resident, and how to reach an office. What no source says is said to be unknown."""

from __future__ import annotations

from collections.abc import Iterable

from domain.messages import Button, Kind, Reply
from domain.text import one_line
from handlers import ask, memory
from handlers.start import back_row, menu_rows
from handlers.turn import Replies, Rows, Turn
from knowledge.agencies import Agency, Contact
from knowledge.facilities import Facility, FacilityKind
from knowledge.routing.decision import DecisionKind

SHORT_ANSWER = 5  # words: longer ones that name a place may be about something else
BARE_NAME = 2  # words: nothing but the place
NO_OTHER_MATTER = (DecisionKind.CLARIFY, DecisionKind.DECLINE)
DISTRICTS_IN_ROW = 3
WHERE = "tempat"  # the part of an article that tells where to go
LABEL = 40  # characters that a phone shows of a wide button


# ------------------------------------------------------------------ tests of the route table


def about_a_list(turn: Turn) -> bool:
    """The topic chosen or understood is one that a list of places answers."""
    return _kind(turn) is not None


def names_a_place(turn: Turn) -> bool:
    """A few words with a village or a kecamatan in them, and no other matter: the answer to our question."""
    words = len(turn.text.split())
    if turn.incoming.kind is not Kind.TEXT or words > SHORT_ANSWER or not turn.app.region.districts_in(turn.text):
        return False
    return words <= BARE_NAME or turn.decision.kind in NO_OTHER_MATTER or about_a_list(turn)


def asks_for_contact(turn: Turn) -> bool:
    """An office is named, and the question is how to reach it."""
    region, topic = turn.app.region, turn.decision.topic
    if turn.incoming.kind is not Kind.TEXT:
        return False
    if topic is not None and topic == region.contact_topic:
        return bool(region.agencies_in(turn.text))
    return region.asks_to_reach(turn.text) and not _has_article(turn)


def _has_article(turn: Turn) -> bool:
    """The router is sure of an article of the office that is named, which tells the place: it says more than a contact."""
    article = turn.app.knowledge.article(turn.decision.topic or "")
    named = [agency.id for agency in turn.app.region.agencies_in(turn.text)]
    return article is not None and WHERE in article.parts and article.agency in named


# ------------------------------------------------------------------ places of a kind, by kecamatan


async def nearest(turn: Turn) -> Replies:
    """One that is named, or those of the kecamatan; which kecamatan is asked for, below the article if there is one."""
    kind, region = _kind(turn), turn.app.region
    if kind is None:
        return [turn.reply("start.stale", *menu_rows(turn))]
    words = turn.text or turn.data.get("question", "")
    named = [facility for facility in region.facilities_in(words) if facility.kind == kind.id]
    districts = region.districts_in(words)
    before = await ask.answer(turn) if not (named or districts) and turn.app.knowledge.article(kind.topic) else []
    turn.go(topic=kind.topic, question=words[: memory.QUESTION_KEPT], kind=kind.id)
    return [_told(turn, kind, named)] if named else [*before, _in(turn, kind, districts)]


async def place(turn: Turn) -> Replies:
    """The resident wrote where."""
    kind = _open_kind(turn)
    turn.data["question"] = f"{turn.data.get('question', '')} – {turn.text}".strip(" –")[: memory.QUESTION_KEPT]
    return [_in(turn, kind, turn.app.region.districts_in(turn.text))] if kind else [turn.reply("start.stale", back_row(turn))]


async def pin(turn: Turn) -> Replies:
    """A pin tells no kecamatan: no source has coordinates."""
    return [_which(turn, "places.pin", turn.app.region.districts)]


async def place_again(turn: Turn) -> Replies:
    """Words that name no place of ours."""
    return [_which(turn, "places.unknown", turn.app.region.districts)]


async def near(turn: Turn) -> Replies:
    """A kecamatan chosen by its button."""
    kind_id, _, district = turn.argument.partition(":")
    kind = turn.app.region.facilities.kinds.get(kind_id)
    if kind is None or district not in turn.app.region.districts:
        return [turn.reply("start.stale", *menu_rows(turn))]
    turn.go(topic=kind.topic, kind=kind.id)
    return [_in(turn, kind, [district])]


def _kind(turn: Turn) -> FacilityKind | None:
    topic = turn.argument if turn.incoming.kind is Kind.BUTTON else turn.decision.topic
    return turn.app.region.facilities.kind_of_topic(topic)


def _open_kind(turn: Turn) -> FacilityKind | None:
    """The kind that the open question is about."""
    return turn.app.region.facilities.kinds.get(turn.data.get("kind", ""))


def _in(turn: Turn, kind: FacilityKind, districts: list[str]) -> Reply:
    """The places of one kecamatan; of several or none known: which?"""
    if len(districts) != 1:
        return _which(turn, "places.which", districts or turn.app.region.districts)
    found = turn.app.region.facilities.of(kind.id, districts[0])
    if found:
        return _told(turn, kind, found)
    none = turn.say("places.none", kind=kind.label, district=districts[0])
    return _with_limits(turn, kind, none)


def _which(turn: Turn, key: str, districts: Iterable[str]) -> Reply:
    turn.go("places.where")
    kind = turn.data.get("kind", "")
    buttons = [Button(f"near:{kind}:{district}", district) for district in districts]
    rows = tuple(tuple(buttons[start : start + DISTRICTS_IN_ROW]) for start in range(0, len(buttons), DISTRICTS_IN_ROW))
    text = turn.say(key, region=turn.app.region.short_name) if key == "places.unknown" else turn.say(key)
    return Reply(text, (*rows, back_row(turn)))


def _told(turn: Turn, kind: FacilityKind, found: list[Facility]) -> Reply:
    return _with_limits(turn, kind, "\n\n".join(_card(turn, facility) for facility in found))


def _card(turn: Turn, facility: Facility) -> str:
    """One place: what is known, what is not, and where that is from."""
    lines = [
        f"**{facility.name}**",
        turn.say("places.district", district=facility.district) if facility.district else "",
        facility.note,
        turn.say("places.address", address=facility.address) if facility.address else "",
        turn.say("places.phone", phone=facility.phone) if facility.phone else "",
        _unknown(turn, facility.address, facility.phone),
        turn.say("places.inferred") if facility.confidence == "inferred" and facility.district else "",
        turn.say("places.source", source=facility.source, date=_date(facility.as_of)),
    ]
    return "\n".join(line for line in lines if line)


def _unknown(turn: Turn, address: str, phone: str) -> str:
    """What no source says, said."""
    if address and phone:
        return ""
    if not address and not phone:
        return turn.say("places.no_contact")
    return turn.say("places.no_phone" if address else "places.no_address")


def _with_limits(turn: Turn, kind: FacilityKind, text: str) -> Reply:
    """How far the list goes, and who knows for certain."""
    facilities, agency = turn.app.region.facilities, turn.app.region.agencies[kind.agency]
    named = len(facilities.of(kind.id))
    if named < kind.total:
        text += "\n\n" + turn.say("places.partial", named=named, total=kind.total, kind=kind.label)
    turn.conversation.step = ""
    return Reply(f"{text}\n\n{turn.say('places.offer', agency=_reach(turn, agency))}", _pass_rows(turn))


def _reach(turn: Turn, agency: Agency) -> str:
    """Its name, with the telephone if one is known."""
    contact = agency.contact
    if contact is None or not contact.phone:
        return agency.name
    return turn.say("places.reach", agency=agency.name, phone=contact.phone, date=_date(contact.as_of))


def _pass_rows(turn: Turn) -> Rows:
    return ((turn.button("pass:yes", "button.pass_on"),), (turn.button("menu", "button.menu"),))


def _date(as_of: str) -> str:
    """ "2022-01-18" as residents write it: "18/01/2022"; a month or a year alone as such."""
    return "/".join(reversed(as_of.split("-")))


# ------------------------------------------------------------------ how to reach an office


async def contact(turn: Turn) -> Replies:
    """The office that is named; of several, which one?"""
    found = turn.app.region.agencies_in(turn.text)
    turn.go(topic=turn.app.region.contact_topic, question=turn.text[: memory.QUESTION_KEPT])
    if len(found) == 1:
        return [_office(turn, found[0])]
    rows = tuple((Button(f"agency:{agency.id}", one_line(agency.name, LABEL)),) for agency in found)
    return [turn.reply("office.which", *rows, back_row(turn))]


async def contact_of(turn: Turn) -> Replies:
    """An office chosen by its button."""
    agency = turn.app.region.agencies.get(turn.argument)
    return [_office(turn, agency) if agency else turn.reply("start.stale", *menu_rows(turn))]


def _office(turn: Turn, agency: Agency) -> Reply:
    """What it is called and was called, what it does, how to reach it."""
    lines = [
        f"**{agency.name}** ({agency.short})" if agency.short != agency.name else f"**{agency.name}**",
        "" if agency.ours else turn.say("office.not_ours"),
        turn.say("office.does", does=agency.does) if agency.does else "",
        turn.say("office.former", names=", ".join(former.name for former in agency.former)) if agency.former else "",
        *(_moved(turn, moved.matter, moved.agency) for moved in agency.took_over),
        *_ways(turn, agency.contact or Contact("", "")),
    ]
    text = "\n".join(line for line in lines if line)
    return Reply(f"{text}\n\n{turn.say('office.offer')}", _pass_rows(turn))


def _moved(turn: Turn, matter: str, agency_id: str) -> str:
    return turn.say("office.took_over", matter=matter, agency=turn.app.region.agencies[agency_id].short)


def _ways(turn: Turn, contact: Contact) -> list[str]:
    """Lines of a contact; what is missing is said."""
    return [
        turn.say("places.address", address=contact.address) if contact.address else "",
        turn.say("places.phone", phone=contact.phone) if contact.phone else "",
        turn.say("office.fax", fax=contact.fax) if contact.fax else "",
        turn.say("office.email", email=contact.email) if contact.email else "",
        turn.say("office.web", web=contact.web) if contact.web else "",
        turn.say("office.hours", hours=contact.hours) if contact.hours else "",
        contact.note,
        _unknown(turn, contact.address, contact.phone),
        turn.say("places.source", source=contact.source, date=_date(contact.as_of)) if contact.source else "",
    ]
