"""Files of print jobs that are not on the disk as the database says are told by their ids."""

import pytest

from channels import print_files
from channels.models import MailingFile
from steering.doctor import printing as doctor
from tests.channels import printing

from .words import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(settings, tmp_path) -> MailingFile:
    settings.PRINT_ROOT = tmp_path
    return printing.files(printing.mailing(1))["letters.csv"]


def test_files_as_they_should_be_are_well(file):
    assert said(doctor.files) == ""


def test_one_that_is_gone_or_cut_off_is_missed(file):
    path = print_files.location(file)
    path.chmod(0o600)
    path.write_bytes(b"half")
    assert f"missing or cut off: {file.pk}" in said(doctor.files)
    path.unlink()
    assert f"missing or cut off: {file.pk}" in said(doctor.files)


def test_one_that_counts_as_destroyed_must_be_gone(file, django_capture_on_commit_callbacks):
    print_files.destroy([file], because="test")
    assert f"still there: {file.pk}" in said(doctor.files)
    print_files.discard([file])
    assert said(doctor.files) == ""
