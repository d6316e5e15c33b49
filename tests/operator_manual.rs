//! The operator's manual, page by page: what is done in which order, and what every gate then says.

mod practice;

use onecode::catalogue::{Application, Beyond, StatusRule};
use onecode::gate::{StatusAnswer, UnknownStatus};
use onecode::jose::DocumentError;
use onecode::status::{StatusIssuer, StatusPublication, MAX_ISSUED_AHEAD_S};
use onecode::trust::{AlgorithmRule, IssuerKey, MaySign, TrustList};
use onecode::{
    Algorithm, ApplicationNumber, CardCredential, Code, CodeClaims, InstallError, Policy, Refusal,
    Region, Scanner, SigningKey, SoftwareKey, Verdict,
};
use practice::{
    catalogue, context, issuer, issuer_key, key, number, open_application, Practice, DAY, NOW,
};

fn world() -> Practice {
    Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256)
}

fn install(
    scanner: &mut Scanner,
    list: &TrustList,
    root: &SoftwareKey,
    now: i64,
) -> Result<(), InstallError> {
    scanner.install_trust_list(list.sign(root).unwrap().as_bytes(), now)
}

fn publication(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication { issued_at_unix_s, expires_unix_s: issued_at_unix_s + 7 * DAY, ttl_s: 3_600 }
}

/// Replacing a lone key by holders, while scanners come online one by one.
#[test]
fn a_lone_key_is_replaced() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let new_root = key(Algorithm::Esp256);

    // 1. A list of the new key means nothing to a scanner that has not heard of it.
    let by_new_root = world.trust_list(3);
    let refused = install(&mut scanner, &by_new_root, &new_root, NOW);
    assert!(matches!(refused, Err(InstallError::Document(DocumentError::NotEnough(_)))));

    // 2. The first edition of the roots names the new key. Both keys sign it.
    let mut roots = practice::roots_document(&new_root.public_key()).draft().unwrap();
    roots.sign(&new_root, NOW).unwrap();
    assert!(scanner.install_roots(roots.to_json().as_bytes()).is_err(), "one signature of two");
    roots.sign(&world.root, NOW).unwrap();
    scanner.install_roots(roots.to_json().as_bytes()).unwrap();
    assert_eq!(scanner.roots().number(), 1);

    // 3. The old key, stolen or not, signs nothing any more.
    let by_old_root = install(&mut scanner, &world.trust_list(4), &world.root, NOW);
    assert!(matches!(by_old_root, Err(InstallError::Document(DocumentError::NotEnough(_)))));
    install(&mut scanner, &world.trust_list(3), &new_root, NOW).unwrap();
    let catalogue = catalogue(2, vec![open_application()]);
    let old = catalogue.sign(&world.root).unwrap();
    assert!(scanner.install_catalogue(old.as_bytes(), NOW).is_err());
    let new = catalogue.sign(&new_root).unwrap();
    scanner.install_catalogue(new.as_bytes(), NOW).unwrap();

    // 4. No citizen has noticed.
    let code = world.code(&world.credential(|_| ()), NOW);
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None);
}

