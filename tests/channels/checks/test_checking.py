"""The list of findings: in an order that stays, each once, and for any content that can be written."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import blocks as content_blocks
from campaigns.blocks import BLOCK_TYPES, Kind
from campaigns.examples import EXAMPLE_BLOCKS
from campaigns.findings import ERROR, WARNING
from channels import checks, registry
from channels.checks.listed import PAPER
from tests.channels.checks.asking import GOOD, PICTURE, codes, found, good, without

pytestmark = pytest.mark.django_db
ONLINE = [name for name in registry.CHANNELS if name not in PAPER]


def test_the_example_can_be_approved_on_every_channel():
    assert [one for one in checks.check(EXAMPLE_BLOCKS, registry.CHANNELS) if one.is_error] == []


def test_errors_come_first_and_the_order_stays():
    content = good(PICTURE | {"alt": "Bild"}, shop={"url": "https://localhost/"}, text={"text": "Hier klicken."})
    listed = checks.check(content, ["email", "banner"])
    assert [one.severity for one in listed] == sorted((one.severity for one in listed), key=[ERROR, WARNING].index)
    assert listed == checks.check(content, ["banner", "email", "email"])
    assert len(listed) == len(set(listed))


def test_what_is_found_on_every_channel_is_said_once():
    content = good(shop={"url": "http://shop.example.com/"})
    assert [one.channel for one in found(content, "email", "banner", code="unencrypted_link")] == [""]
    assert [one.channel for one in found(content, "email", code="unencrypted_link")] == ["email"]


def test_what_is_wrong_on_one_channel_is_said_of_that_one():
    on_banner = {"overrides": {"banner": {"url": "http://shop.example.com/"}}}
    [one] = found(good(shop=on_banner), "email", "banner", code="unencrypted_link")
    assert (one.channel, one.path) == ("banner", "shop.overrides.banner.url")


def test_a_content_that_goes_nowhere_yet_is_checked_as_it_is_written():
    assert codes(without("imprint")) == set()
    assert codes(good(shop={"url": "https://localhost/"})) == {"unsafe_link"}


@pytest.mark.parametrize("blocks", [None, {}, [None], [{}], [{"id": "x", "type": "nothing"}], ["text"]])
def test_blocks_that_are_wrong_in_themselves_are_all_that_is_said(blocks):
    assert {one.code for one in checks.check(blocks, ["email"])} <= {"broken"}
    assert checks.check(blocks, ["email"])


def test_an_override_for_no_channel_is_an_error():
    [wrong] = found(good(text={"overrides": {"fax": {"text": "x"}}}), "email")
    assert (wrong.severity, wrong.path) == (ERROR, "blocks[1].overrides.fax")


def test_a_testimonial_that_is_not_permitted_any_more_is_an_error():
    [gone] = found(good({"id": "praise", "type": "testimonial", "testimonial": 4711}), "email")
    assert (gone.code, gone.severity) == ("testimonial_gone", ERROR)


def test_a_channel_that_there_is_not_is_refused():
    with pytest.raises(KeyError):
        checks.check(GOOD, ["fax"])


class TestStages:
    def test_together_say_everything(self):
        content = good({"id": "more", "type": "headline", "text": "x" * 90}, PICTURE)
        everything = checks.check(content, registry.CHANNELS)
        stages = [checks.check(content, registry.CHANNELS, only=stage) for stage in checks.Stage]
        assert {one.code for one in everything} == {one.code for stage in stages for one in stage}

    def test_the_quick_one_prints_nothing(self, monkeypatch):
        for name in PAPER:
            monkeypatch.setattr(registry.get(name), "render", lambda *_: pytest.fail("it was printed"))
        checks.check(good(PICTURE), registry.CHANNELS, only=checks.Stage.QUICK)


WORDS = st.text(string.ascii_letters + string.digits + " äß!?.,:*_[]()<>&#%€/-", min_size=1, max_size=40)
PLACEHOLDERS = st.sampled_from(
    ['{{ first_name | fallback("") }}', "{{ salutation_line }}", '{{ attribute_x | fallback("y") }}']
)
LINES = st.lists(WORDS | PLACEHOLDERS, min_size=1, max_size=4).map("".join)
URLS = st.sampled_from(
    ["https://shop.example.com/", "http://10.0.0.1", "https://xn--a.example", "https://bit.ly/x", "https://a"]
)
VALUES = {
    Kind.LINE: LINES,
    Kind.MARKDOWN: LINES,
    Kind.URL: URLS,
    Kind.IMAGE: st.just("static/campaigns/garden.png"),
    Kind.COUPON: st.sampled_from(["personal", "SOMMER20"]),
    Kind.DATE: st.sampled_from(["2020-01-01", "2099-12-31"]),
    Kind.PRODUCTS: st.just("attribute_products") | st.just([{"name": "Bank", "price": "9 €"}]),
    Kind.ROWS: st.just([{"name": "Tisch"}]),
}
CONDITIONS = st.none() | st.just({"all": [{"field": "city", "is": "filled"}]})


@st.composite
def blocks(draw) -> list[dict]:
    made = []
    for n in range(draw(st.integers(1, 5))):
        type_ = draw(st.sampled_from(list(BLOCK_TYPES)))
        described = BLOCK_TYPES[type_]
        names = [name for name, field in described.fields.items() if field.kind in VALUES]
        wanted = [name for name in names if described.fields[name].required or draw(st.booleans())]
        block = {name: draw(VALUES[described.fields[name].kind]) for name in wanted}
        english = {name: draw(VALUES[described.fields[name].kind]) for name in wanted if draw(st.booleans())}
        made.append({"id": f"b{n}", "type": type_, "only_if": draw(CONDITIONS), "languages": {"en": english}} | block)
    return [block if block["only_if"] else {k: v for k, v in block.items() if k != "only_if"} for block in made]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(blocks())
def test_anything_that_can_be_written_can_be_checked(written):
    listed = checks.check(written, ONLINE)
    ids = {block["id"] for block in written}
    if any(content_blocks.errors(written)):
        assert all(one.is_error for one in listed)
        return
    assert len(listed) == len(set(listed))
    for one in listed:
        assert one.severity in (ERROR, WARNING)
        assert one.channel in ("", *ONLINE)
        assert one.reason
        assert one.code
        assert one.path.partition(".")[0] in ids | {"", "blocks", "link"}


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(blocks())
def test_also_on_paper(written):
    checks.check(written, PAPER)
