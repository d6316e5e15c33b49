//! Base45 in its one form: the decoder accepts only what the encoder writes.
//!
//! Uses nothing. Specification: RFC 9285.

/// Two bytes become three characters, a single last byte two. The first character counts ones.
pub(crate) const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// The value of each character. One outside the alphabet gets a value so large that its group is
/// always too large. So one comparison finds both mistakes.
const VALUES: [u32; 256] = {
    let mut values = [1 << 16; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        values[ALPHABET[at] as usize] = at as u32;
        at += 1;
    }
    values
};

/// Whether a character is one of the 45.
pub(crate) fn has(character: u8) -> bool {
    VALUES[usize::from(character)] < 45
}

/// The text of these bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let character = |value: usize| ALPHABET[value % 45];
    let mut text = Vec::with_capacity(bytes.len().div_ceil(2) * 3);
    let (pairs, last) = bytes.as_chunks();
    for pair in pairs {
        let value = u16::from_be_bytes(*pair).into();
        text.extend([character(value), character(value / 45), character(value / 2_025)]);
    }
    if let [last] = *last {
        text.extend([character(last.into()), character(usize::from(last) / 45)]);
    }
    // The alphabet is ASCII.
    String::from_utf8(text).unwrap_or_default()
}

/// The bytes of this text, or the position of the first wrong group of characters.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    decode_to(|part| bytes.extend(part), text)?;
    Ok(bytes)
}

/// [`decode`], one or two bytes at a time. On failure `take` was given what stands before the first
/// wrong group.
pub(crate) fn decode_to(mut take: impl FnMut(&[u8]), text: &[u8]) -> Result<(), usize> {
    let value = |character: u8| VALUES[usize::from(character)];
    let (groups, last) = text.as_chunks();
    for (at, [a, b, c]) in groups.iter().enumerate() {
        let sum = value(*a) + value(*b) * 45 + value(*c) * 2_025;
        let pair = u16::try_from(sum).map_err(|_| at * 3)?;
        take(&pair.to_be_bytes());
    }
    let last = match *last {
        [] => return Ok(()),
        [a, b] => u8::try_from(value(a) + value(b) * 45).ok(),
        _ => None,
    };
    take(&[last.ok_or(groups.len() * 3)?]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_9285() {
        for (bytes, text) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("ietf!", "QED8WEX0"),
            ("", ""),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn every_pair_and_every_last_byte_as_another_library_has_it() {
        for n in 0..=u16::MAX {
            let pair = n.to_be_bytes();
            let text = encode(&pair);
            assert_eq!(text, base45::encode(pair));
            assert_eq!(decode(text.as_bytes()), Ok(pair.to_vec()));
        }
        for n in 0..=u8::MAX {
            let text = encode(&[n]);
            assert_eq!(text, base45::encode([n]));
            assert_eq!(decode(text.as_bytes()), Ok(vec![n]));
        }
    }

    /// Any three characters, or two, or one: they are read only if the encoder would write them.
    #[test]
    fn there_is_one_form() {
        let alphabet_and_neighbours = 0x1f..0x5c;
        let mut read = 0;
        for a in alphabet_and_neighbours.clone() {
            for b in alphabet_and_neighbours.clone() {
                for c in alphabet_and_neighbours.clone() {
                    if let Ok(bytes) = decode(&[a, b, c]) {
                        read += 1;
                        assert_eq!(encode(&bytes).as_bytes(), [a, b, c]);
                    }
                }
            }
        }
        assert_eq!(read, 1 << 16);
        let pairs = (0..=u16::MAX).filter(|n| decode(&n.to_be_bytes()).is_ok()).count();
        assert_eq!(pairs, 1 << 8);
        assert!((0..=u8::MAX).all(|n| decode(&[n]) == Err(0)));
    }

    #[test]
    fn the_first_group_that_is_none_is_pointed_at() {
        for (text, at) in [("GGW", 0), ("BB8GGW", 3), ("BB8B", 3), ("BB8::", 3), ("BB8V5", 3)] {
            assert_eq!(decode(text.as_bytes()), Err(at), "{text}");
        }
    }
}
