//! The reference of the API, read from its OpenAPI document.
use std::collections::BTreeMap;

use askama::Template;
use serde_json::{Map, Value, json};

/// How deep an example goes.
const DEPTH_MAX: usize = 4;
/// The methods, in the order in which people look for them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The reference, as it is read from the document.
pub struct Reference {
    version: String,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

/// What holds everywhere, and every operation by name.
#[derive(Template)]
#[template(path = "overview.html")]
struct Overview<'a> {
    sheet: &'a str,
    version: &'a str,
    groups: &'a [Group],
}

/// The operations of one group in full.
#[derive(Template)]
#[template(path = "operations.html")]
struct Operations<'a> {
    sheet: &'a str,
    groups: &'a [Group],
    group: &'a Group,
}

/// What is sent and answered, by name.
#[derive(Template)]
#[template(path = "schemas.html")]
struct Schemas<'a> {
    sheet: &'a str,
    groups: &'a [Group],
    schemas: Vec<&'a Schema>,
    place: &'a str,
}

/// The operations of one tag.
struct Group {
    name: String,
    anchor: String,
    operations: Vec<Operation>,
}

/// One operation.
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Field>,
    body: Option<Body>,
    answers: Vec<Answer>,
    /// The statuses of what is refused.
    refusals: String,
    curl: String,
}

/// What is sent.
struct Body {
    kind: Kind,
    required: bool,
}

/// What is answered.
struct Answer {
    status: String,
    description: String,
    kind: Option<Kind>,
    headers: Vec<String>,
}

/// A shape of JSON by its name.
struct Schema {
    name: String,
    description: String,
    fields: Vec<Field>,
}

/// A field or a parameter.
struct Field {
    name: String,
    place: String,
    required: bool,
    kind: Kind,
    description: String,
}

/// A type in words, with the schema that it is one of, if any.
struct Kind {
    text: String,
    schema: Option<String>,
}

/// The document, with what is asked of it often.
struct Document(Value);

impl Reference {
    /// Reads the document.
    pub fn new(document: &str) -> Reference {
        let document = Document(serde_json::from_str(document).unwrap_or_default());
        let mut groups: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
        for (path, item) in fields(&document.0["paths"]) {
            for method in METHODS.into_iter().filter(|method| item.get(method).is_some()) {
                let tag = text(&item[method]["tags"][0]);
                groups.entry(tag).or_default().push(document.operation(method, path, &item[method]));
            }
        }
        let group = |(name, operations): (String, _)| Group {
            anchor: name.replace(' ', "-"),
            name: capitalised(&name),
            operations,
        };
        Reference {
            version: text(&document.0["info"]["version"]),
            groups: groups.into_iter().map(group).collect(),
            schemas: fields(&document.0["components"]["schemas"]).map(|(name, it)| schema(name, it)).collect(),
        }
    }

    /// Its pages, by the last part of their path; nothing for the first.
    ///
    /// # Errors
    /// A template cannot be filled, which would be a mistake in it.
    pub fn pages(&self, sheet: &str) -> askama::Result<BTreeMap<String, String>> {
        let groups = &self.groups;
        let overview = Overview { sheet, version: &self.version, groups }.render()?;
        let mut pages = BTreeMap::from([(String::new(), overview)]);
        for place in super::SCHEMAS {
            let schemas = self.schemas.iter().filter(|schema| super::place(&schema.name) == place).collect();
            pages.insert(place.to_owned(), Schemas { sheet, groups, schemas, place }.render()?);
        }
        for group in groups {
            pages.insert(group.anchor.clone(), Operations { sheet, groups, group }.render()?);
        }
        Ok(pages)
    }
}

