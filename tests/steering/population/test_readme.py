"""What README.md says of the truth is what the code does."""

import re
from pathlib import Path

import pytest

from steering import population
from steering.population import behaviour, block, history, places, shape, truth

README = (Path(population.__file__).parent / "README.md").read_text(encoding="utf-8")
WORDS = " ".join(README.split())


@pytest.mark.parametrize("channel", behaviour.CHANNELS)
def test_it_has_the_effect_of_every_channel(channel):
    [line] = re.findall(rf"^\| {channel} \| (.+) \|$", README, re.MULTILINE)
    assert behaviour.Effect(*map(float, line.split(" | "))) == behaviour.EFFECTS[channel]


@pytest.mark.parametrize(
    "sentence",
    [
        f"s(x) = 1 / (1 + exp(-{behaviour.SLOPE} x))",
        f"{behaviour.NOISE} N per person and channel",
        f"(sigma {history.BASKET_SIGMA})",
        f"e-mails {history.EMAILS:.0f} for whom there was a ground",
        f"silver from {block.SILVER_EURO} euro in two years, gold from {block.GOLD_EURO}",
        f"{len(places.PLACES)} real postcodes",
        f"{shape.AREA_HOUSEHOLDS[0]} to {shape.AREA_HOUSEHOLDS[1] - 1} households with customers",
        f"{100 * shape.OUR_SHARE[0]:.0f} to {100 * shape.OUR_SHARE[1]:.0f} % of the area's households",
        "with " + ", ".join(f"{100 * share:.0f}" for share in shape.SIZE_SHARES) + " %",
        "e-mail {:.0f} %, banner {:.0f} %, post {:.0f} %; buyers five times".format(*100 * truth.CLICK_RATE),
        "letter {3:.0f} %, leaflet {4:.0f} %; buyers six times".format(*100 * truth.SCAN_RATE),
        "e-mail {:.0f} %, banner {:.0f} %, post {:.0f} %, letter {:.0f} %, leaflet {:.0f} %".format(
            *100 * truth.REDEEM_RATE
        ),
        f"{100 * truth.SHOWN_SEEN_RATE:.0f} % for banners and posts",
    ],
)
def test_it_has_the_constants(sentence):
    assert sentence in WORDS


def test_it_names_the_states_where_leaflets_are_read():
    [line] = re.findall(r"lives in (.+?) \|", README)
    assert set(re.split(r", | or ", line)) == behaviour.LEAFLET_STATES <= set(places.STATES)
