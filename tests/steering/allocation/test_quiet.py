"""What C code prints behind Python's back is kept out of what we print."""

import ctypes

import pytest

from steering.allocation.quiet import quiet


def test_what_c_prints_goes_nowhere_and_what_python_prints_stays(capfd):
    print("before")
    with quiet():
        ctypes.CDLL(None).puts(b"a line of a solver")
    print("after")
    assert capfd.readouterr().out == "before\nafter\n"


def test_standard_output_is_back_after_an_error(capfd):
    with pytest.raises(ValueError, match="broken"), quiet():
        raise ValueError("broken")
    print("after")
    assert capfd.readouterr().out == "after\n"
