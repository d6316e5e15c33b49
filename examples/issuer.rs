//! A card-issuing agency: a credential for a phone's key, and the lists of lost cards.
//!
//! `cargo run --example issuer`. A real agency keeps both keys in an HSM and implements
//! [`SigningKey`] for them; here they are keys in software.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use onecode::status::{Status, StatusIssuer, StatusPublication};
use onecode::{
    Algorithm, CardClaims, CardCredential, Entitlements, PublicKey, Region, SigningKey, SoftwareKey,
};

/// The agency's id in the trust list, and how many cards it has room for.
const ID: &str = "cn-33";
const CARDS: u32 = 59_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
    // One key for cards, one for status lists: the trust list says which may sign what.
    let card_key = SoftwareKey::generate(Algorithm::Esp256)?.key;
    let status_key = SoftwareKey::generate(Algorithm::Esp256)?.key;

    // 1. A phone applies for a card. It sends its public key; the private one never leaves it.
    let phone = SoftwareKey::generate(Algorithm::Esp256)?.key;
    let sent = phone.public_key().to_bytes();
    let holder_key = PublicKey::from_bytes(Algorithm::Esp256, &sent)?;

    // 2. The credential binds that key to a card: no name and no number, only the position in the
    //    agency's status lists. Signed anew each day, it says that the card was valid that day.
    let claims = CardClaims {
        region: Region::new(330_100)?, // Hangzhou (GB/T 2260)
        status_index: 7,
        entitlements: Entitlements::of([0, 1, 3]), // what a bit means is in the catalogue
        max_window_s: 60,
        expires_unix_s: now + 30 * 86_400,
        confirmed_unix_s: Some(now),
        specimen: false,
        delegate: false,
        holder_key,
    };
    let credential = CardCredential::issue(claims.clone(), &card_key)?;
    let delivered = credential.as_bytes();
    println!("a card credential of {} bytes", delivered.len());

    // The phone reads it and checks the signature.
    let received = CardCredential::from_bytes(delivered)?;
    assert_eq!(*received.claims(), claims);
    received.verify(&card_key.public_key()).map_err(|_| "the signature does not hold")?;
    assert!(received.verify(&status_key.public_key()).is_err());

    // 3. The status of all cards, published whole in the morning.
    let mut cards = StatusIssuer::new(ID, CARDS);
    let morning = cards.clone();
    let lists = cards.publish(publication(now - 3_600), &status_key)?;
    let bytes: usize = lists.iter().map(Vec::len).sum();
    println!("the status of {CARDS} cards: {} lists, {bytes} bytes", lists.len());

    // 4. A card is reported lost. What has changed since the morning is one small delta.
    cards.suspend(7)?;
    let noon = cards.clone();
    let delta = cards.publish_delta(&morning, now - 3_600, publication(now), &status_key)?;
    println!("one card suspended: a delta of {} bytes", delta.len());

    // 5. The server restarts and goes on from what it has published, as a scanner would read it.
    let published: Vec<&[u8]> = lists.iter().chain([&delta]).map(Vec::as_slice).collect();
    let keys = [status_key.public_key()];
    let mut cards = StatusIssuer::from_published(ID, published.clone(), &keys)?;
    assert_eq!(cards.continues_unix_s(), Some(now));
    assert_eq!(cards.status(7), Some(Status::Suspended));
    assert_eq!(cards.status(8), Some(Status::Valid));

    // 6. The card is found again, and the next delta continues the last one.
    cards.restore(7)?;
    let next = cards.publish_delta(&noon, now, publication(now + 3_600), &status_key)?;
    let published = published.into_iter().chain([next.as_slice()]);
    let mut cards = StatusIssuer::from_published(ID, published, &keys)?;
    assert_eq!(cards.status(7), Some(Status::Valid));
    println!("restored: a delta of {} bytes", next.len());

    // 7. A revoked card never comes back: its holder gets a new one.
    cards.revoke(7)?;
    assert!(cards.restore(7).is_err());

    // A delta alone, without the lists that it continues, is worth nothing.
    assert!(StatusIssuer::from_published(ID, [&delta], &keys).is_err());
    Ok(())
}

/// Good for a week; gates fetch the next one after an hour.
fn publication(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication {
        issued_at_unix_s,
        expires_unix_s: issued_at_unix_s + 7 * 86_400,
        ttl_s: 3_600,
    }
}
