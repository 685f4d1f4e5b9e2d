"""MQTT topic filters."""

from __future__ import annotations


def fits(topic_filter: str, topic: str) -> bool:
    """Whether a topic is one of a filter's: + stands for one level, # for all that follow and the level before.

    As MQTT 3.1.1, section 4.7, has it: wildcards at the beginning do not fit topics that begin with $.

    >>> fits("voda/+/state", "voda/7/state"), fits("voda/#", "voda"), fits("voda/+", "voda/7/state"), fits("#", "$SYS")
    (True, True, False, False)
    """
    if topic.startswith("$") and not topic_filter.startswith("$"):
        return False
    wanted, have = topic_filter.split("/"), topic.split("/")
    for at, level in enumerate(wanted):
        if level == "#":
            return True
        if at >= len(have) or level not in ("+", have[at]):
            return False
    return len(wanted) == len(have)


def literal_start(topic_filter: str) -> str:
    """What every topic of a filter begins with.

    >>> literal_start("voda/+/state"), literal_start("voda/#"), literal_start("voda")
    ('voda/', 'voda', 'voda')
    """
    at = min((topic_filter.find(sign) for sign in "+#" if sign in topic_filter), default=len(topic_filter))
    start = topic_filter[:at]
    return start.removesuffix("/") if topic_filter[at : at + 1] == "#" else start


def covers(wide: str, narrow: str) -> bool:
    """Whether every topic of one filter is another one's too, and that other one is another filter.

    >>> covers("voda/#", "voda/+/state"), covers("voda/+", "voda/7"), covers("voda/7", "voda/+"), covers("a", "a")
    (True, True, False, False)
    """
    if wide == narrow:
        return False
    one, two = wide.split("/"), narrow.split("/")
    for at, level in enumerate(one):
        if level == "#":
            return at <= len(two) and not (at == 0 and two[0].startswith("$"))
        if at >= len(two) or two[at] == "#" or level not in ("+", two[at]):
            return False
    return len(one) == len(two)
