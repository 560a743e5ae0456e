//! Tokens: made with what their maker has, shown once, stored as a hash.
use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use lull_api::params::{self, NewToken};
use lull_domain::Instant;
use lull_domain::estate::{Estate, ROOT};
use lull_domain::id::{TargetId, TokenId};
use lull_domain::life::Trigger;
use lull_domain::maintenance::Maintenance;
use lull_domain::order::{Actor, Permission};
use lull_domain::plan::hex;
use lull_domain::policy::Role;
use lull_domain::refusal::{Because, Refusal};
use lull_store::{Entry, EntryFilter, EntryKind, Grant, StoreError, Token, TokenKind, Tx};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::clock;
use crate::core::{Core, Refused};
use crate::serve::Failed;

/// How many characters a name may have.
const NAME_MAX: usize = 64;
/// How many grants a token may have.
const GRANTS_MAX: usize = 64;
/// The file of the first token.
const FILE: &str = "admin-token";

/// What a secret is found by.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// A new secret of 256 random bits.
fn secret() -> String {
    format!("lull_{}", hex(&rand::random::<[u8; 32]>()))
}

/// Where the administrator's token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum First {
    /// It was made just now, and is in this file.
    Made(PathBuf),
    /// Another server on this database has made it; where, in words.
    Elsewhere(String),
    /// It was made before.
    There,
}

/// Where there is no token at all: makes the administrator's, and writes it to a file that only its owner can read. Of
/// several servers that begin on one database, one does.
///
/// What a start that was interrupted has left in the file was never stored, so it is replaced.
///
/// # Errors
/// The file cannot be written, and then nothing is stored; or what the store gives, and then there is no file, unless
/// nobody knows whether it was stored.
pub async fn first(core: &Core, data: &Path) -> Result<First, Failed> {
    let _one_at_a_time =
        locked(data).map_err(|source| Failed::system(format!("locking {}", data.display()), source))?;
    if !core.store.read(|tx| tx.tokens()).await?.is_empty() {
        return there(core, data).await;
    }
    let (file, secret, now) = (data.join(FILE), secret(), clock::now());
    let doing = || format!("writing {}", file.display());
    written(&file, &secret).map_err(|source| Failed::system(doing(), source))?;
    let (hash, place) = (hash(&secret), place(&file));
    let stored = core.store.write(move |tx| match tx.tokens()?.is_empty() {
        true => inserted(tx, &administrator(now), &hash, Actor::Engine, Some(&place)).map(|()| true),
        false => Ok(false),
    });
    let stored: Result<bool, StoreError> = stored.await;
    if !matches!(stored, Ok(true) | Err(StoreError::Unknown { .. })) {
        fs::remove_file(&file).map_err(|source| Failed::system(format!("removing {}", file.display()), source))?;
    }
    if stored? { Ok(First::Made(file)) } else { there(core, data).await }
}

/// Two servers may be given one folder; it is locked as long as this file is open.
fn locked(data: &Path) -> std::io::Result<fs::File> {
    let folder = fs::File::open(data)?;
    folder.lock()?;
    Ok(folder)
}

/// Where whoever made the first token has put it, if that was in another folder.
async fn there(core: &Core, data: &Path) -> Result<First, Failed> {
    if !core.store.is_shared() || data.join(FILE).exists() {
        return Ok(First::There);
    }
    let tokens = EntryFilter { kind: Some(EntryKind::Token), ..EntryFilter::default() };
    let entries = core.store.read::<_, StoreError, _>(move |tx| tx.entries(0, &tokens, 1)).await?;
    let place = entries.first().and_then(|made| made.entry.body["created"]["file"].as_str());
    Ok(place.map_or(First::There, |place| First::Elsewhere(place.to_owned())))
}

/// A file of this machine, as people on another one find it.
fn place(file: &Path) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    match fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(host) => format!("{} on {}", file.display(), host.trim()),
        Err(_) => file.display().to_string(),
    }
}

fn administrator(now: Instant) -> Token {
    let may = BTreeSet::from([Permission::BreakGlass, Permission::Override, Permission::Approve, Permission::GateAsk]);
    Token {
        id: TokenId(clock::id()),
        name: "admin".to_owned(),
        kind: TokenKind::Person,
        grants: vec![Grant { under: ROOT, role: Role::Administrator, may }],
        created_at: now,
        expires_at: None,
        revoked_at: None,
    }
}

