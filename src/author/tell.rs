//! What somebody who waits is told. Whoever shows it decides how.

/// Something to tell while a plugin is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Something that takes long begins: `compiling with componentize-py`.
    Begin(&'a str),
    /// It is over, well or not.
    End,
    /// Worth knowing: what is fetched from where, or what a compiler warns of.
    Note(&'a str),
}

/// Who is told.
pub type Tell<'a> = dyn Fn(Progress<'_>) + Sync + 'a;

/// Tells of `work` while it lasts.
pub(super) fn during<T>(tell: &Tell<'_>, what: &str, work: impl FnOnce() -> T) -> T {
    tell(Progress::Begin(what));
    let done = work();
    tell(Progress::End);
    done
}
