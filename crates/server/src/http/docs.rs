//! Pages for people who build on the API: the reference, what each problem means, and the sheet that both wear.
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lull_domain::plan::hex;
use sha2::{Digest, Sha256};

use super::App;
use super::problem::Problem;
use problems::{PROBLEMS, Row};
use reference::Reference;

mod problems;
mod reference;

/// The sheet, as it is served: the name changes with what is in it, so that it may be kept for ever.
static SHEET: LazyLock<(String, &str)> = LazyLock::new(|| {
    let text = include_str!("../../assets/lull.css");
    (format!("/assets/lull-{}.css", hex(&Sha256::digest(text)[..6])), text)
});
/// The reference is made of the document, which is made of the code: once.
static REFERENCE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let pages = Reference::new(&super::openapi()).pages(&SHEET.0);
    pages.expect("the templates write into memory, and call nothing that fails")
});

/// The pages of schemas, by the first letter of their names.
const SCHEMAS: [&str; 2] = ["schemas", "schemas-m-z"];

/// What these pages may load, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What one problem means, or all of them.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    sheet: &'a str,
    title: &'a str,
    rows: &'a [Row],
    one: bool,
}

/// The pages. They are no part of the API, and stand in no document of it.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/docs", get(overview))
        .route("/docs/{name}", get(reference))
        .route("/problems", get(all_problems))
        .route("/problems/{kind}", get(one_problem))
        .route("/assets/{name}", get(sheet))
}

/// A text by its parts, and whether each is code: what stands between backticks.
fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    text.split('`').enumerate().map(|(n, part)| (n % 2 == 1, part))
}

/// The page on which a schema stands: all of them on one would be too much to load.
fn place(schema: &str) -> &'static str {
    if schema < "M" { SCHEMAS[0] } else { SCHEMAS[1] }
}

async fn overview() -> Result<Response, Problem> {
    reference(Path(String::new())).await
}

async fn reference(Path(name): Path<String>) -> Result<Response, Problem> {
    REFERENCE.get(&name).cloned().map(page).ok_or_else(Problem::no_route)
}

async fn all_problems() -> Result<Response, Problem> {
    rendered(&ProblemPage { sheet: &SHEET.0, title: "Problems", rows: &PROBLEMS, one: false })
}

async fn one_problem(Path(kind): Path<String>) -> Result<Response, Problem> {
    let row = PROBLEMS.iter().find(|row| row.kind == kind).ok_or_else(Problem::no_route)?;
    let rows = std::slice::from_ref(row);
    rendered(&ProblemPage { sheet: &SHEET.0, title: row.title, rows, one: true })
}

async fn sheet(Path(name): Path<String>) -> Result<Response, Problem> {
    let (path, text) = &*SHEET;
    if path.strip_prefix("/assets/") != Some(&name) {
        return Err(Problem::no_route());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, *text).into_response())
}

/// Whether a page says what a problem of this type means, and that it comes with this status.
#[cfg(test)]
pub fn explains(kind: &str, status: u16) -> bool {
    PROBLEMS.iter().any(|row| row.kind == kind && row.statuses.contains(&status.to_string()))
}

fn rendered(template: &impl Template) -> Result<Response, Problem> {
    template.render().map(page).map_err(|error| {
        tracing::error!(error = %error, "a page could not be made");
        Problem::broken()
    })
}

/// A page with what browsers must know of it, and a tag.
fn page(html: String) -> Response {
    let tag = format!("\"{}\"", hex(&Sha256::digest(&html)[..8]));
    let mut response = (StatusCode::OK, html).into_response();
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
