//! The challenge: a scanner shows it, and the code that answers is made for this scanner and this
//! moment.
//!
//! Uses the challenge of the code, the random numbers of the keys and the text's base45. Takes the
//! time from its caller. Specification: docs/SPEC.md section 10.

use std::collections::VecDeque;

use crate::base45;
use crate::code::Challenge;
use crate::cose::time_of_host;
use crate::keys;
use crate::text::{self, CHALLENGE_PREFIX};

/// How many seconds a scanner's challenge may be answered.
pub const CHALLENGE_S: u32 = 120;

/// How many challenges of a scanner are open at once. One more closes the oldest.
pub const MAX_OPEN_CHALLENGES: usize = 64;

/// How far a scanner's clock may go back before its open challenges end. Otherwise they would last
/// longer.
const MAX_BACK_S: i64 = 120;

/// Crockford's base32, in the order of its values: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Bytes that are typed: 8 characters of 5 bits.
const TYPED_BYTES: usize = 5;
const TYPED_CHARACTERS: usize = 8;

/// How a challenge gets from the scanner to the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChallengeForm {
    /// As a small QR picture: 8 bytes.
    Picture,
    /// Typed by a person: 5 bytes, 8 characters. Forty bits are enough because a scanner has few
    /// challenges open, each for two minutes, and accepts each once.
    Typed,
}

impl ChallengeForm {
    fn bytes(self) -> usize {
        match self {
            ChallengeForm::Picture => 8,
            ChallengeForm::Typed => TYPED_BYTES,
        }
    }
}

/// A challenge to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedChallenge {
    /// The random bytes.
    pub challenge: Challenge,
    /// How they are to be shown.
    pub form: ChallengeForm,
    /// From this second on an answer is too late (Unix seconds).
    pub expires_unix_s: i64,
}

impl IssuedChallenge {
    /// What to show: the text for a QR picture (17 characters, version 1 at level M), or the 8
    /// characters to type, in two groups of four.
    pub fn text(&self) -> String {
        match self.form {
            ChallengeForm::Picture => picture_text(self.challenge.as_bytes()),
            ChallengeForm::Typed => typed_text(self.challenge.as_bytes()),
        }
    }
}

/// No challenge was opened. Open ones stay open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// It would end before it begins, or last longer than [`MAX_CHALLENGE_S`].
    #[error("a challenge from now on until {expires_unix_s} (Unix seconds) is not short-lived")]
    Lifetime {
        /// The end asked for.
        expires_unix_s: i64,
    },
    /// The caller's time is after the year 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    NotATime {
        /// What was handed in.
        unix_s: i64,
    },
    /// This challenge was opened before.
    #[error("this challenge was opened before")]
    Known,
}

/// Longest life of a challenge that a host has made itself, in seconds.
pub const MAX_CHALLENGE_S: u32 = 600;

/// What was scanned or typed is not a scanner's challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeTextError {
    /// Typed: not 8 characters, not counting spaces and hyphens. Picture: fewer than 8 or more than
    /// 15 bytes.
    #[error("{found} where {expected} belong")]
    Length {
        /// Characters that were typed, or bytes in the picture.
        found: usize,
        /// 8 in both forms.
        expected: usize,
    },
    /// A character outside the alphabet.
    #[error("character {at} is not one of a challenge")]
    Character {
        /// Its place, counted in characters from 0.
        at: usize,
    },
    /// The picture's text is not base45 in its one form.
    #[error("the text of the picture is damaged")]
    NotBase45,
}

impl ChallengeTextError {
    /// A short name that never changes, for vectors and logs.
    pub fn name(&self) -> &'static str {
        match self {
            ChallengeTextError::Length { .. } => "length",
            ChallengeTextError::Character { .. } => "character",
            ChallengeTextError::NotBase45 => "not_base45",
        }
    }
}

impl Challenge {
    /// Reads what a phone has scanned or a person has typed.
    ///
    /// Typed characters may be upper or lower case, with spaces and hyphens between them. O counts
    /// as 0, I and L as 1.
    pub fn from_text(text: &str) -> Result<Self, ChallengeTextError> {
        match text.strip_prefix(CHALLENGE_PREFIX) {
            Some(body) => from_picture(body),
            None => from_typed(text),
        }
    }
}

