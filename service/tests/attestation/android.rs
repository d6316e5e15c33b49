//! Key attestation of Android.

use std::sync::Arc;

use onecode_service::attestation::{
    Android, AttestationError as E, Config, Found, Level, Policy, Verifier,
};

use crate::maker::*;
use crate::phone::{numbers, root_of_trust, Case};

/// What comes of a good case after a change.
fn with(change: impl FnOnce(&mut Case)) -> Result<Found, E> {
    let mut case = Case::new();
    change(&mut case);
    case.check()
}

fn word(change: impl FnOnce(&mut Case)) -> &'static str {
    with(change).unwrap().word
}

#[test]
fn a_key_in_each_place_is_found_there() {
    let tee = with(|_| {}).unwrap();
    assert_eq!(tee, Found { level: Level::Tee, word: "tee" });
    let strongbox = with(|case| {
        (case.statement.stated_in, case.statement.key_in) = (2, 2);
        case.policy = Policy::Required { level: Level::SecureElement };
    });
    assert_eq!(strongbox.unwrap(), Found { level: Level::SecureElement, word: "secure-element" });
    let software = |case: &mut Case| {
        (case.statement.stated_in, case.statement.key_in) = (0, 0);
        case.statement.software.append(&mut case.statement.hardware);
        case.policy = Policy::Wanted;
    };
    assert_eq!(with(software).unwrap(), Found { level: Level::Software, word: "software" });
    let required = with(|case| {
        software(case);
        case.policy = Policy::Required { level: Level::Tee };
    });
    assert_eq!(required, Err(E::Level { found: Level::Software, required: Level::Tee }));
}

#[test]
fn the_lower_of_two_levels_counts() {
    let mixed = with(|case| (case.statement.stated_in, case.statement.key_in) = (1, 2));
    assert_eq!(mixed.unwrap().level, Level::Tee);
    let required = Level::SecureElement;
    let wanting = with(|case| {
        (case.statement.stated_in, case.statement.key_in) = (2, 1);
        case.policy = Policy::Required { level: required };
    });
    assert_eq!(wanting, Err(E::Level { found: Level::Tee, required }));
    // Software states that a key is in hardware, and nothing of it is in hardware's own list.
    let claimed = with(|case| (case.statement.stated_in, case.statement.key_in) = (0, 1));
    assert_eq!(claimed, Err(E::Purpose));
}

#[test]
fn what_the_system_alone_says_of_a_key_in_hardware_counts_for_nothing() {
    for (tag, expected) in [(1, E::Purpose), (2, E::Algorithm), (702, E::Imported)] {
        let moved = with(|case| {
            let at = case.statement.hardware.iter().position(|(it, _)| *it == tag).unwrap();
            let field = case.statement.hardware.remove(at);
            case.statement.software.push(field);
        });
        assert_eq!(moved, Err(expected), "{tag}");
    }
}

#[test]
fn each_documented_version_is_read_and_no_other() {
    for version in [3, 4, 100, 200, 300, 400] {
        assert_eq!(word(|case| case.statement.version = version), "tee", "{version}");
    }
    for version in [0, 1, 2, 5, 99, 500] {
        let refused = with(|case| case.statement.version = version.into());
        assert_eq!(refused, Err(E::Version { version }));
    }
}

#[test]
fn the_challenge_and_the_key_are_those_of_the_request() {
    assert_eq!(with(|case| case.challenge[0] ^= 1), Err(E::Challenge));
    assert_eq!(with(|case| case.statement.challenge.clear()), Err(E::Challenge));
    assert_eq!(with(|case| case.statement.challenge.push(0)), Err(E::Challenge));
    assert_eq!(with(|case| case.key = Signer::p256().public_key()), Err(E::OtherKey));
    assert_eq!(with(|case| case.plans[0].key = Signer::p384()), Err(E::OtherKey));
}

