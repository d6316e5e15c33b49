//! Drawing the code: text in, modules out, and three pictures of them.
//!
//! Uses the `qrcode` and `flate2` crates, and nothing else of this one. A code's text is `OC1:` and
//! base45, the alphabet of the QR *alphanumeric* mode: 5.5 bits per character, where byte mode
//! takes 8. Any other character is refused, because it would silently make the picture denser. The
//! default level and the fixed mask are measured choices: docs/QR.md.

use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::ec::construct_codewords;
use qrcode::types::{Color, EcLevel, Mode, Version};
use std::fmt::Write as _;

mod png;

/// Light modules the standard asks for on every side of the code.
const QUIET_ZONE: u32 = 4;

/// The largest version of a QR code.
const MAX_VERSION: u8 = 40;

/// The largest module side [`QrCode::to_png`] draws, in pixels.
const MAX_MODULE_PX: u32 = 64;

/// The mask of every code, number 6 of the standard.
///
/// Any mask is valid, since the code itself names the one in use. Scoring all eight as the standard
/// does costs many times the rest of the drawing. In no measurement was the winner read clearly
/// more often than this one; in some, on repetitive texts, it was read far less often.
const MASK: MaskPattern = MaskPattern::Diamonds;

/// How much of a code may be lost while it can still be read (ISO/IEC 18004).
///
/// More correction means more modules for the same text, and so smaller ones at the same size on
/// the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Level {
    /// Repairs about 7 % of the codewords.
    L,
    /// Repairs about 15 % of the codewords: the default.
    #[default]
    M,
    /// Repairs about 25 % of the codewords.
    Q,
    /// Repairs about 30 % of the codewords.
    H,
}

impl Level {
    /// The same level by the encoder's name. It is private, and so the encoder stays private.
    fn ec(self) -> EcLevel {
        match self {
            Self::L => EcLevel::L,
            Self::M => EcLevel::M,
            Self::Q => EcLevel::Q,
            Self::H => EcLevel::H,
        }
    }
}

/// Why a text was not drawn.
#[derive(thiserror::Error, Debug, Clone, PartialEq, Eq)]
pub enum QrError {
    /// There is nothing to draw.
    #[error("no text to draw")]
    Empty,
    /// The text holds a character outside `0-9 A-Z`, space and `$%*+-./:`.
    #[error("character {found:?} at {at} is not in the QR alphanumeric set")]
    NotAlphanumeric {
        /// Its place, counted from 0. Up to there, bytes and characters are the same.
        at: usize,
        /// The character.
        found: char,
    },
    /// The text does not fit the largest version at this level.
    #[error("{len} bytes of text, at most {max} fit level {level:?}")]
    TooLong {
        /// Bytes in the text.
        len: usize,
        /// Characters that version 40 holds at this level.
        max: usize,
        /// The level asked for.
        level: Level,
    },
    /// Modules of this size cannot be drawn: 0 pixels or too many.
    #[error("modules of {asked} pixels, from 1 to {max} can be drawn")]
    ModuleSize {
        /// Pixels asked for.
        asked: u32,
        /// Most pixels a module may have.
        max: u32,
    },
    /// The PNG encoder refused the picture.
    #[error("png: {0}")]
    Png(String),
}

/// How a picture lies in a square of whole pixels, with its quiet zone. Every module has the same
/// size, and the remainder becomes margin. Modules of unequal size reduce the reading distance.
///
/// ```
/// use onecode::qr::PictureLayout;
///
/// let layout = PictureLayout::within(61, 1_000);
/// assert_eq!((layout.module_px, layout.origin_px), (14, 73));
/// assert_eq!(PictureLayout::of(61, 14).side_px, 966);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureLayout {
    /// The side of the square.
    pub side_px: u32,
    /// The side of a module; 0 where the square is too small for the picture.
    pub module_px: u32,
    /// From the edge of the square to the first module, both to the right and down.
    pub origin_px: u32,
}

impl PictureLayout {
    /// The smallest square for a code of `width` modules per side, with modules of `module_px`.
    pub fn of(width: u32, module_px: u32) -> Self {
        let side_px = framed(width).saturating_mul(module_px);
        PictureLayout { side_px, module_px, origin_px: QUIET_ZONE.saturating_mul(module_px) }
    }

    /// A code of `width` modules per side, centred in a square of `side_px`, as large as whole
    /// pixels allow.
    pub fn within(width: u32, side_px: u32) -> Self {
        let module_px = side_px / framed(width);
        // safe: width modules of this size fit the side
        PictureLayout { side_px, module_px, origin_px: (side_px - module_px * width) / 2 }
    }
}

/// Modules per side, with the quiet zone.
fn framed(width: u32) -> u32 {
    width.saturating_add(2 * QUIET_ZONE)
}

