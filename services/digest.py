"""The figures of each desk: on demand, and by themselves on the morning of every working day."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.clock import ONE_DAY
from domain.messages import Letter, Reply
from services.app import App
from services.desks import served_by
from store.unit import Unit

COUNTER = "digest"  # the last day on which it went out, as its ordinal number
LONGEST_BREAK = 31  # days without office hours that are looked through


async def digest(app: App, unit: Unit, agency: str, trial: bool) -> str:
    """An agency's figures since the last digest; "" where there is nothing to tell."""
    since = last_digest(app)
    figures = await unit.queues.figures(agency, trial, since, app.now())
    if not figures.anything:
        return ""
    mean = f"{figures.rating:.1f}".replace(".", ",") if figures.rating else ""
    return app.say(
        "digest.text",
        agency=app.region.agencies[agency].short,
        since=app.day_and_hour(since),
        new=figures.new,
        open=figures.open,
        overdue=figures.overdue,
        held=figures.held,
        answered=figures.answered,
        confirmed=figures.confirmed,
        rating=app.say("digest.rating", rating=mean) if mean else app.say("digest.no_rating"),
    )


def last_digest(app: App) -> datetime:
    """When the digest before today's was due: on the working day before this one."""
    today = app.today()
    before = (today - number * ONE_DAY for number in range(1, LONGEST_BREAK))
    day = next((day for day in before if app.calendar.works(day)), today - ONE_DAY)
    return datetime.combine(day, app.region.promises.digest_at, app.calendar.zone)


async def is_due(app: App, unit: Unit) -> bool:
    """Whether this morning's digests are still to be posted. After office hours they have waited too long."""
    now, today = app.now(), app.today()
    begins = datetime.combine(today, app.region.promises.digest_at, app.calendar.zone)
    if not app.calendar.works(today) or not begins <= now < max(app.calendar.closing(today), begins + timedelta(hours=1)):
        return False
    return await unit.queues.reached(COUNTER) < today.toordinal()


async def post_digests(app: App, unit: Unit) -> int:
    """The figures for every desk, once a day however many workers there are; returns how many. The caller commits."""
    if not await unit.queues.reach(COUNTER, app.today().toordinal()):
        return 0
    posted = 0
    for desk in await unit.people.all_desks():
        texts = [await digest(app, unit, agency, desk.trial) for agency in await served_by(app, unit, desk)]
        if text := "\n\n".join(filter(None, texts)):
            app.post(unit, Letter(desk.channel, desk.address, Reply(text)))
            posted += 1
    return posted