/// An issuer's key has been stolen: everything it ever signed stops counting.
#[test]
fn a_key_is_withdrawn() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let code = world.code(&world.credential(|_| ()), NOW);
    let lists =
        StatusIssuer::new("cn-31", 100).publish(publication(NOW - 60), &world.issuer).unwrap();
    scanner.install_status(&lists[0], NOW).unwrap();
    let before = scanner.scan(code.text(), &context(NOW));
    let Verdict::Accepted(before) = before else { panic!("{before:?}") };
    assert_eq!(before.status, StatusAnswer::Valid { as_of_unix_s: NOW - 60 });

    // 1. The list names the second from which the key is withdrawn, and a new key beside it.
    let replacement = key(Algorithm::Esp256);
    let mut list = world.trust_list(2);
    let withdrawn_from = NOW + 10;
    list.issuers[0].keys[0].withdrawn_from_unix_s = Some(withdrawn_from);
    list.issuers[0].keys.push(issuer_key(replacement.public_key(), &[Region::SHANGHAI]));
    install(&mut scanner, &list, &world.root, NOW).unwrap();

    // 2. Until then its cards pass; from then on none does, and the hotline hears why.
    assert_eq!(number(&scanner.scan(code.text(), &context(withdrawn_from - 1))), None);
    let verdict = scanner.scan(code.text(), &context(withdrawn_from));
    let issuer = "cn-31".to_owned();
    let withdrawn_from_unix_s = withdrawn_from;
    let issuer_name = practice::name("发卡机构", "Issuer");
    let expected = Refusal::IssuerKeyWithdrawn { issuer, issuer_name, withdrawn_from_unix_s };
    assert_eq!(verdict, Verdict::Refused(expected));

    // 3. The citizen's app fetches a credential of the new key, and all is well; but the status
    //    list of the stolen key is not believed, and says nothing.
    let card = practice::card(world.phone.public_key());
    let renewed = CardCredential::issue(card, &replacement).unwrap();
    let code = world.code(&renewed, withdrawn_from);
    let after = scanner.scan(code.text(), &context(withdrawn_from));
    let Verdict::Accepted(after) = after else { panic!("{after:?}") };
    assert_eq!(after.status, StatusAnswer::Unknown(UnknownStatus::NoList));

    // 4. Until the new key signs one.
    let lists = StatusIssuer::new("cn-31", 100).publish(publication(NOW), &replacement).unwrap();
    scanner.install_status(&lists[0], withdrawn_from).unwrap();
    let after = scanner.scan(code.text(), &context(withdrawn_from));
    let Verdict::Accepted(after) = after else { panic!("{after:?}") };
    assert_eq!(after.status, StatusAnswer::Valid { as_of_unix_s: NOW });
}

/// What a thief did with a status key before it was withdrawn is undone with it.
#[test]
fn a_stolen_status_key_leaves_nothing_behind() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let (stolen, next) = (key(Algorithm::Esp256), key(Algorithm::Esp256));
    let lost = world.code(&world.credential(|_| ()), NOW);
    let mut agency = StatusIssuer::new("cn-31", 100);
    agency.revoke(7).unwrap();
    let ask = |scanner: &mut Scanner| scanner.scan(lost.text(), &context(NOW));
    let lists_only = |key: &SoftwareKey| IssuerKey {
        may_sign: MaySign { status_lists: true, ..MaySign::default() },
        ..issuer_key(key.public_key(), &[])
    };

    // 1. Cards and lists have keys of their own; the next key for lists is announced.
    let mut list = world.trust_list(2);
    list.issuers[0].keys[0].may_sign.status_lists = false;
    list.issuers[0].keys.extend([lists_only(&stolen), lists_only(&next)]);
    install(&mut scanner, &list, &world.root, NOW).unwrap();
    let genuine = agency.publish(publication(NOW - 60), &stolen).unwrap();
    scanner.install_status(&genuine[0], NOW).unwrap();
    assert_eq!(number(&ask(&mut scanner)), Some(401));

    // 2. The thief signs a list by which all cards are valid, under the time of the genuine one.
    let forged = StatusIssuer::new("cn-31", 100);
    let list_of_thief = forged.publish(publication(NOW - 60), &stolen).unwrap();
    scanner.install_status(&list_of_thief[0], NOW).unwrap();
    assert_eq!(number(&ask(&mut scanner)), None);

    // 3. The genuine delta of the next key does not vouch for a list of another key.
    let mut later = agency.clone();
    later.suspend(9).unwrap();
    let delta = later.publish_delta(&agency, NOW - 60, publication(NOW), &next).unwrap();
    let continued = scanner.install_status(&delta, NOW);
    assert_eq!(continued, Err(InstallError::NoBase { from_unix_s: NOW - 60 }));

    // 4. The thief signs another list, from the year 9999, so that none can ever be newer. It is not
    //    taken; one of tomorrow is, and nothing newer until then.
    let ahead = |issued_at_unix_s| StatusPublication {
        issued_at_unix_s,
        expires_unix_s: 253_402_300_799,
        ttl_s: 3_600,
    };
    let last_word = forged.publish(ahead(253_402_300_798), &stolen).unwrap();
    let refused = scanner.install_status(&last_word[0], NOW);
    assert!(matches!(refused, Err(InstallError::IssuedAhead { .. })), "{refused:?}");
    let of_tomorrow = forged.publish(ahead(NOW + MAX_ISSUED_AHEAD_S), &stolen).unwrap();
    scanner.install_status(&of_tomorrow[0], NOW).unwrap();
    assert!(scanner.install_status(&genuine[0], NOW).is_err());

    // 5. The key is withdrawn. Its lists no longer count, and do not stand in the way either.
    list.edition.sequence = 3;
    list.issuers[0].keys[1].withdrawn_from_unix_s = Some(NOW);
    install(&mut scanner, &list, &world.root, NOW).unwrap();
    let Verdict::Accepted(accepted) = ask(&mut scanner) else { panic!() };
    assert_eq!(accepted.status, StatusAnswer::Unknown(UnknownStatus::NoList));
    let lists = agency.publish(publication(NOW - 60), &next).unwrap();
    scanner.install_status(&lists[0], NOW).unwrap();
    assert_eq!(number(&ask(&mut scanner)), Some(401));

    // 6. And the delta now finds the lists that it was made for.
    scanner.install_status(&delta, NOW).unwrap();
    assert_eq!(number(&ask(&mut scanner)), Some(401));
}

