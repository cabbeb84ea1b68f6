//! Bodies of responses, which give their connection back when they end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::pool::{Pool, Sender};

/// A connection that is lent to one exchange.
pub(crate) struct Lent {
    pub(crate) sender: Sender,
    pub(crate) pool: Pool,
    pub(crate) place: String,
}

impl Lent {
    /// The exchange is over.
    pub(crate) fn give_back(self) {
        self.pool.put(&self.place, self.sender);
    }
}

/// A body as it comes in. Dropped before its end, it takes the connection with it: what is left would
/// stand before the next response.
pub(crate) struct Streamed {
    pub(crate) incoming: Incoming,
    pub(crate) lent: Option<Lent>,
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(context));
        let lent = match &frame {
            Some(Err(_)) => {
                self.lent = None;
                None
            }
            Some(Ok(_)) if !self.incoming.is_end_stream() => None,
            Some(Ok(_)) | None => self.lent.take(),
        };
        if let Some(lent) = lent {
            lent.give_back();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
