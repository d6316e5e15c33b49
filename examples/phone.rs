//! A phone: cards in a wallet, the code for now as a picture, and everything kept over a restart.
//!
//! `cargo run --example phone`. On a real phone the private key lies in secure hardware, and the
//! app implements [`SigningKey`] for it; here it is a key in software. The agency is played too.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use onecode::card::IssueError;
use onecode::explain::{explain, SignedBytes};
use onecode::{
    Algorithm, CardClaims, CardCredential, Entitlements, Level, QrCode, Region, Schedule,
    SigningKey, SoftwareKey, Wallet,
};

fn main() -> Result<(), Box<dyn Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
    let phone = SoftwareKey::generate(Algorithm::Esp256)?.key;
    let agency = SoftwareKey::generate(Algorithm::Esp256)?.key;

    // 1. The agency has issued two cards for this phone's key: the holder's own, and her child's.
    let own = issue(&agency, &phone, 7, false, now - 2 * DAY)?;
    let child = issue(&agency, &phone, 8, true, now)?;

    // 2. They go into the wallet. The alias names the key in the secure hardware.
    let mut wallet = Wallet::new();
    let mut ids = Vec::new();
    for (bytes, label) in [(&own, "我的社保卡"), (&child, "孩子的社保卡")] {
        let credential = CardCredential::from_bytes(bytes)?;
        credential.verify(&agency.public_key()).map_err(|_| "not the agency's card")?;
        ids.push(wallet.add(credential, "key-1", label)?.card());
    }
    for card in wallet.cards() {
        let whose = if card.is_delegate() { "a relative's" } else { "the holder's own" };
        println!("{}  {}  {whose}", card.id(), card.label());
    }
    // The agency confirmed the first card two days ago, so it is due when the app is next online.
    assert_eq!(wallet.due_for_renewal(now), [ids[0]]);

    // 3. The code for now. No second may have two codes, so the wallet is stored before each code
    //    is shown. `Wallet::choose` picks the card where a service is known.
    let session = wallet.session(ids[0]).ok_or("no such card")?;
    let code = session.code(&phone, now)?;
    let stored = wallet.to_bytes();

    // 4. Its picture, and when the next code takes its place.
    let picture = QrCode::draw(code.text(), Level::default())?;
    println!("{}", picture.to_terminal());
    assert_eq!(read_by_another_decoder(&picture)?, code.text());
    let Schedule { shown_from_unix_s, renew_at_unix_s, good_until_unix_s } = code.schedule();
    println!("replaced after {} s", renew_at_unix_s - shown_from_unix_s);
    println!("good for {} s", good_until_unix_s - shown_from_unix_s);
    assert_eq!(shown_from_unix_s, now);
    assert_eq!(good_until_unix_s, now + 60);
    assert!((now + 1..good_until_unix_s).contains(&renew_at_unix_s));

    // The code carries the card, and the phone's signature holds for it.
    let read = explain(code.text())?;
    assert_eq!(read.card.status_index, 7);
    let SignedBytes { signed, signature } = read.code_signature;
    phone.public_key().verify(&signed, &signature).map_err(|_| "the signature does not hold")?;

    // 5. The app was closed and opened again: the wallet goes on, and it knows which second has
    //    had its code.
    let mut wallet = Wallet::from_bytes(&stored)?;
    assert_eq!(wallet.cards().len(), 2);
    let session = wallet.session(ids[0]).ok_or("no such card")?;
    let next = session.code(&phone, now)?;
    assert_eq!(next.schedule().shown_from_unix_s, now + 1);
    assert_ne!(next.text(), code.text());
    println!("after a restart: the next code, for one second later");
    Ok(())
}

const DAY: i64 = 86_400;

/// What the agency delivers: the bytes of a card credential. See the example `issuer`.
fn issue(
    agency: &SoftwareKey,
    phone: &SoftwareKey,
    status_index: u32,
    delegate: bool,
    confirmed_unix_s: i64,
) -> Result<Vec<u8>, IssueError> {
    let claims = CardClaims {
        region: Region::ZHEJIANG,
        status_index,
        entitlements: Entitlements::of([0, 1]),
        max_window_s: 60,
        expires_unix_s: confirmed_unix_s + 30 * DAY,
        confirmed_unix_s: Some(confirmed_unix_s),
        specimen: false,
        delegate,
        holder_key: phone.public_key(),
    };
    Ok(CardCredential::issue(claims, agency)?.as_bytes().to_vec())
}

/// Reads the modules, 4 pixels wide each. All beyond them is light: the quiet zone.
fn read_by_another_decoder(picture: &QrCode) -> Result<String, Box<dyn Error>> {
    let module = |pixel: usize| (pixel / 4).wrapping_sub(4);
    let is_dark = |x, y| picture.is_dark(module(x), module(y));
    let side = (picture.width() + 8) * 4;
    let mut image = rqrr::PreparedImage::prepare_from_bitmap(side, side, is_dark);
    let grids = image.detect_grids();
    Ok(grids.first().ok_or("no code in the picture")?.decode()?.1)
}
