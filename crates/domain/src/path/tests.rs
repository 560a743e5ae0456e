//! How paths read, sort and cover.
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::refusal::Because;

fn path(text: &str) -> Path {
    text.parse().expect(text)
}

#[test]
fn a_path_reads_back_as_it_was_written() {
    for text in ["/", "acme", "acme/prod/shop", "0/a.b_c-d", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p"] {
        assert_eq!(path(text).to_string(), text);
        let json = serde_json::to_string(&path(text)).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Path>(&json).unwrap(), path(text));
    }
    assert!(path("/").is_root());
    assert_eq!(path("/"), Path::root());
}

#[test]
fn a_path_knows_its_parent_its_name_and_its_depth() {
    let shop = path("acme/prod/shop");
    assert_eq!((shop.name(), shop.depth()), ("shop", 3));
    assert_eq!(shop.parent(), Some(path("acme/prod")));
    assert_eq!(path("acme").parent(), Some(Path::root()));
    assert_eq!(Path::root().parent(), None);
    assert_eq!((Path::root().name(), Path::root().depth()), ("", 0));
    assert_eq!(shop.segments().collect::<Vec<_>>(), ["acme", "prod", "shop"]);
}

#[test]
fn a_path_covers_itself_and_what_is_below_by_segment() {
    assert!(path("a/b").covers(&path("a/b")));
    assert!(path("a/b").covers(&path("a/b/c/d")));
    assert!(!path("a/b").covers(&path("a/bc")));
    assert!(!path("a/b").covers(&path("a")));
    assert!(Path::root().covers(&path("a/b")) && Path::root().covers(&Path::root()));
    assert!(!path("a").covers(&Path::root()));
}

#[test]
fn a_path_sorts_right_before_what_is_below_it() {
    let sorted = ["/", "a", "a/b", "a/b/c", "a/b-c", "a/b.c", "a/b0", "a-b", "a.b", "b"].map(path);
    assert!(sorted.is_sorted(), "{sorted:?}");
}

#[test]
fn an_odd_path_is_refused_naming_the_segment_the_character_and_the_remedy() {
    let long = "a".repeat(64);
    let refused = |text: &str| {
        let refusal = text.parse::<Path>().expect_err(text);
        assert_eq!((refusal.because, refusal.field.as_deref()), (Because::BadInput, Some("path")), "{text}");
        format!("{}. {}", refusal.detail, refusal.remedy)
    };
    let rule = "A segment is a lower-case letter or digit, then up to 62 of `a-z 0-9 . _ -`.";
    assert_eq!(refused(""), "the path is empty. Write `/` for the installation, or a path such as `acme/prod`.");
    assert_eq!(refused("/a/b"), "the path begins with a slash. Write it without: `a/b`.");
    assert_eq!(refused("a/b/"), "the path ends with a slash. Write it without: `a/b`.");
    assert_eq!(refused("//"), "the path is nothing but slashes. Write `/` for the installation.");
    assert_eq!(refused("a//b"), format!("segment 2 of the path is empty (two slashes in a row). {rule}"));
    assert_eq!(refused("acme/Prod"), format!("segment 2 of the path, `Prod`, begins with 'P'. {rule}"));
    assert_eq!(refused("acme/-x"), format!("segment 2 of the path, `-x`, begins with '-'. {rule}"));
    assert_eq!(refused("acme/.."), format!("segment 2 of the path, `..`, begins with '.'. {rule}"));
    assert_eq!(refused("acme/my shop"), format!("segment 2 of the path, `my shop`, contains ' '. {rule}"));
    assert_eq!(refused("a\nb"), format!("segment 1 of the path, `a?b`, contains '\\n'. {rule}"));
    assert_eq!(refused("schön"), format!("segment 1 of the path, `schön`, contains 'ö'. {rule}"));
    assert_eq!(
        refused(&long),
        format!("segment 1 of the path, `{long}`, has 64 characters, and at most 63 are allowed. {rule}")
    );
    assert_eq!(
        refused(&["a"; 17].join("/")),
        "the path has 17 segments, and at most 16 are allowed. Use a flatter path."
    );
}

fn any_path() -> impl Strategy<Value = Path> {
    // Few letters and the characters that sort around the slash: so that prefixes are common.
    prop::collection::vec("[ab0][ab0._-]{0,2}", 0..5)
        .prop_map(|segments| if segments.is_empty() { Path::root() } else { path(&segments.join("/")) })
}

proptest! {
    #[test]
    fn paths_sort_by_their_segments(a in any_path(), b in any_path()) {
        prop_assert_eq!(a.cmp(&b), a.segments().cmp(b.segments()));
        prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b);
    }

    #[test]
    fn covering_is_having_the_same_first_segments(a in any_path(), b in any_path()) {
        let (of_a, of_b): (Vec<_>, Vec<_>) = (a.segments().collect(), b.segments().collect());
        prop_assert_eq!(a.covers(&b), of_b.starts_with(&of_a));
    }

    #[test]
    fn what_a_path_covers_is_one_range(root in any_path(), all in prop::collection::btree_set(any_path(), 0..40)) {
        let ranged: BTreeSet<Path> = all.range(&root..).take_while(|at| root.covers(at)).cloned().collect();
        let filtered: BTreeSet<Path> = all.iter().filter(|at| root.covers(at)).cloned().collect();
        prop_assert_eq!(ranged, filtered);
    }

    #[test]
    fn a_parent_covers_its_child_and_sorts_before_it(child in any_path()) {
        if let Some(parent) = child.parent() {
            prop_assert!(parent.covers(&child) && parent < child && !child.covers(&parent));
            prop_assert_eq!(parent.depth() + 1, child.depth());
        }
    }

    #[test]
    fn no_text_whatever_is_accepted_and_read_back_differently(text in "\\PC{0,12}") {
        if let Ok(read) = text.parse::<Path>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }
}
