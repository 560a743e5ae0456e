"""What the library icalendar reads in a calendar: one line of JSON."""
import json
import sys

from icalendar import Calendar

events = []
for event in Calendar.from_ical(sys.stdin.buffer.read()).walk("VEVENT"):
    objects = event.get("X-MAINTNOTE-OBJECT-ID", [])
    objects = objects if isinstance(objects, list) else [objects]
    events.append({
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "starts": int(event["DTSTART"].dt.timestamp()),
        "ends": int(event["DTEND"].dt.timestamp()),
        "status": str(event["STATUS"]),
        "impact": str(event["X-MAINTNOTE-IMPACT"]),
        "objects": {str(one): str(one.params["X-MAINTNOTE-OBJECT-IMPACT"]) for one in objects},
        "title": str(event["SUMMARY"]),
    })
print(json.dumps(events))
