//! Codes as pictures: drawn by the library, read by decoders that are not ours.
//!
//! Uses `files`.

use std::io::Cursor;
use std::path::Path;

use image::{ImageReader, Limits};
use onecode::{Code, Level, QrCode};

use crate::failure::Failure;
use crate::files;

/// Largest file that is looked at, in bytes.
const MAX_FILE: u64 = 32 << 20;

/// Largest picture, in pixels a side: more than phones take.
const MAX_SIDE: u32 = 16_384;

/// The picture of a code.
pub(crate) fn draw(code: &Code, level: Level) -> Result<QrCode, Failure> {
    QrCode::draw(code.text(), level).map_err(|error| Failure(error.to_string()))
}

/// The texts of all codes in a picture, or why there is none, in a few words.
pub(crate) fn codes(file: &Path) -> Result<Vec<String>, String> {
    let bytes = files::read_up_to(file, MAX_FILE).map_err(|Failure(line)| {
        let path = format!("{}: ", file.display());
        line.strip_prefix(&path).unwrap_or(&line).to_owned()
    })?;
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    reader.limits(limits);
    let grey = reader.decode().map_err(|error| error.to_string())?.to_luma8();
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        grey.get_pixel(x as u32, y as u32).0[0]
    });
    let grids = image.detect_grids();
    let texts: Vec<String> = grids.iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect();
    match (texts.is_empty(), grids.is_empty()) {
        (false, _) => Ok(texts),
        (true, true) => Err("no QR code in the picture".into()),
        (true, false) => Err("the QR code in the picture is too damaged to be read".into()),
    }
}
