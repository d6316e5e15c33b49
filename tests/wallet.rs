//! The wallet: which card it picks, what it says when none fits, and what it keeps over a restart.

mod practice;

use onecode::card::CardId;
use onecode::catalogue::Catalogue;
use onecode::code::MakeCodeError;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::wallet::{AddCardError, Added, WalletBytesError, WalletCard, WhyNoCard};
use onecode::{
    Algorithm, ApplicationNumber, CardClaims, CardCredential, Challenge, Context, Entitlements,
    Language, Offers, Policy, Region, Scanner, SigningKey, SoftwareKey, Verdict, Wallet,
};
use practice::{issuer, issuer_key, key, trust_list, DAY, NOW};

const CATALOGUE: &str = include_str!("../examples/data/catalogue.json");
/// In the demonstration zone, so that every application of the catalogue is offered there.
const WUJIANG: u32 = 320_509;
const HEFEI: u32 = 340_100;

/// Operator and issuers, the lists they publish, and one phone.
struct World {
    root: SoftwareKey,
    issuers: Vec<(Region, SoftwareKey)>,
    stranger: SoftwareKey,
    phone: SoftwareKey,
    trust_list: String,
    catalogue: String,
}

impl World {
    fn new() -> Self {
        let root = key(Algorithm::Esp256);
        let provinces = [Region::SHANGHAI, Region::JIANGSU, Region::ZHEJIANG, Region::ANHUI];
        let issuers: Vec<_> =
            provinces.map(|region| (region, key(Algorithm::Esp256))).into_iter().collect();
        let listed = issuers.iter().map(|(region, key)| {
            let id = format!("cn-{}", region.code() / 10_000);
            issuer(&id, *region, vec![issuer_key(key.public_key(), &[*region])])
        });
        let trust_list = trust_list(1, listed.collect()).sign(&root).unwrap();
        let catalogue = Catalogue::from_json(CATALOGUE).unwrap().sign(&root).unwrap();
        World {
            issuers,
            stranger: key(Algorithm::Esp256),
            phone: key(Algorithm::Esp256),
            root,
            trust_list,
            catalogue,
        }
    }

    fn offers(&self) -> Offers {
        let roots = self.root.public_key().into();
        Offers::verify(self.trust_list.as_bytes(), self.catalogue.as_bytes(), &roots).unwrap()
    }

    fn gate(&self) -> Scanner {
        let mut gate = Scanner::new(self.root.public_key(), Policy::default());
        gate.install_trust_list(self.trust_list.as_bytes(), NOW).unwrap();
        gate.install_catalogue(self.catalogue.as_bytes(), NOW).unwrap();
        for (region, key) in &self.issuers {
            let publication = StatusPublication {
                issued_at_unix_s: NOW,
                expires_unix_s: NOW + DAY,
                ttl_s: 3_600,
            };
            let issuer = StatusIssuer::new(format!("cn-{}", region.code() / 10_000), 256);
            for list in issuer.publish(publication, key).unwrap() {
                gate.install_status(&list, NOW).unwrap();
            }
        }
        gate
    }

    fn card(&self, region: Region, index: u32, bits: &[u8]) -> CardClaims {
        CardClaims {
            region,
            status_index: index,
            entitlements: Entitlements::of(bits.iter().copied()),
            // The issuers' word of this morning, so that gates without status lists take them.
            confirmed_unix_s: Some(NOW - 3_600),
            ..practice::card(self.phone.public_key())
        }
    }

    fn issue(&self, claims: CardClaims) -> CardCredential {
        let (_, key) = self.issuers.iter().find(|(region, _)| *region == claims.region).unwrap();
        CardCredential::issue(claims, key).unwrap()
    }
}

