"""What is said about a table that someone imports: a sentence for each key of models.tables.Said.

The command line says the same in English; a test holds the keys to what ingest says.
"""

from __future__ import annotations

from dashboard.i18n import Words, mark
from dashboard.words import QUANTITY_NAMES
from models.tables import Said, Understanding

ROLES: dict[str, str] = {
    "time": mark("Time"),
    "date": mark("Date"),
    "clock": mark("Time of day"),
    "device": mark("Device"),
    "point": mark("Metering point"),
    "quantity": mark("Quantity"),
    "unit": mark("Unit"),
    "value": mark("Value"),
    "quality": mark("Quality"),
    "reader": mark("Read by"),
    "from": mark("From"),
    "to": mark("To"),
    "period": mark("Period"),
    "year": mark("Year"),
    "zone": mark("Zone"),
    "municipality": mark("Municipality"),
    "class": mark("Customers"),
    "volume": mark("Billed volume"),
    "method": mark("Method"),
    "attribute": mark("Property of the device"),
    "left_out": mark("left out"),
}

KINDS: dict[str, str] = {
    "readings": mark("readings"),
    "billing": mark("billed volumes"),
    "devices": mark("a list of devices"),
}

FACTS: dict[str, str] = {
    "file_text": mark("{encoding}, columns parted by {delimiter}"),
    "file_sheet": mark("sheet {sheet}"),
    "file_sheet_of_several": mark("sheet {sheet}; not read: {others}"),
    "file_parquet": mark("Parquet"),
    "head_line": mark("headings in line {line}"),
    "dates_in_head": mark("{n} columns are dates: a row is read for each"),
    "head_none": mark("no headings"),
    "decimal_comma": mark("decimal comma"),
    "decimal_point": mark("decimal point"),
    "order_dmy": mark("day before month"),
    "order_mdy": mark("month before day"),
    "whose_option": mark("all values belong to {name}, as you said"),
    "whose_above": mark("all values belong to {name}, named above the table"),
    "whose_name": mark("all values belong to {name}, named by the file or sheet"),
    "zone_said": mark("times in {zone}, as you said"),
    "zone_heading": mark("times in {zone}, by the heading ({word})"),
    "zone_default": mark("times without a zone are those of {zone}"),
    "unused_hint": mark("there is no column {column}, which you named"),
    "no_clock": mark("{n} dates without a time are taken as {clock}"),
    "registry_changes": mark("of the registry's rows {new} are new, {changed} changed, {same} as they are"),
    "registry_bad": mark("{n} rows can't be taken, the first of them in line {line}"),
    "doubled_told": mark("{n} times lie in the hour that autumn has twice; {told} of them are clear by their order"),
}

COLUMNS: dict[str, str] = {
    "said": mark("you said so"),
    "heading": mark("by its heading"),
    "heading_hours": mark("by its heading; whole hours"),
    "no_times": mark("its heading names a time, its cells hold none that is known"),
    "another_time": mark("the time is read from {other}"),
    "only_times": mark("no other column has times"),
    "registered_cells": mark("the registry knows all its names"),
    "meter_reading": mark("what is read off a meter is its register"),
    "rising_volume": mark("a volume that rises and never falls is a register"),
    "value_by_row": mark("each row names its quantity"),
    "registered_device": mark("the heading names the device {name}"),
    "registered_point": mark("the heading names the metering point {name}"),
    "number_in_heading": mark("the heading has a device's number: {name}"),
    "unit_in_cells": mark("the unit {unit} stands in its cells"),
    "quantity_by_unit": mark("a device's column in {unit} can be nothing else"),
    "option_quantity": mark("you said {quantity}"),
    "option_unit": mark("in {unit}, as you said"),
    "display_unit": mark("a water meter's display shows m³"),
    "no_quantity": mark("not known what it measures; name its quantity"),
    "unit_of_another": mark("{unit} is no unit of {quantity}"),
    "no_unit": mark("its unit is not known; name it"),
    "unknown_name": mark("the registry has no device or metering point {name}"),
    "no_device": mark("not known whose values these are; name the device or metering point"),
    "interval_end_unknown": mark("not known whether its times are starts or ends of intervals; say which"),
    "twice": mark("{other} has that already"),
    "another_value": mark("its heading names a maximum, a limit, a sum or an earlier value"),
    "not_needed": mark("not needed here"),
    "unknown_heading": mark("its heading is not known"),
}

