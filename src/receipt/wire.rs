//! The bytes of a receipt.

use super::{Pseudonym, Receipt, ScannerId};
use crate::challenge::{Asked, Question};
use crate::clock::{ClockBlame, ClockEstimate};
use crate::code::{ApplicationNumber, Challenge};
use crate::cose::header::{self, SignedBy};
use crate::cose::registry::claim::{IAT, RECEIPT, SUB};
use crate::cose::registry::typ;
use crate::cose::{CborError, CborProblem, Reader, Sign1, Unsigned, Writer};
use crate::jose::Sha256Hash;
use crate::keys::{sha256, PublicKey};
use crate::region::Region;
use crate::scan::evidence::{Consulted, Edition, Evidence, Used};
use crate::scan::{Context, MemoryProblem, Policy};
use crate::scanner::ReceiptChain;

/// Items of the claim `RECEIPT`.
const ITEMS: u64 = 18;
/// Most notices and indexes that change one verdict.
const MAX_APPLIED: usize = 64;

const FLAG_HANDED_OVER: u64 = 1;
const FLAG_SPECIMENS: u64 = 2;

/// The numbers of earlier uses that did not lead to a refusal.
const WARNED: u64 = 1;
const UNCHECKED: u64 = 2;

/// What was said of clocks: the phone's is to blame, or the scanner's is, or the code was accepted
/// although the scanner's is off.
const PHONE: u64 = 1;
const SCANNER: u64 = 2;
const CLOCK_OFF: u64 = 3;

/// What goes into a receipt.
pub(super) struct Content<'c> {
    pub(super) chain: &'c ReceiptChain,
    pub(super) unix_s: u64,
    pub(super) verdict: u16,
    pub(super) handed_over: bool,
    pub(super) context: &'c Context,
    pub(super) text_hash: [u8; 32],
    pub(super) card: Option<Pseudonym>,
    pub(super) evidence: &'c Evidence,
}

/// The receipt without its signature, and the bytes that `key` has to sign.
pub(super) fn write(content: &Content<'_>, key: &PublicKey) -> (Unsigned, Vec<u8>) {
    let Content { chain, context, evidence, .. } = content;
    let mut payload = Writer::with_capacity(320);
    payload.map(3).int(SUB).text(&chain.scanner).int(IAT).uint(content.unix_s);
    payload.int(RECEIPT).array(ITEMS).uint(chain.number).bytes(&chain.previous);
    payload.uint(content.verdict.into());
    payload.uint(
        if content.handed_over { FLAG_HANDED_OVER } else { 0 }
            | if evidence.policy.accept_specimens { FLAG_SPECIMENS } else { 0 },
    );
    payload.uint(context.application.get().into()).uint(context.place.to_prefix().into());
    payload.bytes(&content.text_hash).uint(evidence.policy.tolerance_s.into());
    optional_bytes(&mut payload, content.card.as_ref().map(|card| &card.0[..]));
    payload.uint(evidence.roots);
    for edition in [&evidence.trust_list, &evidence.catalogue] {
        match edition {
            None => payload.array(0),
            Some(edition) => payload.array(2).uint(edition.sequence).bytes(&edition.hash.0),
        };
    }
    payload.array(evidence.applied.len() as u64);
    evidence.applied.iter().for_each(|hash| {
        payload.bytes(&hash.0);
    });
    match evidence.status {
        Consulted::NotYet => payload.array(0),
        Consulted::Nothing { unreadable_since_unix_s: None } => payload.array(1).uint(0),
        Consulted::Nothing { unreadable_since_unix_s: Some(since) } => {
            payload.array(2).uint(1).int(since)
        }
        Consulted::List { number, issued_at_unix_s, signed_by } => {
            payload.array(4).uint(2).uint(number.into()).int(issued_at_unix_s).bytes(&signed_by.0)
        }
    };
    optional_bytes(&mut payload, context.challenge.as_ref().map(Challenge::as_bytes));
    match evidence.question {
        None => payload.array(0),
        Some(Question { any_open, asked }) => match asked {
            Asked::Unknown => payload.array(2).boolean(any_open).uint(0),
            Asked::Open => payload.array(2).boolean(any_open).uint(1),
            Asked::Over { expired_unix_s } => {
                payload.array(3).boolean(any_open).uint(2).int(expired_unix_s)
            }
        },
    };
    match evidence.used {
        None => payload.array(0),
        Some(Used::Nothing) => payload.array(1).uint(0),
        Some(Used::Warned { first_unix_s }) => payload.array(2).uint(WARNED).int(first_unix_s),
        Some(Used::Unchecked(problem)) => payload.array(2).uint(UNCHECKED).uint(why(problem)),
        Some(Used::Before { first_unix_s }) => payload.array(2).uint(601).int(first_unix_s),
        Some(Used::MomentsAgo { seconds, wait_s }) => {
            payload.array(3).uint(602).int(seconds).int(wait_s)
        }
        Some(Used::Unavailable(problem)) => payload.array(2).uint(707).uint(why(problem)),
        Some(Used::ClockWentBack { behind_s }) => payload.array(2).uint(709).int(behind_s),
    };
    let clock = match (evidence.blame, evidence.clock_off) {
        (ClockBlame::Phone(estimate), _) => Some((PHONE, estimate)),
        (ClockBlame::Scanner(estimate), _) => Some((SCANNER, estimate)),
        (ClockBlame::Unknown, off) => off.map(|estimate| (CLOCK_OFF, estimate)),
    };
    match clock {
        None => payload.array(0),
        Some((what, ClockEstimate { behind_s, agreeing, of })) => {
            payload.array(4).uint(what).int(behind_s).uint(agreeing.into()).uint(of.into())
        }
    };
    Unsigned::new(header::of_signer_with_typ(key, typ::RECEIPT), payload.finish())
}