/// Writes a file that nobody else could read at any moment.
fn written(file: &Path, secret: &str) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    open.write_all(format!("{secret}\n").as_bytes())?;
    open.sync_all()
}

impl Core {
    /// Makes a token. Answers it with its secret, which is shown this once.
    ///
    /// # Errors
    /// Bad input; forbidden where the caller grants what he has not.
    pub async fn create_token(&self, caller: &Caller, new: NewToken) -> Result<(Token, String), Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        let token = wished(&estate, &caller, new, clock::now())?;
        let (secret, stored) = (secret(), token.clone());
        let hash = hash(&secret);
        let made = self.store.write(move |tx| {
            is_free(&estate, &caller, &tx.tokens()?, &stored)?;
            Ok::<_, Refused>(inserted(tx, &stored, &hash, caller.actor, None)?)
        });
        made.await?;
        Ok((token, secret))
    }

    /// Makes a token good for nothing; doing it again changes nothing.
    ///
    /// # Errors
    /// Forbidden where the caller could not have made it; a conflict for the last administrator's.
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<Token, Refused> {
        let (estate, caller) = (self.estate(), caller.clone());
        self.store.write(move |tx| revoked(tx, &estate, &caller, id)).await
    }
}

fn inserted(tx: &mut Tx, token: &Token, hash: &[u8; 32], actor: Actor, file: Option<&str>) -> Result<(), StoreError> {
    tx.insert_token(token, hash)?;
    let Token { id, name, kind, grants, created_at, expires_at, .. } = token;
    let mut created = json!({"id": id, "name": name, "kind": kind, "grants": grants, "expires_at": expires_at});
    if let Some(file) = file {
        created["file"] = file.into();
    }
    tx.append(&[entry(*created_at, actor, json!({"created": created}))])?;
    Ok(())
}

fn revoked(tx: &mut Tx, estate: &Estate, caller: &Caller, id: TokenId) -> Result<Token, Refused> {
    let now = clock::now();
    let tokens = tx.tokens()?;
    let token = tokens.iter().find(|token| token.id == id).ok_or_else(|| Core::not_found("token"))?;
    if !administers(estate, caller, token) {
        let detail = "Only an administrator of all that a token may reach can revoke it.";
        return Err(Refusal::new(Because::Forbidden, detail, "Ask an administrator of the installation.").into());
    }
    if token.revoked_at.is_some() {
        return Ok(token.clone());
    }
    let rules = |token: &&Token| token.is_good(now) && token.grants.iter().any(is_administrators);
    if rules(&token) && tokens.iter().filter(rules).count() == 1 {
        let detail = "This is the last token of an administrator of the installation.";
        return Err(Refusal::new(Because::Conflict, detail, "Make another one first.").into());
    }
    let alike = |other: &Token| (other.kind, &other.name) == (token.kind, &token.name);
    let last = tokens.iter().filter(|other| other.is_good(now) && alike(other)).count() == 1;
    if token.kind == TokenKind::Observer && last {
        holds_nothing(&tx.live_maintenances()?, &token.name)?;
    }
    tx.revoke_token(id, now)?;
    let body = json!({"revoked": {"id": id, "name": token.name, "kind": token.kind}});
    tx.append(&[entry(now, caller.actor.clone(), body)])?;
    Ok(Token { revoked_at: Some(now), ..token.clone() })
}

/// What an observer holds only that observer ends: it keeps a token until then.
fn holds_nothing(live: &[Maintenance], observer: &str) -> Result<(), Refusal> {
    let theirs = |held: &&Maintenance| {
        let trigger = held.life.progress().map(|progress| &progress.trigger);
        held.life.is_in_force() && trigger == Some(&Trigger::Observer(observer.to_owned()))
    };
    let Some(held) = live.iter().find(theirs) else { return Ok(()) };
    let detail = format!("{observer} holds {}, {}.", held.id, held.plan.texts.title);
    let remedy = format!("Let {observer} complete it, or complete it by breaking the glass, then revoke.");
    Err(Refusal::new(Because::Conflict, detail, remedy))
}

/// Whether the caller administers all that a token may reach.
fn administers(estate: &Estate, caller: &Caller, token: &Token) -> bool {
    let is_theirs = |grant: &Grant| caller.role_on(estate, grant.under) == Some(Role::Administrator);
    is_administrator(estate, caller) || token.grants.iter().all(is_theirs)
}