/// From a day on, an algorithm is no longer admitted: for cards, for phones and for status lists.
#[test]
fn an_algorithm_is_ended() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let (issuer_now, issuer_then) = (key(Algorithm::Ed25519), key(Algorithm::Esp256));
    let ends = NOW + DAY;
    let card = |issuer: &SoftwareKey, phone: &SoftwareKey| {
        CardCredential::issue(practice::card(phone.public_key()), issuer).unwrap()
    };
    let phone_now = key(Algorithm::Ed25519);
    let ask = |scanner: &mut Scanner, issuer: &SoftwareKey, phone: &SoftwareKey, now| {
        let code = Code::make(&card(issuer, phone), phone, &CodeClaims::at(now)).unwrap();
        scanner.scan(code.text(), &context(now))
    };

    // 1. Today's list admits all, and says from when on only ES256 is admitted.
    let mut list = world.trust_list(2);
    list.issuers[0].keys = [&issuer_now, &issuer_then]
        .map(|key| issuer_key(key.public_key(), &[Region::SHANGHAI]))
        .to_vec();
    let es256 = || vec![Algorithm::Esp256.jose_name().to_owned()];
    list.algorithms = vec![AlgorithmRule { from_unix_s: ends, issuers: es256(), phones: es256() }];
    install(&mut scanner, &list, &world.root, NOW).unwrap();
    let mut agency = StatusIssuer::new("cn-31", 100);
    agency.suspend(9).unwrap();
    let lists = agency.publish(publication(NOW), &issuer_now).unwrap();
    scanner.install_status(&lists[0], NOW).unwrap();

    // 2. Until the last second every card and every phone passes, by a list of the old algorithm.
    for issuer in [&issuer_now, &issuer_then] {
        for phone in [&phone_now, &world.phone] {
            let verdict = ask(&mut scanner, issuer, phone, ends - 1);
            let Verdict::Accepted(accepted) = verdict else { panic!("{verdict:?}") };
            assert_eq!(accepted.status, StatusAnswer::Valid { as_of_unix_s: NOW });
        }
    }

    // 3. From then on neither old cards nor old phones do.
    let numbers = |scanner: &mut Scanner, now| {
        [
            number(&ask(scanner, &issuer_now, &world.phone, now)),
            number(&ask(scanner, &issuer_then, &phone_now, now)),
            number(&ask(scanner, &issuer_then, &world.phone, now)),
        ]
    };
    assert_eq!(numbers(&mut scanner, ends), [Some(211), Some(211), None]);

    // 4. Nor does a status list that was signed with the old algorithm count, and no other of
    //    that kind is taken: whoever can forge one could cancel or revive any card.
    let Verdict::Accepted(accepted) = ask(&mut scanner, &issuer_then, &world.phone, ends) else {
        panic!()
    };
    assert_eq!(accepted.status, StatusAnswer::Unknown(UnknownStatus::NoList));
    let late = agency.publish(publication(ends), &issuer_now).unwrap();
    let issuer = "cn-31".to_owned();
    assert_eq!(scanner.install_status(&late[0], ends), Err(InstallError::NoStatusKey { issuer }));

    // 5. The issuer publishes with its other key, and all is known again.
    let lists = agency.publish(publication(NOW), &issuer_then).unwrap();
    scanner.install_status(&lists[0], ends).unwrap();
    let Verdict::Accepted(accepted) = ask(&mut scanner, &issuer_then, &world.phone, ends) else {
        panic!()
    };
    assert_eq!(accepted.status, StatusAnswer::Valid { as_of_unix_s: NOW });
}

