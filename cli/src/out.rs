//! Standard output and standard error, where whoever reads them may have gone.
//!
//! `println!` would panic. A gate must not stop because its log is full. Texts come from `lang`;
//! that these two cannot be written, `files` says. Uses `device`.

use std::fmt::Arguments;
use std::io::ErrorKind;

use crate::device;
use crate::lang::Said;

/// What has no words of its own to standard output, like `print!`. Words belong in `answer!`.
macro_rules! out {
    ($format:literal $($argument:tt)*) => {{
        const _: () = assert!(
            $crate::lang::no_words($format),
            "words are said in both languages: answer!(\"…\", \"…\")"
        );
        $crate::out::put(format_args!($format $($argument)*))
    }};
}

/// The same with a line end, like `println!`.
macro_rules! outln {
    ($format:literal $($argument:tt)*) => {{
        const _: () = assert!(
            $crate::lang::no_words($format),
            "words are said in both languages: answer!(\"…\", \"…\")"
        );
        $crate::out::put(format_args!("{}\n", format_args!($format $($argument)*)))
    }};
}

/// Writes, or ends the process when there is no room. Where nobody reads any more the work goes on
/// all the same: whether lists are ready or receipts whole is also told by the exit status.
pub(crate) fn put(text: Arguments<'_>) {
    match device::write_out(text.to_string().as_bytes()).1 {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => {
            warn(&crate::files::standard_output(&error).0);
            std::process::exit(2);
        }
    }
}

pub(crate) fn say(text: &str) {
    device::log(format!("{text}\n").as_bytes());
}

pub(crate) fn warn(text: &Said) {
    device::log(format!("onecode: {text}\n").as_bytes());
}
