//! Connections that wait for their next request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper::client::conn::http1::SendRequest;

/// A connection that waited longer than this is likely to be dead.
const LONGEST: Duration = Duration::from_secs(90);
/// Most that wait for one host.
const MAX_IDLE: usize = 32;

/// The end of a connection that takes requests.
pub(crate) type Sender = SendRequest<SdkBody>;

/// Idle connections by scheme, host and port, each with when it was last used.
type Idle = HashMap<String, Vec<(Sender, Instant)>>;

/// What all clients share.
#[derive(Clone, Default)]
pub(crate) struct Pool(Arc<Mutex<Idle>>);

impl Pool {
    /// What connections of a URL are kept under.
    pub(crate) fn place(uri: &Uri) -> String {
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = uri.authority().map_or("", |authority| authority.as_str());
        format!("{scheme}://{host}")
    }

    /// The connection that was used last: the others shall have a chance to grow old.
    pub(crate) fn take(&self, place: &str) -> Option<Sender> {
        let mut idle = self.idle();
        let waiting = idle.get_mut(place)?;
        while let Some((sender, since)) = waiting.pop() {
            if since.elapsed() > LONGEST {
                // Those below are older.
                waiting.clear();
            } else if !sender.is_closed() {
                return Some(sender);
            }
        }
        None
    }

    /// Keeps a connection for the next request.
    pub(crate) fn put(&self, place: &str, sender: Sender) {
        if sender.is_closed() {
            return;
        }
        let mut idle = self.idle();
        let waiting = match idle.get_mut(place) {
            Some(waiting) => waiting,
            None => idle.entry(place.to_owned()).or_default(),
        };
        if waiting.len() < MAX_IDLE {
            waiting.push((sender, Instant::now()));
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