/// 50 cards of one household, of which ten could ever be of use.
fn household(world: &World) -> Wallet {
    let [sh, js, zj, ah] = [Region::SHANGHAI, Region::JIANGSU, Region::ZHEJIANG, Region::ANHUI];
    let mut wallet = Wallet::new();
    let mut add = |label: &str, credential| {
        assert!(matches!(wallet.add(credential, label, label), Ok(Added::New(_))), "{label}");
    };
    let delegate = |claims| CardClaims { delegate: true, ..claims };
    // What is older comes first, so that the order of coming decides nothing.
    let last_year = |claims| CardClaims { confirmed_unix_s: Some(NOW - 300 * DAY), ..claims };
    add("old transit", world.issue(last_year(world.card(sh, 1, &[0]))));
    add("old insurance", world.issue(last_year(world.card(sh, 2, &[3, 4, 6]))));
    add("grandfather", world.issue(delegate(world.card(ah, 3, &[0, 1, 2, 3, 4, 5, 6, 7]))));
    add("son", world.issue(delegate(last_year(world.card(js, 4, &[0, 1, 2, 4, 5])))));
    add("transit", world.issue(world.card(sh, 5, &[0])));
    add("library", world.issue(world.card(js, 6, &[1])));
    add("museums", world.issue(world.card(zj, 7, &[2])));
    add("insurance", world.issue(world.card(zj, 8, &[3, 4, 6])));
    add("anhui", world.issue(last_year(world.card(ah, 9, &[0, 1, 3, 4, 5]))));
    let long = CardClaims { expires_unix_s: NOW + 3_650 * DAY, ..world.card(sh, 10, &[]) };
    add("long", world.issue(long));
    // And forty that never fit.
    for index in 100..110 {
        let expired = CardClaims { expires_unix_s: NOW, ..world.card(sh, index, &[0, 1, 2, 3]) };
        add(&format!("expired {index}"), world.issue(expired));
    }
    for index in 110..120 {
        let all: Vec<u8> = (0..64).collect();
        let specimen = CardClaims { specimen: true, ..world.card(js, index, &all) };
        add(&format!("specimen {index}"), world.issue(specimen));
    }
    for index in 120..130 {
        let forged = CardCredential::issue(world.card(zj, index, &[0, 1, 2]), &world.stranger);
        add(&format!("stranger {index}"), forged.unwrap());
    }
    for index in 130..140 {
        // The key of Shanghai may not sign cards of Anhui.
        let (_, shanghai) = &world.issuers[0];
        let elsewhere = CardCredential::issue(world.card(ah, index, &[0, 1, 2]), shanghai);
        add(&format!("elsewhere {index}"), elsewhere.unwrap());
    }
    assert_eq!(wallet.cards().len(), 50);
    wallet
}

/// For each application of the catalogue: the card in Wujiang, the card in Hefei, or the number of
/// the reason and the cards that have a reason of their own.
const TABLE: &[(&str, &str, &str)] = &[
    ("transit.metro", "transit", "transit"),
    ("transit.bus", "transit", "transit"),
    ("transit.tram", "transit", "501"),
    ("transit.ferry", "transit", "transit"),
    ("transit.rail_suburban", "transit", "501"),
    ("tourism.scenic", "museums", "museums"),
    ("tourism.annual_pass", "510", "510"),
    ("culture.library", "library", "library"),
    ("culture.library_loan", "library", "library"),
    ("culture.museum", "museums", "museums"),
    ("social.pension", "insurance", "insurance"),
    ("social.medical_insurance", "insurance", "insurance"),
    ("social.work_injury", "insurance", "insurance"),
    ("social.unemployment", "insurance", "insurance"),
    ("social.maternity", "insurance", "insurance"),
    ("hr.employment", "long", "long"),
    ("hr.labour_relations", "long", "long"),
    ("hr.talent", "long", "long"),
    ("identity.government_service", "long", "long"),
    ("identity.public_service", "long", "long"),
    ("identity.lodging", "long", "long"),
    // Zhejiang's card has no off-site filing; that of Anhui has, and is at home in Hefei.
    ("medical.local", "anhui", "anhui"),
    ("medical.offsite", "anhui", "anhui"),
    ("medical.emergency", "insurance", "insurance"),
    ("health.registration", "long", "long"),
    ("health.record", "long", "long"),
    // Grandfather has the account, and has to come himself.
    ("finance.subsidy", "none", "none"),
    ("finance.benefit", "insurance", "insurance"),
    ("finance.account", "insurance", "insurance"),
    ("pilot.bus", "transit", "501"),
    ("pilot.library_loan", "library", "501"),
    ("pilot.clinic", "insurance", "501"),
    ("pilot.scenic_autumn", "museums", "501"),
];

