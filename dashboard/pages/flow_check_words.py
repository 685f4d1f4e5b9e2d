"""Whether integrated flow agrees with a register, in a sentence and in a row of facts."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.i18n import MINUS, Words
from dashboard.views.flow_check import FlowCheck
from models.flow_register_check import RegisterCheck


def of_points(found: Sequence[FlowCheck], words: Words) -> list[str]:
    """Sentences on a zone's flows: what contradicts first, then what cannot be checked, then what agrees."""
    checks = [(one.device, one.check) for one in found if one.check is not None]
    result = [
        words.say(
            "Flow of {device}, integrated, is off its register by {deviation} in a week, more than {most}: "
            "night flow is as wrong.",
            device=device,
            deviation=_deviation(check, words),
            most=words.percent(check.tolerance_pct / 100, 1),
        )
        for device, check in checks
        if check.beyond
    ]
    result += [
        words.say("Volumes of {device} are derived from flow; no register checks them.", device=one.device)
        for one in found
        if not one.register
    ]
    agree = [abs(check.deviation_pct) for _, check in checks if not check.beyond]
    if agree:
        within = words.percent(max(agree) / 100, 1)
        result.append(words.say("Flow, integrated, agrees with registers within {within}.", within=within))
    return result


def of_device(found: FlowCheck, words: Words) -> tuple[str, str]:
    """The row of a device's facts."""
    word = words.say("Flow against register")
    if not found.register:
        return word, words.say("derived, no register")
    if found.check is None:
        return word, words.say("too little in common")
    value = _deviation(found.check, words)
    if found.check.beyond:
        most = words.percent(found.check.tolerance_pct / 100, 1)
        value = words.say("{value}, more than {most}", value=value, most=most)
    return word, value


def _deviation(check: RegisterCheck, words: Words) -> str:
    sign = MINUS if check.deviation_pct < 0 else "+"
    return sign + words.percent(abs(check.deviation_pct) / 100, 1)
