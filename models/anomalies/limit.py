"""A value below its limit for some time: the judgement that tank_low and pressure_low share.

Said when every row has lain below `low` for `delay_s`; more severe below `critical` for as long; over when every row
has lain above `low` + `dead_band` for `delay_s`, so that a value that trembles around the limit is said once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple, cast

from models.detector import Context, Finding, JsonState, Row
from models.event import EventKind, Priority, Why
from models.reading import from_ms, to_ms
from models.why import because


@dataclass(slots=True)
class _Watch:
    """The state; times in ms, 0 where the value is not on that side."""

    last_ms: int = 0
    below_ms: int = 0
    critical_ms: int = 0
    above_ms: int = 0
    open: bool = False
    critical: bool = False
    start_ms: int = 0
    lowest: float = 0.0


class LowLimit(NamedTuple):
    """What is watched: the kind of its events, the reasons' prefix and the name of the value in them."""

    kind: EventKind
    prefix: str
    value_name: str

    def initial(self) -> JsonState:
        """Nothing known yet."""
        return cast(JsonState, asdict(_Watch()))

    def step(self, state: JsonState, rows: Sequence[Row], context: Context) -> tuple[JsonState, list[Finding]]:
        """Judge rows by context.limits: low, dead_band, delay_s and, if there is one, critical.

        Without `low` nothing is judged: the registry does not say what is low.
        """
        watch = _Watch(**state)  # type: ignore[arg-type]  # a JSON object of exactly these fields
        findings: list[Finding] = []
        if "low" in context.limits:
            for row in rows:
                now_ms = to_ms(row.time)
                if row.value is not None and now_ms > watch.last_ms:
                    finding = self._judge(watch, row.value, now_ms, context)
                    watch.last_ms = now_ms
                    if finding is not None:
                        findings.append(finding)
        return cast(JsonState, asdict(watch)), findings

    def _judge(self, watch: _Watch, value: float, now_ms: int, context: Context) -> Finding | None:
        limits = context.limits
        delay_ms = limits["delay_s"] * 1000
        watch.below_ms = (watch.below_ms or now_ms) if value < limits["low"] else 0
        watch.critical_ms = (watch.critical_ms or now_ms) if value < limits.get("critical", -1e12) else 0
        watch.above_ms = (watch.above_ms or now_ms) if value > limits["low"] + limits["dead_band"] else 0
        watch.lowest = min(watch.lowest, value) if watch.open else value
        critical = bool(watch.critical_ms) and now_ms - watch.critical_ms >= delay_ms
        if not watch.open and watch.below_ms and now_ms - watch.below_ms >= delay_ms:
            watch.open, watch.critical, watch.start_ms = True, critical, watch.below_ms
            return self._say(watch, "raise", value, now_ms, context)
        if watch.open and critical and not watch.critical:
            watch.critical = True
            return self._say(watch, "update", value, now_ms, context)
        if watch.open and watch.above_ms and now_ms - watch.above_ms >= delay_ms:
            watch.open = watch.critical = False
            why = because(
                f"{self.prefix}.recovered",
                name=context.name,
                limit_m=round(limits["low"] + limits["dead_band"], 2),
                lowest_m=round(watch.lowest, 2),
                **{self.value_name: round(value, 2)},
            )
            return self._finding(watch, "clear", now_ms, Priority.LOW, why)
        return None

    def _say(
        self, watch: _Watch, action: Literal["raise", "update"], value: float, now_ms: int, context: Context
    ) -> Finding:
        which = "critical" if watch.critical else "low"
        why = because(
            f"{self.prefix}.below_{'critical' if watch.critical else 'limit'}",
            name=context.name,
            limit_m=round(context.limits[which], 2),
            delay_s=context.limits["delay_s"],
            **{self.value_name: round(value, 2)},
        )
        return self._finding(watch, action, now_ms, Priority.HIGH if watch.critical else Priority.MEDIUM, why)

    def _finding(
        self, watch: _Watch, action: Literal["raise", "update", "clear"], now_ms: int, priority: Priority, why: Why
    ) -> Finding:
        end = from_ms(watch.above_ms) if action == "clear" else None
        return Finding(
            action, self.kind, from_ms(now_ms), from_ms(watch.start_ms), end, priority, None, None, 0.99, why
        )
