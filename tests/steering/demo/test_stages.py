"""Stages are announced when they begin and timed when they are done."""

import pytest

from steering.demo.stages import Stages


def test_a_stage_is_announced_told_about_and_timed() -> None:
    said: list[str] = []
    stages = Stages(said.append)
    with stages.stage("population"):
        stages.tell("300 people")
    assert said == [" 0:00  population", "       300 people"]
    assert [(stage.name, 0 <= stage.seconds < 1) for stage in stages.done] == [("population", True)]


def test_a_stage_that_failed_is_not_done() -> None:
    stages = Stages(lambda line: None)
    with pytest.raises(ValueError, match="no"), stages.stage("population"):
        raise ValueError("no")
    assert stages.done == []