#[test]
fn the_right_one_of_fifty_for_every_application() {
    let world = World::new();
    let wallet = household(&world);
    let offers = world.offers();
    let listed: Vec<&str> = offers.applications().iter().map(|entry| entry.id.as_str()).collect();
    let rows: Vec<&str> = TABLE.iter().map(|(id, ..)| *id).collect();
    assert_eq!(rows, listed, "the table has every application once");
    for (id, wujiang, hefei) in TABLE {
        let application = offers.application(id).unwrap();
        for (place, expected) in [(WUJIANG, wujiang), (HEFEI, hefei)] {
            let place = Region::new(place).unwrap();
            let found = match wallet.choose(&offers, application.number, place, NOW) {
                Ok(choice) => {
                    assert_eq!(choice.application.is_some(), application.bound, "{id}");
                    assert_eq!(choice.challenge, application.challenge, "{id}");
                    wallet.card(choice.card).unwrap().label().to_owned()
                }
                Err(no_card) => {
                    assert_eq!(no_card.name.as_ref(), Some(&application.name));
                    no_card.number().map_or("none".into(), |number| number.to_string())
                }
            };
            assert_eq!(found, **expected, "{id} at {place}");
        }
    }
}

#[test]
fn each_card_has_its_reason_in_words() {
    let world = World::new();
    let wallet = household(&world);
    let offers = world.offers();
    let subsidy = offers.application("finance.subsidy").unwrap().number;
    let no_card = wallet.choose(&offers, subsidy, Region::new(HEFEI).unwrap(), NOW).unwrap_err();
    let WhyNoCard::NoneFits(cards) = &no_card.why else { panic!("{no_card:?}") };
    assert_eq!(cards.len(), 50, "every card has a reason");
    let reason = |label: &str| {
        let found = cards.iter().find(|card| card.label == label).unwrap();
        (found.why.number(), found.why.text(Language::En))
    };
    let has_not = |what| (503, format!("This card does not have: {what}."));
    assert_eq!(reason("transit"), has_not("Subsidy account"));
    assert_eq!(reason("grandfather").0, 509);
    assert_eq!(reason("expired 100").0, 304);
    assert_eq!(reason("specimen 110").0, 404);
    assert_eq!(reason("stranger 120").0, 201);
    assert_eq!(reason("elsewhere 130").0, 202);
    let zh = no_card.text(Language::Zh);
    assert!(zh.starts_with("手机里没有适用于“惠民惠农补贴发放”的卡：\n"), "{zh}");
    assert!(zh.contains("\ntransit：这张卡还没有开通：补贴发放账户。"), "{zh}");
    assert_eq!(zh.lines().count(), 51);
    assert!(no_card.to_string().contains("Subsidies for residents and farmers"), "{no_card}");

    // An issuer that the application does not list is called by its name.
    let [.., ah] = [Region::SHANGHAI, Region::JIANGSU, Region::ZHEJIANG, Region::ANHUI];
    let mut anhui = Wallet::new();
    anhui.add(world.issue(world.card(ah, 1, &[0])), "", "a card").unwrap();
    let bus = offers.application("pilot.bus").unwrap().number;
    let wujiang = Region::new(WUJIANG).unwrap();
    let no_card = anhui.choose(&offers, bus, wujiang, NOW).unwrap_err();
    assert_eq!(no_card.number(), Some(502));
    assert!(no_card.text(Language::En).contains("take cards of Issuer yet"), "{no_card}");

    let empty = Wallet::new().choose(&offers, bus, wujiang, NOW).unwrap_err();
    assert_eq!(empty.why, WhyNoCard::EmptyWallet);
    let unknown = ApplicationNumber::new(9_999).unwrap();
    let unknown = wallet.choose(&offers, unknown, wujiang, NOW).unwrap_err();
    assert_eq!((unknown.number(), &unknown.name), (Some(705), &None));
}

