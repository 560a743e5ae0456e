//! Cursors: where a page ended, of which list, narrowed how. What stands in one is nobody's but ours.
use lull_api::params::Listing;
use lull_domain::plan::hex;
use lull_domain::refusal::{Because, Refusal};
use sha2::{Digest, Sha256};

/// How many bytes of a digest tell one way to narrow a list from another.
const DIGEST: usize = 4;
/// How long a cursor may be.
const CURSOR_MAX: usize = 4_096;

/// The cursor of a page of this list that ended here.
pub fn cursor(list: &str, listing: &Listing, place: &str) -> String {
    hex(format!("{}\n{list}\n{place}", narrowed(listing)).as_bytes())
}

/// Where the page before ended, if the cursor is one of this list, narrowed alike.
///
/// # Errors
/// About the field `cursor`.
pub fn place(list: &str, listing: &Listing) -> Result<Option<String>, Refusal> {
    let Some(cursor) = &listing.cursor else { return Ok(None) };
    let Some((digest, of, place)) = read(cursor) else {
        return Err(odd("This is no cursor of a list."));
    };
    if of != list {
        return Err(odd(&format!("This is a cursor of another list, `{}`.", super::shown(&of))));
    }
    if digest != narrowed(listing) {
        return Err(odd("This is a cursor of this list with other filters."));
    }
    Ok(Some(place))
}

/// The refusal of a cursor.
pub fn odd(detail: &str) -> Refusal {
    let remedy = "Use `next` of the page before, with the same filters.";
    Refusal::new(Because::BadInput, detail, remedy).at("cursor")
}

/// The parts of a cursor: the digest, the list, the place.
fn read(cursor: &str) -> Option<(String, String, String)> {
    let fits = cursor.len() <= CURSOR_MAX && cursor.len().is_multiple_of(2) && cursor.is_ascii();
    let pairs = (0..cursor.len() / 2).map(|n| u8::from_str_radix(&cursor[2 * n..2 * n + 2], 16).ok());
    let text = String::from_utf8(fits.then(|| pairs.collect::<Option<Vec<u8>>>())??).ok()?;
    let mut parts = text.splitn(3, '\n').map(str::to_owned);
    Some((parts.next()?, parts.next()?, parts.next()?))
}

/// A digest of everything that narrows a list.
fn narrowed(listing: &Listing) -> String {
    let by = Listing { cursor: None, limit: None, ..listing.clone() };
    let text = serde_json::to_vec(&by).unwrap_or_default();
    hex(&Sha256::digest(text)[..DIGEST])
}
