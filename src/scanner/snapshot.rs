//! What a scanner keeps while it is switched off: everything except the lists themselves.
//!
//! Specification: docs/SPEC.md section 18 says what survives. The bytes are private to this
//! library, not a wire format: a magic, a version, a CBOR map and a SHA-256 over all of it.

mod governed;

use std::collections::{BTreeMap, HashMap};

use super::memory::{Memory, ReceiptChain};
use super::Scanner;
use crate::challenge::{OpenChallenge, OpenChallenges, MAX_OPEN_CHALLENGES};
use crate::clock::{ClockSense, Sample, Shown, CLOCK_SAMPLES};
use crate::code::Challenge;
use crate::cose::{CborError, CborProblem, Reader, Writer};
use crate::duplicates::UsedCodes;
use crate::keys::{sha256, PublicKey};
use crate::lists::status::{StatusBook, StatusMark, StatusSigner};
use crate::lists::{Document, Lists};
use crate::scan::Policy;

const MAGIC: &[u8; 7] = b"OC-SNAP";
const VERSION: u8 = 3;
const CHECKSUM: usize = 32;
const MAX_WINDOW_S: i64 = 300;

/// Members of the map. A new kind of state gets its own number here, a `write_…` and a `read_…`. If
/// an older library would go wrong without that state, it needs a new version as well.
mod member {
    pub(super) const ROOTS: i64 = 1;
    pub(super) const TRUST_LIST: i64 = 2;
    pub(super) const CATALOGUE: i64 = 3;
    pub(super) const STATUS_LISTS: i64 = 4;
    pub(super) const USED_CODES: i64 = 5;
    pub(super) const CLOCK: i64 = 6;
    pub(super) const CHALLENGES: i64 = 7;
    pub(super) const RECEIPTS: i64 = 8;
    pub(super) const NOTICES: i64 = 9;
}

/// Bytes are not a snapshot that this library can restore. None of them is used.
///
/// A host that then starts a fresh scanner loses the record of its editions, so it must fetch the
/// newest lists first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Something else, or cut short at the very beginning.
    #[error("not a snapshot of a scanner")]
    NotASnapshot,
    /// Made by an older version of this library, in a form no longer read.
    #[error("a snapshot of the older format {version}")]
    OlderFormat {
        /// Its format.
        version: u8,
    },
    /// Made by a newer version of this library.
    #[error("a snapshot of the newer format {version}")]
    NewerFormat {
        /// Its format.
        version: u8,
    },
    /// Cut short or changed: the checksum differs.
    #[error("a damaged snapshot")]
    Damaged,
    /// Undamaged, but not what this library writes.
    #[error("a snapshot with {0}")]
    Content(#[from] CborError),
}

impl Scanner {
    /// Everything a scanner has found out and must not forget, as bytes for the host to store: the
    /// roots in force, which editions and status lists it had, and its memory.
    ///
    /// The signed documents are not included: the host keeps them and installs them again. Store it
    /// where only the scanner's host can write: whoever writes it decides what was used, and which
    /// lists count as old. It takes a few hundred bytes for the lists, and about 26 for each code
    /// used in the last minutes and each card that still has to wait. The time it takes grows with
    /// that size.
    pub fn snapshot(&self) -> Vec<u8> {
        self.snapshot_with(self.memory.receipts.as_ref())
    }

    /// Goes back to one of its own snapshots, except for lists, settings and the chain of receipts.
    pub(crate) fn go_back(
        &mut self,
        snapshot: &[u8],
        receipts: Option<ReceiptChain>,
    ) -> Result<(), SnapshotError> {
        let Memory { used_codes, clock, challenges, .. } =
            Scanner::restore(snapshot, self.policy)?.memory;
        let capacity = self.memory.used_codes.capacity();
        self.memory = Memory {
            used_codes,
            clock,
            challenges,
            receipts,
            known_cards: std::mem::take(&mut self.memory.known_cards),
            store: self.memory.store.take(),
            others: self.memory.others,
        };
        self.memory.used_codes.set_capacity(capacity);
        Ok(())
    }

    /// The same as [`Scanner::snapshot`], with this chain of receipts.
    pub(crate) fn snapshot_with(&self, receipts: Option<&ReceiptChain>) -> Vec<u8> {
        let Scanner { lists, memory, .. } = self;
        let (roots, trust, terms) = (&lists.roots, lists.trust.mark(), lists.terms.mark());

        let mut body = Writer::with_capacity(4_096);
        let optional = [trust.is_some(), terms.is_some(), receipts.is_some()];
        let members = 6 + optional.into_iter().filter(|there| *there).count() as u64;
        body.map(members);
        body.int(member::ROOTS);
        governed::write_roots(&mut body, roots);
        for (name, mark) in [(member::TRUST_LIST, trust), (member::CATALOGUE, terms)] {
            if let Some(mark) = mark {
                body.int(name);
                governed::write_mark(&mut body, mark);
            }
        }
        body.int(member::STATUS_LISTS);
        write_status(&mut body, &lists.status);
        body.int(member::USED_CODES);
        memory.used_codes.write(&mut body);
        body.int(member::CLOCK);
        write_clock(&mut body, &memory.clock);
        body.int(member::CHALLENGES);
        write_challenges(&mut body, &memory.challenges);
        if let Some(ReceiptChain { scanner, number, previous, .. }) = receipts {
            body.int(member::RECEIPTS).array(3).text(scanner).uint(*number).bytes(previous);
        }
        body.int(member::NOTICES);
        governed::write_notices(&mut body, &lists.notices);

        let mut snapshot = MAGIC.to_vec();
        snapshot.push(VERSION);
        snapshot.extend(body.finish());
        snapshot.extend(sha256(&snapshot));
        snapshot
    }

