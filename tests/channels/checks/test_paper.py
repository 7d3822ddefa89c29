"""Printed pages before approval, measured on the pages themselves."""

import io

import pytest
from PIL import Image
from pypdf import PdfReader

from campaigns import assets
from campaigns.findings import ERROR, WARNING
from channels.checks import page_images
from tests.channels.checks.asking import GOOD, PICTURE, codes, found, good

pytestmark = pytest.mark.django_db
WIDTH_MM = 165  # of a letter's text


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(dpi: float, *, width_mm: float = WIDTH_MM) -> dict:
    """One that is so fine as wide as a letter's text, and flat enough to be cut by none."""
    out = io.BytesIO()
    width = round(dpi * width_mm / 25.4)
    Image.new("RGB", (width, width // 3), (40, 90, 60)).save(out, "PNG")
    return PICTURE | {"source": assets.save(out.getvalue())}


@pytest.mark.parametrize(("dpi", "severity"), [(120, ERROR), (280, WARNING)])
def test_a_picture_that_is_too_coarse_where_it_stands_is_found(dpi, severity):
    [coarse] = found(good(picture(dpi)), "print_mailing", code="image_coarse")
    assert (coarse.path, coarse.severity) == ("picture.source", severity)
    assert "dpi" in coarse.reason


def test_one_that_is_fine_enough_is_not():
    assert codes(good(picture(310)), "print_mailing") == set()


def test_the_same_picture_may_be_too_coarse_for_another_page():
    content = good(picture(310))
    assert "image_coarse" in codes(content, "direct_post")
    assert "image_coarse" not in codes(content, "print_mailing")


def test_one_that_the_paper_does_not_show_is_not_measured():
    hidden = picture(80) | {"overrides": {"print_mailing": {"hidden": True}}}
    assert codes(good(hidden), "print_mailing") == set()


def test_a_page_without_a_code_is_a_warning(monkeypatch):
    assert "qr_missing" not in codes(GOOD, "print_mailing", "direct_post")
    monkeypatch.setattr("channels.checks.paper.placed", lambda _: ())
    assert [one.severity for one in found(GOOD, "print_mailing", code="qr_missing")] == [WARNING]


def test_a_letter_of_two_pages_is_a_warning():
    long = {"text": "\n\n".join(["Ein langer Satz, der eine Zeile füllt. " * 9] * 9)}
    [pages] = found(good(text=long), "print_mailing")
    assert (pages.code, pages.severity) == ("pages", WARNING)


@pytest.mark.parametrize(("length", "is_found"), [(78, False), (79, True)])
def test_a_word_that_runs_off_the_page_is_an_error(length, is_found):
    content = good(text={"text": f"Siehe {'x' * length} dort."})
    assert ("outside_page" in codes(content, "print_mailing")) is is_found


def test_pictures_of_other_pdfs_are_measured_in_inches():
    out = io.BytesIO()
    Image.new("RGB", (300, 150)).save(out, "PDF", resolution=100)
    [one] = page_images.placed(out.getvalue())
    assert (one.width, one.height, round(one.dpi)) == (300, 150, 100)
    assert page_images.sheets(out.getvalue()) == len(PdfReader(out).pages) == 1


def test_what_is_no_pdf_has_no_pictures():
    assert page_images.placed(b"") == ()
    assert page_images.sheets(b"") == 0
