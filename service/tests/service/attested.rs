//! Attestations beside requests, and what an issuer makes of them.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::request::CardRequest;
use onecode::SoftwareKey;
use serde_json::Value;

use crate::harness::{proofs, Answer, Phone, Setup, World};
use crate::maker::{File, Signer};
use crate::phone::Case;

/// An issuer that asks for attestations, and a phone of a maker that it believes.
struct Issuer {
    world: World,
    case: Case,
    phone: Phone,
    token: String,
}

impl Issuer {
    fn new(policy: &str) -> Self {
        let signer = Signer::p256();
        let case = Case::of(std::sync::Arc::clone(&signer));
        let roots = File::new(&case.root);
        let extra = format!(
            "[attestation]\n{policy}\n[attestation.android]\nroots = [{:?}]",
            roots.0.display().to_string()
        );
        let world = World::with(Setup { extra, ..Setup::default() });
        world.grant("a-1");
        let phone = Phone { key: SoftwareKey::from_pkcs8(&signer.pkcs8).unwrap(), ..Phone::new() };
        let token = world.citizen("a-1");
        Issuer { world, case, phone, token }
    }

    fn required() -> Self {
        Issuer::new("policy = \"required\"\nlevel = \"tee\"")
    }

    /// Asks for a card with the phone's chain, after a change.
    fn ask(&mut self, change: impl FnOnce(&mut Case)) -> Answer {
        let challenge = self.world.nonce(&self.token);
        self.case.statement.challenge = URL_SAFE_NO_PAD.decode(&challenge).unwrap();
        change(&mut self.case);
        self.send(&challenge, Some(&self.case.evidence()))
    }

    fn send(&self, challenge: &str, evidence: Option<&[u8]>) -> Answer {
        let request = self.phone.request(challenge, None, evidence, self.world.now());
        self.send_request(&request, evidence)
    }

    fn send_request(&self, request: &CardRequest, evidence: Option<&[u8]>) -> Answer {
        let mut body = proofs(request);
        if let Some(evidence) = evidence {
            body["attestation"] = URL_SAFE_NO_PAD.encode(evidence).into();
        }
        self.world.post("/credential", Some(&self.token), &body)
    }

    /// What the books keep.
    fn level(&self) -> Value {
        let card = self.world.get("/staff/cards/a-1", Some(&self.world.staff())).ok();
        card["phones"][0]["level"].clone()
    }
}

#[test]
fn a_key_in_hardware_gets_a_card_and_the_books_keep_one_word() {
    let mut issuer = Issuer::required();
    let answer = issuer.ask(|_| {}).ok();
    issuer.phone.take(&answer);
    assert_eq!(issuer.level(), "tee");
    issuer.world.renew(&mut issuer.phone).ok();
}

#[test]
fn a_lost_answer_for_an_attested_key_is_got_by_the_same_request_then_by_collecting() {
    let mut issuer = Issuer::required();
    let challenge = issuer.world.nonce(&issuer.token);
    issuer.case.statement.challenge = URL_SAFE_NO_PAD.decode(&challenge).unwrap();
    let evidence = issuer.case.evidence();
    let request = issuer.phone.request(&challenge, None, Some(&evidence), issuer.world.now());
    // It does not arrive, and is sent again; its answer is lost, and it is sent again.
    issuer.world.pass(60);
    let first = issuer.send_request(&request, Some(&evidence)).ok();
    issuer.world.pass(60);
    let again = issuer.send_request(&request, Some(&evidence)).ok();
    assert_eq!(first["credentials"], again["credentials"]);
    // The key was made for that challenge: with another one it proves nothing.
    issuer.send(&issuer.world.nonce(&issuer.token), Some(&evidence)).is(951);

    // The challenge has ended. The answer is kept for two days more, for the key alone.
    issuer.world.pass(600);
    issuer.token = issuer.world.citizen("a-1");
    issuer.send_request(&request, Some(&evidence)).is(904);
    let collected = issuer.phone.collect(&request, issuer.world.now());
    let collected = issuer.world.post("/collect", None, &collected).ok();
    assert_eq!(first["credentials"], collected["credentials"]);
    // Nothing was issued for a request that never arrived: the phone begins anew.
    let never = Phone::new();
    let challenge = issuer.world.nonce(&issuer.token);
    let lost = never.request(&challenge, None, Some(&evidence), issuer.world.now());
    let collected = never.collect(&lost, issuer.world.now());
    issuer.world.post("/collect", None, &collected).is(924);
}

#[test]
fn an_issuer_that_requires_attestations_issues_nothing_without() {
    let mut issuer = Issuer::required();
    let challenge = issuer.world.nonce(&issuer.token);
    issuer.send(&challenge, None).is(950);
    issuer.send(&challenge, Some(&[0x30, 0x82, 0xff, 0xff, 1, 2, 3])).is(951);
    issuer.ask(|case| case.statement.challenge[0] ^= 1).is(951);
    issuer.ask(|case| (case.statement.stated_in, case.statement.key_in) = (0, 0)).is(951);
    let metadata = issuer.world.get("/.well-known/openid-credential-issuer", None).ok();
    assert!(metadata.to_string().contains("key_attestations_required"));
}

#[test]
fn where_attestations_are_wanted_none_is_good_and_a_bad_one_is_refused() {
    let mut issuer = Issuer::new("policy = \"wanted\"");
    issuer.ask(|case| case.statement.challenge[0] ^= 1).is(951);
    let challenge = issuer.world.nonce(&issuer.token);
    issuer.send(&challenge, None).ok();
}