fn optional_bytes(payload: &mut Writer, bytes: Option<&[u8]>) {
    match bytes {
        None => payload.array(0),
        Some(bytes) => payload.array(1).bytes(bytes),
    };
}

fn why(problem: MemoryProblem) -> u64 {
    match problem {
        MemoryProblem::Full => 0,
        MemoryProblem::Store => 1,
        MemoryProblem::ClockWentBack => 2,
        MemoryProblem::Incomplete => 3,
    }
}

/// A receipt that has been read but not verified.
pub(super) struct Unverified<'b> {
    pub(super) receipt: Receipt,
    pub(super) sign1: Sign1<'b>,
    pub(super) signed_by: SignedBy,
}

pub(super) fn read(bytes: &[u8]) -> Result<Unverified<'_>, CborError> {
    let sign1 = Sign1::parse(bytes)?;
    let (signed_by, ()) =
        SignedBy::read_with_typ(sign1.header(), |reader| reader.exact_text(typ::RECEIPT))?;

    let mut payload = sign1.claims();
    let mut claims = payload.fields()?;
    let scanner = claims.required(SUB, |reader| {
        reader.converted(Reader::text, CborProblem::OutOfRange, ScannerId::new)
    })?;
    let time_unix_s = claims.required(IAT, Reader::time)?;
    let receipt = claims
        .required(RECEIPT, |reader| read_receipt(reader, scanner, time_unix_s, sha256(bytes)))?;
    claims.end()?;
    payload.end()?;
    Ok(Unverified { receipt, sign1, signed_by })
}