/// What the wallet says of a card is what the gate says of its code, for each of the fifty.
#[test]
fn a_gate_agrees_with_the_wallet() {
    let world = World::new();
    let mut wallet = household(&world);
    let offers = world.offers();
    let mut gate = world.gate();
    let challenge = Challenge::new(b"gate one");
    let cards: Vec<CardId> = wallet.cards().iter().map(WalletCard::id).collect();
    let (mut taken, mut refused, mut now) = (0, 0, NOW);
    for application in offers.applications() {
        for place in [WUJIANG, HEFEI].map(|place| Region::new(place).unwrap()) {
            // Another second each time: nothing is used twice.
            now += 60;
            for id in &cards {
                let said = wallet.check(*id, &offers, application.number, place, now);
                let (bound, asked) = match &said {
                    Ok(choice) => (choice.application, choice.challenge),
                    Err(_) => (application.bound.then_some(application.number), true),
                };
                let asked = challenge.clone().filter(|_| asked);
                let session = wallet.session(*id).unwrap();
                let code = match session.bound_code(&world.phone, now, bound, asked.clone()) {
                    Ok(code) => code,
                    Err(error) => {
                        assert!(matches!(error, MakeCodeError::CardExpired { .. }), "{error}");
                        assert!(said.is_err());
                        continue;
                    }
                };
                let context = Context {
                    application: application.number,
                    place,
                    now_unix_s: now,
                    challenge: asked,
                };
                match (said, gate.scan(code.text(), &context)) {
                    (Ok(_), Verdict::Accepted(_)) => taken += 1,
                    (Err(no_card), Verdict::Refused(refusal)) => {
                        refused += 1;
                        if matches!(no_card.why, WhyNoCard::NoneFits(_)) {
                            assert_eq!(no_card.number(), Some(refusal.number()), "{no_card}");
                        }
                    }
                    (said, verdict) => panic!("{}: {said:?}, {verdict:?}", application.id),
                }
            }
        }
    }
    assert!(taken > 200 && refused > 1_000, "{taken} taken, {refused} refused");
}

#[test]
fn the_choice_prefers_own_then_confirmed_then_lasting() {
    let world = World::new();
    let offers = world.offers();
    let bus = offers.application("transit.bus").unwrap().number;
    let sh = Region::SHANGHAI;
    let mut wallet = Wallet::new();
    let mut chosen = |claims: CardClaims| {
        let id = wallet.add(world.issue(claims), "", "").unwrap();
        assert!(matches!(id, Added::New(_)));
        wallet.choose(&offers, bus, sh, NOW).unwrap().card.status_index
    };
    let card = |index| CardClaims { confirmed_unix_s: None, ..world.card(sh, index, &[0]) };
    assert_eq!(chosen(CardClaims { delegate: true, ..card(1) }), 1);
    assert_eq!(chosen(CardClaims { expires_unix_s: NOW + DAY, ..card(2) }), 2, "own");
    assert_eq!(chosen(card(3)), 3, "lasts longer");
    let confirmed = CardClaims { confirmed_unix_s: Some(NOW), ..card(4) };
    assert_eq!(chosen(CardClaims { expires_unix_s: NOW + DAY, ..confirmed }), 4, "confirmed");
    let delegate = CardClaims { confirmed_unix_s: Some(NOW), delegate: true, ..card(5) };
    assert_eq!(chosen(delegate), 4, "own");
}

