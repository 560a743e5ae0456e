//! The OpenAPI document: what stands around the routes, and what all of them share.
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use super::asked::known;

/// The name of the way to authenticate.
const BEARER: &str = "bearer";
/// What the name of the response that every route may give is.
const PROBLEM: &str = "Problem";

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
fn beneath() -> Vec<(String, RefOr<utoipa::openapi::Schema>)> {
    let mut schemas = Vec::new();
    <lull_api::views::Problem as ToSchema>::schemas(&mut schemas);
    schemas
}

/// The document of these routes: pretty, in one order, with a line break at its end.
pub fn printed(mut document: OpenApi) -> String {
    for (path, item) in &mut document.paths.paths {
        let reads = item.get.iter_mut().map(|operation| (operation, false));
        let writes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for (operation, writes) in reads.chain(writes.into_iter().flatten().map(|operation| (operation, true))) {
            described(operation);
            if path.starts_with("/api/") {
                operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
                shared(path, operation, writes);
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

/// What follows from the shape of an operation: what it may be refused with, and that a change can be bound to a revision.
fn shared(path: &str, operation: &mut Operation, writes: bool) {
    if let Some(parameters) = &mut operation.parameters {
        let fits = |it: &RefOr<Parameter>| match it {
            RefOr::T(it) if it.parameter_in == ParameterIn::Query => known(path).any(|name| name == it.name),
            RefOr::T(_) | RefOr::Ref(_) => true,
        };
        parameters.retain(fits);
    }
    let is_bound = writes && path.starts_with("/api/v1/maintenances/{id}");
    let takes =
        operation.request_body.is_some() || operation.parameters.as_ref().is_some_and(|all| all.iter().any(is_query));
    let refusals = [
        ("400", takes),
        ("401", true),
        ("403", writes || path == "/api/v1/tokens"),
        ("404", path.contains('{') || path == "/api/v1/gate/at"),
        ("409", writes),
        ("412", is_bound),
        ("413", operation.request_body.is_some()),
        ("422", path == "/api/v1/gate/at"),
        ("default", true),
    ];
    for (status, _) in refusals.into_iter().filter(|(_, may)| *may) {
        let problem = RefOr::Ref(Ref::from_response_name(PROBLEM));
        operation.responses.responses.entry(status.to_owned()).or_insert(problem);
    }
    if is_bound {
        let tag = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .description(Some("Only if its revision is still this one."))
            .schema(Some(String::schema()));
        operation.parameters.get_or_insert_default().push(tag.build().into());
    }
}

fn is_query(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
}
