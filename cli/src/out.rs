//! Standard output and standard error, where whoever reads them may have gone.
//!
//! `println!` would panic. A gate must not stop because its log is full. Uses `device`.

use std::fmt::Arguments;
use std::io::ErrorKind;

use crate::device;

/// To standard output, like `print!`.
macro_rules! out {
    ($($argument:tt)*) => { $crate::out::put(format_args!($($argument)*)) };
}

/// To standard output, like `println!`.
macro_rules! outln {
    ($($argument:tt)*) => { $crate::out::put(format_args!("{}\n", format_args!($($argument)*))) };
}

/// A line to the person at the terminal, like `eprintln!`.
macro_rules! tell {
    ($($argument:tt)*) => { $crate::out::say(format_args!($($argument)*)) };
}

/// Writes, or ends the process when there is no room. Where nobody reads any more the work goes on
/// all the same: whether lists are ready or receipts whole is also told by the exit status.
pub(crate) fn put(text: Arguments<'_>) {
    match device::write_out(text.to_string().as_bytes()).1 {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => {
            tell!("onecode: standard output: {error}");
            std::process::exit(2);
        }
    }
}

pub(crate) fn say(text: Arguments<'_>) {
    device::log(format!("{text}\n").as_bytes());
}
