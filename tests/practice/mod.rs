//! A small world of keys and lists for tests: one operator, one issuer, one application.
#![allow(dead_code)] // Each test uses its part.

pub mod region;

use onecode::catalogue::{Application, Beyond, Catalogue, Domain, DuplicateRule, StatusRule};
use onecode::governance::{DocumentKind, Holder, HolderKey, RootsDocument, Thresholds};
use onecode::jose::{Edition, Name};
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{
    Algorithm, ApplicationNumber, CardClaims, CardCredential, Code, CodeClaims, Context,
    Entitlements, Policy, PublicKey, Region, Scanner, SigningKey, SoftwareKey, Verdict,
};

pub const NOW: i64 = 1_795_392_000;
pub const DAY: i64 = 86_400;

pub fn key(algorithm: Algorithm) -> SoftwareKey {
    SoftwareKey::generate(algorithm).unwrap().key
}

pub fn name(zh: &str, en: &str) -> Name {
    Name { zh: zh.into(), en: en.into() }
}

pub fn application_number() -> ApplicationNumber {
    ApplicationNumber::new(101).unwrap()
}

/// In force for a month from [`NOW`].
pub fn edition(sequence: u64) -> Edition {
    Edition {
        sequence,
        issued_at_unix_s: NOW - DAY,
        next_update_unix_s: NOW + 7 * DAY,
        expires_unix_s: NOW + 30 * DAY,
        previous: None,
        critical: vec![],
    }
}

/// A key that may sign credentials of `regions` and status lists.
pub fn issuer_key(key: PublicKey, regions: &[Region]) -> IssuerKey {
    IssuerKey {
        key,
        may_sign: MaySign { credentials: regions.to_vec(), status_lists: true, receipts: vec![] },
        not_before_unix_s: NOW - 365 * DAY,
        not_after_unix_s: NOW + 365 * DAY,
        withdrawn_from_unix_s: None,
    }
}

pub fn issuer(id: &str, region: Region, keys: Vec<IssuerKey>) -> TrustedIssuer {
    TrustedIssuer {
        issuer: Issuer { id: id.into(), name: name("发卡机构", "Issuer"), region },
        keys,
    }
}

pub fn trust_list(sequence: u64, issuers: Vec<TrustedIssuer>) -> TrustList {
    TrustList { edition: edition(sequence), withdrawals: vec![], algorithms: vec![], issuers }
}

/// The first edition of the roots: one holder, who signs everything but the index with one key.
pub fn roots_document(key: &PublicKey) -> RootsDocument {
    use DocumentKind::{Catalogue, Roots, TrustList, Withdrawal};
    RootsDocument {
        edition: edition(1),
        thresholds: Thresholds { roots: 1, trust_list: 1, catalogue: 1 },
        holders: vec![Holder {
            id: "operator".into(),
            name: name("运营方", "Operator"),
            issuers: vec!["cn-31".into()],
            keys: vec![HolderKey {
                key: *key,
                signs: vec![Roots, TrustList, Catalogue, Withdrawal],
            }],
        }],
    }
}

/// An application without terms, everywhere in the four provinces.
pub fn open_application() -> Application {
    Application {
        number: application_number(),
        id: "transit.metro".into(),
        domain: Domain::Transit,
        name: name("地铁", "Metro"),
        article: Some(11),
        places: vec![Region::SHANGHAI, Region::JIANGSU, Region::ZHEJIANG, Region::ANHUI],
        issuers: None,
        entitlements: vec![],
        entitlements_outside_home: vec![],
        max_code_age_s: None,
        status: StatusRule { max_age_s: DAY as u32, beyond: Beyond::Accept },
        bound: false,
        challenge: false,
        delegate: true,
        duplicates: DuplicateRule::Allow,
        from_unix_s: 0,
        until_unix_s: None,
    }
}

pub fn catalogue(sequence: u64, applications: Vec<Application>) -> Catalogue {
    Catalogue {
        edition: edition(sequence),
        entitlements: vec![],
        applications,
        foreign_codes: vec![],
    }
}

