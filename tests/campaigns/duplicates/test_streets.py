"""A street line is taken apart, however it is written in its country."""

import pytest

from campaigns.duplicates.streets import BOX_WAY, Street, parts


@pytest.mark.parametrize(
    ("written", "way", "number", "behind"),
    [
        ("Lindenstraße 5 a", "lindenstr", "5", "a"),
        ("Lindenstraße 5, Hinterhaus", "lindenstr", "5", ""),
        ("Musterweg 12-14", "musterweg", "12", "-14"),
        ("Hauptstraße 5/2/14", "hauptstr", "5", "/2/14"),
        ("Straße des 17. Juni 135", "strdes17juni", "135", ""),
        ("1. Mai Straße 5", "1maistr", "5", ""),
        ("Q 7, 24", "q7", "24", ""),
        ("10 Downing Street", "downingstr", "10", ""),
        ("Flat 3, 10 Downing St.", "downingstr", "10", "flat3"),
        ("350 5th Ave", "5thav", "350", ""),
        ("12 bis, rue de la Paix", "rudelapaix", "12", "bis"),
        ("Kerkstraat 12-2", "kerkstr", "12", "-2"),
        ("ul. Długa 5 m. 7", "dluga", "5", "m7"),
        ("12", "12", "", ""),
        ("", "", "", ""),
    ],
)
def test_the_way_the_number_and_what_stands_behind_it(written, way, number, behind):
    assert parts(written) == Street(way, number, behind)


@pytest.mark.parametrize("written", ["Postfach 12 34", "P.O. Box 1234", "PO Box 1234", "BP 1234", "Postbus 1234"])
def test_a_box_is_no_street(written):
    assert parts(written) == Street(BOX_WAY, "1234", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rue de la Paix 12", "12, r. de la Paix"),
        ("12 Avenue Foch", "12 av. Foch"),
        ("Marktplatz 1", "Marktpl. 1"),
        ("ul. Długa 5", "Dluga 5"),
        ("10 High Street", "10 High St"),
    ],
)
def test_one_address_is_one_however_it_is_shortened(one, other):
    assert parts(one) == parts(other)
