//! Codes as pictures: drawn by the library, read by decoders that are not ours.
//!
//! Uses `files` and `cause`.

use std::fmt;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageError, ImageReader, Limits};
use onecode::{Code, Level, QrCode};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, Unreadable};

/// Largest file that is looked at, in bytes.
const MAX_FILE: u64 = 32 << 20;

/// Largest picture, in pixels a side: more than phones take.
const MAX_SIDE: u32 = 16_384;

/// Pixels of a module in a PNG.
pub(crate) const MODULE_PX: u32 = 8;

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
    let shades = Shades::of(reader.decode().map_err(Unread::Image)?);
    let mut is_there = false;
    for look in LOOKS.iter().filter(|look| shades.are_transparent || look.paper == WHITE) {
        let mut image =
            rqrr::PreparedImage::prepare_from_greyscale(shades.width, shades.height, |x, y| {
                shades.seen(x, y, look)
            });
        let grids = image.detect_grids();
        is_there |= !grids.is_empty();
        let texts: Vec<String> =
            grids.iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect();
        if !texts.is_empty() {
            return Ok(texts);
        }
    }
    Err(if is_there { Unread::Damaged } else { Unread::NoCode })
}

const WHITE: u8 = 255;
const BLACK: u8 = 0;

/// A way to look at a picture.
struct Look {
    /// What lies behind its transparent parts.
    paper: u8,
    /// Light for dark, for a code that is light on dark.
    inverted: bool,
}

/// One after the other, until there is a code: most are dark on light.
const LOOKS: [Look; 4] = [
    Look { paper: WHITE, inverted: false },
    Look { paper: WHITE, inverted: true },
    Look { paper: BLACK, inverted: false },
    Look { paper: BLACK, inverted: true },
];

/// A picture without its colours.
struct Shades {
    width: usize,
    height: usize,
    bytes: Vec<u8>,
    /// 1, or 2 where the second byte says how much of what lies behind is not seen.
    per_pixel: usize,
    are_transparent: bool,
}

impl Shades {
    fn of(picture: DynamicImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        if !picture.color().has_alpha() {
            let bytes = picture.into_luma8().into_raw();
            return Shades { width, height, bytes, per_pixel: 1, are_transparent: false };
        }
        let bytes = picture.into_luma_alpha8().into_raw();
        let are_transparent = bytes.chunks_exact(2).any(|pixel| pixel[1] != u8::MAX);
        Shades { width, height, bytes, per_pixel: 2, are_transparent }
    }

    fn seen(&self, x: usize, y: usize, look: &Look) -> u8 {
        let at = (y * self.width + x) * self.per_pixel;
        let shade = self.bytes[at];
        let alpha = if self.are_transparent { self.bytes[at + 1] } else { u8::MAX };
        let [shade, paper, alpha] = [shade, look.paper, alpha].map(u32::from);
        // The mean of two bytes is one.
        let shade = ((shade * alpha + paper * (255 - alpha)) / 255) as u8;
        if look.inverted {
            WHITE - shade
        } else {
            shade
        }
    }
}
