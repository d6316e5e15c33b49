//! The QR picture.

use onecode::Level;

use crate::mirror::mirror;

/// How much of a code may be lost while it can still be read (ISO/IEC 18004).
#[uniffi::remote(Enum)]
pub enum Level {
    /// Repairs about 7 % of the codewords.
    L,
    /// Repairs about 15 % of the codewords: the usual choice.
    M,
    /// Repairs about 25 % of the codewords.
    Q,
    /// Repairs about 30 % of the codewords.
    H,
}

/// How a picture lies in a square of whole pixels, with its quiet zone. Every module has the same
/// size, and the remainder becomes margin. Modules of unequal size reduce the reading distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PictureLayout {
    /// The side of the square.
    pub side_px: i32,
    /// The side of a module; 0 where the square is too small for the picture.
    pub module_px: i32,
    /// From the edge of the square to the first module, both to the right and down.
    pub origin_px: i32,
}

impl From<onecode::qr::PictureLayout> for PictureLayout {
    fn from(layout: onecode::qr::PictureLayout) -> Self {
        let px = |px: u32| px.try_into().unwrap_or(i32::MAX);
        PictureLayout {
            side_px: px(layout.side_px),
            module_px: px(layout.module_px),
            origin_px: px(layout.origin_px),
        }
    }
}

/// The smallest square for a code of `width` modules per side, with modules of `module_px`.
#[uniffi::export]
pub fn picture_layout_of(width: i32, module_px: i32) -> PictureLayout {
    onecode::qr::PictureLayout::of(size(width), size(module_px)).into()
}

/// A code of `width` modules per side, centred in a square of `side_px`, as large as whole pixels
/// allow. A negative side counts as 0.
#[uniffi::export]
pub fn picture_layout_within(width: i32, side_px: i32) -> PictureLayout {
    onecode::qr::PictureLayout::within(size(width), size(side_px)).into()
}

fn size(number: i32) -> u32 {
    number.try_into().unwrap_or(0)
}

/// One QR code: a square of dark and light modules.
#[derive(Debug, uniffi::Object)]
pub struct QrCode(onecode::QrCode);

#[uniffi::export]
impl QrCode {
    /// Draws `text` as the smallest code that holds it at `level`, by default M.
    #[uniffi::constructor(default(level = None))]
    pub fn draw(text: String, level: Option<Level>) -> Result<Self, QrError> {
        Ok(QrCode(onecode::QrCode::draw(&text, level.unwrap_or_default())?))
    }

    /// The version, 1 to 40: the size of the code.
    pub fn version(&self) -> i32 {
        self.0.version().into()
    }

    /// Modules per side, without the quiet zone.
    pub fn width(&self) -> i32 {
        // safe: 177 at most
        self.0.width() as i32
    }

    /// The modules row by row, one byte each, 1 for dark and 0 for light, without the quiet zone.
    /// Leave four light modules free on every side. Draw dark on light, in a dark theme too.
    pub fn modules(&self) -> Vec<u8> {
        self.0.modules().to_vec()
    }

    /// A scalable picture in units of modules, quiet zone included.
    pub fn to_svg(&self) -> String {
        self.0.to_svg()
    }

    /// A black-and-white PNG with modules of `module_px` pixels, 1 to 64, quiet zone included.
    pub fn to_png(&self, module_px: i32) -> Result<Vec<u8>, QrError> {
        Ok(self.0.to_png(module_px.try_into().unwrap_or(0))?)
    }
}

mirror! {
    /// Why a text was not drawn.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum QrError = onecode::qr::QrError {
        /// There is nothing to draw.
        #[error("no text to draw")]
        Empty,
        /// The text holds a character outside `0-9 A-Z`, space and `$%*+-./:`.
        #[error("the character at {at} is not in the QR alphanumeric set")]
        NotAlphanumeric {
            /// Its place, counted from 0.
            at: i64,
            /// The character.
            found: String,
        },
        /// The text does not fit the largest version at this level.
        #[error("{length} bytes of text, at most {max} fit")]
        TooLong {
            /// Bytes in the text.
            length: i64,
            /// Characters that fit.
            max: i64,
            /// The level asked for.
            level: Level,
        } = TooLong { len: length, max, level },
        /// Modules of this size cannot be drawn: 0 pixels or too many.
        #[error("modules of {asked} pixels, from 1 to {max} can be drawn")]
        ModuleSize {
            /// Pixels asked for.
            asked: i64,
            /// Most pixels a module may have.
            max: i64,
        },
        /// The PNG could not be written.
        #[error("png: {reason}")]
        Png {
            /// Why.
            reason: String,
        } = Png(reason),
    }
}
