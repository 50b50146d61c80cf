"""Articles as rows and back: nothing is lost, nothing is computed, nothing wrong gets in."""

from __future__ import annotations

import csv
import dataclasses
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from typer.testing import CliRunner, Result

from bot.commands import app
from bot.config import ROOT
from bot.editing import Kind, compare, export_articles, read_articles, write_articles
from bot.folders import write_all
from bot.spreadsheets import bare, inert, read_table, write_table
from knowledge.article import PARTS, Article, ArticleError, Source, dump_article, load_articles, parse_article
from knowledge.sheets import COLUMNS, RowError, article_of, row_of

CONTENT = ROOT / "knowledge" / "content"
TEXTS = load_articles(CONTENT)
ARTICLES = {identifier: parse_article(text) for identifier, text in TEXTS.items()}
SOUND = "administrasi/akta-kelahiran"
LASTING = {identifier: dataclasses.replace(one, expires_on=None, review_after=None) for identifier, one in ARTICLES.items()}
ARTICLE = LASTING[SOUND]
FORMS = ("table.xlsx", "table.csv", "folder")
DANGEROUS = (
    '=HYPERLINK("http://x","y")',
    "+62 351 895023",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\r=1",
    "＝1+1",
    " =1",
    "'=1",
    "''+62",
    "'hari",
    "_x000D_",
    "a\nb",
    "ꦱꦥ",
)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(lambda text: text.strip() == text)
LISTS = st.lists(st.one_of(WORDS, st.sampled_from(DANGEROUS), st.just('["a"]')), max_size=3).map(tuple)
PART = st.lists(st.one_of(WORDS, st.sampled_from(("=1", "- a", "• b"))), min_size=1, max_size=4).map("\n".join)
SOURCE = st.builds(
    Source,
    WORDS,
    WORDS,
    WORDS,
    st.sampled_from(("", "2024", "2024-07", "2024-07-28")),
    st.sampled_from(("local", "national")),
    LISTS,
)
DAYS = st.dates(date(2000, 1, 1))
ANY_ARTICLE = st.builds(
    Article,
    id=st.just(SOUND),
    title=WORDS,
    agency=WORDS,
    ours=st.booleans(),
    sources=st.lists(SOURCE, min_size=1, max_size=3).map(tuple),
    verified_on=DAYS,
    expires_on=st.none() | DAYS,
    parts=st.fixed_dictionaries({"ringkas": PART}, optional=dict.fromkeys(PARTS[1:], PART)).map(
        lambda parts: {name: parts[name] for name in PARTS if name in parts}
    ),
    phrasings=LISTS,
    known_as=LISTS,
    review_after=st.none() | DAYS,
    supersedes=LISTS,
    related=LISTS,
    links=LISTS,
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["knowledge", *map(str, arguments)])


def with_cells(**cells: str) -> dict[str, str]:
    return {**row_of(ARTICLE), **cells}


def sheet_of(file: Path, *rows: dict[str, str]) -> Path:
    write_table(file, [COLUMNS, *(tuple(row.values()) for row in rows)])
    return file


def folder_of(folder: Path, *articles: Article) -> Path:
    write_articles(articles, folder)
    return folder


def written(folder: Path) -> dict[str, str]:
    return load_articles(folder) if folder.exists() else {}


@pytest.mark.parametrize("form", FORMS)
def test_every_real_article_comes_back_byte_by_byte(form: str, tmp_path: Path) -> None:
    export_articles(ARTICLES, tmp_path / form)
    placed, problems = read_articles(tmp_path / form)
    assert problems == []
    write_articles([one.article for one in placed], tmp_path / "back")
    assert {file.relative_to(tmp_path / "back"): file.read_bytes() for file in (tmp_path / "back").glob("*/*")} == {
        file.relative_to(CONTENT): file.read_bytes() for file in CONTENT.glob("*/*.md")
    }


@given(ANY_ARTICLE)
@settings(max_examples=150, deadline=None)
def test_an_article_that_a_file_can_hold_survives_a_row(article: Article) -> None:
    try:
        dump_article(article)
    except ArticleError:
        return
    assert article_of(row_of(article)) == article


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_mark_before_a_formula_is_taken_away_again(text: str) -> None:
    assert bare(inert(text)) == text


@pytest.mark.parametrize("name", ["table.xlsx", "table.csv"])
def test_what_a_spreadsheet_would_compute_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    write_table(tmp_path / name, [("a", "b"), *((text, "x") for text in DANGEROUS)])
    assert [line.cells[0] for line in read_table(tmp_path / name)][1:] == list(DANGEROUS)


