//! The code as others meet it: pictures in, text out.
//!
//! The reader is `rqrr`, which shares no code with the encoder.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use onecode::qr::QrError;
use onecode::{Level, QrCode};

const LEVELS: [Level; 4] = [Level::L, Level::M, Level::Q, Level::H];
const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// `OC1:` and well-mixed characters up to `len`.
fn text(len: usize) -> String {
    let mut state = 0x0c1_u32;
    let mixed = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(ALPHABET[(state >> 16) as usize % ALPHABET.len()])
    });
    "OC1:".chars().chain(mixed).take(len).collect()
}

/// A grey picture: width, height, and whether a pixel is dark.
struct Picture {
    width: usize,
    height: usize,
    dark: Vec<bool>,
}

impl Picture {
    fn from_png(file: &[u8]) -> Self {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut packed = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut packed).unwrap();
        assert_eq!(info.color_type, png::ColorType::Grayscale);
        assert_eq!(info.bit_depth, png::BitDepth::One);
        let (width, height) = (info.width as usize, info.height as usize);
        let dark = packed
            .chunks(info.line_size)
            .flat_map(|row| (0..width).map(|x| row[x / 8] & (0x80 >> (x % 8)) == 0))
            .collect();
        Self { width, height, dark }
    }

    /// What a terminal shows, each half of a character `px` pixels square.
    fn from_terminal(shown: &str, px: usize) -> Self {
        let mut halves = Vec::new();
        for line in shown.lines() {
            let line = line.strip_prefix("\x1b[38;5;16;48;5;231m").unwrap();
            let line = line.strip_suffix("\x1b[0m").unwrap();
            // One character each for "inverse" and "no longer inverse".
            let line = line.replace("\x1b[7m", "<").replace("\x1b[27m", ">");
            let (mut upper, mut lower, mut inverse) = (Vec::new(), Vec::new(), false);
            for c in line.chars() {
                match c {
                    '<' => inverse = true,
                    '>' => inverse = false,
                    ' ' | '▄' => {
                        upper.push(inverse);
                        lower.push(inverse != (c == '▄'));
                    }
                    other => panic!("{other:?} in the picture"),
                }
            }
            assert!(!inverse, "the right quiet zone is light");
            halves.extend([upper, lower]);
        }
        let (width, height) = (halves[0].len() * px, halves.len() * px);
        assert!(halves.iter().all(|row| row.len() * px == width), "ragged");
        let dark = (0..width * height).map(|i| halves[i / width / px][i % width / px]).collect();
        Self { width, height, dark }
    }

    /// The one code in the picture.
    fn read(&self) -> (rqrr::MetaData, String) {
        let grey = |x, y| {
            if self.dark[y * self.width + x] {
                0
            } else {
                255
            }
        };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(self.width, self.height, grey);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap()
    }
}

#[test]
fn a_png_reads_back_at_every_level() {
    // Format information as the standard writes it: M 0, L 1, H 2, Q 3.
    for (level, written) in LEVELS.into_iter().zip([1, 0, 3, 2]) {
        for len in [1, 4, 100, 366, 418, 483, 1000] {
            let code = QrCode::draw(&text(len), level).unwrap();
            let (meta, read) = Picture::from_png(&code.to_png(5).unwrap()).read();
            assert_eq!(read, text(len));
            assert_eq!(meta.version.0, usize::from(code.version()));
            assert_eq!(meta.ecc_level, written);
            assert_eq!(meta.mask, 6);
        }
    }
}

#[test]
fn every_character_reads_back() {
    let all = String::from_utf8(ALPHABET.to_vec()).unwrap();
    let code = QrCode::draw(&all, Level::default()).unwrap();
    assert_eq!(Picture::from_png(&code.to_png(4).unwrap()).read().1, all);
}

#[test]
fn the_codes_have_the_sizes_promised() {
    // Byte mode would need version 15 for the everyday code, so these also
    // prove the mode.
    for (len, at_l, at_m) in [(366, 10, 11), (367, 10, 12), (418, 11, 12), (483, 12, 13)] {
        assert_eq!(QrCode::draw(&text(len), Level::L).unwrap().version(), at_l);
        assert_eq!(QrCode::draw(&text(len), Level::M).unwrap().version(), at_m);
    }
    let everyday = QrCode::draw(&text(366), Level::default()).unwrap();
    assert_eq!(everyday.level(), Level::M);
    assert_eq!((everyday.width(), everyday.modules().len()), (61, 61 * 61));
}