PROBLEMS: dict[str, str] = {
    "word_left_out": mark("{word} ({n} rows): quantity or unit not known"),
    "no_rows": mark("The table has no rows."),
    "no_kind": mark("It is not clear what the table holds: readings need a column of time and one of values."),
    "no_head": mark("No row names the columns; name them in a mapping file by their letters."),
    "no_volume": mark("No column of volumes with a unit is known."),
    "no_period": mark("No columns say from when to when the volumes were billed."),
    "no_class": mark("No column says which customers the volumes were billed to; say household or other."),
    "to_open": mark("It is not clear whether the last day of a period belongs to it ({example}); say which."),
    "no_region": mark("The registry is empty, so there is nothing these rows could belong to."),
    "order_open": mark("Day and month can't be told apart ({examples}); say which comes first."),
    "decimal_open": mark(
        "It is not clear whether 1,234 is a thousand or one and a bit in {columns}; say the decimal mark."
    ),
    "missing_hour": mark(
        "{n} times do not exist in {zone} (line {line}): clocks went forward. "
        "If the source keeps winter time, say +01:00."
    ),
    "no_time": mark("No column of time is known."),
    "no_values": mark("No column is known with its quantity, unit and device."),
    "no_time_in_rows": mark("No row has a time that is known."),
    "no_step": mark("Times are starts of intervals; say how long these are."),
}

ROWS: dict[str, str] = {
    "doubled_hour": mark("stands for two moments, clocks went back; if the source keeps winter time, say +01:00"),
    "missing_hour_row": mark("this time does not exist in {zone}, clocks went forward"),
    "no_time_in_row": mark("no time that is known"),
    "too_old": mark("before 2000"),
    "in_future": mark("in the future"),
    "unknown_quality": mark("this quality is not known"),
    "no_number": mark("no number"),
    "no_such_value": mark("no such value of {quantity} is possible, or it stands for none"),
    "no_unit_in_row": mark("no unit"),
    "no_name": mark("names no device or metering point"),
    "unknown_point": mark("the registry has no metering point {name}"),
    "nobody_there": mark("no device hung at {name} at that time"),
    "swapped_that_day": mark("a device was swapped at {name} on that day; name the device, or the time"),
    "several_there": mark("several devices hung at {name} at that time; name the device"),
    "no_date_in_row": mark("no date that is known"),
    "period_backwards": mark("it ends before it begins"),
    "no_volume_in_row": mark("no volume"),
    "negative_volume": mark("a billed volume below zero"),
    "unknown_subject": mark("the registry has no zone or municipality {name}"),
    "no_class_in_row": mark("names no customers"),
    "no_kind_in_row": mark("the kind of the device is not known; add a column, for example water_meter"),
    "bad_attribute": mark("{name} can't be {value}"),
    "no_start_in_row": mark("names a metering point but not from when"),
    "against_registry": mark("does not fit the registry: {problem}"),
    "twice_in_file": mark("stands in the file twice, with other values in line {line}"),
}

SENTENCES: dict[str, str] = FACTS | COLUMNS | PROBLEMS | ROWS
"""Every key of models.tables.Said → its sentence."""

_COUNTS = ("n", "told", "line", "new", "changed", "same")


def sentence(said: Said, words: Words) -> str:
    """What was said, in the words' language."""
    values = {
        name: words.number(value) if name in _COUNTS and isinstance(value, (int, float)) else value
        for name, value in said.values.items()
    }
    if "delimiter" in values:
        values["delimiter"] = words.say("tab") if values["delimiter"] == "tab" else str(values["delimiter"])
    return words.say(SENTENCES[said.key], **values)


def quantity_name(quantity: str, words: Words) -> str:
    """A quantity's name for people."""
    return words.say(QUANTITY_NAMES[quantity]) if quantity in QUANTITY_NAMES else quantity


def summary(table: Understanding, words: Words) -> str:
    """One sentence of what a table holds."""
    if not table.kind:
        return words.say("{file}: not understood", file=table.file)
    kind = words.say(KINDS[table.kind])
    return words.say("{file}: {kind}, rows: {rows}", file=table.file, kind=kind, rows=words.number(table.rows))
