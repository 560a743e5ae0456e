//! Hearing what other processes commit: a connection of its own that listens, and asks every second.
use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant as Monotonic};

use lull_domain::Instant;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, Error};

use super::session::CHANNEL;
use super::settings::{CONNECT_WITHIN, Carried, Server};
use crate::reached::Reached;

/// It asks this often, as what is told can get lost; also how long it waits until it connects again.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// So many wake-ups are kept; they all say the same.
const HEARD_MAX: usize = 1;
const LOOK: &str = "SELECT seq, epoch, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM head";

/// Listens for as long as the store is there, and connects again whenever the connection is lost.
pub(crate) async fn listen(server: Arc<Server>, reached: Arc<Reached>) {
    let mut told = false;
    loop {
        match timeout(CONNECT_WITHIN, connected(&server)).await {
            Ok(Ok((client, heard))) => {
                told = false;
                heard_of(&client, heard, &reached).await;
                tracing::warn!("the connection that hears of other processes was lost; it is made again");
            }
            // Once each time that the server is away; whoever reads and writes says so too.
            Ok(Err(error)) if !told => {
                told = true;
                tracing::warn!(error = %error, "other processes cannot be heard for now; it is tried again");
            }
            Ok(Err(_)) | Err(_) => {}
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
}

async fn connected(server: &Server) -> Result<(Client, mpsc::Receiver<()>), Error> {
    let (client, connection) = server.connect().await?;
    let (sender, heard) = mpsc::channel(HEARD_MAX);
    tokio::spawn(carried(connection, sender));
    client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
    Ok((client, heard))
}

/// Carries the connection until it ends or nobody uses it any more.
async fn carried(mut connection: Carried, heard: mpsc::Sender<()>) {
    while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            // One that waits says it already.
            let _ = heard.try_send(());
        }
    }
}

/// Looks whenever something was told, and every second; returns when the connection is lost.
async fn heard_of(client: &Client, mut heard: mpsc::Receiver<()>, reached: &Reached) {
    while let Ok(Ok(())) = timeout(CONNECT_WITHIN, look(client, reached)).await {
        if let Ok(None) = timeout(ASK_EVERY, heard.recv()).await {
            return;
        }
    }
}

/// Where the log stands, and what time it is there.
pub(super) async fn look(client: &Client, reached: &Reached) -> Result<(), Error> {
    let asked = Monotonic::now();
    let row = client.query_one(LOOK, &[]).await?;
    reached.set_clock(Instant(row.try_get(2)?), asked, asked.elapsed());
    let count = |column| row.try_get::<_, i64>(column).map(|count| u64::try_from(count).unwrap_or(0));
    reached.tell(count(0)?, count(1)?);
    Ok(())
}
