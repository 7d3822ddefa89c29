"""Identifiers are normalised and hashed exactly as each network specifies; the vectors are the networks' own examples."""

import pytest

from channels.social import hashing, networks
from channels.social.networks import Person


class TestMeta:
    @pytest.mark.parametrize(
        ("normalise", "value", "becomes", "digest"),
        [
            (
                hashing.meta_email,
                " John_Smith@gmail.com ",
                "john_smith@gmail.com",
                "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f",
            ),
            (
                hashing.meta_phone,
                "1(650)555-1212",
                "16505551212",
                "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176",
            ),
            (
                hashing.meta_name,
                "Mary",
                "mary",
                "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec",
            ),
            (
                hashing.meta_name,
                "Valéry",
                "valéry",
                "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c",
            ),
            (
                hashing.meta_name,
                "정",
                "정",
                "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14",
            ),
            (
                hashing.meta_country,
                "US",
                "us",
                "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621",
            ),
        ],
    )
    def test_the_published_examples(self, normalise, value, becomes, digest):
        assert normalise(value) == becomes
        assert hashing.sha256(becomes) == digest

    @pytest.mark.parametrize(
        ("value", "becomes"),
        [("+49 (0)170 / 123", "490170123"), ("0049 170 123", "49170123"), ("", "")],
    )
    def test_a_phone_is_digits_without_leading_zeros(self, value, becomes):
        assert hashing.meta_phone(value) == becomes

    @pytest.mark.parametrize(
        ("value", "becomes"),
        [
            ("Marie-Luise", "marieluise"),
            ("O'Neil", "oneil"),
            (" von  der Au. ", "von der au"),
            ("Vale\u0301ry", "valéry"),
        ],
    )
    def test_a_name_has_no_punctuation(self, value, becomes):
        assert hashing.meta_name(value) == becomes

    @pytest.mark.parametrize(
        ("value", "country", "becomes"),
        [("10115", "DE", "10115"), ("94035-1234", "us", "94035"), ("M1 1AE", "GB", "m11ae"), ("00-950", "PL", "00950")],
    )
    def test_a_postcode_has_no_spaces_and_dashes(self, value, country, becomes):
        assert hashing.meta_zip(value, country) == becomes


class TestGoogle:
    @pytest.mark.parametrize(
        ("value", "becomes"),
        [
            (" Jeffersonville.Doe@Gmail.com", "jeffersonvilledoe@gmail.com"),
            ("j.doe+shop@googlemail.com", "jdoe@googlemail.com"),
            ("J. Doe+shop@example.com", "j.doe+shop@example.com"),
            ("", ""),
        ],
    )
    def test_dots_and_suffixes_do_not_count_at_its_own_mail(self, value, becomes):
        assert hashing.google_email(value) == becomes

    @pytest.mark.parametrize(
        ("value", "becomes"), [("+49 170 123", "+49170123"), ("1-800-888-8888", "+18008888888"), ("", "")]
    )
    def test_a_phone_is_e164(self, value, becomes):
        assert hashing.google_phone(value) == becomes

    @pytest.mark.parametrize(
        ("value", "becomes"), [(" Zoë ", "zoë"), ("Marie-Luise", "marie-luise"), ("von  der Au", "von der au")]
    )
    def test_a_name_keeps_accents_and_hyphens(self, value, becomes):
        assert hashing.google_name(value) == becomes


PERSON = Person("Erika@Example.com", "+49 170 1234567", "Erika", "Muster", "10115", "DE")


def test_meta_gets_every_column_hashed():
    assert networks.META.header == ["email", "phone", "fn", "ln", "zip", "country"]
    assert networks.META.row(PERSON) == [
        hashing.sha256(value) for value in ("erika@example.com", "491701234567", "erika", "muster", "10115", "de")
    ]


def test_google_gets_country_and_postcode_in_clear():
    assert networks.GOOGLE.header == ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"]
    hashed = [hashing.sha256(value) for value in ("erika@example.com", "+491701234567", "erika", "muster")]
    assert networks.GOOGLE.row(PERSON) == [*hashed, "DE", "10115"]


@pytest.mark.parametrize("network", networks.NETWORKS.values())
def test_what_is_unknown_stays_empty(network):
    assert set(network.row(Person())) == {""}


def test_a_network_that_we_do_not_know_is_refused_by_name():
    with pytest.raises(ValueError, match='one of meta, google, linkedin, got "other"'):
        networks.of_option({"network": "other"})
