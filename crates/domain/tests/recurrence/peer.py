"""Expands recurrence rules with python-dateutil and zoneinfo: cases as JSON lines in, starts as JSON lines out.

Nominal starts are expanded without a zone, as RFC 5545 counts on the wall; each is then resolved in its zone. A case that takes
too long is answered with null: dateutil looks for a very long time for what never comes.
"""
import json
import signal
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from dateutil import tz
from dateutil.rrule import rruleset, rrulestr

SECONDS = 0.2


class TooLong(Exception):
    pass


def stop(_signal, _frame):
    raise TooLong


def expanded(case):
    start = datetime.fromisoformat(case["start"])
    until = datetime.fromisoformat(case["until"])
    every = rruleset()
    for rule in case["rules"]:
        every.rrule(rrulestr(rule, dtstart=start))
    for date in case["rdates"]:
        every.rdate(datetime.fromisoformat(date))
    for date in case["exdates"]:
        every.exdate(datetime.fromisoformat(date))
    zone, starts = ZoneInfo(case["zone"]), []
    for local in every:
        if local > until or len(starts) == case["count"]:
            break
        at = tz.resolve_imaginary(local.replace(tzinfo=zone)).astimezone(timezone.utc)
        starts.append([local.isoformat(), int(at.timestamp())])
    return starts


signal.signal(signal.SIGALRM, stop)
for line in sys.stdin:
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        answer = expanded(json.loads(line))
    except TooLong:
        answer = None
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(json.dumps(answer), flush=True)
