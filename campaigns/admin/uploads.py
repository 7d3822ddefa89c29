"""Files that came with a request, on disk for as long as it lasts."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile


@contextmanager
def on_disk(file: UploadedFile) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile() as made:
        for chunk in file.chunks():
            made.write(chunk)
        made.flush()
        file.seek(0)
        yield Path(made.name)
