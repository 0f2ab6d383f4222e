//! A reader that lets no line get longer than it may: whoever sends one is cut off, instead of filling the memory or
//! having its answer dropped in silence.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

pub(super) struct Metered<R> {
    inner: R,
    line: usize,
    line_max: usize,
    flooded: Arc<AtomicBool>,
}

impl<R> Metered<R> {
    /// Says in `flooded` that it was this that ended the connection.
    pub(super) const fn new(inner: R, line_max: usize, flooded: Arc<AtomicBool>) -> Self {
        Self { inner, line: 0, line_max, flooded }
    }

    fn count(&mut self, bytes: &[u8]) -> bool {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line += piece.len();
            if self.line > self.line_max {
                return false;
            }
            if piece.ends_with(b"\n") {
                self.line = 0;
            }
        }
        true
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Metered<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(context, buffer))?;
        let new = buffer.filled().get(before..).unwrap_or_default();
        if this.count(new) {
            return Poll::Ready(Ok(()));
        }
        // Whoever fails has read nothing.
        buffer.set_filled(before);
        this.flooded.store(true, Ordering::Relaxed);
        Poll::Ready(Err(io::Error::other("a line is longer than it may be")))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn read(text: &str) -> (bool, bool) {
        let flooded = Arc::new(AtomicBool::new(false));
        let mut reader = Metered::new(text.as_bytes(), 4, Arc::clone(&flooded));
        let whole = reader.read_to_end(&mut Vec::new()).await.is_ok();
        (whole, flooded.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn lines_are_counted_each_for_itself() {
        assert_eq!(read("abc\nabc\nabcd").await, (true, false));
        assert_eq!(read("abc\nabcde").await, (false, true));
        assert_eq!(read("abcd\n").await, (false, true));
    }
}
