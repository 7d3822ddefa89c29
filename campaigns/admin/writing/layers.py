"""One layer of a block: its fields as they are everywhere, on one channel, or in one language."""

from collections.abc import Mapping
from typing import Any

from django import forms

from campaigns.blocks.types import BlockType

from . import kinds

EMPTY: tuple[Any, ...] = (None, "", [])
HIDDEN = "hidden"
NOTHING = "_nothing"  # behind a field's name: a box that says that nothing stands here, where something stands below


class LayerForm(forms.Form):
    """Made from the declaration of a block's type.

    `was` are the values of this layer as the browser got them, `below` those that hold where this layer says nothing;
    None for the lowest layer. Values are never refused here: campaigns.blocks.errors does that, for every way of writing.
    """

    def __init__(
        self,
        block_type: BlockType,
        was: Mapping[str, Any],
        *,
        prefix: str,
        below: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        can_hide: bool = False,
    ) -> None:
        super().__init__(data, prefix=prefix, use_required_attribute=False)
        self.block_type, self.was, self.below, self.can_hide = block_type, was, below or {}, can_hide
        self.is_lowest = below is None
        for name, declared in block_type.fields.items():
            self.fields[name] = kinds.form_field(declared, was.get(name), below=self.below.get(name))
            if not self.is_lowest and not declared.required:
                nothing = name in was and was[name] in EMPTY
                self.fields[name + NOTHING] = forms.BooleanField(label="nothing here", required=False, initial=nothing)
        if can_hide:
            hidden = was.get(HIDDEN) is True
            self.fields[HIDDEN] = forms.BooleanField(label="Leave this block out", required=False, initial=hidden)

    def shown(self) -> list[dict[str, Any]]:
        """The fields in order, each with the box that empties it, for the template."""
        return [
            {
                "bound": self[name],
                "kind": declared.kind.value,
                "is_required": declared.required and self.is_lowest,
                "longest": declared.longest,
                "is_templated": declared.is_templated,
                "nothing": self[name + NOTHING] if name + NOTHING in self.fields else None,
                "below": kinds.shown(self.below.get(name)),
            }
            for name, declared in self.block_type.fields.items()
        ]

    def values(self) -> dict[str, Any]:
        """`was`, with what was typed since."""
        made = dict(self.was)
        for name in self.block_type.fields:
            self._read_field(name, made)
        if self.can_hide and self._ticked(HIDDEN) != self[HIDDEN].initial:
            made.pop(HIDDEN, None)
            if self._ticked(HIDDEN):
                made[HIDDEN] = True
        return made

    def _read_field(self, name: str, made: dict[str, Any]) -> None:
        typed, before = self[name].data, kinds.shown(self.was.get(name))
        has_changed = typed is not None and kinds.plain(typed) != kinds.plain(before)
        is_nothing = self._ticked(name + NOTHING) if name + NOTHING in self.fields else False
        was_nothing = name + NOTHING in self.fields and self[name + NOTHING].initial
        if has_changed and typed:
            made[name] = kinds.value(self.block_type.fields[name].kind, typed)
        elif is_nothing and not was_nothing:
            made[name] = ""
        elif has_changed or (was_nothing and not is_nothing):
            made.pop(name, None)

    def _ticked(self, name: str) -> bool:
        return bool(self.fields[name].widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))
