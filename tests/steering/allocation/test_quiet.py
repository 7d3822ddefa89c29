"""What C code prints behind Python's back is kept out of what we print."""

import ctypes
import os

import pytest

from steering.allocation.repairing.quiet import quiet


def test_what_c_prints_goes_nowhere_and_what_is_written_after_it_stays(capfd):
    os.write(1, b"before\n")
    with quiet():
        ctypes.CDLL(None).puts(b"a line of a solver")
    os.write(1, b"after\n")
    assert capfd.readouterr().out == "before\nafter\n"


def test_standard_output_is_back_after_an_error(capfd):
    with pytest.raises(ValueError, match="broken"), quiet():
        raise ValueError("broken")
    os.write(1, b"after\n")
    assert capfd.readouterr().out == "after\n"