pub fn card(holder_key: PublicKey) -> CardClaims {
    CardClaims {
        region: Region::SHANGHAI,
        status_index: 7,
        entitlements: Entitlements::of([0, 1]),
        max_window_s: 60,
        expires_unix_s: NOW + 365 * DAY,
        confirmed_unix_s: None,
        specimen: false,
        delegate: false,
        holder_key,
    }
}

pub fn context(now_unix_s: i64) -> Context {
    Context {
        application: application_number(),
        place: Region::SHANGHAI,
        now_unix_s,
        challenge: None,
    }
}

/// A scanner that trusts these issuers, with a catalogue of one open application.
pub fn scanner_of(root: &SoftwareKey, issuers: Vec<TrustedIssuer>, policy: Policy) -> Scanner {
    scanner_of_list(root, &trust_list(1, issuers), policy)
}

/// It works without status lists, which most tests have none of.
pub fn scanner_of_list(root: &SoftwareKey, trust_list: &TrustList, policy: Policy) -> Scanner {
    let policy = Policy { without_status_lists: true, ..policy };
    let mut scanner = Scanner::new(root.public_key(), policy);
    install_documents(&mut scanner, root, trust_list);
    scanner
}

/// What a scanner is to be restored with that works without status lists.
pub fn without_status_lists() -> Policy {
    Policy { without_status_lists: true, ..Policy::default() }
}

/// A trust list, and a catalogue of open applications.
pub fn install_documents(scanner: &mut Scanner, root: &SoftwareKey, trust_list: &TrustList) {
    let installed_at = trust_list.edition.issued_at_unix_s;
    // The usual application, the largest number, and one more that a code can be bound to.
    let applications = [101, 102, 301, 65_534].map(|number| Application {
        number: ApplicationNumber::new(number).unwrap(),
        id: format!("open.{number}"),
        ..open_application()
    });
    let mut catalogue = catalogue(1, applications.to_vec());
    catalogue.edition = trust_list.edition.clone();
    let trust_list = trust_list.sign(root).unwrap();
    let catalogue = catalogue.sign(root).unwrap();
    scanner.install_trust_list(trust_list.as_bytes(), installed_at).unwrap();
    scanner.install_catalogue(catalogue.as_bytes(), installed_at).unwrap();
}

/// Operator, issuer and phone, each with a key.
pub struct Practice {
    pub root: SoftwareKey,
    pub issuer: SoftwareKey,
    pub phone: SoftwareKey,
}

impl Practice {
    pub fn new(root: Algorithm, issuer: Algorithm, phone: Algorithm) -> Self {
        Practice { root: key(root), issuer: key(issuer), phone: key(phone) }
    }

    pub fn trust_list(&self, sequence: u64) -> TrustList {
        let key = issuer_key(self.issuer.public_key(), &[Region::SHANGHAI]);
        trust_list(sequence, vec![issuer("cn-31", Region::SHANGHAI, vec![key])])
    }

    /// A scanner with a trust list and a catalogue of one open application.
    pub fn scanner(&self, policy: Policy) -> Scanner {
        scanner_of_list(&self.root, &self.trust_list(1), policy)
    }

    pub fn credential(&self, change: impl FnOnce(&mut CardClaims)) -> CardCredential {
        let mut claims = card(self.phone.public_key());
        change(&mut claims);
        CardCredential::issue(claims, &self.issuer).unwrap()
    }

    pub fn code(&self, credential: &CardCredential, now: i64) -> Code {
        Code::make(credential, &self.phone, &CodeClaims::at(now)).unwrap()
    }
}

pub fn number(verdict: &Verdict) -> Option<u16> {
    match verdict {
        Verdict::Accepted(_) => None,
        Verdict::Refused(refusal) => Some(refusal.number()),
        Verdict::HandedOver(code) => panic!("handed over: {code:?}"),
    }
}
