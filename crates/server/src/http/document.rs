//! The OpenAPI document: what stands around the routes, and what all of them share.
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

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
        let methods = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        for operation in methods.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.entry("default".to_owned()).or_insert(RefOr::Ref(Ref::from_response_name(PROBLEM)));
            if path.starts_with("/api/") {
                operation.security = Some(vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
            }
        }
    }
    // Strings, numbers, lists and maps with string keys can always be written.
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
