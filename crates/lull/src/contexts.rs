//! Contexts: servers by name, in a file that only its owner reads. No token stands in it, only where one is.
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::failed::{Exit, Failed};

/// How long a name may be.
const NAME_MAX: usize = 64;

/// The file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexts {
    /// The name of the one in use.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub in_use: Option<String>,
    /// All of them.
    #[serde(default, rename = "context")]
    pub all: BTreeMap<String, Context>,
}

/// One server.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// Its URL.
    pub url: String,
    /// The file with the token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// The variable of the environment with the token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_env: Option<String>,
}

impl Contexts {
    /// Reads the file; none is one without contexts.
    ///
    /// # Errors
    /// It cannot be read, or says something that makes no sense.
    pub fn read() -> Result<Contexts, Failed> {
        let Some(path) = path() else { return Ok(Contexts::default()) };
        let usage = |what: String| Failed::new(Exit::Usage, what);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| {
                usage(format!("{}: {error}", path.display())).remedy("Correct the file, or remove it.")
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Contexts::default()),
            Err(error) => Err(usage(format!("reading {}: {error}", path.display()))),
        }
    }

    /// Writes the file: all of it or nothing, and for nobody else's eyes.
    ///
    /// # Errors
    /// There is no home, or it cannot be written.
    pub fn write(&self) -> Result<(), Failed> {
        let path = path().ok_or_else(|| {
            let what = "You have no home folder to keep contexts in.";
            Failed::new(Exit::Usage, what).remedy("Set XDG_CONFIG_HOME, or name the server with --url.")
        })?;
        let text = toml::to_string(self).map_err(|error| Failed::new(Exit::Unexpected, error.to_string()))?;
        let written = || -> std::io::Result<()> {
            let folder = path.parent().unwrap_or(&path);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            let draft = path.with_extension(format!("{}.tmp", std::process::id()));
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        written().map_err(|error| Failed::new(Exit::Unexpected, format!("writing {}: {error}", path.display())))
    }

    /// The context of this name.
    ///
    /// # Errors
    /// There is none.
    pub fn named(&self, name: &str) -> Result<&Context, Failed> {
        self.all.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.all.keys().map(String::as_str).collect();
            let remedy = match names.is_empty() {
                true => "`lull context add NAME --url URL` makes one.".to_owned(),
                false => format!("Use {}.", names.join(" or ")),
            };
            Failed::new(Exit::Usage, format!("There is no context {name}.")).remedy(remedy)
        })
    }
}

impl Context {
    /// The token for it, if it names one.
    ///
    /// # Errors
    /// Its file cannot be read, or its variable is not set.
    pub fn token(&self) -> Result<Option<String>, Failed> {
        match (&self.token_file, &self.token_env) {
            (Some(file), _) => token_in(file).map(Some),
            (None, Some(name)) => match std::env::var(name) {
                Ok(token) => Ok(Some(token)),
                Err(_) => {
                    let what = format!("The context takes its token from {name}, which is not set.");
                    Err(Failed::new(Exit::Usage, what).remedy(format!("Set {name}, or give a token.")))
                }
            },
            (None, None) => Ok(None),
        }
    }
}

/// The token that a file holds.
///
/// # Errors
/// It cannot be read.
pub fn token_in(file: &std::path::Path) -> Result<String, Failed> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failed::new(Exit::Usage, format!("reading the token from {}: {error}", file.display()))
            .remedy("Name a file that you may read, or set LULL_TOKEN.")
    })?;
    Ok(text.trim().to_owned())
}

/// Whether a context can be called this.
///
/// # Errors
/// Why not.
pub fn is_name(name: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&letter);
    match !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(fits) {
        true => Ok(name.to_owned()),
        false => Err(format!("a name is 1 to {NAME_MAX} of `a-z A-Z 0-9 - _ .`")),
    }
}

/// The file, in the user's folder for settings (XDG Base Directory Specification); none without a home.
fn path() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
    let folder = folder.or_else(|| set("HOME").map(|home| home.join(".config")));
    folder.map(|folder| folder.join("lull/contexts.toml"))
}
