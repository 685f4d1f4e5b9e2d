"""Fields of forms: a labelled list of choices, a labelled line of text."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.markup import escape

Choices = Sequence[tuple[str, str]]


def select(
    name: str, word: str, options: Choices, chosen: str, empty: str | None = "", hidden_word: bool = False
) -> str:
    """A list of (value, word) as HTML.

    empty : word of a first choice that chooses nothing; None: there is none
    hidden_word : the label is only said to those who can't see what stands around it
    """
    first = [] if empty is None else [("", empty)]
    lines = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(said)}</option>'
        for value, said in (*first, *options)
    )
    if hidden_word:
        return f'<select name="{escape(name)}" aria-label="{escape(word)}">{lines}</select>'
    return f'<label>{escape(word)}<select name="{escape(name)}">{lines}</select></label>'


def text_field(
    name: str,
    word: str,
    value: str = "",
    example: str = "",
    kind: str = "text",
    more: str = "",
    hidden_word: bool = False,
) -> str:
    """A line of text as HTML. more : further attributes, already escaped"""
    field = f'<input type="{kind}" name="{escape(name)}" value="{escape(value)}" placeholder="{escape(example)}" {more}'
    if hidden_word:
        return f'{field} aria-label="{escape(word)}">'
    return f"<label>{escape(word)}{field}></label>"