/// One QR code: a square of dark and light modules.
///
/// ```
/// use onecode::{Level, QrCode};
///
/// let code = QrCode::draw("OC1:6BFOXN", Level::default())?;
/// assert_eq!((code.version(), code.width()), (1, 21));
/// assert!(code.is_dark(0, 0)); // the corner of a finder pattern
/// # Ok::<(), onecode::qr::QrError>(())
/// ```
#[derive(Debug, Clone)]
pub struct QrCode {
    version: u8,
    level: Level,
    width: usize,
    modules: Vec<u8>,
}

impl QrCode {
    /// Draws `text` as the smallest code that holds it at `level`.
    ///
    /// The same text and level always give the same code.
    ///
    /// # Errors
    ///
    /// [`QrError::Empty`], [`QrError::TooLong`] or [`QrError::NotAlphanumeric`]; the length is
    /// checked first.
    pub fn draw(text: &str, level: Level) -> Result<Self, QrError> {
        let max = capacity(MAX_VERSION, level);
        let too_long = QrError::TooLong { len: text.len(), max, level };
        if text.is_empty() {
            return Err(QrError::Empty);
        }
        if text.len() > max {
            return Err(too_long);
        }
        if let Some((at, found)) = text.char_indices().find(|&(_, c)| !is_alphanumeric(c)) {
            return Err(QrError::NotAlphanumeric { at, found });
        }
        let Some(version) = (1..=MAX_VERSION).find(|&v| text.len() <= capacity(v, level)) else {
            return Err(too_long);
        };
        // The checks above leave the encoder nothing to refuse. If it still refused, it could only
        // be for lack of room.
        let colors = encode(text, version, level).ok_or(too_long)?;
        let modules = colors.iter().map(|&c| u8::from(c == Color::Dark)).collect();
        Ok(Self { version, level, width: usize::from(version) * 4 + 17, modules })
    }

    /// The version, 1 to 40: the size of the code.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The error-correction level it was drawn at.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Modules per side, without the quiet zone.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Whether the module in column `x` of row `y` is dark. Everything outside the code is light.
    #[must_use]
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.width && y < self.width && self.modules.get(y * self.width + x) == Some(&1)
    }

    /// The modules row by row, 1 for dark and 0 for light, without quiet zone.
    ///
    /// Leave four light modules free on every side. Draw dark on light, in a dark theme too.
    #[must_use]
    pub fn modules(&self) -> &[u8] {
        &self.modules
    }

    /// A scalable picture in units of modules, quiet zone included.
    #[must_use]
    pub fn to_svg(&self) -> String {
        // One path, a rectangle for each run of dark modules. There are no seams between
        // neighbours, and the size is a third of one rectangle per module.
        let PictureLayout { side_px: side, origin_px: origin, .. } = self.layout(1);
        let origin = origin as usize;
        let mut path = String::new();
        for (y, row) in self.modules.chunks(self.width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&1) {
                    let (left, top, len) = (x + origin, y + origin, run.len());
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{left} {top}h{len}v1h-{len}z");
                }
                x += run.len();
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path fill=\"#000\" d=\"{path}\"/></svg>"
        )
    }

    /// A black-and-white PNG with modules of `module_px` pixels, quiet zone
    /// included.
    ///
    /// # Errors
    ///
    /// [`QrError::ModuleSize`] unless `module_px` is from 1 to 64.
    pub fn to_png(&self, module_px: u32) -> Result<Vec<u8>, QrError> {
        if !(1..=MAX_MODULE_PX).contains(&module_px) {
            return Err(QrError::ModuleSize { asked: module_px, max: MAX_MODULE_PX });
        }
        let scale = module_px as usize;
        let side_px = self.layout(module_px).side_px;
        let side = side_px as usize;
        let rows: Vec<Vec<u8>> = (0..self.framed_width())
            .map(|y| {
                let mut row = vec![0xff; side.div_ceil(8)]; // 1 is white
                for x in (0..side).filter(|x| self.is_dark_framed(x / scale, y)) {
                    if let Some(byte) = row.get_mut(x / 8) {
                        *byte &= !(0x80 >> (x % 8));
                    }
                }
                row
            })
            .collect();
        let rows = rows.iter().flat_map(|row| std::iter::repeat_n(row.as_slice(), scale));
        png::file(side_px, rows).map_err(|error| QrError::Png(error.to_string()))
    }

    /// Text for a terminal, two rows of modules per line, quiet zone included.
    ///
    /// It sets the colours itself, black on white of the 256-colour palette, so a dark theme cannot
    /// invert the code. They are reset at the end of each line. Up to version 13 it fits 80 columns
    /// by 40 lines.
    #[must_use]
    pub fn to_terminal(&self) -> String {
        let mut out = String::new();
        for y in (0..self.framed_width()).step_by(2) {
            out.push_str("\x1b[38;5;16;48;5;231m");
            let mut inverse = false;
            for x in 0..self.framed_width() {
                // The upper module is always the background, and the glyph is only ever a lower
                // half. So dark areas are free of the light hairlines that many fonts leave around
                // full blocks.
                let (upper, lower) = (self.is_dark_framed(x, y), self.is_dark_framed(x, y + 1));
                if upper != inverse {
                    inverse = upper;
                    out.push_str(if inverse { "\x1b[7m" } else { "\x1b[27m" });
                }
                out.push(if upper == lower { ' ' } else { '▄' });
            }
            out.push_str("\x1b[0m\n");
        }
        out
    }

    /// How it lies in the smallest square with modules of `module_px`.
    fn layout(&self, module_px: u32) -> PictureLayout {
        // safe: 177 at most
        PictureLayout::of(self.width as u32, module_px)
    }

    /// Modules per side, with the quiet zone.
    fn framed_width(&self) -> usize {
        self.layout(1).side_px as usize
    }

    /// [`Self::is_dark`], counted from the corner of the quiet zone.
    fn is_dark_framed(&self, x: usize, y: usize) -> bool {
        let origin = self.layout(1).origin_px as usize;
        match (x.checked_sub(origin), y.checked_sub(origin)) {
            (Some(x), Some(y)) => self.is_dark(x, y),
            _ => false,
        }
    }
}