/// The claim `RECEIPT`.
fn read_receipt(
    reader: &mut Reader<'_>,
    scanner: ScannerId,
    time_unix_s: i64,
    hash: [u8; 32],
) -> Result<Receipt, CborError> {
    reader.array_of(ITEMS)?;
    let number = reader.uint()?;
    let previous = reader.byte_array()?;
    let verdict = reader.converted(
        |reader| reader.uint_in(0..=799),
        CborProblem::OutOfRange,
        |verdict: u16| (verdict == 0 || verdict >= 101).then_some(verdict),
    )?;
    let flags = reader.converted(
        |reader| reader.uint_in(0..=FLAG_HANDED_OVER | FLAG_SPECIMENS),
        CborProblem::OutOfRange,
        // Only a code of another system is handed to the host.
        |flags| (flags & FLAG_HANDED_OVER == 0 || verdict == 110).then_some(flags),
    )?;
    let application = reader.converted(
        |reader| reader.uint_in(1..=u16::MAX),
        CborProblem::OutOfRange,
        ApplicationNumber::new,
    )?;
    let place = reader.converted(Reader::uint, CborProblem::OutOfRange, Region::from_prefix)?;
    let text_hash = reader.byte_array()?;
    let tolerance_s = reader.uint_in(0..=Policy::MAX_TOLERANCE_S)?;
    let card = read_optional(reader, |reader| reader.byte_array().map(Pseudonym))?;
    let roots = reader.uint()?;
    let trust_list = read_edition(reader)?;
    let catalogue = read_edition(reader)?;
    let applied = read_applied(reader)?;
    let status = read_consulted(reader)?;
    let shown = read_optional(reader, |reader| {
        reader.converted(Reader::bytes, CborProblem::WrongLength, Challenge::new)
    })?;
    let question = read_question(reader)?;
    let used = read_used(reader)?;
    let (blame, clock_off) = read_clock(reader)?;

    let accept_specimens = flags & FLAG_SPECIMENS != 0;
    Ok(Receipt {
        scanner,
        time_unix_s,
        number,
        previous,
        hash,
        verdict,
        handed_over: flags & FLAG_HANDED_OVER != 0,
        application,
        place,
        text_hash,
        card,
        tolerance_s,
        specimens_accepted: accept_specimens,
        trust_list: Receipt::sequence(trust_list),
        catalogue: Receipt::sequence(catalogue),
        status: Receipt::status_of(status),
        shown,
        evidence: Evidence {
            // Whether it works without status lists follows from its verdict.
            policy: Policy { tolerance_s, accept_specimens, ..Policy::default() },
            roots,
            applied,
            trust_list,
            catalogue,
            card_secret: None,
            status,
            question,
            used,
            blame,
            clock_off,
        },
    })
}

/// An empty array, or an array of one item.
fn read_optional<'b, T>(
    reader: &mut Reader<'b>,
    read: impl FnOnce(&mut Reader<'b>) -> Result<T, CborError>,
) -> Result<Option<T>, CborError> {
    let at = reader.offset();
    match reader.array()? {
        0 => Ok(None),
        1 => read(reader).map(Some),
        _ => Err(CborError { at, problem: CborProblem::WrongCount }),
    }
}

fn read_edition(reader: &mut Reader<'_>) -> Result<Option<Edition>, CborError> {
    let at = reader.offset();
    match reader.array()? {
        0 => Ok(None),
        2 => Ok(Some(Edition { sequence: reader.uint()?, hash: Sha256Hash(reader.byte_array()?) })),
        _ => Err(CborError { at, problem: CborProblem::WrongCount }),
    }
}

fn read_applied(reader: &mut Reader<'_>) -> Result<Vec<Sha256Hash>, CborError> {
    let at = reader.offset();
    let applied = reader.items(|reader| reader.byte_array().map(Sha256Hash))?;
    match applied.len() > MAX_APPLIED {
        true => Err(CborError { at, problem: CborProblem::WrongCount }),
        false => Ok(applied),
    }
}

/// An array that is empty, or begins with a number that says what follows. Returns the number and
/// how many items are left.
fn read_tagged(reader: &mut Reader<'_>) -> Result<Option<(u64, u64)>, CborError> {
    match reader.array()? {
        0 => Ok(None),
        count => Ok(Some((reader.uint()?, count - 1))),
    }
}

