//! Does one thing so many times, for tools that count instructions: `measure/instructions.sh`.
//!
//! `instructions new 100` prepares the same as `instructions new 0` and then does the thing 100
//! times; the difference of two counts is what it costs.

use std::hint::black_box;

use onecode::keys::{Signature, ToBeSigned};
use onecode::{Algorithm, CardCredential, Code, CodeSession, Level, Policy, QrCode, SigningKey};
use onecode_measure::practice::{context, Practice, NOW};

fn main() -> Result<(), &'static str> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, what, times] = &arguments[..] else { return Err("what, and how many times up to 200") };
    let times: usize = times.parse().map_err(|_| "how many times?")?;

    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut gate = world.scanner(Policy::default());
    let cards: Vec<CardCredential> =
        (0..200).map(|n| world.credential(|card| card.status_index = n)).collect();
    let codes: Vec<Code> = cards.iter().map(|card| world.code(card, NOW)).collect();
    gate.scan(codes[0].text(), &context(NOW));
    let mut session = CodeSession::new(cards[0].clone());
    // The first code of a session costs a verification more.
    session.code(&world.phone, NOW).map_err(|_| "no code")?;
    let public_key = world.phone.public_key();
    let message = [7; 180];
    let to_be_signed = ToBeSigned::new(public_key, &message);
    let signature = Signature::decode(Algorithm::Esp256, &world.phone.sign(&to_be_signed).unwrap());
    let signature = signature.map_err(|_| "no signature")?;

    let mut work: Box<dyn FnMut(usize)> = match what.as_str() {
        "sign" => Box::new(|_| drop(black_box(world.phone.sign(black_box(&to_be_signed))))),
        "make" => Box::new(|n| drop(black_box(session.code(&world.phone, NOW + 1 + n as i64)))),
        "draw" => Box::new(|n| drop(black_box(QrCode::draw(codes[n].text(), Level::M)))),
        "verify" => Box::new(|_| {
            let _ = black_box(public_key.verify(black_box(&message), &signature));
        }),
        "new" => Box::new(|n| drop(black_box(gate.scan(codes[1 + n % 199].text(), &context(NOW))))),
        "known" => Box::new(|_| drop(black_box(gate.scan(codes[0].text(), &context(NOW))))),
        "early" => Box::new(|_| drop(black_box(gate.scan(codes[0].text(), &context(NOW + 3_600))))),
        _ => return Err("sign, make, draw, verify, new, known or early"),
    };
    (0..times).for_each(&mut work);
    Ok(())
}