/// Whether `c` is one of the 45 characters of the alphanumeric mode.
fn is_alphanumeric(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | ' ' | '$' | '%' | '*' | '+' | '-' | '.' | '/' | ':')
}

/// How many alphanumeric characters a version holds at a level.
fn capacity(version: u8, level: Level) -> usize {
    let version = Version::Normal(version.into());
    let header = version.mode_bits_count() + Mode::Alphanumeric.length_bits_count(version);
    let room = Bits::new(version).max_len(level.ec()).unwrap_or(0);
    // A pair of characters takes 11 bits, a single last one 6.
    let bits = room.saturating_sub(header);
    bits / 11 * 2 + usize::from(bits % 11 >= 6)
}

/// The finished modules, or `None` if the encoder finds no room.
fn encode(text: &str, version: u8, level: Level) -> Option<Vec<Color>> {
    let (version, level) = (Version::Normal(version.into()), level.ec());
    let mut bits = Bits::new(version);
    bits.push_alphanumeric_data(text.as_bytes()).ok()?;
    bits.push_terminator(level).ok()?;
    let (data, check) = construct_codewords(&bits.into_bytes(), version, level).ok()?;
    let mut canvas = Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &check);
    canvas.apply_mask(MASK);
    Some(canvas.into_colors())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    const LEVELS: [Level; 4] = [Level::L, Level::M, Level::Q, Level::H];

    #[test]
    fn the_specification_states_what_is_here() {
        assert_eq!(QUIET_ZONE, 4);
        assert_says(["a quiet zone of four modules"]);
    }

    #[test]
    fn capacities_are_those_of_the_standard() {
        let of = |version| LEVELS.map(|level| capacity(version, level));
        assert_eq!(of(1), [25, 20, 16, 10]);
        assert_eq!(of(9), [335, 262, 189, 143]);
        assert_eq!(of(10), [395, 311, 221, 174]);
        assert_eq!(of(11), [468, 366, 259, 200]);
        assert_eq!(of(12), [535, 419, 296, 227]);
        assert_eq!(of(13), [619, 483, 352, 259]);
        assert_eq!(of(27), [2132, 1637, 1172, 910]); // more length bits beyond 26
        assert_eq!(of(40), [4296, 3391, 2420, 1852]);
    }

    #[test]
    fn the_encoder_agrees_with_every_capacity() {
        for level in LEVELS {
            for version in 1..=MAX_VERSION {
                let full = "A".repeat(capacity(version, level));
                assert!(encode(&full, version, level).is_some(), "{version}-{level:?}");
                let over = full + "A";
                assert!(encode(&over, version, level).is_none(), "{version}-{level:?}");
            }
        }
    }

    #[test]
    fn a_picture_lies_on_whole_pixels_with_four_light_modules_around_it() {
        for width in [21, 61, 177] {
            for side_px in (0..3_000).chain([u32::MAX]) {
                let PictureLayout { module_px, origin_px, .. } =
                    PictureLayout::within(width, side_px);
                let rest_px = side_px - origin_px - module_px * width;
                assert!(origin_px >= 4 * module_px && rest_px >= 4 * module_px, "{side_px}");
                assert!(rest_px - origin_px <= 1, "in the middle");
                let larger = u64::from(module_px + 1) * u64::from(width + 8);
                assert!(larger > u64::from(side_px), "{side_px}: as large as can be");
            }
        }
        let layout = PictureLayout { side_px: 69 * 3, module_px: 3, origin_px: 12 };
        assert_eq!(PictureLayout::of(61, 3), layout);
        assert_eq!(PictureLayout::within(61, 69 * 3), layout);
        PictureLayout::of(u32::MAX, u32::MAX);
        PictureLayout::within(u32::MAX, u32::MAX);
    }

    #[test]
    fn the_alphabet_has_45_characters() {
        let alphabet: String = ('\0'..=char::MAX).filter(|&c| is_alphanumeric(c)).collect();
        assert_eq!(alphabet, " $%*+-./0123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    }
}