/// The yearly change of an issuer's key.
#[test]
fn an_issuers_key_is_rotated() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let next = key(Algorithm::Esp256);
    let (ends, begins) = (NOW + 20 * DAY, NOW + 10 * DAY);

    // 1. One list names both keys, with ten days in which both count.
    let mut list = world.trust_list(2);
    list.issuers[0].keys[0].not_after_unix_s = ends;
    let new_key = issuer_key(next.public_key(), &[Region::SHANGHAI]);
    list.issuers[0].keys.push(IssuerKey { not_before_unix_s: begins, ..new_key });
    install(&mut scanner, &list, &world.root, NOW).unwrap();

    // 2. Old and new cards, before, between and after.
    let old = world.credential(|_| ());
    let new = CardCredential::issue(practice::card(world.phone.public_key()), &next).unwrap();
    for (now, of_old, of_new) in [
        (begins - 1, None, Some(203)),
        (begins, None, None),
        (ends, None, None),
        (ends + 1, Some(204), None),
    ] {
        let mut ask = |card| number(&scanner.scan(world.code(card, now).text(), &context(now)));
        assert_eq!((ask(&old), ask(&new)), (of_old, of_new), "at {now}");
    }
}

/// A new province joins.
#[test]
fn an_issuer_joins_and_leaves() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let anhui = key(Algorithm::Ed25519);
    let mut card = practice::card(world.phone.public_key());
    card.region = Region::new(340_100).unwrap();
    let code = world.code(&CardCredential::issue(card, &anhui).unwrap(), NOW);
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(201));

    let mut joined = world.trust_list(2);
    let keys = vec![issuer_key(anhui.public_key(), &[Region::ANHUI])];
    joined.issuers.push(issuer("cn-34", Region::ANHUI, keys));
    install(&mut scanner, &joined, &world.root, NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None);

    install(&mut scanner, &world.trust_list(3), &world.root, NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(201));
}

/// The list of applications is adjusted (动态调整), and gates follow with the next edition.
#[test]
fn the_catalogue_changes() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let code = world.code(&world.credential(|_| ()), NOW);
    let mut gate = |sequence: u64, change: &dyn Fn(&mut Application)| {
        let mut application = open_application();
        change(&mut application);
        let catalogue = catalogue(sequence, vec![application]).sign(&world.root).unwrap();
        scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
        number(&scanner.scan(code.text(), &context(NOW)))
    };
    assert_eq!(gate(2, &|_| ()), None);
    // Moved to Zhejiang.
    assert_eq!(gate(3, &|entry| entry.places = vec![Region::ZHEJIANG]), Some(501));
    // Only cards of Jiangsu.
    assert_eq!(gate(4, &|entry| entry.issuers = Some(vec!["cn-32".into()])), Some(502));
    // From tomorrow on; until yesterday.
    assert_eq!(gate(5, &|entry| entry.from_unix_s = NOW + DAY), Some(510));
    assert_eq!(gate(6, &|entry| entry.until_unix_s = Some(NOW - 1)), Some(510));
    assert_eq!(gate(7, &|entry| entry.until_unix_s = Some(NOW)), None);
    // Replaced by another number.
    let renumber = |entry: &mut Application| entry.number = ApplicationNumber::new(102).unwrap();
    assert_eq!(gate(8, &renumber), Some(705));
    // Only codes made for it.
    assert_eq!(gate(9, &|entry| entry.bound = true), Some(505));
    // Only answers to a challenge, and this gate has shown none.
    assert_eq!(gate(10, &|entry| entry.challenge = true), Some(708));
}