impl Document {
    fn operation(&self, method: &str, path: &str, it: &Value) -> Operation {
        let parameters = list(&it["parameters"]).iter().map(|parameter| Field {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            required: parameter["required"] == true,
            kind: kind(&parameter["schema"]),
            description: text(&parameter["description"]),
        });
        let body = it.get("requestBody").map(|body| Body {
            kind: kind(&body["content"]["application/json"]["schema"]),
            required: body["required"] == true,
        });
        Operation {
            id: text(&it["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&it["summary"]),
            description: text(&it["description"]),
            parameters: parameters.collect(),
            answers: fields(&it["responses"])
                .filter(|(_, it)| it.get("$ref").is_none())
                .map(|(status, it)| self.answer(status, it))
                .collect(),
            refusals: refusals(&it["responses"]),
            curl: self.curl(method, path, it),
            body,
        }
    }

    fn answer(&self, status: &str, it: &Value) -> Answer {
        let content = fields(&it["content"]).next();
        let of = |(media, content): (&str, &Value)| match media {
            "application/json" | "application/problem+json" => kind(&content["schema"]),
            media => Kind { text: media.to_owned(), schema: None },
        };
        Answer {
            status: status.to_owned(),
            description: text(&it["description"]),
            kind: content.map(of),
            headers: fields(&it["headers"]).map(|(name, _)| name.to_owned()).collect(),
        }
    }

    /// How it is asked from a shell.
    fn curl(&self, method: &str, path: &str, it: &Value) -> String {
        let mut line = format!("curl -X {} \"$LULL_URL{path}\"", method.to_uppercase());
        if it.get("security").is_some() {
            line += " \\\n  -H \"Authorization: Bearer $LULL_TOKEN\"";
        }
        if list(&it["parameters"]).iter().any(|parameter| parameter["name"] == "Idempotency-Key") {
            line += " \\\n  -H \"Idempotency-Key: $(uuidgen)\"";
        }
        let Some(body) = it.pointer("/requestBody/content/application~1json/schema") else { return line };
        let body = serde_json::to_string(&self.example(body, 0)).unwrap_or_default().replace('\'', "’");
        format!("{line} \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'")
    }

    /// A value that fits this schema: its example, or what is needed of it.
    fn example(&self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolved(schema);
        if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
            return example.clone();
        }
        if let Some(first) = list(&schema["oneOf"]).iter().find(|one| one["type"] != "null") {
            return self.example(first, depth);
        }
        match kind_name(&schema["type"]) {
            "array" if depth < DEPTH_MAX => json!([self.example(&schema["items"], depth + 1)]),
            "array" => json!([]),
            "object" if depth < DEPTH_MAX => {
                let required: Vec<String> = list(&schema["required"]).iter().map(text).collect();
                let shown = fields(&schema["properties"])
                    .filter(|(name, it)| required.iter().any(|one| one == name) || it.get("example").is_some());
                Value::Object(shown.map(|(name, it)| (name.to_owned(), self.example(it, depth + 1))).collect())
            }
            "object" => Value::Object(Map::new()),
            "boolean" => json!(true),
            "integer" | "number" => json!(1),
            _ => json!("…"),
        }
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let place = value.get("$ref").and_then(Value::as_str);
        place.and_then(|place| self.0.pointer(place.trim_start_matches('#'))).unwrap_or(value)
    }
}

/// The statuses with which an operation may be refused, as people list them.
fn refusals(responses: &Value) -> String {
    let refused = fields(responses).filter(|(_, it)| it.get("$ref").is_some()).map(|(status, _)| status);
    let named: Vec<&str> = refused.filter(|status| *status != "default").collect();
    if named.is_empty() { "Other".to_owned() } else { format!("{}, other", named.join(", ")) }
}

/// With a capital letter at the beginning.
fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn schema(name: &str, it: &Value) -> Schema {
    let required: Vec<String> = list(&it["required"]).iter().map(text).collect();
    let field = |(name, it): (&str, &Value)| {
        let described = || list(&it["oneOf"]).iter().map(|one| text(&one["description"])).find(|text| !text.is_empty());
        let description = text(&it["description"]);
        Field {
            name: name.to_owned(),
            place: String::new(),
            required: required.iter().any(|one| one == name),
            kind: kind(it),
            description: if description.is_empty() { described().unwrap_or_default() } else { description },
        }
    };
    let fields = fields(&it["properties"]).map(field).collect();
    Schema { name: name.to_owned(), description: text(&it["description"]), fields }
}

/// The type of a schema in words.
fn kind(schema: &Value) -> Kind {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|place| place.rsplit('/').next()) {
        return Kind { text: name.to_owned(), schema: Some(name.to_owned()) };
    }
    let several = list(&schema["oneOf"]);
    if !several.is_empty() {
        let mut kinds = several.iter().filter(|one| one["type"] != "null").map(kind);
        let Some(first) = kinds.next() else { return Kind { text: "null".to_owned(), schema: None } };
        return kinds.fold(first, |all, one| Kind { text: format!("{} or {}", all.text, one.text), schema: None });
    }
    let of = |what: &str, inner: Kind| Kind { text: format!("{what} of {}", inner.text), schema: inner.schema };
    match kind_name(&schema["type"]) {
        "array" => of("list", kind(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => of("map", kind(&schema["additionalProperties"])),
        other => Kind { text: other.to_owned(), schema: None },
    }
}

/// The name of a type; of one that may be null the other.
fn kind_name(kind: &Value) -> &str {
    match kind {
        Value::Array(several) => several.iter().filter_map(Value::as_str).find(|one| *one != "null").unwrap_or("any"),
        one => one.as_str().unwrap_or("any"),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
