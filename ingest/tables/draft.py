"""A column as it becomes understood, step by step, and all columns of a table together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ingest.tables import headings
from ingest.tables.number_cells import says_nothing
from ingest.tables.registry_names import as_name
from models.quantity import QUANTITIES
from models.tables import ColumnUnderstood, Role, Said, TableKind


@dataclass(frozen=True, slots=True)
class Draft:
    """A column as far as its heading and the sample tell.

    place : of its cells; heading : whole; parts : the rows of its heading, without the one that is shared by all
    """

    place: int
    heading: str
    parts: tuple[str, ...]
    unit_row: str
    sample: tuple[Any, ...]
    role: Role | None = None
    quantity: str = ""
    unit: str = ""
    device: str = ""
    point: str = ""
    why: tuple[Said, ...] = ()

    def because(self, key: str, **values: str | int | float) -> Draft:
        """The same with one reason more."""
        return replace(self, why=(*self.why, Said(key, values)))

    @property
    def example(self) -> str:
        """The first cell that says something."""
        return next((as_name(cell) for cell in self.sample if not says_nothing(cell)), "")[:60]

    def understood(self) -> ColumnUnderstood:
        """For people."""
        role: Role = self.role or "left_out"
        return ColumnUnderstood(
            self.place + 1,
            self.heading,
            role,
            self.quantity,
            self.unit,
            self.device,
            self.point,
            self.why,
            self.example,
        )


@dataclass
class Columns:
    """All columns of a table, and what it holds."""

    kind: TableKind
    drafts: list[Draft]
    notes: list[Said] = field(default_factory=list)

    def place(self, role: Role) -> int | None:
        """Where the one column of a role stands."""
        return next((draft.place for draft in self.drafts if draft.role == role), None)

    def with_role(self, role: Role) -> list[Draft]:
        """Columns of a role."""
        return [draft for draft in self.drafts if draft.role == role]


def last_part(draft: Draft) -> str:
    """The lowest row of a column's heading."""
    return draft.parts[-1] if draft.parts else ""


def quantity_and_unit(draft: Draft) -> tuple[str, str]:
    """Quantity and unit that a column's heading names."""
    for part in reversed(draft.parts):
        stem, unit = headings.split_unit(part)
        unit = draft.unit_row or unit
        if part in QUANTITIES:
            return part, headings.unit_of(part)
        if quantity := headings.quantity_of(stem, unit):
            return quantity, unit
    return "", next((unit for part in draft.parts if (unit := headings.split_unit(part).unit)), draft.unit_row)


def is_said(draft: Draft) -> bool:
    """Whether a person said what the column is."""
    return any(reason.key == "said" for reason in draft.why)
