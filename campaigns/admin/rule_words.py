"""The vocabulary of audience rules as the editor offers it, taken from the declarations of the language."""

from typing import Any

from campaigns.models import Audience, EventKind, Ground, IdentifierKind
from campaigns.rules.attributes import COLUMNS
from campaigns.rules.touchpoints import RESPONSES
from campaigns.rules.values import NUMBER_OPERATORS, OPERATORS, Type

from . import channel_choices

OTHER_MEDIA = (("web", "web"), ("store", "store"), ("phone", "phone"), ("product", "product"))
TYPE_NAMES = {Type.TEXT: "text", Type.NUMBER: "number", Type.DATE: "date", Type.YES_NO: "boolean"}


def vocabulary() -> dict[str, Any]:
    return {
        "attributes": [
            {
                "name": name,
                "label": name.replace("_", " "),
                "type": TYPE_NAMES[column.type],
                "choices": list(column.choices),
            }
            for name, column in COLUMNS.items()
        ],
        "operators": [
            {
                "name": operator.name,
                "types": sorted(TYPE_NAMES[type_] for type_ in operator.types),
                "shape": operator.shape.value,
            }
            for operator in OPERATORS.values()
        ],
        "number_operators": list(NUMBER_OPERATORS),
        "event_kinds": [(kind.value, str(kind.label).lower()) for kind in EventKind],
        "responses": [(kind, kind) for kind in RESPONSES],
        "identifiers": IdentifierKind.choices,
        "grounds": Ground.choices,
        "channels": channel_choices.known(),
        "media": [*channel_choices.known(), *OTHER_MEDIA],
        "audiences": list(Audience.objects.order_by("name").values_list("id", "name")),
    }
