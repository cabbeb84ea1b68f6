//! A file's bytes, in order, with many reads in flight.
//!
//! ```text
//!                 position                                asked
//!  file  ────────────┼──────────┬──────────┬──────────┬─────┼───────────
//!        handed over │ read 1   │ read 2   │ read 3   │ …   │ not asked for yet
//! ```
//! Each read covers its part of the file until that part has come whole: a server may give fewer bytes than
//! were asked for, and then the rest of the part is asked for again before anything behind it is handed over.

use std::{collections::VecDeque, fmt, pin::Pin};

use bytes::Bytes;
use futures::{
    FutureExt,
    future::{BoxFuture, MaybeDone, maybe_done},
};
use russh_sftp::{
    client::{error::Error as RequestError, rawsession::SftpResult},
    protocol::{Data, StatusCode},
};

use crate::{SftpError, error::Breach, session::Opened};

/// Bytes that are asked for or have come, and are not handed over: all that a download holds in memory. In
/// 40 ms that is 100 MB/s.
const IN_FLIGHT: u32 = 4 * 1024 * 1024;
/// The SSH channel's window. Twice, because it is only widened when half of it is used up.
pub(crate) const WINDOW: u32 = 2 * IN_FLIGHT;
/// Bytes of one read: what OpenSSH's server gives at most.
pub(crate) const MAX_READ: u32 = 255 * 1024;
/// However little a server gave once.
const MIN_READ: u32 = 4 * 1024;
/// Reads at a time, for servers that give little at once.
const MAX_READS: usize = 128;
/// Reads at the start. Each whole answer allows one more, so that a server that gives less than it was asked
/// for is noticed early.
const FIRST_READS: usize = 4;

/// A file that is being read, from an offset to its end.
///
/// It holds at most 4 MiB at a time, however slow its reader is. Dropping it closes the file.
pub struct Download {
    opened: Opened,
    path: String,
    reads: VecDeque<Read>,
    /// Where the next bytes to hand over begin.
    position: u64,
    /// Where the next read begins.
    asked: u64,
    /// Bytes of the next reads.
    length: u32,
    /// How many reads may be in flight by now.
    allowed: usize,
    ended: bool,
}

struct Read {
    offset: u64,
    length: u32,
    answer: Pin<Box<MaybeDone<BoxFuture<'static, SftpResult<Data>>>>>,
}

impl Download {
    pub(crate) fn new(opened: Opened, path: String, offset: u64) -> Self {
        let length = opened.link.max_read;
        Self {
            opened,
            path,
            reads: VecDeque::new(),
            position: offset,
            asked: offset,
            length,
            allowed: FIRST_READS,
            ended: false,
        }
    }

    /// The next bytes of the file, never none of them, or `None` at its end.
    ///
    /// It can be dropped before it is done, and called again after an error: nothing is lost or given twice.
    ///
    /// # Errors
    /// The connection is lost, the server is silent or doesn't permit it.
    pub async fn next(&mut self) -> Result<Option<Bytes>, SftpError> {
        if self.ended {
            return Ok(None);
        }
        self.ask_ahead();
        let next = self.front().await;
        match &next {
            Ok(Some(_)) => self.ask_ahead(),
            Ok(None) => {
                self.ended = true;
                self.reads.clear();
            }
            Err(_) => {
                self.reads.clear();
                self.asked = self.position;
            }
        }
        next
    }

    /// Waits for the first read, and takes what came of it.
    async fn front(&mut self) -> Result<Option<Bytes>, SftpError> {
        let link = &self.opened.link;
        let Some(read) = self.reads.front_mut() else {
            // Not to be expected: something was asked for just now.
            return Err(SftpError::of_ssh(russh::Error::Inconsistent));
        };
        link.told("a part of a file", read.answer.as_mut()).await?;
        let data = match read.answer.as_mut().take_output() {
            Some(Ok(data)) => Bytes::from(data.data),
            Some(Err(RequestError::Status(status))) if status.status_code == StatusCode::Eof => {
                return Ok(None);
            }
            Some(Err(error)) => return Err(link.failed(error, &self.path)),
            None => return Err(SftpError::of_ssh(russh::Error::Inconsistent)),
        };
        let (offset, asked) = (read.offset, read.length);
        let came = match u32::try_from(data.len()) {
            Ok(0) => return Err(SftpError::protocol(Breach::Nothing)),
            Ok(came) if came <= asked => came,
            _ => return Err(SftpError::protocol(Breach::TooMuch)),
        };
        self.reads.pop_front();
        self.position += u64::from(came);
        if came < asked {
            let rest = self.read(offset + u64::from(came), asked - came);
            self.reads.push_front(rest);
            self.length = self.length.min(came.max(MIN_READ));
        } else {
            self.allowed += 1;
        }
        Ok(Some(data))
    }

    /// Asks for what comes next, as far as that is allowed.
    fn ask_ahead(&mut self) {
        let mut in_flight: u32 = self.reads.iter().map(|read| read.length).sum();
        let most = self.allowed.min(MAX_READS);
        while self.reads.is_empty()
            || self.reads.len() < most && in_flight + self.length <= IN_FLIGHT
        {
            let read = self.read(self.asked, self.length);
            self.reads.push_back(read);
            self.asked += u64::from(self.length);
            in_flight += self.length;
        }
    }

    /// A read whose request is on its way.
    fn read(&self, offset: u64, length: u32) -> Read {
        let link = self.opened.link.clone();
        let handle = self.opened.handle().to_owned();
        let answer = async move { link.sftp.read(handle, offset, length).await };
        let mut answer = Box::pin(maybe_done(answer.boxed()));
        // The request is sent when it is first polled, which must not wait until somebody waits for the answer.
        let _sent = answer.as_mut().now_or_never();
        Read {
            offset,
            length,
            answer,
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("path", &self.path)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
