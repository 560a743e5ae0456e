//! What Lull costs: durable orders, a full store, the start, idle memory. `cargo xtask bench` builds and runs it.
mod agenda;
mod filled;
mod forward;
mod gate;
mod orders;
mod recurrence;
mod server;

use anyhow::{Context as _, Result};

/// Sizes of a full store.
const MANY: u64 = 100_000;
/// Sizes of an almost empty one.
const FEW: u64 = 100;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().context("usage: lull-bench PATH-OF-LULL [PART …]")?;
    if binary == "bare" {
        return forward::bare().await;
    }
    let parts: Vec<String> = arguments.collect();
    let asked = |part: &str| parts.is_empty() || parts.iter().any(|asked| asked == part);
    println!("| what | figure | limit |\n|---|---|---|");
    if asked("orders") {
        orders().await?;
    }
    if asked("server") {
        server(&binary).await?;
    }
    if asked("decide") {
        gate::decisions()?;
    }
    if asked("recurrence") {
        recurrence::print()?;
    }
    if asked("agenda") {
        agenda::print()?;
    }
    if asked("forward") {
        forward::print(&binary).await?;
    }
    if asked("gate") {
        gate(&binary).await?;
    }
    Ok(())
}

async fn orders() -> Result<()> {
    let syncs = orders::syncs()?;
    println!("| this disk: append 4 kB and fdatasync | {syncs:.0}/s | |");
    let (alone, shared) = (orders::rate(1).await?, orders::rate(256).await?);
    println!("| durable orders, 64 callers, a commit each | {alone:.0}/s | |");
    println!("| durable orders, 64 callers, shared commits | {shared:.0}/s, {:.1} × | at least 4 × |", shared / alone);
    let postgres = orders::rate_on_postgres().await?;
    println!("| the same on PostgreSQL on this machine | {postgres:.0}/s, {:.2} × SQLite | |", postgres / shared);
    Ok(())
}

async fn server(binary: &str) -> Result<()> {
    let idle = server::idle(binary).await?;
    println!("| memory of an idle server, empty estate | {:.1} MiB | under 40 MiB |", idle);
    let few = server::full(binary, FEW).await?;
    let many = server::full(binary, MANY).await?;
    println!("| start to readyz, {MANY} maintenances and targets | {:.2} s | under 2 s |", many.ready.as_secs_f64());
    println!("| entering one, {FEW} stored (median of {}) | {:.2} ms | |", server::ENTERED, few.entering * 1e3);
    let times = many.entering / few.entering;
    println!("| entering one, {MANY} stored | {:.2} ms, {times:.2} × | at most 1.5 × |", many.entering * 1e3);
    Ok(())
}

async fn gate(binary: &str) -> Result<()> {
    let size = filled::Size { targets: 1_000_000, maintenances: MANY };
    let gate = server::gate(binary, size).await?;
    println!(
        "| start to the first answer of the gate, 1,000,000 targets | {:.2} s | under 2 s |",
        gate.first.as_secs_f64()
    );
    println!("| an order about 10,000 of them reaches the gate | {:.1} ms | under 50 ms |", gate.reached * 1e3);
    println!("| memory of that server | {:.0} MiB | |", gate.memory);
    Ok(())
}
