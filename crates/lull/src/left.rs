//! What a maintenance left as it is instead of starting it again, and why.
use std::collections::BTreeMap;

use lull_api::params::Listing;
use lull_api::views::{Engagement, Event};

use crate::session::Session;

/// What the server says of things that this maintenance never dealt with.
const EARLIER: &str = "settled under an earlier maintenance";

/// By target and name, the reason for each thing that was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left(BTreeMap<(String, String), String>);

impl Left {
    /// What is left alone before the end of a maintenance is ordered: the order itself makes it a thing of the past.
    /// Nothing where the server does not say.
    pub async fn before(session: &Session, id: &str) -> Self {
        let mut left = Self::default();
        let listing = Listing { maintenance: Some(id.to_owned()), ..Listing::default() };
        if let Ok(engagements) = session.client.engagements(&listing).await {
            left.see(&engagements.items);
        }
        left
    }

    /// Remembers what is left alone now, and forgets what is not any more.
    pub fn see(&mut self, engagements: &[Engagement]) {
        for engagement in engagements {
            for thing in &engagement.things {
                let key = (engagement.target.clone(), thing.name.clone());
                match (thing.state.as_str(), thing.why.as_deref()) {
                    ("struck", Some(EARLIER)) => {}
                    ("struck", why) => drop(self.0.insert(key, why.unwrap_or("left alone").to_owned())),
                    _ => drop(self.0.remove(&key)),
                }
            }
        }
    }

    /// Adds what only the log has seen: the last thing of a target is struck and the target normal at once.
    pub async fn recall(&mut self, session: &Session, id: &str) {
        let (maintenance, kind) = (Some(id.to_owned()), Some("engagement".to_owned()));
        if let Ok(events) = session.client.events(&Listing { maintenance, kind, ..Listing::default() }).await {
            let mut logged = Self::default();
            events.items.iter().for_each(|event| logged.read(event));
            // The server's own words go before ours.
            logged.0.extend(std::mem::take(&mut self.0));
            *self = logged;
        }
    }

    fn read(&mut self, event: &Event) {
        let (Some(target), Some(things)) = (&event.target, event.body["things"].as_object()) else { return };
        for (name, state) in things {
            let key = (target.clone(), name.clone());
            let why = match state["struck"].as_str() {
                Some("gone") => "there is nothing of this name any more",
                Some("taken_over") => "a person started it meanwhile",
                Some("stopped_before") => "somebody stopped it before Lull did",
                Some("replaced") => "somebody made it anew, ran it and stopped it",
                None if state.is_string() => {
                    self.0.remove(&key);
                    continue;
                }
                _ => continue,
            };
            self.0.insert(key, why.to_owned());
        }
    }

    /// What was left under several maintenances.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// A line for each.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|((_, name), why)| format!("left as it is: {name} ({why})")).collect()
    }
}

#[cfg(test)]
mod tests {
    use lull_api::views::Thing;

    use super::*;

    fn engagement(state: &str, why: Option<&str>) -> Engagement {
        let thing = Thing {
            name: "shop/web/9".to_owned(),
            state: state.to_owned(),
            why: why.map(str::to_owned),
            trouble: None,
            backup: None,
        };
        Engagement {
            target: "acme/prod/shop/web".to_owned(),
            effect: "stop".to_owned(),
            stage: "owed".to_owned(),
            op: 1,
            holders: Vec::new(),
            answers: None,
            things: vec![thing],
            call: None,
            retry: None,
            trouble: None,
            waits_for: Vec::new(),
        }
    }

    #[test]
    fn the_first_reason_outlives_the_order_that_ends_it() {
        let mut left = Left::default();
        left.see(&[engagement("struck", Some("a person started it meanwhile"))]);
        left.see(&[engagement("struck", Some(EARLIER))]);
        assert_eq!(left.lines(), ["left as it is: shop/web/9 (a person started it meanwhile)"]);
        left.see(&[engagement("back", None)]);
        assert!(left.lines().is_empty());
    }

    #[test]
    fn what_only_the_log_has_seen_is_told_unless_it_was_taken_again() {
        let event = |things: serde_json::Value| -> Event {
            serde_json::from_value(serde_json::json!({
                "seq": 1, "at": "2026-11-21T12:00:00Z", "kind": "engagement", "target": "acme/wiki", "text": "",
                "body": {"things": things}
            }))
            .expect("it is an event")
        };
        let mut left = Left::default();
        left.read(&event(
            serde_json::json!({"one": {"struck": "gone"}, "two": {"struck": "taken_over"}, "three": "down"}),
        ));
        left.read(&event(serde_json::json!({"one": {"struck": "earlier"}, "two": "down"})));
        assert_eq!(left.lines(), ["left as it is: one (there is nothing of this name any more)"]);
    }
}