#[test]
fn a_renewal_takes_the_place_of_the_older() {
    let world = World::new();
    let sh = Region::SHANGHAI;
    let of = |confirmed: Option<i64>, expires_unix_s| CardClaims {
        confirmed_unix_s: confirmed,
        expires_unix_s,
        ..world.card(sh, 7, &[0])
    };
    let id = CardId { region: sh, status_index: 7 };
    let year = NOW + 365 * DAY;
    // (held, offered, is the offered one taken?)
    let cases = [
        (of(None, year), of(None, year + 1), true),
        (of(None, year), of(None, year - 1), false),
        (of(Some(NOW), year), of(Some(NOW + 1), year - DAY), true),
        (of(Some(NOW), year), of(Some(NOW - 1), year + DAY), false),
        (of(Some(NOW), year), of(None, year + 1), true),
        (of(Some(NOW), year), of(None, year - 1), false),
        (of(None, year), of(Some(NOW), year), true),
        (of(Some(NOW), year), of(Some(NOW), year), true),
    ];
    for (held, offered, taken) in cases {
        let (held, offered) = (world.issue(held), world.issue(offered));
        let mut wallet = Wallet::new();
        assert_eq!(wallet.add(held.clone(), "k1", "mine"), Ok(Added::New(id)));
        let expected = if taken { Added::Renewed(id) } else { Added::Older(id) };
        assert_eq!(wallet.add(offered.clone(), "k2", "mine, renewed"), Ok(expected));
        let card = wallet.card(id).unwrap();
        let (credential, alias) = if taken { (&offered, "k2") } else { (&held, "k1") };
        assert_eq!((card.credential(), card.key_alias()), (credential, alias));
        assert_eq!(wallet.cards().len(), 1);
    }
}

#[test]
fn no_second_is_used_twice_over_restarts_and_renewals() {
    let world = World::new();
    let claims = |confirmed| CardClaims {
        confirmed_unix_s: Some(confirmed),
        ..world.card(Region::SHANGHAI, 7, &[0])
    };
    let mut wallet = Wallet::new();
    wallet.add(world.issue(claims(NOW)), "k", "mine").unwrap();
    let id = wallet.cards()[0].id();
    let mut seconds = Vec::new();
    let mut show = |wallet: &mut Wallet| {
        let code = wallet.session(id).unwrap().code(&world.phone, NOW).unwrap();
        seconds.push(code.schedule().shown_from_unix_s);
    };
    show(&mut wallet);
    let mut restarted = Wallet::from_bytes(&wallet.to_bytes()).unwrap();
    show(&mut restarted);
    restarted.add(world.issue(claims(NOW + 1)), "k", "mine").unwrap();
    show(&mut restarted);
    let mut again = Wallet::from_bytes(&restarted.to_bytes()).unwrap();
    show(&mut again);
    assert_eq!(seconds, [NOW, NOW + 1, NOW + 2, NOW + 3]);
}

#[test]
fn renewals_are_due_in_time() {
    const HOUR: i64 = 3_600;
    let world = World::new();
    let mut wallet = Wallet::new();
    let mut add = |index, confirmed_unix_s, expires_unix_s| {
        let card = world.card(Region::SHANGHAI, index, &[0]);
        let card = CardClaims { confirmed_unix_s, expires_unix_s, ..card };
        wallet.add(world.issue(card), "", "").unwrap();
    };
    add(1, None, NOW + 16 * DAY);
    add(2, None, NOW + 15 * DAY);
    add(3, Some(NOW), NOW + 30 * DAY);
    add(4, Some(NOW - 16 * HOUR + 1), NOW + 14 * DAY);
    add(5, Some(NOW - HOUR), NOW + HOUR);
    add(6, None, NOW - 1);
    let due = |now| -> Vec<u32> {
        wallet.due_for_renewal(now).into_iter().map(|id| id.status_index).collect()
    };
    // The one that expires first is the most urgent.
    assert_eq!(due(NOW), [6, 5, 2]);
    assert_eq!(due(NOW + 8 * HOUR), [6, 5, 4, 2]);
    assert_eq!(due(NOW + DAY), [6, 5, 4, 2, 1, 3]);
    // 16 hours, and the card's own part of 8 more.
    let of_card = wallet.cards()[2].renew_from_unix_s();
    assert!((NOW + 16 * HOUR..NOW + 24 * HOUR).contains(&of_card), "{of_card}");
}

