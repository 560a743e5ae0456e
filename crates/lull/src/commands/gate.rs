//! `lull gate`: ask whether something may be done, see when that changes, let somebody in or out.
use clap::{Args, Subcommand};
use lull_api::params::{GateAt, GateCheck, GateQuestion, Listing, NewPass, Subject};
use lull_api::views::{GateDecision, GateForecast};

use super::enter::instant;
use crate::failed::{Exit, Failed};
use crate::find;
use crate::session::{Session, lines, note};
use crate::time::{self, Lasting, When};

/// What is asked of the gate.
#[derive(Subcommand, Clone, Debug)]
pub enum GateCommand {
    /// Ask whether something may be done on a target; exit code 6 where not
    #[command(after_help = "Example: lull gate check acme/prod/shop deploy --lasts 20m")]
    Check(Check),
    /// Show what will hold on a target at a time, as is planned now
    #[command(after_help = "Example: lull gate at acme/prod/shop 03:00 --action request.write")]
    At(At),
    /// Let somebody in while others are kept out: a link that opens once
    #[command(after_help = "Example: lull gate pass acme/prod/shop --site https://shop.example --for 2h")]
    Pass(Pass),
    /// List the passes that are good now, without their links
    #[command(after_help = "Example: lull gate passes acme/prod")]
    Passes(Passes),
    /// Make a pass worthless: its link, and the cookie of whoever opened it
    #[command(after_help = "Example: lull gate revoke pas_0199f3a27c417d209a553f1b8e6c2d04")]
    Revoke {
        /// Its id
        id: String,
    },
}

/// A question.
#[derive(Args, Clone, Debug)]
pub struct Check {
    /// The target
    pub path: String,
    /// workload.start, login, deploy, request.read, request.write, …
    pub action: String,
    /// A role that the subject has there; may be given several times, and needs the permission gate.ask
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// When: RFC 3339, YYYY-MM-DD HH:MM or HH:MM; now, where it is left out
    #[arg(long, value_name = "TIME")]
    pub at: Option<When>,
    /// How long it will take
    #[arg(long, value_name = "DURATION")]
    pub lasts: Option<Lasting>,
}

/// What will hold.
#[derive(Args, Clone, Debug)]
pub struct At {
    /// The target
    pub path: String,
    /// When: RFC 3339, YYYY-MM-DD HH:MM or HH:MM; now, where it is left out
    #[arg(value_name = "TIME")]
    pub time: Option<When>,
    /// For one action; for all of them, where it is left out
    #[arg(long, value_name = "ACTION")]
    pub action: Option<String>,
}

/// A pass.
#[derive(Args, Clone, Debug)]
pub struct Pass {
    /// The target: there and below it the pass lets one in, past what keeps people out now
    pub path: String,
    /// The site that browsers know, scheme and host
    #[arg(long, value_name = "URL")]
    pub site: Option<String>,
    /// How long it is good at most; 8 hours where it is left out. It ends with the maintenance anyway
    #[arg(long = "for", value_name = "DURATION")]
    pub lasting: Option<Lasting>,
}

/// Which passes.
#[derive(Args, Clone, Debug)]
pub struct Passes {
    /// For targets at or below this path
    pub path: Option<String>,
    /// Past this maintenance
    #[arg(long, value_name = "ID")]
    pub maintenance: Option<String>,
}

impl GateCommand {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses; the gate says no.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Check(check) => check.run(session).await,
            Self::At(at) => at.run(session).await,
            Self::Pass(pass) => pass.run(session).await,
            Self::Passes(passes) => passes.run(session).await,
            Self::Revoke { id } => {
                let revoked = session.client.revoke_pass(id).await?;
                session.answer(&revoked, || format!("{id} is worthless from now on."))
            }
        }
    }
}