#[test]
fn digits_alone_stay_alphanumeric() {
    // Numeric mode would get 34 digits into version 1 at M.
    assert_eq!(QrCode::draw(&"7".repeat(20), Level::M).unwrap().version(), 1);
    assert_eq!(QrCode::draw(&"7".repeat(21), Level::M).unwrap().version(), 2);
}

#[test]
fn other_characters_are_refused_where_they_stand() {
    for (text, at, found) in [
        ("a", 0, 'a'),
        ("OC1:x", 4, 'x'),
        ("OC1:\0", 4, '\0'),
        ("OC1:é", 4, 'é'),
        ("OC1:AB\nCD", 6, '\n'),
        ("OC1:A#b", 5, '#'),
        ("OC1:\u{ff21}", 4, '\u{ff21}'), // a wide A
    ] {
        let refused = QrCode::draw(text, Level::M).unwrap_err();
        assert_eq!(refused, QrError::NotAlphanumeric { at, found });
    }
}

#[test]
fn nothing_and_too_much_are_refused() {
    assert_eq!(QrCode::draw("", Level::M).unwrap_err(), QrError::Empty);
    for (level, max) in LEVELS.into_iter().zip([4296, 3391, 2420, 1852]) {
        assert_eq!(QrCode::draw(&text(max), level).unwrap().version(), 40);
        let refused = QrCode::draw(&text(max + 1), level).unwrap_err();
        let len = max + 1;
        assert_eq!(refused, QrError::TooLong { len, max, level });
    }
    let huge = "é".repeat(1 << 20);
    let refused = QrCode::draw(&huge, Level::L).unwrap_err();
    assert!(matches!(refused, QrError::TooLong { len: 0x20_0000, .. }));
}

#[test]
fn beyond_the_code_is_light() {
    let code = QrCode::draw("OC1:", Level::M).unwrap();
    let last = code.width() - 1;
    assert!(code.is_dark(0, 0) && code.is_dark(last, 0) && code.is_dark(0, last));
    for (x, y) in [(last + 1, 0), (0, last + 1), (usize::MAX, usize::MAX)] {
        assert!(!code.is_dark(x, y));
    }
}

#[test]
fn a_png_holds_the_modules_and_four_light_ones_around() {
    let code = QrCode::draw(&text(366), Level::M).unwrap();
    for px in [1, 3, 8] {
        let picture = Picture::from_png(&code.to_png(px as u32).unwrap());
        let side = (code.width() + 8) * px;
        assert_eq!((picture.width, picture.height), (side, side));
        for (i, &dark) in picture.dark.iter().enumerate() {
            let (x, y) = (i % side / px, i / side / px);
            let inside = x >= 4 && y >= 4;
            assert_eq!(dark, inside && code.is_dark(x - 4 * usize::from(inside), y.max(4) - 4));
        }
    }
}

#[test]
fn a_png_has_modules_of_1_to_64_pixels() {
    let code = QrCode::draw("OC1:", Level::M).unwrap();
    for asked in [0, 65, u32::MAX] {
        let refused = code.to_png(asked).unwrap_err();
        assert_eq!(refused, QrError::ModuleSize { asked, max: 64 });
    }
    let picture = Picture::from_png(&code.to_png(64).unwrap());
    assert_eq!(picture.width, 29 * 64);
}

#[test]
fn an_svg_holds_the_modules() {
    let code = QrCode::draw(&text(366), Level::M).unwrap();
    let svg = code.to_svg();
    let rest = svg
        .strip_prefix(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 69 69\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h69v69H0z\"/>\
             <path fill=\"#000\" d=\"",
        )
        .unwrap();
    let path = rest.strip_suffix("\"/></svg>").unwrap();

    let mut drawn = vec![0; 61 * 61];
    for run in path.strip_suffix('z').unwrap().split('z') {
        let (from, shape) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (x, y) = from.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let (len, back) = shape.split_once("v1h-").unwrap();
        assert_eq!(len, back);
        for x in x..x + len.parse::<usize>().unwrap() {
            drawn[(y - 4) * 61 + (x - 4)] += 1; // a module drawn twice shows
        }
    }
    assert_eq!(drawn, code.modules());
}

#[test]
fn a_terminal_shows_a_code_that_reads_and_fits() {
    for (len, version, columns, lines) in [(366, 11, 69, 35), (418, 12, 73, 37), (483, 13, 77, 39)]
    {
        let code = QrCode::draw(&text(len), Level::M).unwrap();
        let picture = Picture::from_terminal(&code.to_terminal(), 4);
        assert_eq!(code.version(), version);
        assert_eq!((picture.width, picture.height), (columns * 4, lines * 8));
        assert_eq!(picture.read().1, text(len));
    }
}