    /// A scanner that continues from a snapshot, without lists: install them again. It refuses
    /// lists older than those it had, and other documents under their numbers.
    ///
    /// The host's own settings are not in it: its store, and its handler of foreign codes.
    pub fn restore(snapshot: &[u8], policy: Policy) -> Result<Scanner, SnapshotError> {
        let body = open(snapshot)?;
        let mut reader = Reader::at(body, MAGIC.len() + 1);
        let (mut trust, mut terms) = (Document::default(), Document::default());
        let mut memory = Memory::default();
        // Without any of these the scanner would silently forget what it must keep.
        let (mut roots, mut status, mut used_codes, mut notices) = (None, None, None, None);
        let mut members = reader.fields()?;
        while let Some(name) = members.next_key()? {
            let member = &mut members;
            match name {
                member::ROOTS => roots = Some(member.value(governed::read_roots)?),
                member::TRUST_LIST => {
                    trust = Document::before_restart(member.value(governed::read_mark)?)
                }
                member::CATALOGUE => {
                    terms = Document::before_restart(member.value(governed::read_mark)?)
                }
                member::STATUS_LISTS => status = Some(member.value(read_status)?),
                member::USED_CODES => used_codes = Some(member.value(UsedCodes::read)?),
                member::CLOCK => memory.clock = member.value(read_clock)?,
                member::CHALLENGES => memory.challenges = member.value(read_challenges)?,
                member::RECEIPTS => memory.receipts = Some(member.value(read_receipts)?),
                member::NOTICES => notices = Some(member.value(governed::read_notices)?),
                _ => break,
            }
        }
        members.end()?;
        reader.end()?;
        let missing = reader.problem(CborProblem::MissingKey);
        let mut lists = Lists::believing(roots.ok_or(missing)?);
        (lists.trust, lists.terms) = (trust, terms);
        lists.status = status.ok_or(missing)?;
        lists.notices = notices.ok_or(missing)?;
        memory.used_codes = used_codes.ok_or(missing)?;
        Ok(Scanner { policy, lists, memory, foreign_handler: None })
    }
}

/// The body of a snapshot that is undamaged and of this format.
fn open(snapshot: &[u8]) -> Result<&[u8], SnapshotError> {
    let (version, rest) = snapshot
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.split_first())
        .ok_or(SnapshotError::NotASnapshot)?;
    match *version {
        VERSION => {}
        version if version < VERSION => return Err(SnapshotError::OlderFormat { version }),
        version => return Err(SnapshotError::NewerFormat { version }),
    }
    let length = snapshot.len().checked_sub(CHECKSUM).ok_or(SnapshotError::Damaged)?;
    let (content, checksum) = snapshot.split_at(length);
    if checksum != sha256(content) {
        return Err(SnapshotError::Damaged);
    }
    let length = rest.len().checked_sub(CHECKSUM).ok_or(SnapshotError::Damaged)?;
    rest.get(..length).ok_or(SnapshotError::Damaged)
}

/// A JWK, because it can carry an SM2 signer ID.
fn write_key(writer: &mut Writer, key: &PublicKey) {
    writer.text(&key.to_jwk());
}

fn read_key(reader: &mut Reader<'_>) -> Result<PublicKey, CborError> {
    reader.converted(Reader::text, CborProblem::OutOfRange, |jwk| PublicKey::from_jwk(jwk).ok())
}

/// For each phone: its card, when it was seen, how far its clock is ahead at least, and by how much
/// more it may be.
fn write_clock(writer: &mut Writer, clock: &ClockSense) {
    writer.array(clock.samples.len() as u64);
    for Sample { card, shown, seen_unix_s } in &clock.samples {
        writer.array(4).bytes(card).uint(u64::try_from(*seen_unix_s).unwrap_or(0));
        writer.int(shown.least_s).int(shown.most_s.saturating_sub(shown.least_s));
    }
}

fn read_clock(reader: &mut Reader<'_>) -> Result<ClockSense, CborError> {
    let at = reader.offset();
    let samples = reader.items(|reader| {
        reader.array_of(4)?;
        let card = reader.byte_array()?;
        let seen_unix_s = reader.time()?;
        let least_s = reader.int()?;
        let most_s = least_s.saturating_add(reader.uint_in(0..=MAX_WINDOW_S)?);
        Ok(Sample { card, shown: Shown { least_s, most_s }, seen_unix_s })
    })?;
    if samples.len() > CLOCK_SAMPLES {
        return Err(CborError { at, problem: CborProblem::WrongCount });
    }
    Ok(ClockSense::of(samples))
}

