// Expands three rules over ten years in three zones with the npm package rrule: parse, expand, to UTC.
//
// Prints a line of JSON for each rule: occurrences for each second of CPU, the median of five rounds.
import { createRequire } from 'node:module'

const { rrulestr } = createRequire(new URL('../../target/npm/', import.meta.url))('rrule')
const RULES = ['FREQ=WEEKLY;BYDAY=SU', 'FREQ=MONTHLY;BYDAY=2SU', 'FREQ=YEARLY;BYMONTH=3;BYDAY=-1FR']
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']
const FROM = new Date(Date.UTC(2026, 0, 1))
const TO = new Date(Date.UTC(2036, 0, 5))

const expanded = (rule, zone) => rrulestr(`DTSTART;TZID=${zone}:20260104T023000\nRRULE:${rule}`).between(FROM, TO, true)
const seconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

for (const rule of RULES) {
  ZONES.forEach((zone) => expanded(rule, zone))
  const rates = []
  for (let round = 0; round < 5; round++) {
    const began = seconds()
    let count = 0
    while (seconds() - began < 0.3) for (const zone of ZONES) count += expanded(rule, zone).length
    rates.push(count / (seconds() - began))
  }
  rates.sort((a, b) => a - b)
  console.log(JSON.stringify({ rule, rate: rates[2] }))
}
