"""What circuit-maintenance-parser, the tool of carriers' customers, reads in a calendar: one line of JSON."""
import json
import sys

from circuit_maintenance_parser import NotificationData
from circuit_maintenance_parser.provider import GenericProvider

data = NotificationData.init_from_raw("ical", sys.stdin.buffer.read())
events = []
for notice in GenericProvider().get_maintenances(data):
    events.append({
        "uid": notice.uid,
        "sequence": notice.sequence,
        "starts": notice.start,
        "ends": notice.end,
        # It knows what carriers say, where calendars know only two words.
        "status": "CANCELLED" if notice.status.value == "CANCELLED" else "CONFIRMED",
        "impact": notice.circuits[0].impact.value,
        "objects": {one.circuit_id: one.impact.value for one in notice.circuits},
        "title": notice.summary,
    })
print(json.dumps(events))
