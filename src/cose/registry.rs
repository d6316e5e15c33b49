//! The numbers and names of this format in the registries of COSE and CWT, in one place.
//!
//! Specification: docs/SPEC.md, "Registered and private numbers". Integers below -65536 are for
//! private use in these registries.

/// A module of constants. The tests also get a list of all of them.
macro_rules! registry {
    ($(#[$about:meta])* $registry:ident: $type:ty {
        $($(#[$meta:meta])* $name:ident = $value:expr,)*
    }) => {
        $(#[$about])*
        pub(crate) mod $registry {
            $($(#[$meta])* pub(crate) const $name: $type = $value;)*

            #[cfg(test)]
            pub(super) const ALL: &[$type] = &[$($name),*];
        }
    };
}

registry! {
    /// COSE Header Parameters.
    header: i64 {
        /// The algorithm of signature or MAC (RFC 9052 table 3).
        ALG = 1,
        /// Which key has signed (RFC 9052 table 3).
        KID = 4,
        /// A CWT that carries the key which signs (RFC 9528 section 3.5.3.1).
        KCWT = 13,
        /// The kind of the whole thing, a media type (RFC 9596).
        TYP = 16,
    }
}

registry! {
    /// What header parameter `typ` says: media types, one for each kind of thing. Only
    /// that of the status list is registered (Token Status List); the others are private.
    typ: &str {
        STATUS_LIST = "application/statuslist+cwt",
        STATUS_DELTA = "application/onecode-status-delta+cwt",
        USED_CODES = "application/onecode-used-codes+cwt",
        RECEIPT = "application/onecode-receipt+cwt",
        CARD_REQUEST = "application/onecode-card-request+cwt",
        COLLECT_REQUEST = "application/onecode-collect-request+cwt",
    }
}

registry! {
    /// CWT Claims.
    claim: i64 {
        /// What the token is about (RFC 8392).
        SUB = 2,
        /// Whom it is for (RFC 8392).
        AUD = 3,
        /// From when on it no longer counts (RFC 8392).
        EXP = 4,
        /// When it was made (RFC 8392).
        IAT = 6,
        /// Which key proves possession (RFC 8747 section 3.1).
        CNF = 8,
        /// The challenge that is answered (RFC 9200).
        CNONCE = 39,
        /// A packed list of statuses (Token Status List).
        STATUS_LIST = 65_533,
        /// After how many seconds the next list should be fetched (Token Status List).
        TTL = 65_534,
        /// Private use: what an issuer states about a card.
        CARD = -65_537,
        /// Private use: the time of the lists that a delta changes, and the changes.
        STATUS_DELTA = -65_538,
        /// Private use: used codes, and cards that wait.
        USED_CODES = -65_539,
        /// Private use: what a scanner decided, and on what grounds.
        RECEIPT = -65_540,
        /// Private use: the hash of the attestation beside a card request.
        ATTESTATION = -65_541,
        /// Private use: what the card asked for takes the place of.
        REPLACES = -65_542,
        /// Private use: the name of the card request whose credential is collected.
        CARD_REQUEST = -65_543,
    }
}

registry! {
    /// CWT Confirmation Methods: what `cnf` may hold.
    confirmation: i64 {
        /// A public key (RFC 8747 section 3.2).
        COSE_KEY = 1,
    }
}

registry! {
    /// COSE Algorithms.
    algorithm: i64 {
        /// HMAC with SHA-256, the whole tag (RFC 9053 section 3.1).
        HMAC_256 = 5,
        /// ECDSA on P-256 with SHA-256 (RFC 9864).
        ESP256 = -9,
        /// EdDSA on Curve25519 (RFC 9864).
        ED25519 = -19,
        /// Private use: SM2 with SM3 (GB/T 32918).
        #[cfg_attr(not(feature = "sm2"), allow(dead_code))]
        SM2 = -65_537,
    }
}

registry! {
    /// COSE Key Common Parameters, and COSE Key Type Parameters, which are negative.
    key: i64 {
        /// The type of the key (RFC 9052 section 7.1).
        KTY = 1,
        /// The curve (RFC 9053 section 7).
        CRV = -1,
        /// The x-coordinate (RFC 9053 section 7).
        X = -2,
        /// The y-coordinate, or its sign bit (RFC 9053 section 7.1.1).
        Y = -3,
    }
}

registry! {
    /// COSE Key Types.
    key_type: u64 {
        /// Octet key pair: x alone (RFC 9053 section 7.2).
        OKP = 1,
        /// Elliptic-curve key with x and y (RFC 9053 section 7.1).
        EC2 = 2,
    }
}

registry! {
    /// COSE Elliptic Curves.
    curve: i64 {
        /// NIST P-256 (RFC 9053 section 7.1).
        P256 = 1,
        /// Ed25519, for EdDSA alone (RFC 9053 section 7.1).
        ED25519 = 6,
        /// Private use: the curve of GB/T 32918.5.
        #[cfg_attr(not(feature = "sm2"), allow(dead_code))]
        SM2 = -65_537,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Display;

    use super::*;

    const SPEC: &str = include_str!("../../docs/SPEC.md");

    /// The registries as the specification calls them, and their numbers as it writes them.
    fn registries() -> Vec<(&'static str, Vec<String>)> {
        fn written(numbers: &[impl Display]) -> Vec<String> {
            numbers.iter().map(ToString::to_string).collect()
        }
        vec![
            ("COSE Header Parameters", written(header::ALL)),
            ("Media Types", written(typ::ALL)),
            ("CWT Claims", written(claim::ALL)),
            ("CWT Confirmation Methods", written(confirmation::ALL)),
            ("COSE Algorithms", written(algorithm::ALL)),
            ("parameters", written(key::ALL)),
            ("COSE Key Types", written(key_type::ALL)),
            ("COSE Elliptic Curves", written(curve::ALL)),
        ]
    }

    /// The rows of the specification's table: numbers, where, registered by.
    fn rows() -> Vec<[&'static str; 3]> {
        let head = "| number | where | registered by |\n";
        let table = SPEC.split_once(head).expect("the table").1;
        let rows = table.lines().take_while(|line| line.starts_with('|')).skip(1);
        rows.map(|row| {
            let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
            cells.try_into().expect("three columns")
        })
        .collect()
    }

    /// The numbers and names of a cell, without punctuation around them.
    fn words(cell: &str) -> impl Iterator<Item = &str> {
        let mark = |c: char| !c.is_ascii_alphanumeric();
        cell.split(' ').map(move |word| word.trim_end_matches(mark).trim_start_matches('`'))
    }

    #[test]
    fn no_number_stands_for_two_things() {
        for (registry, numbers) in registries() {
            let distinct: BTreeSet<_> = numbers.iter().collect();
            assert_eq!(distinct.len(), numbers.len(), "{registry}: {numbers:?}");
        }
    }

    #[test]
    fn the_table_of_the_specification_has_each_of_them() {
        for (registry, numbers) in registries() {
            for number in &numbers {
                let row = rows().into_iter().find(|[cell, place, _]| {
                    place.contains(registry) && words(cell).any(|word| word == number)
                });
                let Some([_, _, by]) = row else {
                    panic!("{registry}: the specification lacks {number}");
                };
                let private = number.parse().is_ok_and(|number: i64| number < -65_536);
                assert!(!private || by.contains("private use"), "{registry} {number}: {by}");
            }
        }
    }

    #[test]
    fn each_private_number_of_the_specification_is_here() {
        let mut found = 0;
        for [cell, place, by] in rows() {
            let numbers = words(cell).filter_map(|word| word.parse::<i64>().ok());
            for number in numbers.filter(|number| *number < -65_536) {
                assert!(by.contains("private use"), "{cell}");
                let known = registries().into_iter().any(|(registry, numbers)| {
                    place.contains(registry) && numbers.contains(&number.to_string())
                });
                assert!(known, "{place}: {number}");
                found += 1;
            }
        }
        assert!(found >= 6, "{found} private numbers in the table");
    }

    /// In the grammar of headers and claims, by number.
    #[test]
    fn the_grammar_of_the_specification_has_each_key() {
        for key in [header::ALL, claim::ALL].concat() {
            assert!(SPEC.contains(&format!(" {key} =>")), "{key} =>");
        }
    }
}
