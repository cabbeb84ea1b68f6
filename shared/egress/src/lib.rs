//! HTTP clients for addresses that others choose.
//!
//! A bot's URL is an operator's and an attachment's may be anybody's, the names and redirects behind
//! them are the internet's, and the caller sits inside a cloud network. So every address is checked
//! where the connection is made (a name that changes its address between check and use gains
//! nothing), no proxy stands in between, and redirects are not followed: what is sent holds personal
//! data, which must not wander to another host.

mod address;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect};

pub use address::{NoPublicAddress, PublicOnly, is_public, url_problem};

/// Load balancers close idle connections after about a minute; a connection reused later than this
/// would often be found dead by the request that needed it.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// A client that connects to public addresses only, or anywhere where `allow_private_addresses`.
///
/// Addresses written as numbers are not looked up, so they pass the client: ask [`url_problem`] of
/// every URL first.
///
/// # Errors
/// TLS could not be set up on this machine.
pub fn client(allow_private_addresses: bool) -> reqwest::Result<Client> {
    let mut builder = Client::builder()
        .user_agent(concat!("Sparkbridge/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(IDLE_CONNECTION);
    if !allow_private_addresses {
        builder = builder.dns_resolver(Arc::new(PublicOnly));
    }
    builder.build()
}
