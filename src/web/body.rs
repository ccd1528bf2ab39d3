//! What an answer carries: all of it at once, or piece by piece.
//!
//! Runs on: web.
use hyper::body::{Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::Receiver;

pub(super) use hyper::body::Bytes;

/// The body of an answer.
pub(super) enum Body {
    /// All of it.
    Whole(Option<Bytes>),
    /// Pieces, of which so many bytes are still to come; an endless one has no number.
    Pieces(Receiver<io::Result<Bytes>>, Option<u64>),
}

impl Body {
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        Self::Whole(Some(bytes.into()))
    }

    /// Of so many bytes; it is an error if fewer come.
    pub fn pieces(from: Receiver<io::Result<Bytes>>, bytes: u64) -> Self {
        Self::Pieces(from, Some(bytes))
    }

    pub fn endless(from: Receiver<io::Result<Bytes>>) -> Self {
        Self::Pieces(from, None)
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(
                bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))),
            ),
            Self::Pieces(_, Some(0)) => Poll::Ready(None),
            Self::Pieces(from, left) => from.poll_recv(context).map(|piece| match (piece, left) {
                (Some(Ok(bytes)), left) => {
                    if let Some(left) = left {
                        *left = left.saturating_sub(bytes.len() as u64);
                    }
                    Some(Ok(Frame::data(bytes)))
                }
                (Some(Err(error)), _) => Some(Err(error)),
                (None, Some(_)) => Some(Err(io::ErrorKind::UnexpectedEof.into())),
                (None, None) => None,
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Self::Pieces(_, left) => *left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Pieces(_, Some(left)) => SizeHint::with_exact(*left),
            Self::Pieces(_, None) => SizeHint::default(),
        }
    }
}
