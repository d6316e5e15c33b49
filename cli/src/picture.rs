//! Codes as pictures: drawn by the library, read by decoders that are not ours.
//!
//! Uses `files` and `cause`.

use std::fmt;
use std::io::Cursor;
use std::path::Path;

use image::{ImageError, ImageReader, Limits};
use onecode::{Code, Level, QrCode};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, Unreadable};

/// Largest file that is looked at, in bytes.
const MAX_FILE: u64 = 32 << 20;

/// Largest picture, in pixels a side: more than phones take.
const MAX_SIDE: u32 = 16_384;

/// The picture of a code.
pub(crate) fn draw(code: &Code, level: Level) -> Result<QrCode, Failure> {
    QrCode::draw(code.text(), level).map_err(|error| Failure(error.said()))
}

/// Why no code was read.
pub(crate) enum Unread {
    File(Unreadable),
    Image(ImageError),
    NoCode,
    Damaged,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::File(error) => error.fmt(f),
            Unread::Image(error) => error.fmt(f),
            Unread::NoCode => f.write_str("no QR code in the picture"),
            Unread::Damaged => f.write_str("the QR code in the picture is too damaged to be read"),
        }
    }
}

impl Cause for Unread {
    fn zh(&self) -> String {
        match self {
            Unread::File(error) => error.zh(),
            Unread::Image(error) => error.zh(),
            Unread::NoCode => "图片里没有二维码".into(),
            Unread::Damaged => "图片里的二维码损坏太多，读不出来".into(),
        }
    }
}

/// The texts of all codes in a picture, or why there is none.
pub(crate) fn codes(file: &Path) -> Result<Vec<String>, Unread> {
    let bytes = files::try_read_up_to(file, MAX_FILE).map_err(Unread::File)?;
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| Unread::File(Unreadable::Io(error)))?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    reader.limits(limits);
    let grey = reader.decode().map_err(Unread::Image)?.to_luma8();
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        grey.get_pixel(x as u32, y as u32).0[0]
    });
    let grids = image.detect_grids();
    let texts: Vec<String> = grids.iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect();
    match (texts.is_empty(), grids.is_empty()) {
        (false, _) => Ok(texts),
        (true, true) => Err(Unread::NoCode),
        (true, false) => Err(Unread::Damaged),
    }
}
