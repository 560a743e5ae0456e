//! A server of one's own with the processes of the demo, all gone when the test is over.
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub const LULL: &str = env!("CARGO_BIN_EXE_lull");
pub const SHOP: &str = "acme/prod/shop";
/// What runs when a world begins; `shop-seed` does not.
pub const RUNNING: [&str; 6] = ["shop-db-1", "shop-api-1", "shop-api-2", "shop-web-1", "shop-web-2", "wiki-1"];

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// It ended so; what it said is shown when not.
    #[track_caller]
    pub fn ends(self, code: i32) -> Said {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// It said all of this, on whichever output.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Said {
        for word in words {
            assert!(self.out.contains(word) || self.err.contains(word), "{word:?} is missing in {self:#?}");
        }
        self
    }

    /// Its standard output, as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }
}

/// A command with nothing of the environment that would change what it says.
pub fn command(words: &[&str]) -> Command {
    let mut command = Command::new(LULL);
    let own =
        ["LULL_URL", "LULL_TOKEN", "LULL_CONTEXT", "LULL_LISTEN", "LULL_DATA", "LULL_CONFIG", "LULL_DATABASE_URL"];
    for name in own.into_iter().chain(["HOME", "XDG_CONFIG_HOME", "NO_COLOR"]) {
        command.env_remove(name);
    }
    command.args(words).env("TZ", "Europe/Berlin").stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Said {
    let output = command.output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A program that prints lines, ended when this is dropped.
pub struct Printing {
    pub child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Printing {
    pub fn start(mut command: Command) -> Printing {
        command.stderr(Stdio::inherit());
        Printing::start_with(command)
    }

    /// The same, with its standard error where the command has it.
    pub fn start_with(mut command: Command) -> Printing {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs");
        let stdout = child.stdout.take().expect("it is piped");
        Printing { child, lines: BufReader::new(stdout).lines() }
    }

    /// All lines up to and with the first that holds this.
    #[track_caller]
    pub fn until(&mut self, word: &str) -> Vec<String> {
        let mut seen = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.expect("it prints UTF-8");
            let found = line.contains(word);
            seen.push(line);
            if found {
                return seen;
            }
        }
        panic!("{word:?} never came: {seen:#?}")
    }

    /// What is left, to its end.
    pub fn rest(&mut self) -> Vec<String> {
        self.lines.by_ref().map_while(Result::ok).collect()
    }

    /// As `kill`, with this signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill is there").success());
    }
}

impl Drop for Printing {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The processes in a folder, ended when this is dropped.
pub struct Processes(pub PathBuf);

impl Processes {
    pub fn start(&self, name: &str) {
        self.verb("start", name).ends(0);
    }

    pub fn stop(&self, name: &str) -> Said {
        self.verb("stop", name)
    }

    fn verb(&self, verb: &str, name: &str) -> Said {
        let mut command = command(&["demo-process", verb, "--data"]);
        command.arg(&self.0).arg(name);
        run(command)
    }

    /// The names of those in this state.
    pub fn names(&self, state: &str) -> Vec<String> {
        let mut command = command(&["demo-process", "list", "--data"]);
        command.arg(&self.0);
        let listed = run(command).ends(0).json();
        let all = listed["workloads"].as_array().expect("it is a list").iter();
        let found = all.filter(|one| one["state"] == state).map(|one| one["name"].as_str().expect("a name").to_owned());
        found.collect()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        if let Ok(files) = fs::read_dir(&self.0) {
            for file in files.flatten().filter(|file| file.path().extension().is_some_and(|it| it == "stuck")) {
                let _gone = fs::remove_file(file.path());
            }
            for name in self.names("running") {
                self.stop(&name);
            }
        }
    }
}

/// A server and an estate.
pub struct World {
    pub processes: Processes,
    pub token: String,
    pub url: String,
    _server: Printing,
    folder: TempDir,
}

impl World {
    /// The shop and the wiki are there, as targets and as processes.
    pub fn new() -> World {
        World::with(|_| {})
    }

    /// The same, with more said of how the server is started.
    pub fn with(more: impl Fn(&mut Command)) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let processes = Processes(folder.path().join("processes"));
        RUNNING.iter().for_each(|name| processes.start(name));
        let file = folder.path().join("lull.toml");
        fs::write(file, adapter(&processes.0)).expect("it is written");
        let (server, url) = served(folder.path(), more);
        let token = fs::read_to_string(folder.path().join("data/admin-token")).expect("there is a first token");
        let world = World { processes, token: token.trim().to_owned(), url, _server: server, folder };
        settle(|words| world.lull(words));
        world
    }

    /// The same, after another start of the server on all that it has stored.
    pub fn restarted(self, more: impl Fn(&mut Command)) -> World {
        let World { processes, token, url: _, _server: server, folder } = self;
        drop(server);
        let (server, url) = served(folder.path(), more);
        World { processes, token, url, _server: server, folder }
    }

    /// Runs a command as the administrator.
    pub fn lull(&self, words: &[&str]) -> Said {
        self.with_token(&self.token, words)
    }

    /// Runs a command with another token.
    pub fn with_token(&self, token: &str, words: &[&str]) -> Said {
        let mut command = command(words);
        command.env("LULL_URL", &self.url).env("LULL_TOKEN", token);
        run(command)
    }

    /// A file in the world's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The id of the only maintenance in progress or to come.
    pub fn id(&self) -> String {
        let listed = self.lull(&["list", "--json"]).ends(0).json();
        let items = listed["items"].as_array().expect("it is a list");
        assert_eq!(items.len(), 1, "{listed}");
        items[0]["id"].as_str().expect("it has an id").to_owned()
    }
}

/// A server on this folder, and where it listens.
fn served(folder: &Path, more: impl Fn(&mut Command)) -> (Printing, String) {
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    serve.arg(folder.join("data")).arg("--config").arg(folder.join("lull.toml")).env("LULL_LOG", "warn");
    more(&mut serve);
    let mut server = Printing::start(serve);
    let line = server.until("listening on ").pop().expect("it says so");
    let url = line.strip_prefix("listening on ").expect("it begins so").to_owned();
    (server, url)
}

/// The shop and the wiki become targets.
pub fn settle(lull: impl Fn(&[&str]) -> Said) {
    for (path, kind) in [("acme", "organization"), ("acme/prod", "environment"), (SHOP, "product")] {
        lull(&["target", "add", path, "--kind", kind]).ends(0);
    }
    for (path, product, service, needs) in [
        ("acme/prod/shop/db", "shop", "db", None),
        ("acme/prod/shop/api", "shop", "api", Some("acme/prod/shop/db")),
        ("acme/prod/shop/web", "shop", "web", Some("acme/prod/shop/api")),
        ("acme/prod/wiki", "wiki", "wiki", None),
    ] {
        let (project, service) = (format!("project={product}"), format!("service={service}"));
        let mut words = vec!["target", "add", path, "--kind", "stack", "--adapter", "demo"];
        words.extend(["--match", &project, "--match", &service]);
        words.extend(needs.iter().flat_map(|path| ["--needs", path]));
        lull(&words).ends(0);
    }
}

fn adapter(processes: &Path) -> String {
    let processes = processes.to_str().expect("the folder's name is text");
    let verb = |verb: &str| format!("{verb} = [{LULL:?}, \"demo-process\", {verb:?}, \"--data\", {processes:?}]\n");
    format!("[adapters.demo]\nkind = \"command\"\n{}{}{}", verb("list"), verb("stop"), verb("start"))
}