fn read_consulted(reader: &mut Reader<'_>) -> Result<Consulted, CborError> {
    let at = reader.offset();
    Ok(match read_tagged(reader)? {
        None => Consulted::NotYet,
        Some((0, 0)) => Consulted::Nothing { unreadable_since_unix_s: None },
        Some((1, 1)) => Consulted::Nothing { unreadable_since_unix_s: Some(reader.int()?) },
        Some((2, 3)) => Consulted::List {
            number: reader.uint_in(0..=4_095)?,
            issued_at_unix_s: reader.int()?,
            signed_by: reader.key_id()?,
        },
        Some(_) => return Err(CborError { at, problem: CborProblem::WrongCount }),
    })
}

fn read_question(reader: &mut Reader<'_>) -> Result<Option<Question>, CborError> {
    let at = reader.offset();
    let count = reader.array()?;
    if count == 0 {
        return Ok(None);
    }
    let any_open = reader.boolean()?;
    let asked = match (reader.uint()?, count) {
        (0, 2) => Asked::Unknown,
        (1, 2) => Asked::Open,
        (2, 3) => Asked::Over { expired_unix_s: reader.int()? },
        _ => return Err(CborError { at, problem: CborProblem::WrongCount }),
    };
    Ok(Some(Question { any_open, asked }))
}

fn read_used(reader: &mut Reader<'_>) -> Result<Option<Used>, CborError> {
    let at = reader.offset();
    Ok(Some(match read_tagged(reader)? {
        None => return Ok(None),
        Some((0, 0)) => Used::Nothing,
        Some((WARNED, 1)) => Used::Warned { first_unix_s: reader.int()? },
        Some((UNCHECKED, 1)) => Used::Unchecked(read_problem(reader, 3)?),
        Some((601, 1)) => Used::Before { first_unix_s: reader.int()? },
        Some((602, 2)) => Used::MomentsAgo { seconds: reader.int()?, wait_s: reader.int()? },
        // The others never lead to a refusal.
        Some((707, 1)) => Used::Unavailable(read_problem(reader, 1)?),
        Some((709, 1)) => Used::ClockWentBack { behind_s: reader.int()? },
        Some(_) => return Err(CborError { at, problem: CborProblem::WrongCount }),
    }))
}

fn read_clock(reader: &mut Reader<'_>) -> Result<(ClockBlame, Option<ClockEstimate>), CborError> {
    let at = reader.offset();
    let Some((what, left)) = read_tagged(reader)? else { return Ok((ClockBlame::Unknown, None)) };
    if left != 3 {
        return Err(CborError { at, problem: CborProblem::WrongCount });
    }
    let behind_s = reader.int()?;
    let agreeing = reader.uint_in(0..=u16::MAX)?;
    let of = reader.uint_in(0..=u16::MAX)?;
    let estimate = ClockEstimate { behind_s, agreeing, of };
    match what {
        PHONE => Ok((ClockBlame::Phone(estimate), None)),
        SCANNER => Ok((ClockBlame::Scanner(estimate), None)),
        CLOCK_OFF => Ok((ClockBlame::Unknown, Some(estimate))),
        _ => Err(CborError { at, problem: CborProblem::OutOfRange }),
    }
}

fn read_problem(reader: &mut Reader<'_>, last: u8) -> Result<MemoryProblem, CborError> {
    Ok(match reader.uint_in(0..=last)? {
        0 => MemoryProblem::Full,
        1 => MemoryProblem::Store,
        2 => MemoryProblem::ClockWentBack,
        _ => MemoryProblem::Incomplete,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("| flags | {FLAG_HANDED_OVER}: handed over, only with 110. {FLAG_SPECIMENS}:"),
            &format!("{WARNED} used before, accepted with a mark; {UNCHECKED} not checked"),
            &format!("{PHONE} the phone's, {SCANNER} the scanner's. {CLOCK_OFF}: the advisory"),
        ]);
    }
}