fn picture_text(bytes: &[u8]) -> String {
    format!("{CHALLENGE_PREFIX}{}", base45::encode(bytes))
}

fn typed_text(bytes: &[u8]) -> String {
    let bits = bytes.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut text = String::with_capacity(TYPED_CHARACTERS + 1);
    for at in 0..TYPED_CHARACTERS {
        if at == TYPED_CHARACTERS / 2 {
            text.push('-');
        }
        let value = bits >> (5 * (TYPED_CHARACTERS - 1 - at)) & 31;
        text.push(char::from(ALPHABET[value as usize]));
    }
    text
}

fn from_picture(body: &str) -> Result<Challenge, ChallengeTextError> {
    let (least, most) = (ChallengeForm::Picture.bytes(), *Challenge::LENGTH.end());
    let wrong = |found| ChallengeTextError::Length { found, expected: least };
    if body.len() > text::encoded_length(most) {
        return Err(wrong(body.len() / 3 * 2 + body.len() % 3 / 2));
    }
    let bytes = base45::decode(body.as_bytes()).map_err(|_| ChallengeTextError::NotBase45)?;
    let long = bytes.len() >= least;
    Challenge::new(&bytes).filter(|_| long).ok_or_else(|| wrong(bytes.len()))
}

fn from_typed(text: &str) -> Result<Challenge, ChallengeTextError> {
    let (mut bits, mut count) = (0_u64, 0);
    for (at, character) in text.chars().enumerate() {
        let character = match character.to_ascii_uppercase() {
            ' ' | '-' => continue,
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let value = ALPHABET.iter().position(|known| char::from(*known) == character);
        let value = value.ok_or(ChallengeTextError::Character { at })?;
        bits = bits << 5 | value as u64;
        count += 1;
    }
    if count != TYPED_CHARACTERS {
        let (found, expected) = (count, TYPED_CHARACTERS);
        return Err(ChallengeTextError::Length { found, expected });
    }
    let [.., a, b, c, d, e] = bits.to_be_bytes();
    Challenge::new(&[a, b, c, d, e])
        .ok_or(ChallengeTextError::Length { found: count, expected: TYPED_CHARACTERS })
}

/// The open challenges of a scanner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpenChallenges(pub(crate) VecDeque<OpenChallenge>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenChallenge {
    pub(crate) challenge: Challenge,
    pub(crate) shown_unix_s: i64,
    pub(crate) expires_unix_s: i64,
}

impl OpenChallenge {
    fn in_time(&self, now: i64) -> bool {
        (self.shown_unix_s.saturating_sub(MAX_BACK_S)..self.expires_unix_s).contains(&now)
    }
}

/// What a scanner knows about the challenge that a code answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It is open.
    Open,
    /// It ended, and nobody answered it in time.
    Over { expired_unix_s: i64 },
    /// Unknown: it was answered already, or pushed out by newer ones, or belongs to another
    /// scanner.
    Unknown,
}

/// How one code relates to the scanner's own challenges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// Whether any challenge is open.
    pub(crate) any_open: bool,
    /// What is known of the challenge that the code answers; `Unknown` when it answers none.
    pub(crate) asked: Asked,
}

impl OpenChallenges {
    pub(crate) fn question(&self, answered: Option<&Challenge>, now: i64) -> Question {
        Question {
            any_open: self.count(now) > 0,
            asked: answered.map_or(Asked::Unknown, |challenge| self.asked(challenge, now)),
        }
    }

    /// Makes a challenge from random bytes.
    pub(crate) fn issue(
        &mut self,
        form: ChallengeForm,
        now: i64,
    ) -> Result<IssuedChallenge, ChallengeError> {
        let random: [u8; 8] = keys::random().ok_or(ChallengeError::NoRandomness)?;
        let challenge =
            Challenge::new(&random[..form.bytes()]).ok_or(ChallengeError::NoRandomness)?;
        let expires_unix_s = now.saturating_add(CHALLENGE_S.into());
        self.open(challenge.clone(), expires_unix_s, now)?;
        Ok(IssuedChallenge { challenge, form, expires_unix_s })
    }

