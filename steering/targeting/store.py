"""A model as bytes and back. Loading runs no code from the bytes: only the types listed here are built."""

from typing import TypeVar
from zipfile import BadZipFile

import skops.io as sio
from skops.io.exceptions import UntrustedTypesFoundException

from .areas import NewCustomers
from .uplift import UpliftModel

Model = TypeVar("Model", UpliftModel, NewCustomers)
TRUSTED = [
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "steering.targeting.areas.NewCustomers",
    "steering.targeting.columns.Bends",
    "steering.targeting.columns.EmptyColumnsFilled",
    "steering.targeting.columns.Standardised",
    "steering.targeting.learners.curves.Curves",
    "steering.targeting.learners.distilled.Distilled",
    "steering.targeting.uplift.UpliftModel",
]


class UntrustedModelError(ValueError):
    """The bytes are not a model, or hold a type that a model does not."""


def dumps(model: UpliftModel | NewCustomers) -> bytes:
    return sio.dumps(model)


def loads(stored: bytes, *, kind: type[Model] = UpliftModel) -> Model:
    try:
        model = sio.loads(bytes(stored), trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise UntrustedModelError(f"stored model must hold trusted types only: {error}") from error
    except (BadZipFile, KeyError) as error:
        raise UntrustedModelError("stored model must be an archive made by dumps") from error
    if not isinstance(model, kind):
        raise UntrustedModelError(f"stored model must be an {kind.__name__}, got {type(model).__name__}")
    return model
