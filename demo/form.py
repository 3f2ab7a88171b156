"""A form as somebody at the prompt sees it: what it shows, what stands in its fields, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from demo.text import plain, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MANY = frozenset({"checkboxes", "multi_static_select"})
_ONE = frozenset({"radio_buttons", "static_select"})
_INITIAL = {
    **dict.fromkeys(_MANY, ("selected_options", "initial_options")),
    **dict.fromkeys(_ONE, ("selected_option", "initial_option")),
    "datepicker": ("selected_date", "initial_date"),
}
_TEXT = ("value", "initial_value")


@dataclass(frozen=True, slots=True)
class Form:
    """An open form. `typed` is what was put into its fields, by the block's id, in the shape of Slack's own state."""

    view: dict[str, Any]
    typed: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def can_be_submitted(self) -> bool:
        """Whether it has a button to submit it."""
        return bool(self.view.get("submit"))

    @property
    def buttons(self) -> dict[str, str]:
        """Its own buttons: what each is, `submit` or `close`, by its label in small letters."""
        return {plain(self.view[key]["text"]).lower(): key for key in ("submit", "close") if self.view.get(key)}

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """What stands in all of its fields, as Slack hands it over."""
        return {block["block_id"]: {block["element"]["action_id"]: self._standing(block)} for block in self._fields()}

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the fields that must not be empty, and are: Slack submits nothing without them."""
        needed = [block for block in self._fields() if not block.get("optional")]
        return tuple(block["block_id"] for block in needed if not _content(self._standing(block)))

    def filled(self, name: str, text: str) -> Form:
        """Return the form with something else in a field.

        Args:
            name: the field's name, or the beginning of its label.
            text: a text; of choices the numbers or words, with commas between them, or none at all; a day.

        Raises:
            LookupError: there is no such field, or it takes no such thing; the sentence says what there is.
        """
        block = self.field(name)
        standing = _put(block["element"], text.strip())
        return replace(self, typed={**self.typed, block["block_id"]: standing})

    def field(self, name: str) -> dict[str, Any]:
        """Return a field.

        Raises:
            LookupError: there is none of that name, or several; the sentence says which there are.
        """
        wanted = name.lower()
        named = [block for block in self._fields() if block["block_id"].lower() == wanted]
        found = named or [block for block in self._fields() if _label(block).lower().startswith(wanted)]
        if len(found) == 1:
            return found[0]
        there = ", ".join(block["block_id"] for block in self._fields()) or "none at all"
        raise LookupError(f"This form has no field {name!r}; it has {there}.")

    def label(self, block_id: str) -> str:
        """Return what a field is called; of one that is not there its name."""
        return next((_label(block) for block in self._fields() if block["block_id"] == block_id), block_id)

    def anew(self, view: dict[str, Any]) -> Form:
        """Return what the app made of the form, with what was typed: Slack keeps it in the fields that stay."""
        fresh = Form(view)
        kept = {block["block_id"]: block["element"] for block in fresh._fields()}
        there = {block["block_id"]: block["element"] for block in self._fields()}
        same = {name for name, element in kept.items() if name in there and _is_same(there[name], element)}
        return Form(view, {name: standing for name, standing in self.typed.items() if name in same})

    def shown(self, names: dict[str, str]) -> str:
        """Return it as text: what it says, its fields with what stands in them, and its buttons.

        Args:
            names: what to call users and channels, by id.
        """
        title = plain(self.view["title"]["text"])
        lines = [title, "=" * len(title)]
        lines += [self.line(one) if one["type"] == "input" else show(one, names) for one in self.view["blocks"]]
        buttons = [plain(self.view[key]["text"]) for key in ("submit", "close") if self.view.get(key)]
        return "\n".join(line for line in (*lines, "  ".join(f"[{label}]" for label in buttons)) if line)

    def line(self, block: dict[str, Any]) -> str:
        """Return a field as text: its label, the name to type, and what stands in it, with the choices it has."""
        standing, optional = self._standing(block), " (optional)" if block.get("optional") else ""
        head = f"{_label(block)}{optional} → {block['block_id']}: "
        hint = f"\n    {plain(block['hint']['text'])}" if block.get("hint") else ""
        if options := block["element"].get("options"):
            chosen = [option["value"] for option in _chosen(standing)]
            return "\n".join([head.rstrip(), *_choices(options, chosen)]) + hint
        return f"{head}{_content(standing) or '…'}{hint}"

    def _fields(self) -> Iterator[dict[str, Any]]:
        return (block for block in self.view["blocks"] if block["type"] == "input")

    def _standing(self, block: dict[str, Any]) -> dict[str, Any]:
        element = block["element"]
        key, initial = _INITIAL.get(element["type"], _TEXT)
        empty: Any = [] if element["type"] in _MANY else None
        return self.typed.get(block["block_id"], {"type": element["type"], key: element.get(initial, empty)})


def _put(element: dict[str, Any], text: str) -> dict[str, Any]:
    kind = element["type"]
    if kind in _MANY:
        return {"type": kind, "selected_options": _options(element["options"], text)}
    if kind in _ONE:
        return {"type": kind, "selected_option": next(iter(_options(element["options"], text)), None)}
    if kind == "datepicker":
        return {"type": kind, "selected_date": _day(text)}
    return {"type": kind, "value": text or None}


def _options(options: Sequence[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    if text.lower() in ("", "none"):
        return []
    words = text.split() if text.replace(" ", "").isdigit() else text.split(",")
    wanted = [_option(options, word.strip()) for word in words if word.strip()]
    return [option for option in options if option in wanted]


def _option(options: Sequence[dict[str, Any]], word: str) -> dict[str, Any]:
    if word.isdigit() and 1 <= int(word) <= len(options):
        return options[int(word) - 1]
    labels = [plain(option["text"]["text"]) for option in options]
    exact = [option for option, label in zip(options, labels, strict=True) if label.lower() == word.lower()]
    close = [option for option, label in zip(options, labels, strict=True) if word.lower() in label.lower()]
    if len(found := exact or close) == 1:
        return found[0]
    raise LookupError(f"There {'is no' if not found else 'are several'} {word!r} to choose: {', '.join(labels)}.")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise LookupError(f"{text!r} is no day: type one like 2027-01-31.") from None


def _is_same(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return (old["type"], old["action_id"], old.get("options")) == (new["type"], new["action_id"], new.get("options"))


def _choices(options: Sequence[dict[str, Any]], chosen: Sequence[str]) -> Iterator[str]:
    for number, option in enumerate(options, 1):
        yield f"    {number}. [{'x' if option['value'] in chosen else ' '}] {plain(option['text']['text'])}"


def _chosen(standing: dict[str, Any]) -> list[dict[str, Any]]:
    one = standing.get("selected_option")
    return [one] if one else list(standing.get("selected_options") or ())


def _content(standing: dict[str, Any]) -> object:
    """Return what stands in a field; nothing where it is empty."""
    return next((value for key, value in standing.items() if key != "type" and value), None)


def _label(block: dict[str, Any]) -> str:
    return plain(block["label"]["text"])
