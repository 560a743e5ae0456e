//! Calendars on the command line.
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::world::{SHOP, World};

const DAY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1@example\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20990501\r\nSUMMARY:Labour Day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A site that serves one text, until it is dropped.
struct Site {
    port: u16,
    says: Arc<Mutex<(u16, &'static str)>>,
    over: Arc<AtomicBool>,
    serving: Option<JoinHandle<()>>,
}

impl Site {
    fn new() -> Site {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let (says, over) = (Arc::new(Mutex::new((200, DAY))), Arc::new(AtomicBool::new(false)));
        let (said, is_over) = (Arc::clone(&says), Arc::clone(&over));
        let serving = thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.expect("it connects");
                let _asked = stream.read(&mut [0; 4_096]).expect("it asks");
                let (status, text) = *said.lock().expect("nobody panics");
                let head =
                    format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
                stream.write_all(format!("{head}{text}").as_bytes()).expect("it reads");
            }
        });
        Site { port, says, over, serving: Some(serving) }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/all.ics", self.port)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _woken = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        let _ended = self.serving.take().map(JoinHandle::join);
    }
}

/// Lets a server fetch from one address of this machine.
fn allow_local(serve: &mut Command) {
    let words: Vec<PathBuf> = serve.get_args().map(PathBuf::from).collect();
    let at = words.iter().position(|word| word.as_os_str() == "--config").expect("it has a file");
    let text = std::fs::read_to_string(&words[at + 1]).expect("it is there");
    std::fs::write(&words[at + 1], format!("{text}[fetch]\nallow = [\"127.0.0.1/32\"]\n")).expect("it is written");
}

#[test]
fn a_calendar_is_made_of_words_of_a_file_or_of_an_address() {
    let world = World::with(allow_local);
    world.lull(&["calendar", "list"]).ends(0).says(&["There is no calendar."]);
    let words = ["--rule", "every year on 24 December 00:00 for 3 days"];
    let add = ["calendar", "add", "acme/prod", "--name", "Christmas"];
    let made = world.lull(&[&add[..], &words[..]].concat()).ends(0);
    made.says(&["cal_", "Christmas on acme/prod", "The 24th of December, every year", "24 Dec", "27 Dec", "(+01:00)"]);
    let file = world.file("days.ics");
    std::fs::write(&file, DAY).expect("it is written");
    let path = file.to_str().expect("it is text");
    let made = world.lull(&["calendar", "add", SHOP, "--name", "Holidays", "--ics", path]).ends(0);
    made.says(&["Holidays on acme/prod/shop", "1 entry", "Fri 1 May 2099, 00:00 (+02:00)", "Labour Day"]);
    std::fs::write(&file, "BEGIN:VCALENDAR\r\nhello\r\n").expect("it is written");
    let odd = world.lull(&["calendar", "add", SHOP, "--name", "Odd", "--ics", path]).ends(3);
    odd.says(&["field: ics", "line "]);
    world.lull(&["calendar", "add", SHOP, "--name", "Odd", "--ics", "/no/such/file"]).ends(2);
    world.lull(&["calendar", "add", SHOP, "--name", "Odd"]).ends(2);
    let inside = ["calendar", "add", SHOP, "--name", "Inside", "--fetch", "https://169.254.169.254/"];
    world.lull(&inside).ends(3).says(&["field: url", "no public address"]);
    world.lull(&["calendar", "list"]).ends(0).says(&["Christmas", "Holidays", "1 entry", "acme/prod/shop"]);
    world.lull(&["log", "--kind", "calendar"]).ends(0).says(&["admin added the calendar Christmas on acme/prod"]);
}

#[test]
fn a_calendar_that_cannot_be_fetched_stays_and_says_so() {
    let world = World::with(allow_local);
    let site = Site::new();
    let add = ["calendar", "add", "acme/prod", "--name", "Holidays", "--zone", "UTC", "--fetch", &site.url()];
    world.lull(&add).ends(0).says(&["fetched from http://127.0.0.1", "Labour Day"]);
    let listed = world.lull(&["calendar", "list", SHOP, "--json"]).ends(0).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(0), "it is above the shop, not below");
    let listed = world.lull(&["calendar", "list", "--json"]).ends(0).json();
    let id = listed["items"][0]["id"].as_str().expect("it has one").to_owned();
    *site.says.lock().expect("nobody panics") = (503, "");
    world.lull(&["calendar", "refresh", &id]).ends(0).says(&["It answers 503 instead of 200.", "Labour Day"]);
    world.lull(&["calendar", "show", &id]).ends(0).says(&["It answers 503", "stays as it is", "Labour Day"]);
    world.lull(&["calendar", "list"]).ends(0).says(&["failed since"]);
    world.lull(&["calendar", "remove", &id]).ends(0).says(&[&id, "gone"]);
    world.lull(&["calendar", "show", &id]).ends(4);
}
