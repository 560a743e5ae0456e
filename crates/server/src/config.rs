//! The server's file: which adapters there are, how each reaches its outside, and from where is fetched.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lull_adapters::fetch::{Fetcher, Network};
use lull_adapters::{Adapter, Command, CommandConfig};
use serde::Deserialize;

use crate::core::Adapters;
use crate::traffic::Prometheus;

/// How long the name of an adapter may be.
const NAME_MAX: usize = 32;
/// Where Docker listens when nobody says otherwise.
#[cfg(feature = "docker")]
const DOCKER: &str = "unix:///var/run/docker.sock";

/// The file as it is written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The adapters by the names that bindings use.
    #[serde(default)]
    pub adapters: BTreeMap<String, AdapterConfig>,
    /// From where calendars may be fetched.
    #[serde(default)]
    pub fetch: FetchConfig,
    /// What knows the traffic; the gate itself where this is left out.
    #[serde(default)]
    pub traffic: Option<TrafficConfig>,
}

/// A Prometheus, and what it is asked.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrafficConfig {
    /// Its address, also one inside.
    pub prometheus: String,
    /// The query; `{under}` stands for the paths that are asked about, as a regular expression.
    pub query: String,
}

/// From where something may be fetched that somebody named by its address: public servers always, and more.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchConfig {
    /// Networks inside, as `10.0.0.0/8`; there plain HTTP and every port will do.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// What the file comes to.
pub struct Settings {
    /// The adapters by name.
    pub adapters: Adapters,
    /// Who fetches from where he may.
    pub fetcher: Fetcher,
    /// What knows the traffic better than the gate.
    pub prometheus: Option<Prometheus>,
}

/// One adapter.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum AdapterConfig {
    /// An engine that speaks Docker's HTTP API.
    Docker(DockerConfig),
    /// Programs of the operator's own, each as an argument vector.
    Command(CommandConfig),
}

/// Where a Docker-compatible engine listens.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DockerConfig {
    /// `unix:///path/to/socket` or `tcp://host:port`.
    pub url: String,
}

/// What this file says; without a file an adapter that is called `docker`, and nothing inside to fetch from.
///
/// # Errors
/// In words: the file, the key, and what is expected there.
pub fn settings(file: Option<&Path>) -> Result<Settings, String> {
    let Some(path) = file else {
        return Ok(Settings { adapters: without_file()?, fetcher: Fetcher::default(), prometheus: None });
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: it cannot be read: {error}", path.display()))?;
    parsed(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// What a file with this text says.
fn parsed(text: &str) -> Result<Settings, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    let named = file.adapters.into_iter().map(|(name, config)| {
        is_name(&name)?;
        let adapter = adapter(config).map_err(|why| format!("adapters.{name}.{why}"))?;
        Ok((name, adapter))
    });
    let allow = file.fetch.allow.iter().map(|text| text.parse().map_err(|why| format!("fetch.allow: {why}")));
    let allow = allow.collect::<Result<Vec<Network>, String>>()?;
    let prometheus = file.traffic.map(|it| Prometheus::new(&it.prometheus, &it.query)).transpose();
    let prometheus = prometheus.map_err(|why| format!("traffic.{why}"))?;
    Ok(Settings { adapters: named.collect::<Result<_, String>>()?, fetcher: Fetcher::new(allow), prometheus })
}

fn is_name(name: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(fits) {
        return Ok(());
    }
    Err(format!("adapters.{name}: the name of an adapter is 1 to {NAME_MAX} of `a-z 0-9 -`"))
}

fn adapter(config: AdapterConfig) -> Result<Arc<dyn Adapter>, String> {
    match config {
        AdapterConfig::Docker(config) => docker(&config.url),
        AdapterConfig::Command(config) => match Command::new(config) {
            Ok(command) => Ok(Arc::new(command)),
            Err(failure) => Err(failure.to_string()),
        },
    }
}

#[cfg(feature = "docker")]
fn docker(url: &str) -> Result<Arc<dyn Adapter>, String> {
    match lull_adapters::Docker::new(url) {
        Ok(docker) => Ok(Arc::new(docker)),
        Err(failure) => Err(format!("url: {failure}")),
    }
}

#[cfg(not(feature = "docker"))]
fn docker(_url: &str) -> Result<Arc<dyn Adapter>, String> {
    Err("kind: this build has no adapter of the kind `docker`; it has `command`".to_owned())
}

#[cfg(feature = "docker")]
fn without_file() -> Result<Adapters, String> {
    let url = std::env::var("DOCKER_HOST").ok().filter(|url| !url.is_empty());
    let adapter = docker(url.as_deref().unwrap_or(DOCKER)).map_err(|why| format!("DOCKER_HOST: {why}"))?;
    Ok(BTreeMap::from([("docker".to_owned(), adapter)]))
}

#[cfg(not(feature = "docker"))]
fn without_file() -> Result<Adapters, String> {
    Ok(BTreeMap::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parsed(text).err().expect("this file is odd")
    }

    #[test]
    fn a_file_with_both_kinds_is_read() {
        let file = r#"
            [adapters.programs]
            kind = "command"
            list = ["/opt/list"]
            stop = ["/opt/stop", "--now"]
            start = ["/opt/start"]
            [adapters.docker]
            kind = "docker"
            url = "unix:///run/docker.sock"
        "#;
        let names: Vec<String> = parsed(file).expect("it is well-formed").adapters.into_keys().collect();
        assert_eq!(names, ["docker", "programs"]);
        assert!(parsed("").expect("an empty file is one").adapters.is_empty());
    }

    #[test]
    fn what_is_odd_is_named_with_its_key_and_what_is_expected() {
        let odd_key = refused("[adapters.a]\nkind = \"docker\"\nuri = \"unix:///s\"");
        assert!(odd_key.contains("unknown field `uri`") && odd_key.contains("`url`"), "{odd_key}");
        let missing = refused("[adapters.a]\nkind = \"docker\"");
        assert!(missing.contains("missing field `url`"), "{missing}");
        let kind = refused("[adapters.a]\nkind = \"podman\"\nurl = \"unix:///s\"");
        assert!(kind.contains("podman") && kind.contains("`docker`") && kind.contains("`command`"), "{kind}");
        let name = refused("[adapters.\"A b\"]\nkind = \"docker\"\nurl = \"unix:///s\"");
        assert!(name.contains("adapters.A b: the name of an adapter"), "{name}");
        let url = refused("[adapters.a]\nkind = \"docker\"\nurl = \"ftp://s\"");
        assert!(url.starts_with("adapters.a.url: "), "{url}");
        let empty = refused("[adapters.a]\nkind = \"command\"\nlist = []\nstop = [\"s\"]\nstart = [\"s\"]");
        assert!(empty.starts_with("adapters.a.list: "), "{empty}");
        assert!(refused("[adapter]\n").contains("unknown field `adapter`"));
        let network = refused("[fetch]\nallow = [\"10.0.0.0/8\", \"inside\"]");
        assert!(network.contains("fetch.allow: `inside` is no network"), "{network}");
        let address = refused("[traffic]\nprometheus = \"localhost:9090\"\nquery = \"up\"");
        assert!(address.starts_with("traffic.prometheus: the address begins with http://"), "{address}");
        assert!(refused("[traffic]\nprometheus = \"http://p\"").contains("missing field `query`"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let why = settings(Some(Path::new("/no/such/file.toml"))).err().expect("it is not there");
        assert!(why.starts_with("/no/such/file.toml: it cannot be read: "), "{why}");
    }
}
