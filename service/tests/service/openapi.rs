//! The committed OpenAPI document against the service that runs.

use std::collections::BTreeSet;

use onecode::request::Reason;
use serde_json::{json, Value};

use crate::harness::phone::replaces;
use crate::harness::{proofs, Answer, Phone, World};

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

#[test]
fn the_document_has_exactly_the_endpoints_of_the_router_and_is_what_is_served() {
    let document = document();
    let mut documented = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            assert!(documented.insert((method.clone(), path.clone())));
        }
    }
    let routed = onecode_service::ENDPOINTS.iter();
    let routed: BTreeSet<_> =
        routed.map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(documented, routed);
    let world = World::new();
    assert_eq!(world.get("/openapi.json", None).json, document);
}

/// Whether a value is as a schema says: the part of JSON Schema that the document uses.
fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("{why}: {value} is not {schema}"));
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return fits(document().pointer(pointer).ok_or("no such schema")?, value);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fitting = any.iter().any(|schema| fits(schema, value).is_ok());
        return if fitting { Ok(()) } else { wrong("anyOf") };
    }
    if schema.get("const").is_some_and(|constant| constant != value) {
        return wrong("const");
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        return wrong("enum");
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => true,
    };
    if !allowed {
        return wrong("type");
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        values.iter().try_for_each(|value| fits(items, value))?;
    }
    if let Some(members) = value.as_object() {
        for required in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(required.as_str().unwrap()) {
                return wrong("a member is missing");
            }
        }
        for (name, value) in members {
            match schema["properties"].get(name) {
                Some(schema) => fits(schema, value)?,
                None if schema["additionalProperties"] == false => return wrong(name),
                None => {}
            }
        }
    }
    Ok(())
}

#[track_caller]
fn check(method: &str, path: &str, sent: Option<&Value>, answer: &Answer) {
    let document = document();
    let operation = &document["paths"][path][method];
    let content = |it: &Value| it["content"].as_object().unwrap().values().next().unwrap().clone();
    if let Some(sent) = sent {
        fits(&content(&operation["requestBody"])["schema"], sent).unwrap();
    }
    let responses = &operation["responses"];
    let response = match responses.get(answer.status.to_string()) {
        Some(response) => response.clone(),
        None => document["components"]["responses"]["Problem"].clone(),
    };
    fits(&content(&response)["schema"], &answer.json).unwrap();
}

#[test]
fn what_is_sent_and_answered_is_as_the_document_says() {
    let world = World::new();
    let staff = world.staff();
    let post = |path: &str, filled: &str, token: Option<&str>, body: Value| {
        let answer = world.post(filled, token, &body);
        check("post", path, Some(&body), &answer);
        answer
    };
    let grant = crate::harness::grant("a-1");
    let answer = post("/staff/cards", "/staff/cards", Some(&staff), grant.clone());
    assert_eq!(answer.status, 201);
    assert_eq!(post("/staff/cards", "/staff/cards", Some(&staff), grant).status, 200);
    let asked = json!({ "subject": "a-1" });
    let token = post("/practice/token", "/practice/token", None, asked).ok();
    let token = token["access_token"].as_str().unwrap().to_owned();
    post("/nonce", "/nonce", Some(&token), json!({})).ok();
    let mut phone = Phone::new();
    let request = phone.request(&world.nonce(&token), None, None, world.now());
    let answer = post("/credential", "/credential", Some(&token), proofs(&request));
    phone.take(&answer.json);
    post("/credential", "/credential", None, proofs(&request)).is(940);
    let again = phone.request(phone.next_challenge.as_ref().unwrap(), None, None, world.now());
    post("/renewal", "/renewal", None, proofs(&again)).ok();
    let several = json!({ "proofs": { "onecode_card_request": [again.text(), again.text()] } });
    post("/renewal", "/renewal", None, several).ok();
    let lost = "/cards/{reference}/report-lost";
    post(lost, "/cards/a-1/report-lost", Some(&token), json!({})).ok();
    for action in ["suspend", "restore", "replace", "revoke"] {
        let path = format!("/staff/cards/{{reference}}/{action}");
        post(&path, &format!("/staff/cards/a-1/{action}"), Some(&staff), json!({})).ok();
    }
    let asked = json!({ "counter": 1, "count": 3 });
    post("/staff/challenges", "/staff/challenges", Some(&staff), asked).ok();
    let request = json!({ "reference": "a-1", "request": again.text() });
    post("/staff/requests", "/staff/requests", Some(&staff), request).is(903);
    let moved = Phone::new().request(
        &world.nonce(&token),
        Some(replaces(Reason::Move, &phone)),
        None,
        world.now(),
    );
    let mut moved = proofs(&moved);
    moved["consent"] = "OC1:".into();
    post("/move", "/move", Some(&token), moved).is(912);
    post("/collect", "/collect", None, json!({ "collect_request": "AA" })).is(901);
    world.publish();
    for (path, filled, token) in [
        ("/.well-known/openid-credential-issuer", "", None),
        ("/cards", "", Some(&token)),
        ("/staff/cards", "/staff/cards?reference=a", Some(&staff)),
        ("/staff/cards/{reference}", "/staff/cards/a-1", Some(&staff)),
        ("/health", "", None),
        ("/metrics", "", None),
        ("/openapi.json", "", None),
        ("/practice/jwks.json", "", None),
    ] {
        let filled = if filled.is_empty() { path } else { filled };
        let answer = world.get(filled, token.map(String::as_str));
        assert_eq!(answer.status, 200, "{path}");
        check("get", path, None, &answer);
    }
}
