//! Real proxies before an app, with the configurations of their pages: in maintenance, past it, and with Lull gone.
mod app;
mod documented;
mod front;
mod lull;
mod traefik;
mod web;

use lull_peers::ProxyKind;

use front::Front;

#[test]
fn nginx_keeps_users_out_as_its_page_says() {
    front::keeps_users_out(&Front::new(ProxyKind::Nginx, "nginx"));
}

#[test]
fn caddy_keeps_users_out_as_its_page_says() {
    front::keeps_users_out(&Front::new(ProxyKind::Caddy, "caddy"));
}

#[test]
fn haproxy_keeps_users_out_as_its_page_says() {
    front::keeps_users_out(&Front::new(ProxyKind::Haproxy, "haproxy"));
}

#[test]
fn envoy_keeps_users_out_as_its_page_says() {
    front::keeps_users_out(&Front::new(ProxyKind::Envoy, "envoy"));
}
