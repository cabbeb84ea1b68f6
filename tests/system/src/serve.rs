//! Servers of a test's own. They end with the test's runtime.

use std::net::Ipv4Addr;

use axum::Router;
use tokio::net::TcpListener;

/// Serves on a free port of 127.0.0.1; the base URL.
pub async fn serve(router: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}