/// A card is lost, found, lost for good, and replaced; by lists, and by a delta.
#[test]
fn a_card_is_lost_and_found_and_replaced() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let (old, new) = (world.credential(|_| ()), world.credential(|card| card.status_index = 8));
    let mut agency = StatusIssuer::new("cn-31", 100);
    let mut hour = NOW;
    let mut publish = |scanner: &mut Scanner, agency: &StatusIssuer| {
        hour += 3_600;
        for list in agency.publish(publication(hour), &world.issuer).unwrap() {
            scanner.install_status(&list, hour).unwrap();
        }
        hour
    };
    let ask = |scanner: &mut Scanner, card: &CardCredential, now| {
        number(&scanner.scan(world.code(card, now).text(), &context(now)))
    };

    // 1. 挂失: with the next list it is refused.
    agency.suspend(7).unwrap();
    let now = publish(&mut scanner, &agency);
    assert_eq!((ask(&mut scanner, &old, now), ask(&mut scanner, &new, now)), (Some(402), None));
    // 2. 解挂: found under the sofa.
    agency.restore(7).unwrap();
    let now = publish(&mut scanner, &agency);
    assert_eq!(ask(&mut scanner, &old, now), None);
    // 3. 补换: the old position is revoked for good, the new card counts.
    let yesterday = agency.clone();
    agency.replace(7, 8).unwrap();
    assert!(agency.restore(7).is_err(), "what is revoked stays revoked");
    let later = now + DAY;
    let delta = agency.publish_delta(&yesterday, now, publication(later), &world.issuer).unwrap();
    scanner.install_status(&delta, later).unwrap();
    assert_eq!((ask(&mut scanner, &old, later), ask(&mut scanner, &new, later)), (Some(401), None));
    // 4. The same delta again finds other lists than it was made for.
    let again = scanner.install_status(&delta, later);
    assert_eq!(again, Err(InstallError::NoBase { from_unix_s: now }));
    // 5. An older list does not bring the old card back.
    let older = yesterday.publish(publication(now), &world.issuer).unwrap();
    assert!(matches!(scanner.install_status(&older[0], later), Err(InstallError::Rollback { .. })));
    assert_eq!(ask(&mut scanner, &old, later), Some(401));
}

/// The issuer signs a card's credential anew each day, for scanners whose lists are older: the
/// proof of status that a phone carries.
#[test]
fn a_daily_credential_proves_the_status() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let strict = Application {
        status: StatusRule { max_age_s: DAY as u32, beyond: Beyond::Refuse },
        ..open_application()
    };
    let catalogue = catalogue(2, vec![strict]).sign(&world.root).unwrap();
    scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
    let mut agency = StatusIssuer::new("cn-31", 100);
    agency.suspend(9).unwrap();
    agency.revoke(10).unwrap();
    let old_lists = agency.publish(publication(NOW - 2 * DAY), &world.issuer).unwrap();
    let ask = |scanner: &mut Scanner, index: u32, confirmed: Option<i64>| {
        let card = world.credential(|card| {
            card.status_index = index;
            card.confirmed_unix_s = confirmed;
        });
        scanner.scan(world.code(&card, NOW).text(), &context(NOW))
    };

    // Without a list: nothing is known, unless the credential says it.
    assert_eq!(number(&ask(&mut scanner, 7, None)), Some(403));
    assert_eq!(number(&ask(&mut scanner, 7, Some(NOW - DAY))), None);
    assert_eq!(number(&ask(&mut scanner, 7, Some(NOW - DAY - 1))), Some(403), "too old a proof");
    assert_eq!(number(&ask(&mut scanner, 7, Some(NOW + 31))), Some(403), "a proof of the future");
    // With a list of two days ago.
    scanner.install_status(&old_lists[0], NOW).unwrap();
    assert_eq!(number(&ask(&mut scanner, 7, None)), Some(403));
    let Verdict::Accepted(accepted) = ask(&mut scanner, 7, Some(NOW - 60)) else { panic!() };
    assert_eq!(accepted.status, StatusAnswer::Valid { as_of_unix_s: NOW - 60 });
    // Suspended then and confirmed since: restored. Confirmed before: still suspended.
    assert_eq!(number(&ask(&mut scanner, 9, Some(NOW - 60))), None);
    assert_eq!(number(&ask(&mut scanner, 9, Some(NOW - 3 * DAY))), Some(402));
    // Revoked is for good, whatever was signed.
    assert_eq!(number(&ask(&mut scanner, 10, Some(NOW - 60))), Some(401));
}
