//! Examples that the standards give, checked through our own interface; and refused where they
//! lack what we demand.

#[macro_use]
mod say;
mod practice;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::cose::CborProblem;
use onecode::jose::DocumentError;
use onecode::keys::{BadSignature, Signature};
use onecode::status::StatusListError;
use onecode::{Algorithm, CardCredential, InstallError, Policy, PublicKey, Scanner};
use practice::{context, number, Practice, NOW};

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

fn world() -> Practice {
    Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256)
}

/// RFC 7515 appendix A.3 (ES256) and RFC 8037 appendix A.4 (Ed25519).
#[test]
fn signatures_of_jws() {
    let examples = [
        (
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ];
    for (jwk, jws) in examples {
        let key = PublicKey::from_jwk(jwk).unwrap();
        let (signed, signature) = jws.rsplit_once('.').unwrap();
        let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let signature = Signature::from_raw(&raw).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
        assert_eq!(key.verify(&signed.as_bytes()[1..], &signature), Err(BadSignature));

        // No document of ours, though a root has signed it: the header says too little.
        let mut scanner = Scanner::new(key, Policy::default());
        let error = scanner.install_trust_list(general(jws).as_bytes(), NOW);
        assert_eq!(error, Err(InstallError::Document(DocumentError::Header)));
        // Nor is the compact form.
        let error = scanner.install_trust_list(jws.as_bytes(), NOW);
        assert!(matches!(error, Err(InstallError::Document(DocumentError::Form { .. }))));
    }
    say!("JWS (RFC 7515, RFC 8037): {} examples", examples.len());
}

/// A compact JWS in JSON general serialization.
fn general(jws: &str) -> String {
    let parts: Vec<&str> = jws.split('.').collect();
    let [protected, payload, signature] = parts[..] else { panic!("three parts") };
    format!(
        r#"{{"payload":"{payload}","signatures":[{{"protected":"{protected}","signature":"{signature}"}}]}}"#
    )
}

/// RFC 7515 appendix A.1: a MAC is no signature here.
#[test]
fn a_mac_is_no_signature() {
    let jws = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let mut scanner = world().scanner(Policy::default());
    let error = scanner.install_trust_list(general(jws).as_bytes(), NOW);
    assert_eq!(error, Err(InstallError::Document(DocumentError::Header)));
}

/// RFC 8392 appendix A.3: a CWT signed with ES256. Its signature holds over the Sig_structure that
/// we build too; its tag, its algorithm number and its unprotected key id are not for us.
#[test]
fn a_signed_cwt() {
    let protected = unhex("a10126");
    let payload = unhex(
        "a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a2f2f6c69676874\
         2e6578616d706c652e636f6d041a5612aeb0051a5610d9f0061a5610d9f007420b71",
    );
    let raw = unhex(
        "5427c1ff28d23fbad1f29c4c7c6a555e601d6fa29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f859\
         51ecee743a52b9b63632c57209120e1c9e30",
    );
    let point = unhex(
        "04143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f60f7f1a780d8a783bfb7a2dd6b\
         2796e8128dbbcef9d3d168db9529971a36e7b9",
    );
    let key = PublicKey::from_bytes(Algorithm::Esp256, &point).unwrap();
    let mut signed = minicbor::Encoder::new(Vec::new());
    signed.array(4).unwrap().str("Signature1").unwrap().bytes(&protected).unwrap();
    signed.bytes(&[]).unwrap().bytes(&payload).unwrap();
    key.verify(signed.writer(), &Signature::from_raw(&raw).unwrap()).unwrap();

    let mut cwt = minicbor::Encoder::new(Vec::new());
    cwt.array(4).unwrap().bytes(&protected).unwrap().map(1).unwrap().u8(4).unwrap();
    cwt.bytes(b"AsymmetricECDSA256").unwrap().bytes(&payload).unwrap().bytes(&raw).unwrap();
    let untagged = cwt.into_writer();
    let tagged = [&[0xd2], &untagged[..]].concat();
    let mut scanner = world().scanner(Policy::default());
    for (cwt, problem) in
        [(tagged, CborProblem::WrongType), (untagged, CborProblem::UnprotectedHeader)]
    {
        let error = scanner.install_status(&cwt, NOW).unwrap_err();
        assert!(
            matches!(error, InstallError::Status(StatusListError::Form(form)) if form.problem == problem),
            "{error:?}"
        );
        let text = format!("OC1:{}", base45::encode(&cwt));
        assert_eq!(number(&scanner.scan(&text, &context(NOW))), Some(107));
        assert!(CardCredential::from_bytes(&cwt).is_err());
    }
}
