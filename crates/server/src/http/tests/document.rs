//! The committed document: the one that the code describes, and true of every answer that a test gets.
use std::collections::BTreeSet;
use std::sync::OnceLock;

use axum::http::{Method, header};
use serde_json::{Map, Value};

use super::world::Said;

/// The document as it is committed.
pub struct Document(Value);

impl Document {
    pub fn get() -> &'static Document {
        static DOCUMENT: OnceLock<Document> = OnceLock::new();
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json"));
        DOCUMENT.get_or_init(|| Document(serde_json::from_str(text).expect("it is JSON")))
    }

    /// Asserts that this answer is one that the document promises: its status, type and fields.
    #[track_caller]
    pub fn knows(&self, method: &Method, path: &str, said: &Said) {
        let Some(operation) = self.operation(method, path) else {
            assert!(matches!(said.status.as_u16(), 404 | 405), "the document has no such route: {said:#?}");
            return;
        };
        let responses = &operation["responses"];
        let other = responses.get("default").filter(|_| said.status.is_server_error());
        let response = responses.get(said.status.as_str()).or(other);
        let response =
            self.resolved(response.unwrap_or_else(|| panic!("an answer that is not in the document: {said:#?}")));
        let Some(content) = response.get("content").and_then(Value::as_object) else {
            assert!(said.body.is_null(), "the document promises no body: {said:#?}");
            return;
        };
        let kind = said.headers[header::CONTENT_TYPE].to_str().expect("it is text");
        let kind = kind.split(';').next().unwrap_or_default();
        let schema = content.get(kind).unwrap_or_else(|| panic!("no {kind} in the document: {said:#?}"));
        if let Err(odd) = self.fits(&schema["schema"], &said.body) {
            panic!("{odd}, as the document has it: {said:#?}");
        }
    }

    /// The methods and paths of all that changes something.
    pub fn changes(&self) -> Vec<(Method, String)> {
        let paths = self.0["paths"].as_object().expect("there are paths");
        let operations = paths.iter().flat_map(|(path, item)| {
            item.as_object().into_iter().flat_map(|item| item.keys()).map(move |method| (method, path))
        });
        let asks = |path: &str| ["/gate/check", "/slots", "/notices/import"].iter().any(|end| path.ends_with(end));
        let changes = operations.filter(|(method, path)| *method != "get" && !asks(path));
        changes.map(|(method, path)| (method.to_uppercase().parse().expect("a method"), path.clone())).collect()
    }

    /// The operation at this path; one with more words of its own goes first.
    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let parts: Vec<&str> = path.split('/').collect();
        let is_there = |template: &str| {
            let named: Vec<&str> = template.split('/').collect();
            named.len() == parts.len() && named.iter().zip(&parts).all(|(n, part)| n.starts_with('{') || n == part)
        };
        let paths = self.0["paths"].as_object()?;
        let item = paths.iter().find(|(template, _)| is_there(template))?.1;
        item.get(method.as_str().to_lowercase())
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(place) => self.0.pointer(place.trim_start_matches('#')).expect("what is referred to is there"),
            None => value,
        }
    }

    /// Whether a value is as its schema says: every field known, none missing.
    fn fits(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = self.resolved(schema);
        if let Some(several) = schema.get("oneOf").and_then(Value::as_array) {
            let found: Vec<_> = several.iter().map(|one| self.fits(one, value)).collect();
            return if found.iter().any(Result::is_ok) { Ok(()) } else { found.into_iter().next().unwrap_or(Ok(())) };
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => return Ok(()),
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) if kinds.contains(&"number") => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !kinds.contains(&kind) {
            return Err(format!("{value} is none of {kinds:?}"));
        }
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.fits(&schema["items"], item)),
            Value::Object(fields) => self.fields_fit(schema, fields),
            _ => Ok(()),
        }
    }

    fn fields_fit(&self, schema: &Value, fields: &Map<String, Value>) -> Result<(), String> {
        let known = schema.get("properties").and_then(Value::as_object);
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(required) {
                return Err(format!("`{required}` is missing"));
            }
        }
        for (name, value) in fields {
            match (known.and_then(|known| known.get(name)), schema.get("additionalProperties")) {
                (Some(field), _) | (None, Some(field)) => {
                    self.fits(field, value).map_err(|odd| format!("{name}: {odd}"))?;
                }
                (None, None) if known.is_some() => return Err(format!("`{name}` is unknown")),
                (None, None) => {}
            }
        }
        Ok(())
    }
}

#[test]
fn the_committed_document_is_the_one_that_the_code_describes() {
    let described: Value = serde_json::from_str(&crate::http::openapi()).expect("it is JSON");
    assert_eq!(described, Document::get().0, "run `cargo xtask openapi`");
}

#[test]
fn every_operation_says_who_may_and_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for (path, item) in Document::get().0["paths"].as_object().expect("there are paths") {
        for (method, operation) in item.as_object().expect("there are operations") {
            let name = operation["operationId"].as_str().expect("it has one").to_owned();
            assert!(names.insert(name), "{method} {path} has the name of another");
            assert_eq!(operation.get("security").is_some(), path.starts_with("/api/"), "{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
        }
    }
}
