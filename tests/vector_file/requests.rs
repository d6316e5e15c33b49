//! How the vectors about requests are run: what phone and issuer make of them.

use std::num::NonZeroU32;

use onecode::card::CardId;
use onecode::issuing::{
    check_renewal, loss_effect, verify_card_request, verify_collect, verify_move, ChallengeKey,
    HandedTo, IssuingRefusal, LossEffect, MoveStep, OpenChallenge, Placement, PositionOnRecord,
};
use onecode::request::{
    renewal_due_unix_s, retry_wait_s, CardRequest, MoveAnswer, MoveQuestion, RequestChallenge,
    RequestFormError, RequestRefusal, UnverifiedCardRequest, UnverifiedCollectRequest,
};
use onecode::status::Status;
use onecode::{CardCredential, PublicKey, Region};
use serde_json::{json, Value};

use super::{int, unhex};

/// Does what the vector says and tells what came of it: what stands in its `expected`.
pub fn run(vector: &Value) -> Value {
    let bytes = |name: &str| unhex(vector[name].as_str().unwrap());
    let now = || int(&vector["now_unix_s"]);
    match vector["do"].as_str().unwrap() {
        "request" => {
            let read = match vector["text"].as_str() {
                Some(text) => UnverifiedCardRequest::from_text(text),
                None => UnverifiedCardRequest::from_bytes(&bytes("request")),
            };
            let open = open_challenge(&vector["challenge"]);
            let attestation = vector["attestation"].as_str().map(unhex);
            let verified = read.map_err(IssuingRefusal::from).and_then(|request| {
                verify_card_request(request, &open, attestation.as_deref(), now())
            });
            issued(verified, |request| said(&request))
        }
        "challenge" => {
            let key = ChallengeKey::new(bytes("key").try_into().unwrap());
            let challenge = RequestChallenge::new(&bytes("challenge")).unwrap();
            let reference = vector["online"].as_str().map(unhex);
            issued(key.open(&challenge, handed_to(vector, &reference)), |open| {
                json!({
                    "from_unix_s": open.from_unix_s,
                    "until_unix_s": open.until_unix_s,
                    "received_until_unix_s": open.received_until_unix_s,
                })
            })
        }
        "make_challenge" => {
            let key = ChallengeKey::new(bytes("key").try_into().unwrap());
            let reference = vector["online"].as_str().map(unhex);
            let (from, until) = (int(&vector["from_unix_s"]), int(&vector["until_unix_s"]));
            let random = bytes("random").try_into().unwrap();
            match key.challenge(handed_to(vector, &reference), from, until, random) {
                Ok(challenge) => json!({ "challenge": hex(challenge.as_bytes()) }),
                Err(_) => json!({ "problem": "time" }),
            }
        }
        "collect" => {
            let read = UnverifiedCollectRequest::from_bytes(&bytes("collect"));
            let verified = read.map_err(IssuingRefusal::from).and_then(|collect| {
                verify_collect(&collect, &jwk(&vector["key"]), now())?;
                Ok(collect.request_name())
            });
            issued(verified, |name| json!({ "name": hex(&name.0) }))
        }
        "move_question" => {
            let card = CardCredential::from_bytes(&bytes("credential")).unwrap();
            let text = vector["text"].as_str().unwrap();
            asked(
                MoveQuestion::read(text, card.claims(), now()),
                |question| json!({ "consent": hex(&question.consent()) }),
            )
        }
        "move_answer" => {
            let text = vector["text"].as_str().unwrap();
            asked(
                MoveAnswer::read(text, &own_request(&bytes("request"))),
                |answer| json!({ "card": answer.card().to_string() }),
            )
        }
        "move" => {
            let request = own_request(&bytes("request"));
            let keys: Vec<_> = vector["issuer_keys"].as_array().unwrap().iter().map(jwk).collect();
            let text = vector["text"].as_str().unwrap();
            let step = verify_move(&request, text, &keys, now())
                .and_then(|verified| verified.admit(&position(&vector["position"]), now()));
            issued(step, |step| {
                json!({ "step": match step {
                    MoveStep::Move => "move",
                    MoveStep::AlreadyMoved => "already_moved",
                }})
            })
        }
        "check_renewal" => {
            let position = position(&vector["position"]);
            issued(check_renewal(&position, &jwk(&vector["key"])), |()| json!({}))
        }
        "renewal_due" => {
            let card = CardCredential::from_bytes(&bytes("credential")).unwrap();
            json!({ "due_unix_s": renewal_due_unix_s(card.claims()) })
        }
        "retry" => {
            let number = |name: &str| vector[name].as_u64();
            let failed = number("failed").unwrap().try_into().unwrap();
            let wait = retry_wait_s(failed, number("random").unwrap(), number("retry_after_s"));
            json!({ "wait_s": wait })
        }
        "loss" => {
            json!({ "effect": match loss_effect(vector["moved_away_unix_s"].as_i64(), now()) {
                LossEffect::Revoke => "revoke",
                LossEffect::RevokeAndPlaceAnew => "revoke_and_place_anew",
                LossEffect::Nothing => "nothing",
            }})
        }
        other => panic!("{other}"),
    }
}