impl Check {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let subject = Subject { id: None, roles: self.roles.clone() };
        let question = GateQuestion {
            target: self.path.clone(),
            action: self.action.clone(),
            subject: (!self.roles.is_empty()).then_some(subject),
            at: instant(session, self.at, &time::zone_here()).await?,
            lasts: self.lasts.map(|lasts| lasts.to_string()),
        };
        let checked = session.client.check_gate(&GateCheck { questions: vec![question], min_epoch: None }).await?;
        let decision = checked.decisions.into_iter().next().unwrap_or_default();
        if let Some(problem) = decision.problem {
            return Err(lull_api::Error::Problem(problem).into());
        }
        let answer = decision.answer.clone().unwrap_or_default();
        session.answer(&decision, || self.told(&decision))?;
        match answer.as_str() {
            "allow" | "warn" => Ok(()),
            _ => {
                Err(Failed::new(Exit::Conflict, format!("The gate lets no {} through to {}.", self.action, self.path))
                    .remedy(format!("`lull gate at {}` shows what holds, and until when.", self.path)))
            }
        }
    }

    fn told(&self, decision: &GateDecision) -> String {
        let mut told = decision.answer.clone().unwrap_or_default();
        if let (Some(title), Some(id)) = (&decision.title, &decision.maintenance) {
            told.push_str(&format!("  because of {id}, {title}"));
        }
        if let Some(until) = &decision.until {
            told.push_str(&format!("\n  until {}", time::told(until, &time::zone_here())));
        }
        if let Some(message) = &decision.message {
            told.push_str(&format!("\n  {message}"));
        }
        if decision.unknown_target {
            note(&format!("No target is known at {}, nor above it.", self.path));
        }
        told
    }
}

impl At {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let time = instant(session, self.time, &time::zone_here()).await?;
        let at = GateAt { target: self.path.clone(), time, action: self.action.clone() };
        let forecast = session.client.foresee_gate(&at).await?;
        session.answer(&forecast, || told(session, &forecast))
    }
}

fn told(session: &Session, forecast: &GateForecast) -> String {
    let zone = time::zone_here();
    let end = match (&forecast.changes_at, forecast.certainty.as_str()) {
        (Some(at), _) => format!("changes {}", time::told(at, &zone)),
        (None, "open_ended") => "nobody knows until when".to_owned(),
        (None, "beyond_horizon") => "nothing is planned so far ahead".to_owned(),
        (None, _) => "nothing planned changes that".to_owned(),
    };
    let mut table = session.table(["ID", "TITLE", "ANSWER", "UNTIL"]);
    for it in &forecast.maintenances {
        let until = it.until.as_ref().map_or_else(|| "not known".to_owned(), |at| time::short(at, &zone));
        table.add_row([&it.id, &it.title, &it.answer, &until]);
    }
    let held = if forecast.maintenances.is_empty() { String::new() } else { format!("\n{}", lines(&table)) };
    format!("{}, {end}{held}", forecast.answer)
}

impl Pass {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let expires_after = self.lasting.map(|lasting| lasting.to_string());
        let new = NewPass { target: self.path.clone(), url: self.site.clone(), expires_after };
        let pass = session.client.create_pass(&new).await?;
        session.answer(&pass, || {
            let site = if self.site.is_some() { "" } else { "\nPut the address of the site before it." };
            let until = time::told(&pass.good_until, &time::zone_here());
            format!(
                "{}\nIt opens once, and lets one in past {} until that is over, at the latest {until}.{site}\n\
                 `lull gate revoke {}` makes it worthless.",
                pass.link.as_deref().unwrap_or_default(),
                pass.maintenance,
                pass.id,
            )
        })
    }
}

impl Passes {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        find::place(session, self.path.as_deref()).await?;
        let maintenance = match &self.maintenance {
            Some(id) => Some(find::id(session, id).await?),
            None => None,
        };
        let listing = Listing { under: self.path.clone(), maintenance, ..Listing::default() };
        let passes = session.client.passes(&listing).await?;
        let zone = time::zone_here();
        session.answer(&passes, || {
            if passes.items.is_empty() {
                return "No pass is good now. `lull gate pass PATH` makes one.".to_owned();
            }
            let mut table = session.table(["ID", "TARGET", "MAINTENANCE", "BY", "OPENED", "GOOD UNTIL"]);
            for pass in &passes.items {
                let opened = if pass.opened { "yes" } else { "no" };
                let until = time::short(&pass.good_until, &zone);
                table.add_row([&pass.id, &pass.target, &pass.maintenance, &pass.by, opened, until.as_str()]);
            }
            lines(&table)
        })
    }
}