    /// Opens a challenge made elsewhere.
    pub(crate) fn open(
        &mut self,
        challenge: Challenge,
        expires_unix_s: i64,
        now: i64,
    ) -> Result<(), ChallengeError> {
        time_of_host(now).ok_or(ChallengeError::NotATime { unix_s: now })?;
        let lifetime_s = expires_unix_s.saturating_sub(now);
        if !(1..=MAX_CHALLENGE_S.into()).contains(&lifetime_s) {
            return Err(ChallengeError::Lifetime { expires_unix_s });
        }
        if self.0.iter().any(|open| open.challenge == challenge) {
            return Err(ChallengeError::Known);
        }
        while self.0.len() >= MAX_OPEN_CHALLENGES {
            let over = self.0.iter().position(|open| !open.in_time(now));
            self.0.remove(over.unwrap_or(0));
        }
        self.0.push_back(OpenChallenge { challenge, shown_unix_s: now, expires_unix_s });
        Ok(())
    }

    fn asked(&self, challenge: &Challenge, now: i64) -> Asked {
        match self.0.iter().find(|open| open.challenge == *challenge) {
            Some(open) if open.in_time(now) => Asked::Open,
            Some(open) => Asked::Over { expired_unix_s: open.expires_unix_s },
            None => Asked::Unknown,
        }
    }

    /// How many can be answered now.
    pub(crate) fn count(&self, now: i64) -> usize {
        self.0.iter().filter(|open| open.in_time(now)).count()
    }

    /// It was answered. Once is enough.
    pub(crate) fn close(&mut self, challenge: &Challenge) {
        self.0.retain(|open| open.challenge != *challenge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    const NOW: i64 = 1_795_392_000;

    fn challenge(n: u8) -> Challenge {
        Challenge::new(&[n; 8]).unwrap()
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("A challenge is good for {CHALLENGE_S} s: now < shown + {CHALLENGE_S}."),
            &format!("sets an end, at most {MAX_CHALLENGE_S} s ahead"),
            &format!("At most {MAX_OPEN_CHALLENGES} are open"),
            &format!("the scanner's clock is more than {MAX_BACK_S} s before the time"),
            &format!("`{}`", std::str::from_utf8(ALPHABET).unwrap()),
            &format!("| typed | {TYPED_BYTES} | {TYPED_CHARACTERS} characters"),
        ]);
    }

    #[test]
    fn eight_characters_are_forty_bits() {
        for (bytes, text) in [
            ([0; 5], "0000-0000"),
            ([0xff; 5], "ZZZZ-ZZZZ"),
            // 00001 00010 00011 00100 00101 00110 00111 01000
            ([0x08, 0x86, 0x42, 0x98, 0xe8], "1234-5678"),
            ([0x01, 0x23, 0x45, 0x67, 0x89], "04HM-ASW9"),
        ] {
            assert_eq!(typed_text(&bytes), text);
            assert_eq!(Challenge::from_text(text).unwrap().as_bytes(), bytes);
        }
    }

