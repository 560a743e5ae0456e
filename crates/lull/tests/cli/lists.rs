//! Lists, narrowed as the API narrows them.
use crate::world::{SHOP, World};

#[test]
fn a_list_is_narrowed_by_what_people_know() {
    let world = World::new();
    world.lull(&["target", "set", SHOP, "--label", "tier=gold", "--label", "zone=b"]).ends(0);
    world.lull(&["schedule", SHOP, "--at", "2099-01-02 03:00", "--for", "1h", "--title", "Far off"]).ends(0);
    let grant = ["--kind", "service", "--grant", "acme:viewer"];
    world.lull(&[&["token", "create", "ci"], &grant[..]].concat()).ends(0);
    let found = |words: &[&str], field: &str| -> Vec<String> {
        let said = world.lull(&[words, &["--json"]].concat()).ends(0).json();
        let items = said["items"].as_array().expect("it is a list").iter();
        items.map(|item| item[field].as_str().expect("it is text").to_owned()).collect()
    };
    let narrowed: [(&[&str], &str, &[&str]); 14] = [
        (&["target", "list", "--label", "tier=gold", "--label", "zone=b"], "path", &[SHOP]),
        (&["target", "list", "acme/prod", "--kind", "product"], "path", &[SHOP]),
        (&["list", "--status", "scheduled"], "title", &["Far off"]),
        (&["list", "--status", "completed,cancelled"], "title", &[]),
        (&["list", "--q", "FAR", "--owner", "admin"], "title", &["Far off"]),
        (&["list", "--owner", "nobody"], "title", &[]),
        (&["list", "--until", "2098-01-01 00:00"], "title", &[]),
        (&["list", "--since", "2099-01-02 03:30"], "title", &["Far off"]),
        (&["workloads", "--state", "created"], "name", &["shop-seed"]),
        (&["workloads", "--state", "running", "--q", "WIKI"], "name", &["wiki-1"]),
        (&["workloads", "--owner", "nobody"], "name", &[]),
        (&["token", "list", "--kind", "service", "--q", "C"], "name", &["ci"]),
        (&["log", "--kind", "token", "--by", "nobody"], "text", &[]),
        (&["log", "--target", SHOP, "--by", "admin", "--kind", "order"], "text", &[]),
    ];
    for (words, field, expected) in narrowed {
        assert_eq!(found(words, field), expected, "{words:?}");
    }
    assert!(!found(&["log", "--target", SHOP, "--since", "2020-01-01 00:00"], "text").is_empty());
    assert!(found(&["log", "--until", "2020-01-01 00:00"], "text").is_empty());
    world.lull(&["list", "--status", "odd"]).ends(3).says(&["field: status"]);
    world.lull(&["list", "--q", "nothing"]).ends(0).says(&["No maintenance is like that."]);
    world.lull(&["list", "--all", "--status", "draft"]).ends(2);
}