fn said(request: &CardRequest) -> Value {
    let claims = request.claims();
    let placement = |known| match Placement::of(request, known) {
        Placement::Keeps => "keeps",
        Placement::Own => "own",
        Placement::OwnAndRevokeOld => "own_and_revoke_old",
    };
    json!({
        "name": hex(&request.name().0),
        "key": claims.key.to_jwk(),
        "issued_at_unix_s": claims.issued_at_unix_s,
        "reason": claims.replaces.map(|replaces| replaces.reason.name()),
        "card": claims.replaces.and_then(|it| it.card).map(|card| card.to_string()),
        "placement": placement(false),
        "placement_of_known_key": placement(true),
    })
}

fn issued<T>(result: Result<T, IssuingRefusal>, good: impl FnOnce(T) -> Value) -> Value {
    result.map_or_else(|refusal| refused(refusal.number(), refusal.form()), good)
}

fn asked<T>(result: Result<T, RequestRefusal>, good: impl FnOnce(T) -> Value) -> Value {
    result.map_or_else(|refusal| refused(refusal.number(), refusal.form()), good)
}

fn refused(number: u16, problem: Option<&RequestFormError>) -> Value {
    let mut refused = json!({ "number": number });
    if let Some(problem) = problem {
        refused["problem"] = json!(problem.name());
    }
    refused
}

fn own_request(bytes: &[u8]) -> CardRequest {
    UnverifiedCardRequest::from_bytes(bytes).unwrap().verify().unwrap()
}

fn open_challenge(open: &Value) -> OpenChallenge {
    let challenge = unhex(open["challenge"].as_str().unwrap());
    OpenChallenge {
        challenge: RequestChallenge::new(&challenge).unwrap(),
        from_unix_s: int(&open["from_unix_s"]),
        until_unix_s: int(&open["until_unix_s"]),
        received_until_unix_s: int(&open["received_until_unix_s"]),
    }
}

fn handed_to<'v>(vector: &Value, reference: &'v Option<Vec<u8>>) -> HandedTo<'v> {
    match reference {
        Some(reference) => HandedTo::Online(reference),
        None => {
            let counter = u32::try_from(int(&vector["counter"])).unwrap();
            HandedTo::Counter(NonZeroU32::new(counter).unwrap())
        }
    }
}

fn position(position: &Value) -> PositionOnRecord {
    let number = |name: &str| u32::try_from(int(&position[name])).unwrap();
    PositionOnRecord {
        card: CardId {
            region: Region::new(number("region")).unwrap(),
            status_index: number("status_index"),
        },
        status: match position["status"].as_str().unwrap() {
            "valid" => Status::Valid,
            "suspended" => Status::Suspended,
            "revoked" => Status::Revoked,
            other => panic!("{other}"),
        },
        key: jwk(&position["key"]),
        moved_unix_s: position["moved_unix_s"].as_array().unwrap().iter().map(int).collect(),
        same_person: position["same_person"].as_bool().unwrap(),
    }
}

fn jwk(jwk: &Value) -> PublicKey {
    PublicKey::from_jwk(jwk.as_str().unwrap()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