#[test]
fn the_key_signs_was_made_in_the_phone_and_is_one_apps() {
    let put = |tag, value: Option<Vec<u8>>| with(|case| case.statement.put(tag, value));
    assert_eq!(put(1, Some(numbers(&[2, 3]))).unwrap().word, "tee");
    for purposes in [&[3][..], &[], &[2, 1], &[2, 6], &[2, 7], &[7]] {
        assert_eq!(put(1, Some(numbers(purposes))), Err(E::Purpose), "{purposes:?}");
    }
    assert_eq!(put(1, None), Err(E::Purpose));
    // Derived, imported, imported under a wrapping key.
    for origin in [1, 2, 4] {
        assert_eq!(put(702, Some(integer(origin))), Err(E::Imported));
    }
    assert_eq!(put(702, None), Err(E::Imported));
    assert_eq!(put(2, Some(integer(1))), Err(E::Algorithm));
    assert_eq!(put(3, Some(integer(384))), Err(E::Algorithm));
    assert_eq!(put(10, Some(integer(4))), Err(E::Algorithm));
    assert_eq!(put(600, Some(null())), Err(E::AllApps));
    assert_eq!(with(|case| case.statement.software.push((600, null()))), Err(E::AllApps));
    // Keys that leave nothing behind when they are deleted are good, and nobody needs them.
    assert_eq!(put(303, Some(null())).unwrap().word, "tee");
}

#[test]
fn how_the_phone_was_started_is_required_or_reported() {
    let states = [(true, 1, "self-signed"), (true, 2, "unverified"), (true, 3, "failed")];
    for (is_locked, state, boot) in states.into_iter().chain([(false, 0, "unverified")]) {
        let start =
            |case: &mut Case| case.statement.put(704, Some(root_of_trust(is_locked, state)));
        assert_eq!(with(start), Err(E::Boot { boot }));
        let reported = word(|case| {
            start(case);
            case.verified_boot = false;
        });
        assert_eq!(reported, format!("tee-boot-{boot}"));
    }
    assert_eq!(with(|case| case.statement.put(704, None)), Err(E::Boot { boot: "unstated" }));
    let unknown = with(|case| case.statement.put(704, Some(root_of_trust(true, 4))));
    assert_eq!(unknown, Err(E::Statement));
}

#[test]
fn a_statement_that_is_not_as_documented_is_not_read() {
    assert_eq!(with(|case| case.statement.after.push(0)), Err(E::Statement));
    assert_eq!(with(|case| case.statement.stated_in = 3), Err(E::Statement));
    let twice = with(|case| case.statement.hardware.push((702, integer(0))));
    assert_eq!(twice, Err(E::Statement));
    for unknown in [9, 31, 721, 9_999] {
        let unknown = with(|case| case.statement.hardware.push((unknown, null())));
        assert_eq!(unknown, Err(E::Statement));
    }
    let two_values = [integer(0), integer(0)].concat();
    assert_eq!(with(|case| case.statement.put(702, Some(two_values))), Err(E::Statement));
    let long_number = tlv(&[2], &[0, 0]);
    assert_eq!(with(|case| case.statement.put(702, Some(long_number))), Err(E::Statement));
    // Not all phones keep them in order.
    assert_eq!(word(|case| case.statement.hardware.reverse()), "tee");
    let none = |certificates: Vec<Vec<u8>>| certificates[1..].concat();
    assert_eq!(with(|case| case.arrange = none), Err(E::KeyIsAuthority));
}

#[test]
fn a_chain_leads_to_a_root_that_is_trusted_with_or_without_its_certificate() {
    let without = |certificates: Vec<Vec<u8>>| certificates[..3].concat();
    assert_eq!(word(|case| case.arrange = without), "tee");
    let by_key = |case: &mut Case| case.root = pem("PUBLIC KEY", &case.plans[3].key.spki());
    assert_eq!(word(by_key), "tee");
    let googles_form = |case: &mut Case| case.root = serde_json::json!([case.root]).to_string();
    assert_eq!(word(googles_form), "tee");

    let strange = Signer::p384();
    let others = pem("CERTIFICATE", &Plan::authority("root", &strange, ("root", &strange)).sign());
    assert_eq!(with(|case| case.root = others.clone()), Err(E::Root));
    let neither = with(|case| {
        case.arrange = without;
        case.root = others.clone();
    });
    assert_eq!(neither, Err(E::Root));
    let alone = |certificates: Vec<Vec<u8>>| certificates[0].clone();
    assert_eq!(with(|case| case.arrange = alone), Err(E::Root));
}

