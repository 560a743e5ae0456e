//! `lull token`: who may do what.
use std::str::FromStr;

use clap::{Args, Subcommand};
use lull_api::params::{Grant, Listing, NewToken};

use super::enter::instant;
use crate::failed::Failed;
use crate::session::{Session, lines};
use crate::time::{self, When};

/// What to do about tokens.
#[derive(Subcommand, Clone, Debug)]
pub enum TokenCommand {
    /// Make a token; its secret is shown once
    #[command(after_help = "Example: lull token create anna --kind person --grant acme/prod:operator:break_glass")]
    Create(Create),
    /// List tokens, without their secrets
    #[command(after_help = "Example: lull token list --kind person")]
    List {
        /// Of this kind: person, service or observer
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// With this text in the name, in either case
        #[arg(long, value_name = "TEXT")]
        q: Option<String>,
    },
    /// Make a token worthless
    #[command(after_help = "Example: lull token revoke tok_0199f3a27c417d209a553f1b8e6c2d04")]
    Revoke {
        /// Its id
        id: String,
    },
}

/// A new token.
#[derive(Args, Clone, Debug)]
pub struct Create {
    /// Whose it is; the same name is the same person
    pub name: String,
    /// person, service or observer
    #[arg(long, value_name = "KIND")]
    pub kind: String,
    /// What it may do, and where: PATH:ROLE, and after another colon break_glass, override, approve, gate.ask; may be given
    /// several times. Roles are viewer, reporter, operator and administrator; the path / is everything
    #[arg(long = "grant", value_name = "PATH:ROLE[:MAY,…]", required = true)]
    pub grants: Vec<Granted>,
    /// Until when: RFC 3339, YYYY-MM-DD HH:MM or HH:MM in this machine's zone
    #[arg(long, value_name = "TIME")]
    pub expires: Option<When>,
}

/// A grant as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted(Grant);

impl FromStr for Granted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let (under, role, may, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
        match (under, role, rest) {
            (Some(under), Some(role), None) if !under.is_empty() && !role.is_empty() => {
                let may = may.unwrap_or_default().split(',').filter(|may| !may.is_empty()).map(str::to_owned).collect();
                Ok(Self(Grant { under: under.to_owned(), role: role.to_owned(), may }))
            }
            _ => Err(format!("{text:?} is not of the form PATH:ROLE or PATH:ROLE:MAY,MAY")),
        }
    }
}

impl TokenCommand {
    /// Does it.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn run(&self, session: &Session) -> Result<(), Failed> {
        match self {
            Self::Create(create) => create.run(session).await,
            Self::List { kind, q } => {
                list(session, &Listing { kind: kind.clone(), q: q.clone(), ..Listing::default() }).await
            }
            Self::Revoke { id } => {
                let revoked = session.client.revoke_token(id).await?;
                session.answer(&revoked, || format!("{id} is worthless from now on."))
            }
        }
    }
}

impl Create {
    async fn run(&self, session: &Session) -> Result<(), Failed> {
        let new = NewToken {
            name: self.name.clone(),
            kind: self.kind.clone(),
            grants: self.grants.iter().map(|granted| granted.0.clone()).collect(),
            expires_at: instant(session, self.expires, &time::zone_here()).await?,
        };
        let token = session.client.create_token(&new).await?;
        session.answer(&token, || {
            let secret = token.token.as_deref().unwrap_or_default();
            format!(
                "{}  {} ({})\n{secret}\nIt is shown this once. Keep it, or make another.",
                token.id, token.name, token.kind
            )
        })
    }
}

async fn list(session: &Session, listing: &Listing) -> Result<(), Failed> {
    let tokens = session.client.tokens(listing).await?;
    let now = session.now().await?;
    let zone = time::zone_here();
    session.answer(&tokens, || {
        let mut table = session.table(["ID", "NAME", "KIND", "GRANTS", "GOOD UNTIL"]);
        for token in &tokens.items {
            let grants: Vec<String> = token.grants.iter().map(granted).collect();
            let until = match (&token.revoked_at, &token.expires_at) {
                (Some(at), _) => format!("revoked {}", time::short(at, &zone)),
                (None, Some(at)) => {
                    let relative = at.parse().map(|at| format!(", {}", time::relative(at, now))).unwrap_or_default();
                    format!("{}{relative}", time::short(at, &zone))
                }
                (None, None) => "no end".to_owned(),
            };
            table.add_row([&token.id, &token.name, &token.kind, &grants.join(" "), &until]);
        }
        lines(&table)
    })
}

fn granted(grant: &Grant) -> String {
    if grant.may.is_empty() {
        format!("{}:{}", grant.under, grant.role)
    } else {
        format!("{}:{}:{}", grant.under, grant.role, grant.may.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_path_role_and_permissions() {
        let Granted(grant) = "acme/prod:operator:break_glass,approve".parse().expect("it is one");
        assert_eq!((grant.under.as_str(), grant.role.as_str()), ("acme/prod", "operator"));
        assert_eq!(granted(&grant), "acme/prod:operator:break_glass,approve");
        assert_eq!(granted(&"/:viewer".parse::<Granted>().expect("it is one").0), "/:viewer");
        for wrong in ["", "acme", ":operator", "acme:", "a:b:c:d"] {
            assert!(wrong.parse::<Granted>().is_err(), "{wrong:?}");
        }
    }
}