#[test]
fn a_wallet_has_limits() {
    let world = World::new();
    let credential = |index| world.issue(world.card(Region::SHANGHAI, index, &[0]));
    let mut wallet = Wallet::new();
    let (fits, long) = ("卡".repeat(85), "x".repeat(Wallet::MAX_NAME + 1));
    let too_long = Err(AddCardError::NameTooLong { length: long.len(), limit: 256 });
    assert_eq!(wallet.add(credential(0), &long, ""), too_long);
    assert_eq!(wallet.add(credential(0), "", &long), too_long);
    for index in 0..Wallet::MAX_CARDS as u32 {
        wallet.add(credential(index), &fits, &fits).unwrap();
    }
    assert_eq!(wallet.add(credential(99), "", ""), Err(AddCardError::Full { limit: 64 }));
    // A renewal finds its place in a full wallet.
    let renewed = wallet.add(credential(5), "", "");
    assert!(matches!(renewed, Ok(Added::Renewed(_))), "{renewed:?}");

    // The fullest wallet can be read again: every card with all the seconds it remembers.
    let ids: Vec<CardId> = wallet.cards().iter().map(WalletCard::id).collect();
    for id in &ids {
        let session = wallet.session(*id).unwrap();
        for second in 0..700 {
            // Far apart, so that each takes the most bytes.
            let at = if second % 2 == 0 { NOW + second } else { second };
            session.code(&world.phone, at).unwrap();
        }
    }
    let bytes = wallet.to_bytes();
    assert_eq!(Wallet::from_bytes(&bytes).unwrap().to_bytes(), bytes);

    let id = ids[3];
    assert_eq!(wallet.remove(id).map(|card| card.id()), Some(id));
    assert!(wallet.remove(id).is_none() && wallet.card(id).is_none());
    assert!(wallet.session(id).is_none());
}

#[test]
fn damaged_bytes_are_no_wallet() {
    let world = World::new();
    let mut wallet = Wallet::new();
    for index in 0..3 {
        wallet.add(world.issue(world.card(Region::ANHUI, index, &[0])), "key", "卡").unwrap();
        let id = wallet.cards()[index as usize].id();
        wallet.session(id).unwrap().code(&world.phone, NOW).unwrap();
    }
    let bytes = wallet.to_bytes();
    let read = Wallet::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    assert_eq!(read.cards()[2].label(), "卡");

    for length in 0..bytes.len() {
        let error = Wallet::from_bytes(&bytes[..length]).unwrap_err();
        let expected = if length < 4 { "no wallet" } else { "damaged" };
        assert!(error.to_string().contains(expected), "{length}: {error}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(Wallet::from_bytes(&changed).is_err(), "bit {bit}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Wallet::from_bytes(&longer).unwrap_err(), WalletBytesError::Damaged);
    let mut newer = bytes.clone();
    newer[4] = 2;
    assert_eq!(Wallet::from_bytes(&newer).unwrap_err(), WalletBytesError::Newer { version: 2 });
    let large = vec![0; 1 << 20];
    let error = Wallet::from_bytes(&large).unwrap_err();
    assert_eq!(error, WalletBytesError::TooLarge { length: 1 << 20, limit: 1 << 19 });
}