/// For each challenge: its bytes, when it was shown, when it ends.
fn write_challenges(writer: &mut Writer, challenges: &OpenChallenges) {
    writer.array(challenges.0.len() as u64);
    for OpenChallenge { challenge, shown_unix_s, expires_unix_s } in &challenges.0 {
        writer.array(3).bytes(challenge.as_bytes()).int(*shown_unix_s).int(*expires_unix_s);
    }
}

fn read_challenges(reader: &mut Reader<'_>) -> Result<OpenChallenges, CborError> {
    let at = reader.offset();
    let open = reader.items(|reader| {
        reader.array_of(3)?;
        let challenge =
            reader.converted(Reader::bytes, CborProblem::WrongLength, Challenge::new)?;
        let (shown_unix_s, expires_unix_s) = (reader.int()?, reader.int()?);
        Ok(OpenChallenge { challenge, shown_unix_s, expires_unix_s })
    })?;
    if open.len() > MAX_OPEN_CHALLENGES {
        return Err(CborError { at, problem: CborProblem::WrongCount });
    }
    Ok(OpenChallenges(open.into()))
}

fn read_receipts(reader: &mut Reader<'_>) -> Result<ReceiptChain, CborError> {
    reader.array_of(3)?;
    Ok(ReceiptChain::new(reader.text()?.to_owned(), reader.uint()?, reader.byte_array()?))
}

/// The keys come first, since many lists share one. Then, for each issuer, runs of lists made at
/// one time by one key: first number, how many, time, key, and the hash of each.
fn write_status(writer: &mut Writer, status: &StatusBook) {
    let marks = status.marks();
    let (mut keys, mut numbers) = (Vec::new(), HashMap::new());
    for StatusMark { signer, .. } in marks.values().flat_map(BTreeMap::values) {
        numbers.entry(signer.key).or_insert_with(|| {
            keys.push(signer.key);
            keys.len() as u64 - 1
        });
    }
    writer.array(2).array(keys.len() as u64);
    keys.iter().for_each(|key| write_key(writer, key));
    writer.array(marks.len() as u64);
    for (issuer_id, of_issuer) in marks {
        let mut runs: Vec<(u16, Vec<[u8; 32]>, StatusMark)> = Vec::new();
        for (number, mark) in of_issuer {
            match runs.last_mut() {
                Some((first, digests, of_run))
                    if (of_run.issued_at_unix_s, of_run.signer)
                        == (mark.issued_at_unix_s, mark.signer)
                        && usize::from(*first) + digests.len() == usize::from(number) =>
                {
                    digests.push(mark.digest);
                }
                _ => runs.push((number, vec![mark.digest], mark)),
            }
        }
        writer.array(2).text(issuer_id).array(runs.len() as u64);
        for (first, digests, mark) in runs {
            let key = numbers.get(&mark.signer.key).copied().unwrap_or(0);
            writer.array(5).uint(first.into()).uint(digests.len() as u64);
            writer.uint(u64::try_from(mark.issued_at_unix_s).unwrap_or(0)).uint(key);
            writer.bytes(&digests.concat());
        }
    }
}

fn read_status(reader: &mut Reader<'_>) -> Result<StatusBook, CborError> {
    reader.array_of(2)?;
    let keys = reader.items(read_key)?;
    let last_list = u64::from(u32::MAX / crate::lists::status::SHARD_POSITIONS);
    let of_issuers = reader.items(|reader| {
        reader.array_of(2)?;
        let issuer_id = reader.text()?.to_owned();
        let (mut marks, mut next) = (BTreeMap::new(), 0);
        for _ in 0..reader.array()? {
            reader.array_of(5)?;
            // Runs are ascending, so that few bytes cannot name the same lists again and again.
            let first = reader.uint_in(next..=last_list)?;
            let count = reader.uint_in(1..=last_list + 1 - first)?;
            let issued_at_unix_s = reader.time()?;
            let key = reader.converted(Reader::uint, CborProblem::OutOfRange, |key| {
                keys.get(usize::try_from(key).ok()?).copied()
            })?;
            let signer = StatusSigner::of(key);
            next = first + count;
            let digests = reader.converted(Reader::bytes, CborProblem::WrongLength, |bytes| {
                let (digests, rest) = bytes.as_chunks::<32>();
                (rest.is_empty() && digests.len() as u64 == count).then_some(digests)
            })?;
            marks.extend((first..next).zip(digests).map(|(number, digest)| {
                (number as u16, StatusMark { issued_at_unix_s, signer, digest: *digest })
            }));
        }
        Ok((issuer_id, marks))
    })?;
    Ok(StatusBook::after_restart(of_issuers.into_iter().collect::<HashMap<_, _>>()))
}
