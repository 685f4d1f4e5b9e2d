"""A device gets its place: from which day on it counts at which metering point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from models.errors import VodaError
from models.region_check import check
from models.registry import Assignment, Device, Region


def placed(region: Region, device: Device, assignment: Assignment, replaces: bool) -> Region:
    """A region in which a device hangs at a point from a time on.

    device : added where the registry does not know it; a known one stays as it is
    replaces : what of its kind hangs at the point at that time hangs there until then

    Raises VodaError (region.invalid) where that can't be, such as two meters at one point.
    """
    known = region.device.get(device.device)
    devices = region.devices if known else (*region.devices, device)
    kinds = {item.device: item.kind for item in devices}
    kind = kinds[device.device]
    kept = tuple(
        replace(item, end=assignment.start)
        if replaces and item.point == assignment.point and item.covers(assignment.start) and kinds[item.device] == kind
        else item
        for item in region.assignments
    )
    return checked(region, lambda _: replace(region, devices=devices, assignments=(*kept, assignment)))


def checked(region: Region, change: Callable[[Region], Region]) -> Region:
    """A changed region. Raises VodaError (region.invalid) where the change brings a fault that was not there before."""
    changed = change(region)
    before = {(problem.code, problem.message) for problem in check(region)}
    new = next((problem for problem in check(changed) if (problem.code, problem.message) not in before), None)
    if new is not None:
        raise VodaError("region.invalid", new.message)
    return changed
