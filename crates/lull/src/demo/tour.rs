//! What the demo does before the reader's eyes: the shop goes quiet and comes back.
use jiff::civil::time as clock;
use jiff::{Timestamp, ToSpan};
use lull_api::params::{Clause, Closing, Listing, NewMaintenance, Scope};
use lull_api::views::Maintenance;

use super::estate::{self, SHOP};
use crate::failed::Failed;
use crate::session::{Session, lines, print};
use crate::time::{self, When};
use crate::wait::{Goal, Waiting};
use crate::words;

const TITLE: &str = "New release of the shop";
const TOMORROW: &str = "Upgrade of the database";
const PATIENCE: &str = "2m";

/// Goes on from wherever an earlier tour was ended.
///
/// # Errors
/// The server does not answer or refuses; something needs a person.
pub async fn go(session: &Session) -> Result<(), Failed> {
    let added = estate::settle(&session.client).await?;
    if added > 0 {
        print(&format!("\nThree products, {added} targets. What runs:\n"))?;
    } else {
        print("\nThe estate is there already. What runs:\n")?;
    }
    print(&running(session, "acme").await?)?;
    going_on(session).await?;
    let earlier = titled(session, TITLE).await?;
    match earlier.iter().find(|it| it.status == "in_progress") {
        Some(begun) => {
            let phase = begun.phase.as_deref().unwrap_or("in progress");
            print(&format!("\n{} of {SHOP} was {phase} when the demo ended. It goes on by itself:\n", begun.id))?;
            finish(session, begun.clone()).await?;
        }
        None if earlier.is_empty() => {
            print(&format!("\n$ lull enter {SHOP} --title {TITLE:?} --for 10m --wait\n"))?;
            let begun = session.client.create(&release()).await?;
            finish(session, begun).await?;
        }
        None => print("\nThe shop went quiet and came back in an earlier tour; `lull demo --reset` begins anew.")?,
    }
    tomorrow(session).await
}

/// Names what the reader has in progress from an earlier demo; the tour tells of its own.
async fn going_on(session: &Session) -> Result<(), Failed> {
    let listing = Listing { status: Some("in_progress".to_owned()), ..Listing::default() };
    let mut found = session.client.maintenances(&listing).await?.items;
    found.retain(|maintenance| maintenance.title != TITLE);
    if found.is_empty() {
        return Ok(());
    }
    print("\nIn progress when the demo ended, and going on by itself:\n")?;
    for it in &found {
        let (state, scope) = (words::state(it), words::scope(&it.scope));
        print(&format!("  {}  {}: {state}, on {scope}\n  → lull complete {} --wait", it.id, it.title, it.id))?;
    }
    Ok(())
}

fn release() -> NewMaintenance {
    NewMaintenance {
        title: TITLE.to_owned(),
        reason: Some("to show how it is done".to_owned()),
        duration: Some("PT10M".to_owned()),
        ..of_shop()
    }
}

fn of_shop() -> NewMaintenance {
    let include = vec![Clause { under: SHOP.to_owned(), ..Clause::default() }];
    NewMaintenance {
        scope: Scope { include, exclude: Vec::new() },
        preset: Some("stop-everything".to_owned()),
        zone: Some(time::zone_here()),
        ..NewMaintenance::default()
    }
}

/// Those with this title, whatever became of them.
async fn titled(session: &Session, title: &str) -> Result<Vec<Maintenance>, Failed> {
    let listing = Listing { under: Some(SHOP.to_owned()), ..Listing::default() };
    let mut found = session.client.maintenances(&listing).await?.items;
    found.retain(|maintenance| maintenance.title == title);
    Ok(found)
}

/// Waits until all is quiet, then completes it and waits until all is back.
async fn finish(session: &Session, begun: Maintenance) -> Result<(), Failed> {
    let waiting = Waiting { wait: true, timeout: PATIENCE.parse().map_err(|why: String| usage(why))? };
    let mut now = begun;
    if now.phase.as_deref() != Some("leaving") {
        now = waiting.on(session, now, Goal::Active).await?;
        print("\nQuiet. The wiki and billing noticed nothing:\n")?;
        print(&running(session, "acme").await?)?;
        print(&format!("\n$ lull exit {SHOP} --wait\n"))?;
        let closing = Closing { message: Some("The new release is out.".to_owned()), ..Closing::default() };
        now = session.client.complete(&now.id, &closing).await?;
    }
    waiting.on(session, now, Goal::Over).await?;
    print("\nBack, exactly what ran before: shop-seed had not been running, so nobody started it.\n")?;
    print(&running(session, SHOP).await?)
}

fn usage(why: String) -> Failed {
    Failed::new(crate::failed::Exit::Unexpected, why)
}

/// What runs at or below a path, as a table.
async fn running(session: &Session, under: &str) -> Result<String, Failed> {
    let workloads = session.client.workloads(&Listing { under: Some(under.to_owned()), ..Listing::default() }).await?;
    let now = session.now().await?;
    let mut table = session.table(["TARGET", "PROCESS", "STATE", "SINCE"]);
    for workload in &workloads.items {
        let since = workload.started_at.as_deref().filter(|_| workload.state == "running");
        let since = since.and_then(|at| at.parse::<Timestamp>().ok()).map(|at| time::relative(at, now));
        table.add_row([&workload.target, &workload.name, &workload.state, &since.unwrap_or_default()]);
    }
    Ok(lines(&table))
}

/// Schedules one for tomorrow night, unless that was done.
async fn tomorrow(session: &Session) -> Result<(), Failed> {
    let planned = titled(session, TOMORROW).await?;
    let planned = planned.into_iter().find(|it| matches!(it.status.as_str(), "scheduled" | "in_progress"));
    let planned = match planned {
        Some(planned) => planned,
        None => {
            let zone = time::zone(&time::zone_here()).map_err(usage)?;
            let now = session.now().await?;
            let night = now.to_zoned(zone.clone()).date().saturating_add(1.day()).to_datetime(clock(2, 0, 0, 0));
            let starts_at = When::On(night).resolve(&zone, now).map_err(usage)?.at;
            let duration = Some("PT2H".to_owned());
            let new = NewMaintenance { title: TOMORROW.to_owned(), duration, ..of_shop() };
            session.client.create(&NewMaintenance { starts_at: Some(starts_at.to_string()), ..new }).await?
        }
    };
    let begins = planned.starts_at.as_deref().map(|at| time::told(at, &planned.zone)).unwrap_or_default();
    print(&format!("\nScheduled: {}, {begins}, {}.", planned.title, planned.id))
}
