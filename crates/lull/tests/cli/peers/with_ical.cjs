// What ical.js, as Thunderbird and Nextcloud use it, reads in a calendar: one line of JSON.
const ICAL = require("ical.js");

const calendar = new ICAL.Component(ICAL.parse(require("fs").readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) {
  ICAL.TimezoneService.register(zone);
}
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  const objects = component.getAllProperties("x-maintnote-object-id");
  return {
    uid: event.uid,
    sequence: event.sequence,
    starts: event.startDate.toUnixTime(),
    ends: event.endDate.toUnixTime(),
    status: component.getFirstPropertyValue("status"),
    impact: component.getFirstPropertyValue("x-maintnote-impact"),
    objects: Object.fromEntries(objects.map((one) => [one.getFirstValue(), one.getParameter("x-maintnote-object-impact")])),
    title: event.summary,
  };
});
console.log(JSON.stringify(events));