#[test]
fn a_chain_that_is_cut_mixed_or_long_is_refused() {
    let turned =
        |certificates: Vec<Vec<u8>>| certificates.into_iter().rev().collect::<Vec<_>>().concat();
    assert_eq!(with(|case| case.arrange = turned), Err(E::KeyIsAuthority));
    let swapped = |mut certificates: Vec<Vec<u8>>| {
        certificates.swap(1, 2);
        certificates.concat()
    };
    assert_eq!(with(|case| case.arrange = swapped), Err(E::Issuer { index: 0 }));
    let trailing = |certificates: Vec<Vec<u8>>| [certificates.concat(), vec![0]].concat();
    assert_eq!(with(|case| case.arrange = trailing), Err(E::Unreadable { index: 4 }));
    let inside = |mut certificates: Vec<Vec<u8>>| {
        let body = [&certificates[1][4..], &[5, 0]].concat();
        certificates[1] = tlv(&[0x30], &body);
        certificates.concat()
    };
    assert_eq!(with(|case| case.arrange = inside), Err(E::Unreadable { index: 1 }));
    let cut = |certificates: Vec<Vec<u8>>| {
        let all = certificates.concat();
        all[..all.len() - 1].to_vec()
    };
    assert_eq!(with(|case| case.arrange = cut), Err(E::Unreadable { index: 3 }));

    let of = |count: usize| {
        with(|case| {
            while case.plans.len() < count {
                let again =
                    Plan::authority("root", &case.plans[3].key, ("root", &case.plans[3].key));
                case.plans.push(again);
            }
        })
    };
    assert_eq!(of(10).unwrap().word, "tee");
    assert_eq!(of(11), Err(E::TooManyCertificates));
    let long = |certificates: Vec<Vec<u8>>| [certificates.concat(), vec![0x30; 1 << 20]].concat();
    assert!(matches!(with(|case| case.arrange = long), Err(E::TooLarge { .. })));
}

#[test]
fn a_wrong_signature_is_found_wherever_it_is() {
    for index in 0..3 {
        let strange: Arc<Signer> = if index == 0 { Signer::p256() } else { Signer::p384() };
        let forged = with(|case| case.plans[index].signed_by = strange);
        assert_eq!(forged, Err(E::Signature { index }));
    }
    // The root's own signature says nothing: its key is what is trusted.
    assert_eq!(word(|case| case.plans[3].signed_by = Signer::p384()), "tee");
}

#[test]
fn only_authorities_issue_certificates_and_no_more_than_they_may() {
    for index in 1..4 {
        let not = Err(E::NotAnAuthority { index });
        let change =
            |extensions: Vec<Vec<u8>>| with(|case| case.plans[index].extensions = extensions);
        assert_eq!(change(vec![issues_certificates()]), not);
        let denied = extension(BASIC_CONSTRAINTS, true, &sequence(&[]));
        assert_eq!(change(vec![denied, issues_certificates()]), not);
        assert_eq!(change(vec![authority(None), signs_digitally()]), not);
        assert_eq!(change(vec![authority(None)]).unwrap().word, "tee");
        let enough = index as u64 - 1;
        assert_eq!(change(vec![authority(Some(enough))]).unwrap().word, "tee");
        if let Some(less) = enough.checked_sub(1) {
            assert_eq!(change(vec![authority(Some(less))]), not);
        }
    }
    let leaf = with(|case| case.plans[0].extensions.push(authority(None)));
    assert_eq!(leaf, Err(E::KeyIsAuthority));
}

#[test]
fn extensions_come_once_and_critical_ones_are_known() {
    let statement = |case: &Case| extension(KEY_DESCRIPTION, false, &case.statement.encode());
    let twice = with(|case| {
        let again = statement(case);
        case.plans[0].extensions.push(again);
    });
    assert_eq!(twice, Err(E::ExtensionTwice { index: 0 }));
    let twice = with(|case| case.plans[2].extensions.push(authority(None)));
    assert_eq!(twice, Err(E::ExtensionTwice { index: 2 }));
    let unknown = extension(NAME_CONSTRAINTS, true, &sequence(&[]));
    let unknown = with(|case| case.plans[1].extensions.push(unknown));
    assert_eq!(unknown, Err(E::CriticalExtension { index: 1 }));
}

