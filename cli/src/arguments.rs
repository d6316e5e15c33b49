//! Words of the command line as values, for clap. Times are in `time`.
//!
//! Uses the library's types and `cause`. An error says what is wanted in place of the word.

use onecode::{Challenge, Region};

use crate::cause::Cause;
use crate::lang::Said;

/// A place: six digits of GB/T 2260.
pub(crate) fn region(code: &str) -> Result<Region, Said> {
    let number = code.parse().map_err(|_| {
        said!("{code} 不是六位 GB/T 2260 代码", "{code} is not a six-digit GB/T 2260 code")
    })?;
    Region::new(number).map_err(|error| error.said())
}

/// A challenge: in hexadecimal digits, or as a scanner shows it.
pub(crate) fn challenge(text: &str) -> Result<Challenge, Said> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    match bytes.and_then(|bytes| Challenge::new(&bytes)) {
        Some(challenge) => Ok(challenge),
        None => Challenge::from_text(text).map_err(|error| {
            said!(
                "既不是 10 至 30 个十六进制数字，也不是扫码设备显示的核验码：{error}",
                "neither 10 to 30 hexadecimal digits nor what a scanner shows: {error}",
                error = error.said()
            )
        }),
    }
}
