//! The OpenAPI document: what stands around the routes, and what all of them share.
use axum::http::Method;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, License, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
    Required, ResponseBuilder, Schema,
};
use utoipa::{PartialSchema, ToSchema};

use super::asked::{is_list, known};
use super::keyed::takes_keys;

/// The name of the way to authenticate.
const BEARER: &str = "bearer";
/// What the name of the response that every route may give is.
const PROBLEM: &str = "Problem";

/// What has a revision that a change can be bound to is at or below these.
const BOUND: [&str; 2] = ["/api/v1/maintenances/{id}", "/api/v1/targets/{id}"];

/// What a key looks like.
const KEY: &str = "^[!-~]{1,255}$";
/// Everything but the routes.
pub fn frame() -> OpenApi {
    let license = License::builder().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Lull")
        .description(Some("The control plane for planned maintenance."))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(license));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A token: `lull_…`.")).build();
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    let response =
        ResponseBuilder::new().description("Why not (RFC 9457).").content("application/problem+json", problem);
    let components = ComponentsBuilder::new()
        .security_scheme(BEARER, SecurityScheme::Http(bearer))
        .response(PROBLEM, response.build())
        .schema(PROBLEM, lull_api::views::Problem::schema())
        .schemas_from_iter(beneath());
    OpenApiBuilder::new().info(info).components(Some(components.build())).build()
}

/// The schemas that a problem names.
fn beneath() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = Vec::new();
    <lull_api::views::Problem as ToSchema>::schemas(&mut schemas);
    schemas
}

/// The document of these routes: pretty, in one order, with a line break at its end.
pub fn printed(mut document: OpenApi) -> String {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::PUT, &mut item.put),
            (Method::POST, &mut item.post),
            (Method::DELETE, &mut item.delete),
            (Method::PATCH, &mut item.patch),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            described(operation);
            left_out(operation);
            if path.starts_with("/api/") {
                operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
                shared(path, operation, &method);
            }
        }
    }
    // Strings, numbers, lists and maps with string keys can always be written.
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// Every response needs a description, where its schema says all there is to say, too.
fn described(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            let said = match status.as_str() {
                "201" => "It is made.",
                "202" => "It is begun.",
                _ => "This is how it stands.",
            };
            response.description = said.to_owned();
        }
    }
}

/// A body that may be left out is written as one that may be null; left out is what it may be.
fn left_out(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    if body.required == Some(Required::True) {
        return;
    }
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content
            && let Some(RefOr::T(Schema::OneOf(several))) = &content.schema
            && let Some(one) = several.items.iter().find(|item| matches!(item, RefOr::Ref(_)))
        {
            content.schema = Some(one.clone());
        }
    }
}

/// What follows from the shape of an operation: what it may be refused with, and what it can be bound to.
fn shared(path: &str, operation: &mut Operation, method: &Method) {
    if let Some(parameters) = &mut operation.parameters {
        let fits = |it: &RefOr<Parameter>| match it {
            RefOr::T(it) if it.parameter_in == ParameterIn::Query => {
                !is_list(path) || known(path).any(|name| name == it.name)
            }
            RefOr::T(_) | RefOr::Ref(_) => true,
        };
        parameters.retain(fits);
    }
    let (writes, keyed, tagged) = (*method != Method::GET, takes_keys(method, path), is_tagged(operation));
    let is_bound = writes && BOUND.iter().any(|one| path.starts_with(one));
    let takes =
        operation.request_body.is_some() || operation.parameters.as_ref().is_some_and(|all| all.iter().any(is_query));
    let refusals = [
        ("400", takes || keyed),
        ("401", true),
        ("403", writes || path == "/api/v1/tokens"),
        ("404", path.contains('{') || path == "/api/v1/gate/at"),
        ("409", writes),
        ("412", is_bound),
        ("413", operation.request_body.is_some() || keyed),
        ("422", keyed || path == "/api/v1/gate/at"),
        ("default", true),
    ];
    for (status, _) in refusals.into_iter().filter(|(_, may)| *may) {
        let problem = RefOr::Ref(Ref::from_response_name(PROBLEM));
        operation.responses.responses.entry(status.to_owned()).or_insert(problem);
    }
    if is_bound {
        takes_header(operation, "If-Match", None, "Only if its revision is still this one: a tag as `ETag` gave it.");
    }
    if keyed {
        takes_header(
            operation,
            "Idempotency-Key",
            Some(KEY),
            "Asked again under the same key, it is done once and answered alike.",
        );
        replays(operation);
    }
    if tagged && !writes {
        takes_header(operation, "If-None-Match", None, "Only if it is not shown as it was under this tag.");
        let unchanged = ResponseBuilder::new().description("It is as it was.").build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
    }
}

/// Whether its answers bear a tag.
fn is_tagged(operation: &Operation) -> bool {
    operation.responses.responses.values().any(|response| match response {
        RefOr::T(response) => response.headers.contains_key("ETag"),
        RefOr::Ref(_) => false,
    })
}

fn takes_header(operation: &mut Operation, name: &str, pattern: Option<&str>, description: &str) {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(pattern).build();
    let header = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .schema(Some(schema));
    operation.parameters.get_or_insert_default().push(header.build().into());
}

/// Every answer that is no refusal may be one that was given before.
fn replays(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with('2')
        {
            let header = HeaderBuilder::new()
                .schema(Some(String::schema()))
                .description(Some("`true` where this was answered before, under the same key."));
            response.headers.insert("Idempotency-Replayed".to_owned(), header.build().into());
        }
    }
}

fn is_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
}