#[test]
fn an_attested_key_vouches_for_no_other() {
    let extended = with(|case| {
        // The phone's owner lets the attested key sign a certificate for a key of their own.
        let own = Signer::p256();
        let mut attested = case.plans[0].clone();
        attested.extensions.push(extension(KEY_DESCRIPTION, false, &case.statement.encode()));
        attested.extensions.retain(|it| *it != signs_digitally());
        attested.extensions.push(authority(None));
        let forged = Plan {
            issuer: "Android Keystore Key",
            signed_by: Arc::clone(&case.plans[0].key),
            key: Arc::clone(&own),
            ..case.plans[0].clone()
        };
        case.key = own.public_key();
        case.plans.splice(..1, [forged, attested]);
    });
    assert_eq!(extended, Err(E::SecondStatement { index: 1 }));
}

#[test]
fn dates_count_but_for_the_root_the_key_and_certificates_of_the_factory() {
    let dated = |index: usize, [not_before, not_after]: [&'static str; 2]| {
        move |case: &mut Case| {
            case.plans[index].not_before = not_before;
            case.plans[index].not_after = not_after;
        }
    };
    let (past, future) = (["200101000000Z", "260531235959Z"], ["260601000001Z", "300101000000Z"]);
    for index in [0, 3] {
        assert_eq!(word(dated(index, past)), "tee");
        assert_eq!(word(dated(index, future)), "tee");
    }
    for index in [1, 2] {
        assert_eq!(with(dated(index, future)), Err(E::NotYet { index }));
        assert_eq!(word(dated(index, past)), "tee");
        let strictly = with(|case| {
            dated(index, past)(case);
            case.factory_outlives = false;
        });
        assert_eq!(strictly, Err(E::Expired { index }));
        let fetched = with(|case| {
            dated(index, past)(case);
            let provisioned = extension(PROVISIONING, false, &[0xa1, 1, 0x18, 0x20]);
            case.plans[1].extensions.push(provisioned);
        });
        assert_eq!(fetched, Err(E::Expired { index }));
    }
    // The last second counts.
    let last = with(|case| {
        dated(1, ["260601000000Z", "260601000000Z"])(case);
        case.factory_outlives = false;
    });
    assert_eq!(last.unwrap().word, "tee");
}

#[test]
fn a_listed_certificate_is_revoked_whatever_its_status() {
    let list = |serial: &str, status: &str| {
        Some(serde_json::json!({"entries": {serial: {"status": status}}}).to_string())
    };
    for (serial, status) in [("c0ffee", "REVOKED"), ("12648430", "SUSPENDED")] {
        for index in 1..4 {
            let revoked = with(|case| {
                for other in 1..4 {
                    case.plans[other].serial = 0xbeef;
                }
                case.plans[index].serial = 0x00c0_ffee;
                case.revoked = list(serial, status);
            });
            assert_eq!(revoked, Err(E::Revoked { index }));
        }
    }
    // The key's own number is 1 on each phone.
    assert_eq!(word(|case| case.revoked = list("1", "REVOKED")), "tee");
}

#[test]
fn a_maker_without_roots_is_not_believed() {
    let case = Case::new();
    let verifier = case.verifier();
    let check = |evidence: &[u8]| verifier.check(evidence, &case.key, &case.challenge, NOW);
    assert_eq!(check(&[0xa3, 0]), Err(E::NotTaken { maker: "Apple" }));
    assert_eq!(check(&[]), Err(E::Format));
    assert_eq!(check(b"[]"), Err(E::Format));
    assert!(Verifier::open(&Config { policy: Policy::Wanted, ..Config::default() })
        .is_ok_and(|nobody| nobody.check(&case.evidence(), &case.key, &case.challenge, NOW)
            == Err(E::NotTaken { maker: "Android" })));
}

#[test]
fn a_file_that_holds_no_root_is_refused_by_name() {
    for text in
        ["", "no PEM", "[]", "{}", "[1]", &pem("CERTIFICATE", b"none"), &pem("PRIVATE KEY", &[0])]
    {
        let file = File::new(text);
        let android = Android {
            roots: vec![file.0.clone()],
            revoked: None,
            factory_outlives: true,
            verified_boot: true,
        };
        let config = Config { policy: Policy::Wanted, android: Some(android), apple: None };
        let error = Verifier::open(&config).err().unwrap().to_string();
        assert!(error.contains(file.0.to_str().unwrap()), "{error}");
    }
}
