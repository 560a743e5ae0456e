"""Expands three rules over ten years in three zones with python-dateutil: parse, expand, resolve gaps, to UTC.

Prints a line of JSON for each rule: occurrences for each second of CPU, the median of five rounds.
"""
import json
import statistics
import time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from dateutil import tz
from dateutil.rrule import rrulestr

RULES = ["FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=2SU", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1FR"]
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]


def expanded(rule, zone):
    start = datetime(2026, 1, 4, 2, 30, tzinfo=ZoneInfo(zone))
    end = datetime(2036, 1, 4, 2, 30, tzinfo=ZoneInfo(zone))
    every = rrulestr(rule, dtstart=start).between(start, end, inc=True)
    return [tz.resolve_imaginary(at).astimezone(timezone.utc) for at in every]


for rule in RULES:
    rates = []
    for _ in range(5):
        count, began = 0, time.process_time()
        while time.process_time() - began < 0.3:
            count += sum(len(expanded(rule, zone)) for zone in ZONES)
        rates.append(count / (time.process_time() - began))
    print(json.dumps({"rule": rule, "rate": statistics.median(rates)}), flush=True)