def test_no_cell_of_a_csv_begins_like_a_formula(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", [DANGEROUS])
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as stream:
        cells = next(csv.reader(stream))
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(tuple("=+-@\t\r＝"))]
    assert "'+62 351 895023" in cells


def test_every_cell_of_a_workbook_is_a_text(tmp_path: Path) -> None:
    write_table(tmp_path / "table.xlsx", [DANGEROUS])
    cells = next(load_workbook(tmp_path / "table.xlsx").worksheets[0].iter_rows())
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert "+62 351 895023" in [cell.value for cell in cells]


def test_days_and_truths_that_a_spreadsheet_made_are_understood(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(COLUMNS))
    made: dict[str, object] = {"verified_on": date(2026, 11, 24), "ours": True}
    book.active.append([made.get(name, text) for name, text in row_of(ARTICLE).items()])
    book.save(tmp_path / "table.xlsx")
    placed, problems = read_articles(tmp_path / "table.xlsx")
    assert problems == []
    assert placed[0].article == dataclasses.replace(ARTICLE, verified_on=date(2026, 11, 24), ours=True)


def test_a_formula_is_refused_with_its_row_and_column(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(COLUMNS))
    book.active.append(list(with_cells(title="=1+1").values()))
    book.save(tmp_path / "table.xlsx")
    result = run("import", tmp_path / "table.xlsx", "--into", tmp_path / "back")
    assert "error: row 2, title: a formula" in result.output
    assert result.exit_code == 1


def test_semicolons_of_an_indonesian_spreadsheet_are_understood(tmp_path: Path) -> None:
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([COLUMNS, row_of(ARTICLE).values()])
    assert [one.article for one in read_articles(tmp_path / "table.csv")[0]] == [ARTICLE]


@pytest.mark.parametrize(
    ("column", "cell", "what"),
    [
        ("id", "../../etc", "is not <domain>/<slug>"),
        ("title", " ", "text is missing"),
        ("ours", "maybe", "must be true or false"),
        ("verified_on", "24/11/2026", "is no day like 2026-12-31"),
        ("verified_on", "2026-02-30", "is no day like 2026-12-31"),
        ("verified_on", "", "date is missing"),
        ("ringkas", "", "the part ringkas is empty"),
        ("biaya", "a" * 601, "the part biaya is longer than 600 characters"),
        ("biaya", "\x1b[2J", "holds a control character"),
        ("links", '["a", 1, "b"]', "must be a list of texts"),
        ("links", '["a"" ]"]', "list: "),
        ("sources", "", "at least one is needed"),
        ("sources", "[" * 9_000, "brackets within brackets"),
        ("sources", "a: &a [b]\nsources: [*a, *a]", "no & or *"),
        ("sources", "- title: a", "text is missing"),
    ],
)
def test_a_wrong_cell_is_named_by_its_column(column: str, cell: str, what: str) -> None:
    with pytest.raises(RowError) as caught:
        article_of(with_cells(**{column: cell}))
    assert [name for name, _ in caught.value.wrong] == [column]
    assert what in caught.value.wrong[0][1]


def test_a_part_that_would_become_two_is_refused() -> None:
    with pytest.raises(RowError, match=r"stands twice|does not survive"):
        article_of(with_cells(biaya="Gratis\n## waktu\nLama"))


def test_all_errors_are_listed_and_nothing_is_written(tmp_path: Path) -> None:
    rows = [with_cells(), with_cells(id="administrasi/ktp", ours="x", verified_on="kemarin"), with_cells()]
    result = run("import", sheet_of(tmp_path / "table.csv", *rows), "--into", tmp_path / "back")
    for told in ("row 3, ours", "row 3, verified_on", f"row 4, id: {SOUND} stands in row 2, too", "Nothing was written."):
        assert told in result.output
    assert result.exit_code == 1
    assert not written(tmp_path / "back")


def test_what_knowledge_check_finds_is_told_with_its_row_and_column(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path / "table.xlsx", with_cells(biaya="Rp987.654", agency="nobody"))
    result = run("import", sheet, "--into", tmp_path / "back")
    assert "error: row 2, agency: no agency nobody" in result.output
    assert "error: row 2, biaya: no source says" in result.output
    assert not written(tmp_path / "back")


