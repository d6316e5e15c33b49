//! What a phone does: a code, its picture, the choice of a card.

use std::cell::Cell;
use std::hint::black_box;

use onecode::catalogue::EntitlementName;
use onecode::{
    Algorithm, CodeSession, Entitlements, Level, Offers, QrCode, Region, SigningKey, Wallet,
};

use crate::bare::{Bare, Key};
use crate::measure::{Table, Target};
use onecode_measure::practice::{self, Practice, NOW};

/// Texts of full codes: everyday at L and at M, bound and challenged, the largest there may be.
const TEXTS: [(usize, Level, u8); 4] =
    [(366, Level::L, 10), (366, Level::M, 11), (418, Level::M, 12), (483, Level::M, 13)];

pub fn rows(table: &mut Table) {
    table.section = "phone";
    make(table);
    wallet(table);
    base45(table);
    picture(table);
}

/// A code against the signature in it.
fn make(table: &mut Table) {
    for (algorithm, key, yardstick) in [
        (Algorithm::Esp256, Key::p256(), "ring signature"),
        (Algorithm::Ed25519, Key::ed25519(), "ring signature"),
        (Algorithm::Sm2, Key::sm2(), "RustCrypto signature"),
    ] {
        let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, algorithm);
        let mut session = CodeSession::new(world.credential(|_| ()));
        let mut bare = Bare::new(Key::p256(), key);
        let second = Cell::new(NOW);
        // The first code of a session costs a verification more.
        session.code(&world.phone, NOW).unwrap();
        table
            .row(
                format!("make a code, {algorithm}"),
                yardstick,
                Target::Ratio(1.15),
                || {
                    second.set(second.get() + 1);
                    black_box(session.code(&world.phone, second.get()).unwrap());
                },
                || bare.sign_one(),
            )
            .for_readme();
    }
}

/// The card for an application among many.
fn wallet(table: &mut Table) {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut wallet = Wallet::new();
    for n in 0..50 {
        let card = world.credential(|card| {
            card.status_index = n;
            // All but the last lack what the application asks for.
            card.entitlements = Entitlements::of([u8::from(n < 49)]);
        });
        wallet.add(card, "key", "card").unwrap();
    }
    let mut catalogue = practice::catalogue(1, vec![practice::open_application()]);
    catalogue.entitlements = vec![EntitlementName {
        bit: 0,
        id: "transit".into(),
        name: practice::name("交通", "Transit"),
    }];
    catalogue.applications[0].entitlements = vec!["transit".into()];
    let trust_list = world.trust_list(1).sign(&world.root).unwrap();
    let catalogue = catalogue.sign(&world.root).unwrap();
    let roots = world.root.public_key().into();
    let offers = Offers::verify(trust_list.as_bytes(), catalogue.as_bytes(), &roots).unwrap();
    let mut bare = Bare::new(Key::p256(), Key::p256());
    table
        .row(
            "wallet: choose one card of 50, checking them all",
            "50 ring verifications",
            Target::Ratio(1.10),
            || {
                let number = practice::application_number();
                let choice = wallet.choose(&offers, number, Region::SHANGHAI, NOW);
                black_box(choice.unwrap());
            },
            || (0..50).for_each(|_| bare.verify_one()),
        )
        .for_readme();
}

/// The code of the library itself, beside the crate of that name.
fn base45(table: &mut Table) {
    let bytes: Vec<u8> = (0..241).map(|_| fastrand::u8(..)).collect();
    let text = ::base45::encode(&bytes);
    table.row(
        "base45: 241 bytes to text",
        "base45 crate",
        Target::Ratio(1.0),
        || drop(black_box(crate::base45::encode(black_box(&bytes)))),
        || drop(black_box(::base45::encode(black_box(&bytes)))),
    );
    table.row(
        "base45: text to 241 bytes",
        "base45 crate",
        Target::Ratio(1.0),
        || drop(black_box(crate::base45::decode(black_box(text.as_bytes())).unwrap())),
        || drop(black_box(::base45::decode(black_box(&text)).unwrap())),
    );
}

fn picture(table: &mut Table) {
    for (characters, level, version) in TEXTS {
        let text = text(characters);
        assert_eq!(QrCode::draw(&text, level).unwrap().version(), version);
        let draw = || drop(black_box(QrCode::draw(black_box(&text), level).unwrap()));
        let (their_level, fast_level, gen_level) = match level {
            Level::L => (qrcode::EcLevel::L, fast_qr::ECL::L, qrcodegen::QrCodeEcc::Low),
            _ => (qrcode::EcLevel::M, fast_qr::ECL::M, qrcodegen::QrCodeEcc::Medium),
        };
        let name = format!("QR modules, version {version} at {level:?}");
        table
            .row(&name, "qrcode, best of 8 masks", Target::Nanoseconds(300_000.0), draw, || {
                let text = black_box(text.as_bytes());
                let code = qrcode::QrCode::with_error_correction_level(text, their_level);
                black_box(code.unwrap());
            })
            .for_readme();
        table.row(&name, "fast_qr", Target::Ratio(1.0), draw, || {
            let code = fast_qr::QRBuilder::new(black_box(text.as_str())).ecl(fast_level).build();
            black_box(code.unwrap());
        });
        table.row(&name, "qrcodegen", Target::Ratio(1.0), draw, || {
            let code = qrcodegen::QrCode::encode_text(black_box(&text), gen_level);
            black_box(code.unwrap());
        });
    }

    let text = text(366);
    let code = QrCode::draw(&text, Level::M).unwrap();
    let theirs = fast_qr::QRBuilder::new(text.as_str()).ecl(fast_qr::ECL::M).build().unwrap();
    table.row(
        "SVG, version 11",
        "fast_qr's SVG",
        Target::Ratio(1.0),
        || drop(black_box(code.to_svg())),
        || {
            let svg = fast_qr::convert::svg::SvgBuilder::default().to_str(&theirs);
            drop(black_box(svg));
        },
    );
    // The same picture, handed to the encoder ready packed.
    let side = (code.width() + 8) * 4;
    let mut pixels = vec![0xff; side.div_ceil(8) * side];
    for y in 0..code.width() * 4 {
        for x in (0..code.width() * 4).filter(|x| code.is_dark(x / 4, y / 4)) {
            pixels[(y + 16) * side.div_ceil(8) + (x + 16) / 8] &= !(0x80 >> (x % 8));
        }
    }
    assert_eq!(png_pixels(&code.to_png(4).unwrap()), pixels);
    table.row(
        "PNG, version 11 at 4 pixels a module",
        "png encoder alone",
        Target::Ratio(1.25),
        || drop(black_box(code.to_png(4).unwrap())),
        || drop(black_box(png_file(side, black_box(&pixels)))),
    );
}

/// As random as the text of a code.
fn text(characters: usize) -> String {
    let bytes: Vec<u8> = (0..characters).map(|_| fastrand::u8(..)).collect();
    format!("OC1:{}", ::base45::encode(bytes)).chars().take(characters).collect()
}

fn png_file(side: usize, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side as u32, side as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(pixels).unwrap();
    writer.finish().unwrap();
    file
}

fn png_pixels(file: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels
}
