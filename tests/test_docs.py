"""The manuals are true: their links lead somewhere, the files that they name are there, and their examples work."""

import json
import re
from pathlib import Path

import pytest

from campaigns import audiences
from campaigns.rules import RuleError, tree
from tests import builders

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *ROOT.glob("*/*/README.md")])
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")
FENCED = re.compile(r"```(\w*)\n(.*?)```", re.S)
IN_CODE = re.compile(r"`((?:campaigns|channels|steering|tests|benchmarks)/[\w./-]*)`")


def anchors(page: Path) -> set[str]:
    """As GitHub makes them from headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCED.sub("", page.read_text())):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(page: Path) -> None:
    # channels.md makes up a sixth channel.
    named = {name for name in IN_CODE.findall(FENCED.sub("", page.read_text())) if "call_centre" not in name}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_command_is_explained() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text()
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")} - {"__init__"}
    assert [name for name in sorted(commands) if f"`{name}" not in manual] == []


def rules_of_the_manual() -> list[dict]:
    manual = (ROOT / "docs" / "audiences.md").read_text()
    shown = [json.loads(text) for language, text in FENCED.findall(manual) if language == "json"]
    return [rule for one in shown for rule in (one if isinstance(one, list) else [one])]


def test_every_rule_of_the_manual_compiles_and_runs(db: None) -> None:
    other = builders.audience()
    for rule in rules_of_the_manual():
        text = json.dumps(rule).replace('{"audience": 1}', json.dumps({"audience": other.pk}))
        assert audiences.count(audiences.compile_rule(json.loads(text))) == 0  # nobody is there


def test_the_manual_shows_every_condition_and_operator() -> None:
    shown = json.dumps(rules_of_the_manual())
    manual = (ROOT / "docs" / "audiences.md").read_text()
    assert [key for key in tree.KEYS if f'"{key}"' not in shown] == []
    operators = tree.SCHEMA["$defs"]["attribute"]["properties"].keys() - {"attribute"}
    assert [name for name in sorted(operators) if f"`{name}`" not in manual] == []


def test_the_query_and_the_words_in_the_manual_are_those_of_its_rule(db: None) -> None:
    manual = (ROOT / "docs" / "audiences.md").read_text()
    text, sql = re.search(r"```json\n([^`]*)```\n\nsays:.*?```sql\n(.*?)```", manual, re.S).groups()
    rule = json.loads(text)
    assert "".join(audiences.compile_rule(rule).sql.split()) == "".join(sql.split())
    assert audiences.describe(rule) in " ".join(manual.split())


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"all": [{"events": {"kinds": ["bought"]}}]}, "rule.all[0].events.kinds[0]: 'bought' is not one of ["),
        ({"attribute": "age", "contains": "x"}, "rule.contains: does not compare with a number"),
        ({"audience": 7}, "rule.audience: there is no audience 7"),
    ],
)
def test_errors_are_worded_as_in_the_manual(db: None, rule: dict, message: str) -> None:
    with pytest.raises(RuleError) as raised:
        audiences.check(rule)
    assert str(raised.value).startswith(message)
    assert message in (ROOT / "docs" / "audiences.md").read_text()