/// The same name is the same person, or observer: it is given again only by who administers all that it reaches.
fn is_free(estate: &Estate, caller: &Caller, tokens: &[Token], new: &Token) -> Result<(), Refusal> {
    let mut alike = tokens.iter().filter(|token| token.kind == new.kind && token.name == new.name);
    if alike.all(|token| administers(estate, caller, token)) {
        return Ok(());
    }
    let detail = format!("the {} {} has a token for what you do not administer", new.kind.name(), new.name);
    let remedy = "Choose another name, or ask an administrator of the installation.";
    Err(Refusal::new(Because::Forbidden, detail, remedy).at("name"))
}

fn entry(at: Instant, actor: Actor, body: serde_json::Value) -> Entry {
    Entry { at, kind: EntryKind::Token, maintenance: None, target: None, actor: Some(actor), body }
}

fn is_administrators(grant: &Grant) -> bool {
    grant.under == ROOT && grant.role == Role::Administrator
}

/// Whether the caller administers the installation.
pub fn is_administrator(estate: &Estate, caller: &Caller) -> bool {
    caller.role_on(estate, ROOT) == Some(Role::Administrator)
}

/// The token that is asked for, if the caller may make it.
fn wished(estate: &Estate, caller: &Caller, new: NewToken, now: Instant) -> Result<Token, Refusal> {
    let odd =
        new.name.trim().is_empty() || new.name.chars().count() > NAME_MAX || new.name.chars().any(char::is_control);
    if odd {
        let detail = format!("the name is empty, has over {NAME_MAX} characters, or has one that cannot be printed");
        return Err(Refusal::input("name", detail, "Name the person, the program or the observer."));
    }
    let kind = [TokenKind::Person, TokenKind::Service, TokenKind::Observer].into_iter().find(|k| k.name() == new.kind);
    let kind = kind
        .ok_or_else(|| Refusal::input("kind", "there is no such kind of token", "Use person, service or observer."))?;
    if new.grants.is_empty() || new.grants.len() > GRANTS_MAX {
        let detail = format!("{} grants are not 1 to {GRANTS_MAX}", new.grants.len());
        return Err(Refusal::input("grants", detail, "Say what the token may do, and where."));
    }
    let expires_at = new.expires_at.map(|text| crate::http::read::instant("expires_at", &text)).transpose()?;
    if expires_at.is_some_and(|at| at <= now) {
        return Err(Refusal::input("expires_at", "it would be good for nothing already", "Name a later instant."));
    }
    let grants = new.grants.iter().enumerate().map(|(n, grant)| granted(estate, caller, n, grant));
    Ok(Token {
        id: TokenId(clock::id()),
        name: new.name,
        kind,
        grants: grants.collect::<Result<_, _>>()?,
        created_at: now,
        expires_at,
        revoked_at: None,
    })
}

/// A grant that the caller may give: nobody gives what he has not.
fn granted(estate: &Estate, caller: &Caller, n: usize, grant: &params::Grant) -> Result<Grant, Refusal> {
    let field = |part: &str| format!("grants[{n}].{part}");
    let under =
        crate::http::read::target(estate, caller, &grant.under).map_err(|refusal| refusal.at(field("under")))?;
    let role = Role::ALL.into_iter().find(|role| role.as_str() == grant.role).ok_or_else(|| {
        Refusal::input(field("role"), "there is no such role", "Use viewer, reporter, operator or administrator.")
    })?;
    let read = |text: &String| serde_json::from_value::<Permission>(json!(text));
    let may: BTreeSet<Permission> = grant.may.iter().map(read).collect::<Result<_, _>>().map_err(|_| {
        Refusal::input(field("may"), "there is no such permission", "Use break_glass, override, approve or gate.ask.")
    })?;
    gives(estate, caller, under, &may).map_err(|refusal| refusal.at(field("under")))?;
    Ok(Grant { under, role, may })
}

fn gives(estate: &Estate, caller: &Caller, under: TargetId, may: &BTreeSet<Permission>) -> Result<(), Refusal> {
    let path = estate.target(under).map(|target| target.path.to_string()).unwrap_or_default();
    let forbidden = |detail: String| Err(Refusal::new(Because::Forbidden, detail, "Ask somebody who has it."));
    if caller.role_on(estate, under) != Some(Role::Administrator) {
        return forbidden(format!("You are not an administrator on {path}."));
    }
    if !may.is_subset(&caller.may_on(estate, under)) {
        return forbidden(format!("You cannot grant a permission that you have not on {path}."));
    }
    Ok(())
}