@pytest.mark.parametrize("header", [COLUMNS[1:], (*COLUMNS, "note"), (*COLUMNS, "id")])
def test_a_header_that_is_not_ours_is_refused(header: tuple[str, ...], tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", [header])
    result = run("import", tmp_path / "table.csv", "--into", tmp_path / "back")
    assert "error: row 1, " in result.output
    assert result.exit_code == 1


def test_a_dry_run_tells_new_changed_unchanged_and_missing_and_writes_nothing(tmp_path: Path) -> None:
    sound = [LASTING["administrasi/akta-kematian"], LASTING["administrasi/kk-ubah"], ARTICLE]
    folder = folder_of(tmp_path / "content", ARTICLE, sound[0], sound[1])
    before = written(folder)
    later = dataclasses.replace(sound[0], title="Akta mati")
    new = LASTING["administrasi/akta-kelahiran-terlambat"]
    sheet = sheet_of(tmp_path / "table.xlsx", *map(row_of, (ARTICLE, later, new)))
    result = run("import", sheet, "--into", folder, "--dry-run")
    assert f"new: {new.id}" in result.output
    assert f"changed: {later.id}\n  title\n    -{sound[0].title}\n    +Akta mati\n" in result.output
    assert f"missing: {sound[1].id}" in result.output
    assert "1 new, 1 changed, 1 unchanged, 1 missing; 0 errors." in result.output
    assert written(folder) == before


def test_an_import_writes_what_changed_and_takes_nothing_away(tmp_path: Path) -> None:
    kept = LASTING["administrasi/kk-ubah"]
    folder = folder_of(tmp_path / "content", ARTICLE, kept)
    later = dataclasses.replace(ARTICLE, known_as=("akta bayi",))
    result = run("import", sheet_of(tmp_path / "table.csv", row_of(later)), "--into", folder)
    assert result.exit_code == 0, result.output
    assert written(folder) == {later.id: dump_article(later), kept.id: dump_article(kept)}
    assert not list(folder.rglob("*.tmp"))


def test_a_broken_article_in_the_folder_is_replaced(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "content", ARTICLE)
    (folder / f"{SOUND}.md").write_text("broken", encoding="utf-8")
    placed, _ = read_articles(sheet_of(tmp_path / "table.csv", row_of(ARTICLE)))
    assert [change.kind for change in compare(placed, folder)] == [Kind.CHANGED]


def test_an_export_names_the_article_that_is_none(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "content", ARTICLE)
    (folder / f"{SOUND}.md").write_text("broken", encoding="utf-8")
    result = run("export", tmp_path / "table.csv", "--from", folder)
    assert SOUND in result.output
    assert result.exit_code == 1
    assert not (tmp_path / "table.csv").exists()


def test_export_and_import_as_commands_agree(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "content", ARTICLE)
    assert "1 articles written" in run("export", tmp_path / "table.xlsx", "--from", folder).output
    assert "1 unchanged, 0 missing; 0 errors." in run("import", tmp_path / "table.xlsx", "--into", folder).output


def test_one_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "c").mkdir()  # no file can take its place
    with pytest.raises(OSError, match="c"):
        write_all({tmp_path / "a": b"new", tmp_path / "b" / "d": b"new", tmp_path / "c": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "c"]


@pytest.mark.parametrize("name", ["table.ods", "none.xlsx", "none.csv"])
def test_a_file_of_another_kind_or_none_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    result = run("import", tmp_path / name)
    assert result.exit_code == 1
    assert name in result.output
    assert "Traceback" not in result.output


def test_an_article_file_whose_date_stands_for_gigabytes_is_refused(tmp_path: Path) -> None:
    layers = "\n".join(f"  - &l{number} [{', '.join([f'*l{number - 1}'] * 10)}]" for number in range(1, 10))
    bomb = f"known_as:\n  - &l0 [lol]\n{layers}\nsources:\n- {{title: a, publisher: b, where: c, date: *l9, confidence: local}}"
    text = f"---\nid: {SOUND}\ntitle: a\nagency: b\nours: true\n{bomb}\nverified_on: 2026-11-24\n---\n\n## ringkas\na\n"
    (tmp_path / "administrasi").mkdir()
    (tmp_path / f"{SOUND}.md").write_text(text, encoding="utf-8")
    placed, problems = read_articles(tmp_path)
    assert placed == []
    assert "is no ISO day" in problems[0].what


def test_a_row_that_is_none_makes_no_article_missing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "content", ARTICLE)
    sheet = sheet_of(tmp_path / "table.csv", with_cells(ours="x"))
    assert "0 missing; 1 errors." in run("import", sheet, "--into", folder, "--dry-run").output
