"""What `manage.py demo` refuses before it touches anything."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from steering.demo import own_data, real_data, story
from steering.demo.errors import DemoError


@pytest.mark.parametrize("customers", [-5, 0, 299, 1_000_001])
def test_a_senseless_number_of_customers_is_refused(customers: int) -> None:
    with pytest.raises(DemoError, match=f"--customers must be between 300 and 1,000,000, got {customers:,}"):
        story.Options(customers).check()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"--data: .*nowhere.csv cannot be read"):
        real_data.check(tmp_path / "nowhere.csv")


def test_another_file_is_refused_by_the_column_that_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("recency,history\n1,2\n")
    with pytest.raises(DemoError, match=r"must be the Hillstrom file; other\.csv has no column zip_code"):
        real_data.check(tmp_path / "other.csv")


def test_the_command_fails_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://company/customers")
    with pytest.raises(CommandError, match="runs on the embedded services only"):
        call_command("demo")


def test_what_goes_wrong_in_the_story_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in own_data.ELSEWHERE:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CommandError, match="--customers must be between"):
        call_command("demo", customers=1)
