"""An uplift model as bytes and back. Loading runs no code from the bytes: only the types listed here are built."""

from zipfile import BadZipFile

import skops.io as sio
from skops.io.exceptions import UntrustedTypesFoundException

from .uplift import UpliftModel

TRUSTED = [
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "steering.targeting.columns.Bends",
    "steering.targeting.columns.EmptyColumnsFilled",
    "steering.targeting.columns.Standardised",
    "steering.targeting.learners.curves.Curves",
    "steering.targeting.learners.distilled.Distilled",
    "steering.targeting.uplift.UpliftModel",
]


class UntrustedModelError(ValueError):
    """The bytes are not a model, or hold a type that a model does not."""


def dumps(model: UpliftModel) -> bytes:
    return sio.dumps(model)


def loads(stored: bytes) -> UpliftModel:
    try:
        model = sio.loads(bytes(stored), trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise UntrustedModelError(f"stored model must hold trusted types only: {error}") from error
    except (BadZipFile, KeyError) as error:
        raise UntrustedModelError("stored model must be an archive made by dumps") from error
    if not isinstance(model, UpliftModel):
        raise UntrustedModelError(f"stored model must be an UpliftModel, got {type(model).__name__}")
    return model