    #[test]
    fn people_type_as_they_like() {
        let wanted = Challenge::new(&[0x08, 0x86, 0x42, 0x98, 0x01]).unwrap();
        for text in ["1234-5601", "12345601", "i2345601", "L234 56O1", " 1-2-3-4-5-6-o-l "] {
            let typed = Challenge::from_text(text);
            assert_eq!(typed.as_ref(), Ok(&wanted), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_challenge() {
        use ChallengeTextError::*;
        let picture = picture_text(&[7; 8]);
        assert_eq!(Challenge::from_text(&picture), Ok(challenge(7)));
        assert_eq!(picture.len(), 17, "QR version 1 holds 20 at level M");
        let longest = Challenge::from_text(&picture_text(&[7; 15])).unwrap();
        assert_eq!(longest.as_bytes(), [7; 15]);
        for (text, error) in [
            (String::new(), Length { found: 0, expected: 8 }),
            ("1234-567".into(), Length { found: 7, expected: 8 }),
            ("1234-56789".into(), Length { found: 9, expected: 8 }),
            ("1234-567U".into(), Character { at: 8 }),
            ("1234－5678".into(), Character { at: 4 }),
            (picture.to_lowercase(), Character { at: 4 }),
            ("OC1:BB8".into(), Character { at: 3 }),
            (picture_text(&[7; 7]), Length { found: 7, expected: 8 }),
            (picture_text(&[7; 16]), Length { found: 16, expected: 8 }),
            (picture_text(&[7; 17]), Length { found: 17, expected: 8 }),
            ("OC1C:".into(), Length { found: 0, expected: 8 }),
            (format!("{picture}?"), NotBase45),
            ("OC1C:GGW".into(), NotBase45),
        ] {
            assert_eq!(Challenge::from_text(&text), Err(error), "{text}");
        }
        let endless = "0".repeat(100_000);
        assert_eq!(
            Challenge::from_text(&endless),
            Err(Length { found: 100_000, expected: 8 }),
            "no number runs over"
        );
    }

    #[test]
    fn a_challenge_is_known_until_it_is_answered() {
        let mut open = OpenChallenges::default();
        let end = NOW + i64::from(CHALLENGE_S);
        open.open(challenge(1), end, NOW).unwrap();
        for (now, asked) in [
            (NOW, Asked::Open),
            (end - 1, Asked::Open),
            (end, Asked::Over { expired_unix_s: end }),
            // The clock was corrected by a little, or went back by a lot.
            (NOW - 120, Asked::Open),
            (NOW - 121, Asked::Over { expired_unix_s: end }),
        ] {
            assert_eq!(open.asked(&challenge(1), now), asked, "{}", now - NOW);
            assert_eq!(open.count(now), usize::from(asked == Asked::Open));
        }
        assert_eq!(open.asked(&challenge(2), NOW), Asked::Unknown);
        open.close(&challenge(1));
        assert_eq!(open.asked(&challenge(1), NOW), Asked::Unknown);
    }

    #[test]
    fn few_are_open_for_a_short_time() {
        let mut open = OpenChallenges::default();
        for expires_unix_s in [NOW, NOW - 1, NOW + 601, i64::MIN, i64::MAX] {
            let error = ChallengeError::Lifetime { expires_unix_s };
            assert_eq!(open.open(challenge(1), expires_unix_s, NOW), Err(error));
        }
        for n in 0..64 {
            // Number 5 is over when number 65 comes.
            let end = if n == 5 { NOW + 1 } else { NOW + 600 };
            open.open(challenge(n), end, NOW).unwrap();
        }
        assert_eq!(open.open(challenge(9), NOW + 2, NOW), Err(ChallengeError::Known));
        open.open(challenge(64), NOW + 60, NOW + 1).unwrap();
        assert_eq!(open.asked(&challenge(5), NOW + 1), Asked::Unknown);
        assert_eq!(open.asked(&challenge(0), NOW + 1), Asked::Open);
        open.open(challenge(65), NOW + 60, NOW + 1).unwrap();
        assert_eq!(open.asked(&challenge(0), NOW + 1), Asked::Unknown, "the oldest made way");
        assert_eq!(open.0.len(), MAX_OPEN_CHALLENGES);
    }

    #[test]
    fn challenges_are_random() {
        let mut open = OpenChallenges::default();
        let picture = open.issue(ChallengeForm::Picture, NOW).unwrap();
        let typed = open.issue(ChallengeForm::Typed, NOW).unwrap();
        assert_eq!(picture.challenge.as_bytes().len(), 8);
        assert_eq!(typed.challenge.as_bytes().len(), 5);
        for issued in [picture, typed] {
            assert_eq!(Challenge::from_text(&issued.text()).as_ref(), Ok(&issued.challenge));
            assert_eq!(open.asked(&issued.challenge, NOW), Asked::Open);
            assert_eq!(issued.expires_unix_s, NOW + 120);
        }
        let mut seen = std::collections::HashSet::new();
        for _ in 0..200 {
            let issued = open.issue(ChallengeForm::Typed, NOW).unwrap();
            assert!(seen.insert(issued.text()), "twice within 200 of 2^40");
        }
    }
}
